//! Who is in a room: what they find, who is told, and what lasts over a restart.

use super::{bodies, names, online, scene, scene_in};
use crate::support::{Setup, TestApp, refusal_of};
use chinwag::accounts::Token;
use chinwag::model::RoomKey;
use serde_json::json;

#[tokio::test]
async fn who_comes_in_finds_the_others_and_the_last_fifty_messages() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let room = kevin.makes_room("busy").await;
    kevin.says_many(room, 55).await;
    let away = app.signs_up("away").await;
    let mut away = app.connects(&away).await;
    away.enters("busy").await;
    let away_id = away.id;
    away.leaves().await;
    app.until_gone(away_id).await;

    let entry = jz.joins("busy").await;

    let messages = bodies(&entry["messages"]);
    assert_eq!(messages.len(), 50);
    assert_eq!(
        (messages[0].as_str(), messages[49].as_str()),
        ("line 6", "line 55")
    );
    assert_eq!(
        names(&entry["members"], "username"),
        ["jz", "kevin", "away"],
        "who is here comes first"
    );
    assert_eq!(entry["member_count"], 3);
    assert_eq!(online(&entry["members"]), [true, true, false]);
    // What was said before is not unread.
    let conversation = &entry["conversation"];
    assert_eq!(
        (&conversation["unread"], &conversation["read_seq"]),
        (&json!(0), &json!(55))
    );
    assert_eq!(conversation["last_message"]["body"], "line 55");
}

#[tokio::test]
async fn members_can_ask_who_is_in_their_room_and_nobody_else_can() {
    let mut scene = scene().await;
    let which = json!({ "conversation_id": scene.room });
    let answer = scene.kevin.asks("room:members", which.clone()).await;
    assert_eq!(names(&answer["members"], "username"), ["jz", "kevin"]);
    assert_eq!(answer["members"][0]["online"], true);
    assert_eq!(answer["member_count"], 2);

    for odd in [which, json!({ "name": "nowhere" })] {
        let refused = scene.mia.asks("room:members", odd).await;
        assert_eq!(refusal_of(&refused), Some("not_found"), "{refused}");
    }
}

#[tokio::test]
async fn of_a_room_of_very_many_those_are_shown_who_are_here_and_some_of_the_others() {
    let app = TestApp::new().await;
    app.runs(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
         INSERT INTO users (username, username_key, name, kind, created_at)
         SELECT 'away-' || i, 'away-' || i, 'Away', 'person', 0 FROM n;
         INSERT INTO memberships (user_id, conversation_id, joined_at)
         SELECT u.id, c.id, 0 FROM users u, conversations c WHERE c.name_key = 'general'",
    );
    let accounts = [app.signs_up("zoe").await, app.signs_up("yve").await];
    let mut zoe = app.connects(&accounts[0]).await;
    let mut yve = app.connects(&accounts[1]).await;
    zoe.enters("general").await;

    let entry = yve.joins("general").await;

    let asked = yve.asks("room:members", json!({ "name": "general" })).await;
    for answer in [&entry, &asked] {
        let members = names(&answer["members"], "username");
        assert_eq!((members.len(), &answer["member_count"]), (500, &json!(602)));
        assert_eq!(members[..3], ["yve", "zoe", "away-1"]);
    }
    let room = yve.sees_room("general").await;
    assert_eq!(
        (&room["members"], &room["online"]),
        (&json!(602), &json!(2))
    );
    let mia = app.signs_up("mia").await;
    let status = app.chats(&mia).await.comes_into("general").await;
    assert_eq!(names(&status["users"], "name"), ["mia", "yve", "zoe"]);
    // Oneself is among them, here or not.
    zoe.leaves().await;
    app.until_gone(accounts[0].id).await;
    let token = Token::presented(&accounts[0].token).expect("a token");
    let actor = app.accounts().token_actor(&token).await.expect("zoe");
    let key = RoomKey::Name("general".into());
    let seen = app.app().conversations.members(actor, key).await;
    let seen = seen.expect("a member").shown;
    assert_eq!(seen.len(), 500);
    let mine = seen.iter().find(|one| one.profile.username == "zoe");
    assert_eq!(mine.map(|one| one.online), Some(false));
}

#[tokio::test]
async fn coming_and_going_is_told_and_not_stored() {
    let mut scene = scene().await;
    let before = scene.kevin.sees(scene.room).await.expect("a member")["counter"].clone();
    let jz = json!({ "id": scene.jz.id, "username": "jz", "name": "jz" });

    assert_eq!(scene.jz.quits("rust-lang").await, json!({ "ok": true }));
    let left = scene.kevin.hears("member:left").await;
    scene.jz.enters("rust-lang").await;
    let joined = scene.kevin.hears("member:joined").await;

    let expected = json!({ "conversation_id": scene.room, "user": jz, "online": true });
    assert_eq!((&left, &joined), (&expected, &expected));
    let room = scene.kevin.sees(scene.room).await.expect("a member");
    assert_eq!(room["counter"], before);
    assert_eq!(scene.app.count("messages"), 0);
    scene.settles().await;
}

#[tokio::test]
async fn who_left_neither_hears_nor_reads_the_room_any_more() {
    let mut scene = scene().await;
    let message = scene.jz.tells(scene.room, "mine").await;

    scene.jz.quits("rust-lang").await;
    let removed = scene.jz.hears("conversation:removed").await;
    scene.kevin.tells(scene.room, "without jz").await;

    assert_eq!(removed, json!({ "conversation_id": scene.room }));
    let room = scene.room;
    let id = json!({ "conversation_id": room });
    for (event, payload) in [
        ("history", id.clone()),
        (
            "message:send",
            json!({ "conversation_id": room, "body": "x" }),
        ),
        (
            "message:edit",
            json!({ "message_id": message["id"], "body": "x" }),
        ),
        ("message:delete", json!({ "message_id": message["id"] })),
        ("read", json!({ "conversation_id": room, "seq": 1 })),
        ("typing", json!({ "conversation_id": room, "on": true })),
        (
            "room:command",
            json!({ "conversation_id": room, "command": "x", "payload": "y" }),
        ),
        ("room:leave", id),
    ] {
        for outsider in [&mut scene.jz, &mut scene.mia] {
            let answer = outsider.asks(event, payload.clone()).await;
            assert_eq!(refusal_of(&answer), Some("not_found"), "{event}: {answer}");
        }
    }
    assert_eq!(scene.jz.sees(scene.room).await, None);
    let cursor = json!({ "cursors": { room.to_string(): 0 } });
    assert_eq!(scene.jz.asks("sync", cursor).await["messages"], json!([]));
    let heard = scene.jz.heard().iter();
    let after = heard.filter(|(_, payload)| payload["message"]["body"] == "without jz");
    assert_eq!(after.count(), 0);
    assert_eq!(scene.mia.events(), ["ready"]);
}

#[tokio::test]
async fn a_second_tab_comes_along_and_one_that_connects_later_is_in_the_room_too() {
    let app = TestApp::new().await;
    let mut kevin = app.program("kevin").await;
    let room = kevin.makes_room("tabs").await;
    let jz = app.signs_up("jz").await;
    let (mut one, mut two) = (app.connects(&jz).await, app.connects(&jz).await);

    one.enters("tabs").await;
    for tab in [&mut one, &mut two] {
        let added = tab.hears("conversation:new").await;
        assert_eq!(added["conversation"]["id"], room);
        assert_eq!(tab.hears("member:joined").await["user"]["username"], "jz");
    }
    let mut later = app.connects(&jz).await;
    assert_eq!(later.ready()["conversations"][0]["id"], room);
    kevin.tells(room, "to all three").await;
    for tab in [&mut one, &mut two, &mut later] {
        tab.hears_message("to all three").await;
    }

    later.quits("tabs").await;
    for tab in [&mut one, &mut two, &mut later] {
        assert_eq!(tab.hears("member:left").await["user"]["username"], "jz");
        tab.hears("conversation:removed").await;
    }
    kevin.tells(room, "to nobody").await;
    for tab in [&mut one, &mut two, &mut later] {
        tab.asks("conversation:list", json!({})).await;
        assert_eq!(tab.times_heard("message:new"), 1);
    }
}

#[tokio::test]
async fn whoever_is_in_a_room_still_is_after_a_restart_and_missed_nothing() {
    let mut app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let mut author = app.connects(&kevin).await;
    let room = author.makes_room("lasting").await;
    let mut reader = app.connects(&jz).await;
    reader.enters("lasting").await;
    reader.leaves().await;
    author.tells(room, "while you were away").await;

    app.restart().await;

    let mut reader = app.connects(&jz).await;
    let seen = &reader.ready()["conversations"][0];
    assert_eq!((&seen["id"], &seen["unread"]), (&json!(room), &json!(1)));
    assert_eq!(seen["last_message"]["body"], "while you were away");
    let missed = reader
        .asks("sync", json!({ "cursors": { room.to_string(): 0 } }))
        .await;
    assert_eq!(bodies(&missed["messages"]), ["while you were away"]);
    let mut author = app.connects(&kevin).await;
    author.tells(room, "back again").await;
    reader.hears_message("back again").await;
}

#[tokio::test]
async fn visits_that_were_passing_do_not_outlive_a_restart() {
    let mut scene = scene().await;
    scene
        .app
        .runs("UPDATE memberships SET is_passing = TRUE WHERE user_id IN (SELECT id FROM users WHERE username = 'jz')");
    assert_eq!(scene.kevin.sees_room("rust-lang").await["members"], 2);

    let mut app = scene.app;
    app.restart().await;

    let mut mia = app.program("mia-again").await;
    assert_eq!(mia.sees_room("rust-lang").await["members"], 1);
}

#[tokio::test]
async fn people_of_a_small_room_hear_who_is_here_but_not_across_a_block() {
    let grace = std::time::Duration::from_millis(50);
    let app = Setup::relaxed().grace(grace).start().await;
    let mut scene = scene_in(app).await;
    let block = json!({ "user_id": scene.kevin.id });
    scene.mia.enters("rust-lang").await;
    assert_eq!(scene.mia.asks("user:block", block).await["ok"], true);
    let jz = scene.jz.id;

    scene.jz.leaves().await;

    for watcher in [&mut scene.kevin, &mut scene.mia] {
        let gone = watcher.hears("presence").await;
        assert_eq!(
            (&gone["user_id"], &gone["online"]),
            (&json!(jz), &json!(false))
        );
    }
    let kevin = scene.kevin.id;
    scene.kevin.leaves().await;
    scene.app.until_gone(kevin).await;
    let entry = scene.mia.joins("rust-lang").await;
    assert_eq!(online(&entry["members"]), [true, false, false]);
    // Somebody else whom she hears of goes after Kevin.
    let mut last = scene.app.program("last").await;
    last.enters("rust-lang").await;
    let id = last.id;
    last.leaves().await;
    loop {
        let presence = scene.mia.hears("presence").await;
        assert_ne!(presence["user_id"], kevin);
        if presence["user_id"] == id && presence["online"] == false {
            break;
        }
    }
}
