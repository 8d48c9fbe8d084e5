//! Which rooms there are: made, named, deleted, and how many.

use super::{names, scene};
use crate::support::{Setup, TestApp, refusal_of};
use serde_json::{Value, json};

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
    scene.app.clears(scene.room).await;
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
    scene.app.clears(room).await;
    assert_eq!(scene.app.count("messages"), 0);

    // As if the server had been stopped in the middle of it.
    scene.app.runs(&format!(
        "INSERT INTO conversations (id, kind, title, created_at) VALUES ({room}, 'room', 'rust-lang', 0)"
    ));
    scene.app.runs(&fill(1));
    let mut app = scene.app;
    app.restart().await;
    app.clears(room).await;
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
