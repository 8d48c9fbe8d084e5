//! What is heard in a room: messages, commands, who is there, in one order.

use super::{about, join, part, scene, without_stamp};
use crate::support::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn s2_31_the_list_holds_every_room_by_name_and_whether_one_is_in_it() {
    let mut scene = scene().await;
    let maker = scene.app.signs_up("maker").await;
    let mut maker = scene.app.connects(&maker).await;
    maker.makes_room("zoo").await;
    maker.makes_room("Alps").await;
    scene.kevin.comes_into("general").await;

    let list = scene.kevin.asks(json!({ "type": "list" })).await;

    let room = |name: &str, joined: bool| json!({ "name": name, "joined": joined });
    let rooms = [
        room("Alps", false),
        room("general", true),
        room("zoo", false),
    ];
    let expected = json!({ "type": "notification", "code": "list", "list": rooms });
    assert_eq!(list, expected);
    let list = scene.jz.asks(json!({ "type": "list" })).await;
    assert_eq!(list["list"][1], room("general", false));
}

#[tokio::test]
async fn s2_31_the_list_comes_next_for_one_who_sends_at_once() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;

    let mut chatter = app.opens_chat(&kevin.token).await;
    chatter.says(json!({ "type": "list" })).await;

    assert_eq!(chatter.frame().await["code"], "api-motd");
    assert_eq!(chatter.frame().await["code"], "list");
}

#[tokio::test]
async fn s2_32_a_message_reaches_everybody_in_the_room_and_its_sender_and_is_kept() {
    let mut scene = scene().await.both_in().await;
    let bystander = scene.app.signs_up("mia").await;
    let mut bystander = scene.app.chats(&bystander).await;

    scene
        .kevin
        .tells_room("general", "  Hello, <b>JZ</b>!\n ")
        .await;

    let frame = |you: bool| {
        json!({
            "type": "room:notification", "code": "message", "you": you, "user": "kevin",
            "room_name": "general", "body": "Hello, <b>JZ</b>!",
        })
    };
    let confirmed = scene.kevin.frame().await;
    assert_eq!(without_stamp(confirmed.clone()), frame(true));
    assert_eq!(without_stamp(scene.jz.frame().await), frame(false));
    assert_eq!(scene.app.count("messages"), 1);
    // The stamp is the same later on.
    assert_eq!(
        bystander.asks(json!({ "type": "list" })).await["code"],
        "list"
    );
    let status = bystander.comes_into("general").await;
    let kept = &status["messages"][0];
    let expected = json!({
        "stamp": confirmed["stamp"], "user": "kevin", "body": "Hello, <b>JZ</b>!", "you": false,
    });
    assert_eq!(*kept, expected);
}

#[tokio::test]
async fn s2_33_a_command_reaches_everybody_in_either_form_and_is_not_kept() {
    let mut scene = scene().await.both_in().await;

    for kind in ["message", "custom"] {
        let frame = json!({
            "type": kind, "room_name": "general", "command": " stock ", "payload": " aapl.us",
        });
        scene.kevin.says(frame).await;
        for (chatter, you) in [(&mut scene.kevin, true), (&mut scene.jz, false)] {
            let expected = json!({
                "type": "room:notification", "code": "custom", "you": you, "user": "kevin",
                "room_name": "general", "command": "stock", "payload": " aapl.us",
            });
            assert_eq!(without_stamp(chatter.frame().await), expected);
        }
    }
    assert_eq!(scene.app.count("messages"), 0);
}

#[tokio::test]
async fn s2_34_who_parts_hears_nothing_more_and_can_come_back() {
    let mut scene = scene().await.both_in().await;

    scene.jz.says(part("General")).await;

    for (chatter, you) in [(&mut scene.kevin, false), (&mut scene.jz, true)] {
        let expected = json!({
            "type": "room:notification", "code": "parted", "you": you, "user": "jz",
            "room_name": "general",
        });
        assert_eq!(without_stamp(chatter.frame().await), expected);
    }
    scene.kevin.tells_room("general", "without jz").await;
    scene.kevin.hears_body("without jz").await;
    let answer = scene.jz.asks(part("general")).await;
    assert_eq!(answer, about("room:not-joined", "general"));
    let status = scene.jz.comes_into("general").await;
    assert_eq!(status["messages"][0]["body"], "without jz");
    assert_eq!(scene.kevin.frame().await["code"], "joined");
}

#[tokio::test]
async fn s2_34_frames_of_one_connection_are_handled_in_order() {
    let mut scene = scene().await.both_in().await;

    for n in 0..10 {
        scene.jz.tells_room("general", &format!("line {n}")).await;
        scene.jz.says(part("general")).await;
        scene.jz.says(join("general")).await;
        scene.jz.says(join("general")).await;
    }
    scene.jz.tells_room("general", "end").await;

    let codes = scene.kevin.hears_body("end").await;
    assert_eq!(codes, ["message", "parted", "joined"].repeat(10));
    let own = scene.jz.hears_body("end").await;
    let mut own: Vec<_> = own.iter().map(String::as_str).collect();
    own.retain(|code| *code != "room:already-joined");
    assert_eq!(own, ["message", "parted", "joined"].repeat(10));
}

#[tokio::test]
async fn s2_42_the_newcomer_finds_who_is_there_and_the_last_fifty_newest_first() {
    let mut scene = scene().await;
    scene.kevin.comes_into("general").await;
    for n in 1..=55 {
        scene
            .kevin
            .tells_room("general", &format!("line {n}"))
            .await;
    }
    scene.kevin.hears_body("line 55").await;

    let joined = scene.jz.asks(join("general")).await;

    let mut shown = without_stamp(joined);
    let mut status = shown["status"].take();
    let expected = |you: bool| {
        json!({
            "type": "room:notification", "code": "joined", "you": you, "status": null,
            "user": "jz", "room_name": "general",
        })
    };
    assert_eq!(shown, expected(true));
    assert_eq!(without_stamp(scene.kevin.frame().await), expected(false));
    let users = json!([{ "name": "jz", "you": true }, { "name": "kevin", "you": false }]);
    assert_eq!(status["users"], users);
    let messages = status["messages"].take();
    let messages = messages.as_array().expect("a list");
    assert_eq!(messages.len(), 50);
    for (message, n) in messages.iter().zip((6..=55).rev()) {
        let expected = json!({ "user": "kevin", "body": format!("line {n}"), "you": false });
        assert_eq!(without_stamp(message.clone()), expected);
    }
}

#[tokio::test]
async fn s2_42_nothing_is_missing_and_nothing_comes_twice_while_others_talk() {
    let mut scene = scene().await;
    scene.kevin.comes_into("general").await;
    for round in 0..10 {
        for n in 0..10 {
            scene
                .kevin
                .tells_room("general", &format!("{round}-{n}"))
                .await;
            if n == 5 {
                scene.jz.says(join("general")).await;
            }
        }
        let joined = scene.jz.frame().await;
        let found = joined["status"]["messages"].as_array().expect("a list");
        let mut heard: Vec<_> = found.iter().rev().map(body_of).collect();
        let last = format!("{round}-9");
        while heard.last() != Some(&last) {
            heard.push(body_of(&scene.jz.frame().await));
        }
        let all = (0..=round).flat_map(|round| (0..10).map(move |n| format!("{round}-{n}")));
        let all: Vec<_> = all.collect();
        let known = &all[all.len() - heard.len()..];
        assert_eq!(heard, known);
        scene.jz.asks(part("general")).await;
    }
}

fn body_of(frame: &Value) -> String {
    frame["body"].as_str().expect("a message").to_owned()
}

#[tokio::test]
async fn people_on_both_dialects_talk_in_one_room() {
    let mut scene = scene().await.both_in().await;
    let mia = scene.app.signs_up("mia").await;
    let mut mia = scene.app.connects(&mia).await;

    let room = mia.enters("general").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        let joined = chatter.frame().await;
        assert_eq!(
            (&joined["code"], &joined["user"], &joined["status"]),
            (&json!("joined"), &json!("mia"), &json!(null))
        );
    }
    scene.kevin.tells_room("general", "@mia hello").await;
    let message = mia.hears_message("@mia hello").await;
    assert_eq!(message["sender"]["username"], "kevin");
    assert_eq!(mia.hears("mention").await["message"], message);
    mia.tells(room, "hello").await;
    mia.commands(room, "stock", "x").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        chatter.hears_body("hello").await;
        assert_eq!(chatter.frame().await["command"], "stock");
    }
    scene.jz.hangs_up().await;
    let left = mia.hears("member:left").await;
    assert_eq!(left["user"]["username"], "jz");
    mia.quits("general").await;
    for user in ["jz", "mia"] {
        let parted = scene.kevin.frame().await;
        assert_eq!(
            (&parted["code"], &parted["user"]),
            (&json!("parted"), &json!(user))
        );
    }
}
