//! Rooms: coming and going, what is said there, and who hears of it.

use crate::support::{Program, Setup, TestApp, refusal_of, within};
use chinwag::accounts::Token;
use chinwag::model::RoomKey;
use serde_json::{Value, json};

/// Kevin, who made a room, and JZ, who came in; Mia is not in it and hears nothing.
struct Scene {
    app: TestApp,
    kevin: Program,
    jz: Program,
    mia: Program,
    room: i64,
}

async fn scene() -> Scene {
    scene_in(TestApp::new().await).await
}

async fn scene_in(app: TestApp) -> Scene {
    let mut kevin = app.program("kevin").await;
    let (mut jz, mia) = (app.program("jz").await, app.program("mia").await);
    let room = kevin.makes_room("rust-lang").await;
    assert_eq!(jz.enters("Rust-Lang").await, room);
    kevin.hears("member:joined").await;
    Scene {
        app,
        kevin,
        jz,
        mia,
        room,
    }
}

impl Scene {
    /// Says something in the room after all that happened: what the others heard until then is all.
    async fn settles(&mut self) {
        self.kevin.tells(self.room, "all done").await;
        self.jz.hears_message("all done").await;
        self.mia_heard_nothing().await;
    }

    async fn mia_heard_nothing(&mut self) {
        let list = self.mia.asks("conversation:list", json!({})).await;
        assert_eq!(list["conversations"], json!([]), "the premise");
        assert_eq!(self.mia.events(), ["ready"]);
    }
}

fn names(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let names = list.iter().map(|one| one[field].as_str());
    names.map(|name| name.expect("a name").into()).collect()
}

fn bodies(messages: &Value) -> Vec<String> {
    names(messages, "body")
}

#[tokio::test]
async fn general_is_there_from_the_beginning_and_stays() {
    let app = TestApp::new().await;
    let mut kevin = app.program("kevin").await;

    let general = kevin.sees_room("general").await;
    assert_eq!(
        (&general["members"], &general["online"], &general["joined"]),
        (&json!(0), &json!(0), &json!(false))
    );
    assert_eq!(general["topic"], "Everything and nothing");

    app.runs("UPDATE users SET is_admin = TRUE");
    let delete = json!({ "conversation_id": general["id"] });
    let answer = kevin.asks("room:delete", delete).await;
    assert_eq!(refusal_of(&answer), Some("forbidden"), "{answer}");
    assert_eq!(kevin.enters("GENERAL").await, general["id"]);
}

#[tokio::test]
async fn a_room_is_made_and_everybody_sees_it_in_the_list() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);

    let made = kevin
        .asks(
            "room:create",
            json!({ "name": "Rust-Lang", "topic": " crabs " }),
        )
        .await;

    let room = &made["conversation"];
    assert_eq!(
        (&room["kind"], &room["title"], &room["topic"]),
        (&json!("room"), &json!("Rust-Lang"), &json!("crabs"))
    );
    let expected = json!({
        "id": room["id"], "name": "Rust-Lang", "topic": "crabs", "members": 1, "online": 1,
        "joined": false,
    });
    assert_eq!(jz.sees_room("Rust-Lang").await, expected);
    assert_eq!(kevin.sees_room("Rust-Lang").await["joined"], true);
    assert_eq!(kevin.hears("conversation:new").await["conversation"], *room);
    let list = jz.asks("room:list", json!({})).await;
    assert_eq!(names(&list["rooms"], "name"), ["general", "Rust-Lang"]);
}

#[tokio::test]
async fn a_name_is_taken_however_it_is_spelled() {
    let mut scene = scene().await;

    let answer = scene
        .jz
        .asks("room:create", json!({ "name": "RUST-LANG" }))
        .await;

    assert_eq!(refusal_of(&answer), Some("conflict"), "{answer}");
    assert_eq!(answer["error"]["field"], "name");
}

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
    let online: Vec<_> = entry["members"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|member| member["online"] == true)
        .collect();
    assert_eq!(online, [true, true, false]);
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
async fn a_room_is_deleted_by_who_made_it_or_an_administrator_and_by_nobody_else() {
    let mut scene = scene().await;
    scene.jz.tells(scene.room, "soon gone").await;
    let room = json!({ "conversation_id": scene.room });

    for other in [&mut scene.jz, &mut scene.mia] {
        let answer = other.asks("room:delete", room.clone()).await;
        assert_eq!(refusal_of(&answer), Some("forbidden"), "{answer}");
    }
    assert_eq!(scene.app.count("messages"), 1);
    let answer = scene.kevin.asks("room:delete", room.clone()).await;
    assert_eq!(answer, json!({ "ok": true }));

    for member in [&mut scene.kevin, &mut scene.jz] {
        assert_eq!(member.hears("conversation:removed").await, room);
        assert_eq!(member.sees(scene.room).await, None);
    }
    assert_eq!(scene.app.count("messages"), 0);
    assert_eq!(scene.app.count("conversations"), 1);
    let answer = scene.kevin.asks("room:delete", room).await;
    assert_eq!(refusal_of(&answer), Some("not_found"));
    scene.mia_heard_nothing().await;

    let again = scene.jz.makes_room("rust-lang").await;
    assert_ne!(again, scene.room, "the name is free, the id is not");
    scene
        .app
        .runs("UPDATE users SET is_admin = TRUE WHERE username = 'mia'");
    let room = json!({ "conversation_id": again });
    assert_eq!(scene.mia.asks("room:delete", room).await["ok"], true);
}

#[tokio::test]
async fn a_room_of_many_messages_is_deleted_whole_also_over_a_restart() {
    let mut scene = scene().await;
    let room = scene.room;
    let fill = |from: i64| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {from} + 2499)
             INSERT INTO messages (conversation_id, seq, rev, sender_id, client_id, digest, body, sent_at)
             SELECT {room}, i, i, u.id, 'c' || i, x'00', 'x', 0 FROM n, users u WHERE u.username = 'kevin'"
        )
    };
    scene.app.runs(&fill(1));
    let delete = json!({ "conversation_id": room });
    assert_eq!(scene.kevin.asks("room:delete", delete).await["ok"], true);
    assert_eq!(scene.app.count("messages"), 0);

    // As if the server had been stopped in the middle of it.
    scene.app.runs(&format!(
        "INSERT INTO conversations (id, kind, title, created_at) VALUES ({room}, 'room', 'rust-lang', 0)"
    ));
    scene.app.runs(&fill(1));
    let mut app = scene.app;
    app.restart().await;
    let rest = format!("conversations WHERE id = {room}");
    within("the rest to be deleted", async {
        while app.count(&rest) > 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(app.count("messages"), 0);
}

#[tokio::test]
async fn guests_have_no_part_in_rooms() {
    let mut scene = scene().await;
    let mut guest = scene.app.guest().await;
    let room = json!({ "conversation_id": scene.room });

    for (event, payload) in [
        ("room:list", json!({})),
        ("room:create", json!({ "name": "hideout" })),
        ("room:join", room.clone()),
        ("room:delete", room),
    ] {
        let answer = guest.asks(event, payload).await;
        assert_eq!(refusal_of(&answer), Some("forbidden"), "{event}: {answer}");
    }
    scene.settles().await;
    assert_eq!(guest.events(), ["ready"]);
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

#[tokio::test]
async fn nobody_is_in_more_than_a_hundred_rooms() {
    let app = TestApp::new().await;
    let mut kevin = app.program("kevin").await;
    app.runs("UPDATE users SET is_admin = TRUE");
    for n in 1..=100 {
        kevin.makes_room(&format!("room-{n}")).await;
    }

    for answer in [
        kevin.asks("room:create", json!({ "name": "more" })).await,
        kevin.joins("general").await,
    ] {
        assert_eq!(refusal_of(&answer), Some("forbidden"), "{answer}");
    }
    kevin.enters("room-7").await;
    kevin.quits("room-7").await;
    kevin.enters("general").await;
}

#[tokio::test]
async fn nobody_makes_rooms_without_end_by_leaving_them() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let mut rooms = Vec::new();
    for n in 1..=20 {
        rooms.push(kevin.makes_room(&format!("room-{n}")).await);
        kevin.quits(&format!("room-{n}")).await;
    }

    let more = json!({ "name": "more" });
    let answer = kevin.asks("room:create", more.clone()).await;
    assert_eq!(refusal_of(&answer), Some("forbidden"), "{answer}");
    assert_eq!(kevin.sees_room("more").await, Value::Null);
    jz.makes_room("of-jz").await;

    let last = json!({ "conversation_id": rooms.pop() });
    assert_eq!(kevin.asks("room:delete", last).await["ok"], true);
    kevin.makes_room("more").await;
    app.runs("UPDATE users SET is_admin = TRUE WHERE username = 'kevin'");
    kevin.makes_room("by-an-administrator").await;
}

#[tokio::test]
async fn joining_too_fast_is_refused_with_when_to_return() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_JOINS_BURST", 2)
        .with("LIMIT_JOINS_PER_MINUTE", 1)
        .start()
        .await;
    let mut kevin = app.program("kevin").await;
    kevin.makes_room("one").await;
    kevin.enters("general").await;

    let answer = kevin.joins("general").await;

    assert_eq!(refusal_of(&answer), Some("rate_limited"), "{answer}");
    assert!(answer["error"]["retry_after_ms"].as_u64() > Some(1_000));
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
    let online: Vec<_> = entry["members"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|member| member["online"] == true)
        .collect();
    assert_eq!(online, [true, false, false]);
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
