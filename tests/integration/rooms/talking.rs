//! What is said in a room, by messages, commands and marks.

use super::scene;
use crate::support::{Program, refusal_of};
use serde_json::json;

#[tokio::test]
async fn everybody_in_the_room_hears_a_message_once_and_in_the_same_order() {
    let mut scene = scene().await;
    scene.kevin.says_many(scene.room, 20).await;
    scene.jz.says_many(scene.room, 20).await;
    scene.kevin.tells(scene.room, "end").await;

    scene.kevin.hears_message("end").await;
    scene.jz.hears_message("end").await;

    let heard = |program: &Program| -> Vec<i64> {
        let events = program.heard().iter();
        let messages = events.filter(|(name, _)| name == "message:new");
        messages
            .map(|(_, payload)| payload["message"]["seq"].as_i64().expect("a place"))
            .collect()
    };
    assert_eq!(heard(&scene.kevin), (1..=41).collect::<Vec<_>>());
    assert_eq!(heard(&scene.jz), heard(&scene.kevin));
    scene.mia_heard_nothing().await;
}

#[tokio::test]
async fn commands_are_relayed_in_their_place_and_not_stored() {
    let mut scene = scene().await;
    let before = json!({ "conversation_id": scene.room, "body": "before" }).to_string();
    let command =
        json!({ "conversation_id": scene.room, "command": " stock ", "payload": " aapl.us" })
            .to_string();
    let after = json!({ "conversation_id": scene.room, "body": "after" }).to_string();

    // Without waiting in between.
    scene.kevin.emits("message:send", &before).await;
    let id = scene.kevin.emits("room:command", &command).await;
    scene.kevin.emits("message:send", &after).await;
    assert_eq!(scene.kevin.answer(id).await, json!({ "ok": true }));

    let kevin = json!({ "id": scene.kevin.id, "username": "kevin", "name": "kevin" });
    for member in [&mut scene.kevin, &mut scene.jz] {
        let mut relayed = member.hears("room:command").await;
        assert!(relayed["sent_at"].take().is_string());
        let expected = json!({
            "conversation_id": scene.room, "user": kevin, "command": "stock",
            "payload": " aapl.us", "sent_at": null,
        });
        assert_eq!(relayed, expected);
        member.hears_message("after").await;
        let events = member.events();
        let tail = &events[events.len() - 3..];
        assert_eq!(tail, ["message:new", "room:command", "message:new"]);
    }
    assert_eq!(scene.app.count("messages"), 2);
    scene.settles().await;
}

#[tokio::test]
async fn commands_of_another_shape_are_refused() {
    let mut scene = scene().await;
    let long = "x".repeat(4097);

    for (command, payload, code) in [
        ("", "x", "invalid"),
        ("  ", "x", "invalid"),
        ("x", "", "invalid"),
        ("x", "\0", "invalid"),
        ("x", long.as_str(), "too_large"),
        (&long[..65], "x", "too_large"),
    ] {
        let answer = scene.kevin.commands(scene.room, command, payload).await;
        assert_eq!(refusal_of(&answer), Some(code), "{answer}");
    }
    let talk = scene.kevin.opens("jz").await;
    let answer = scene.kevin.commands(talk, "x", "y").await;
    assert_eq!(refusal_of(&answer), Some("not_found"), "{answer}");

    scene.settles().await;
    assert_eq!(scene.jz.times_heard("room:command"), 0);
}

#[tokio::test]
async fn a_member_who_is_named_is_told() {
    let mut scene = scene().await;

    let message = scene
        .kevin
        .tells(scene.room, "@JZ. and @mia, @nobody and @kevin; not a@jz")
        .await;
    let mention = scene.jz.hears("mention").await;

    assert_eq!(
        mention,
        json!({ "conversation_id": scene.room, "message": message })
    );
    scene
        .kevin
        .tells(scene.room, "kevin@jz is an address")
        .await;
    scene.settles().await;
    assert_eq!(scene.jz.times_heard("mention"), 1);
    assert_eq!(scene.kevin.times_heard("mention"), 0);
}

#[tokio::test]
async fn nobody_is_named_across_a_block() {
    let mut scene = scene().await;
    let block = json!({ "user_id": scene.kevin.id });
    assert_eq!(scene.jz.asks("user:block", block).await["ok"], true);

    scene.kevin.tells(scene.room, "@jz are you there?").await;

    scene.settles().await;
    assert_eq!(scene.jz.times_heard("mention"), 0);
}

#[tokio::test]
async fn unread_counts_what_the_others_said_since_one_came_in() {
    let mut scene = scene().await;
    scene.kevin.says_many(scene.room, 3).await;
    scene.jz.tells(scene.room, "mine").await;

    let room = scene.jz.sees(scene.room).await.expect("a member");
    assert_eq!(room["unread"], 3);
    scene.jz.marks("read", scene.room, 2).await;
    let room = scene.jz.sees(scene.room).await.expect("a member");
    assert_eq!(room["unread"], 1);

    // How far one has read is nobody else's business here.
    scene.jz.hears("receipt").await;
    scene.settles().await;
    assert_eq!(scene.kevin.times_heard("receipt"), 0);
}

#[tokio::test]
async fn typing_is_seen_by_the_others_alone() {
    let mut scene = scene().await;
    let jz = json!({ "id": scene.jz.id, "username": "jz", "name": "jz" });

    scene.jz.types(scene.room, true).await;

    let expected = json!({ "conversation_id": scene.room, "user": jz, "on": true });
    assert_eq!(scene.kevin.hears("typing").await, expected);
    scene.settles().await;
    assert_eq!(scene.jz.times_heard("typing"), 0);
}

#[tokio::test]
async fn edits_and_deletions_reach_the_room() {
    let mut scene = scene().await;
    let message = scene.kevin.tells(scene.room, "tpyo").await;

    scene.kevin.edits(&message, "typo").await;
    let edited = scene.jz.hears("message:edited").await;
    assert_eq!(edited["message"]["body"], "typo");
    let answer = scene.jz.edits(&message, "mine now").await;
    assert_eq!(refusal_of(&answer), Some("forbidden"));
    scene.kevin.deletes(&message).await;
    let deleted = scene.jz.hears("message:deleted").await;
    assert_eq!(deleted["message"]["deleted"], true);

    scene.mia_heard_nothing().await;
}

#[tokio::test]
async fn odd_payloads_are_answered() {
    let mut scene = scene().await;

    for (event, payload, code) in [
        ("room:join", "{}", "invalid"),
        ("room:join", r#"{"name":"nowhere"}"#, "not_found"),
        ("room:join", r#"{"name":"<b>"}"#, "not_found"),
        ("room:join", r#"{"name":7}"#, "invalid"),
        ("room:join", r#"{"conversation_id":-1}"#, "not_found"),
        (
            "room:join",
            r#"{"conversation_id":9223372036854775807}"#,
            "not_found",
        ),
        (
            "room:join",
            r#"{"conversation_id":1,"name":"general"}"#,
            "invalid",
        ),
        ("room:leave", "[]", "invalid"),
        ("room:leave", "{}", "invalid"),
        ("room:create", "{}", "invalid"),
        ("room:create", r#"{"name":"a--b"}"#, "invalid"),
        ("room:create", r#"{"name":"ok","topic":"a\nb"}"#, "invalid"),
        ("room:delete", r#"{"name":"general"}"#, "invalid"),
        ("room:command", "null", "invalid"),
        (
            "room:command",
            r#"{"conversation_id":1,"command":"x"}"#,
            "invalid",
        ),
    ] {
        let answer = scene.kevin.asks_raw(event, payload).await;
        assert_eq!(
            refusal_of(&answer),
            Some(code),
            "{event} {payload}: {answer}"
        );
    }
    let talk = scene.kevin.opens("jz").await;
    let answer = scene
        .jz
        .asks("room:join", json!({ "conversation_id": talk }))
        .await;
    assert_eq!(refusal_of(&answer), Some("not_found"), "a talk is no room");
    scene.settles().await;
}
