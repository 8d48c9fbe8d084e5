//! What is sent: every shape that is understood, and every one that is refused.

use super::{about, error, join, part, scene};
use serde_json::json;

#[tokio::test]
async fn s2_29_what_is_no_json_text_is_answered_and_the_connection_lives() {
    let mut scene = scene().await.both_in().await;

    for text in ["", "hello", "{", "[1]", "null", "7", "\"list\""] {
        scene.kevin.sends(text).await;
        assert_eq!(scene.kevin.frame().await, error("invalid-format"), "{text}");
    }
    scene.kevin.sends(&"[".repeat(10_000)).await;
    assert_eq!(scene.kevin.frame().await, error("invalid-format"));
    for bytes in [&b"\xff\x00"[..], b"{\"type\":\"list\xff\"}", b"hello", b""] {
        scene.kevin.sends_bytes(bytes).await;
        assert_eq!(scene.kevin.frame().await, error("invalid-format"));
    }

    scene.kevin.tells_room("general", "still here").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        assert_eq!(chatter.hears_body("still here").await, [] as [&str; 0]);
    }
}

#[tokio::test]
async fn s2_29_json_in_a_binary_frame_is_taken_like_text() {
    let mut scene = scene().await.both_in().await;

    let frame = json!({ "type": "message", "room_name": "general", "body": "in bytes" });
    scene.kevin.sends_bytes(frame.to_string().as_bytes()).await;

    for chatter in [&mut scene.kevin, &mut scene.jz] {
        assert_eq!(chatter.hears_body("in bytes").await, [] as [&str; 0]);
    }
}

#[tokio::test]
async fn s2_30_help_helps() {
    let mut scene = scene().await;

    let help = scene.kevin.asks(json!({ "type": "help", "more": 1 })).await;

    assert_eq!(
        (&help["type"], &help["code"]),
        (&json!("notification"), &json!("help"))
    );
    let text = help["help"].as_str().expect("a text");
    for word in ["list", "join", "part", "message", "command"] {
        assert!(text.contains(word), "{word}");
    }
    assert_eq!(help.as_object().expect("a frame").len(), 3);
}

#[tokio::test]
async fn s2_39_fields_of_another_type_are_refused() {
    let mut scene = scene().await.both_in().await;

    for frame in [
        json!({ "type": "join" }),
        json!({ "type": "join", "room_name": 7 }),
        json!({ "type": "part", "room_name": null }),
        json!({ "type": "message", "room_name": "general" }),
        json!({ "type": "message", "room_name": "general", "body": null }),
        json!({ "type": "message", "room_name": [], "body": "x" }),
        json!({ "type": "message", "room_name": "general", "body": 7, "command": "x", "payload": "y" }),
        json!({ "type": "message", "room_name": "general", "command": "x" }),
        json!({ "type": "custom", "room_name": "general", "command": "x", "payload": {} }),
        json!({ "type": "message", "room_name": "general", "body": "a\0b" }),
    ] {
        let answer = scene.kevin.asks(frame.clone()).await;
        assert_eq!(answer, error("invalid-format"), "{frame}");
    }
    // Types come before whether one is in the room.
    let frame = json!({ "type": "message", "room_name": "nowhere", "body": 7 });
    assert_eq!(scene.kevin.asks(frame).await, error("invalid-format"));
}

#[tokio::test]
async fn s2_40_a_type_that_there_is_not_is_named_as_it_was_sent() {
    let mut scene = scene().await;

    for (frame, sent) in [
        (json!({ "type": "dance" }), json!("dance")),
        (json!({ "type": "" }), json!("")),
        (json!({ "type": 7 }), json!(7)),
        (json!({ "type": ["join"] }), json!(["join"])),
        (json!({ "type": null }), json!(null)),
        (json!({ "room_name": 7 }), json!(null)),
    ] {
        let expected =
            json!({ "type": "error", "code": "unsupported-command", "details": { "type": sent } });
        assert_eq!(scene.kevin.asks(frame).await, expected);
    }
}

#[tokio::test]
async fn s2_41_what_cannot_be_done_in_a_room_is_told_with_its_name() {
    let mut scene = scene().await.both_in().await;
    let say =
        |room: &str, body: &str| json!({ "type": "message", "room_name": room, "body": body });
    let command = |room: &str, command: &str, payload: &str| json!({ "type": "custom", "room_name": room, "command": command, "payload": payload });

    for (frame, expected) in [
        (say("general", ""), error("room:empty-message")),
        (say("general", " \t\n"), error("room:empty-message")),
        (command("general", "", "x"), error("room:empty-custom")),
        (command("general", " ", "x"), error("room:empty-custom")),
        (command("general", "x", ""), error("room:empty-custom")),
        // Whether one is there comes before whether something is said.
        (say("nowhere", ""), about("room:not-joined", "nowhere")),
        (command("<b>", "", ""), about("room:not-joined", "<b>")),
        (part("nowhere"), about("room:not-joined", "nowhere")),
        (join("nowhere"), about("room:invalid", "nowhere")),
        (join(""), about("room:invalid", "")),
        (join("general"), about("room:already-joined", "general")),
        (join("GENERAL"), about("room:already-joined", "GENERAL")),
    ] {
        assert_eq!(scene.kevin.asks(frame.clone()).await, expected, "{frame}");
    }
    let frame = command("general", "x", " ");
    assert_eq!(scene.kevin.asks(frame).await["payload"], " ");
    assert_eq!(
        scene.jz.frame().await["code"],
        "custom",
        "nothing else came"
    );
}

#[tokio::test]
async fn s2_d_one_limit_holds_for_what_is_told_and_what_is_kept() {
    let mut scene = scene().await.both_in().await;
    let too_long =
        json!({ "type": "error", "code": "invalid-format", "details": { "reason": "too-long" } });
    let say = |body: String| json!({ "type": "message", "room_name": "general", "body": body });

    for body in ["x".repeat(4097), "x".repeat(100_000)] {
        assert_eq!(scene.kevin.asks(say(body)).await, too_long);
    }
    for (command, payload) in [("x".repeat(65), "y".into()), ("x".into(), "y".repeat(4097))] {
        let frame = json!({ "type": "custom", "room_name": "general", "command": command, "payload": payload });
        assert_eq!(scene.kevin.asks(frame).await, too_long);
    }
    let longest = "🎈".repeat(4096);
    scene.kevin.says(say(longest.clone())).await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        chatter.hears_body(&longest).await;
    }
    // Past the size of a frame the connection ends, and nobody is locked out.
    let too_large = say("x".repeat(131_072)).to_string();
    assert_eq!(scene.kevin.asks_text(&too_large).await, too_long);
    assert_eq!(scene.kevin.is_closed().await, Some(1009));
    assert_eq!(scene.jz.frame().await["code"], "parted");
    scene.app.until_gone(scene.accounts[0].id).await;
    scene.app.chats(&scene.accounts[0]).await;
}
