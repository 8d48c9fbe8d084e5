//! Who sends too much, joins too fast, or does not read.

use super::{error, join, scene, scene_in};
use crate::support::Setup;
use serde_json::json;

#[tokio::test]
async fn s2_d_one_who_does_not_read_is_hung_up_on_and_delays_nobody() {
    let mut scene = scene().await.both_in().await;
    let long = "🎈".repeat(4096);

    // From now on JZ reads nothing.
    for n in 0.. {
        assert!(n < 5_000, "somebody who does not read is still here");
        scene.kevin.tells_room("general", &long).await;
        let frame = scene.kevin.frame().await;
        if frame["code"] == "parted" {
            assert_eq!(frame["user"], "jz");
            break;
        }
    }
    scene.app.chats(&scene.accounts[1]).await;
}

#[tokio::test]
async fn s2_d_too_much_at_once_is_refused_and_the_connection_lives() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_MESSAGES_PER_SECOND", 1)
        .with("LIMIT_MESSAGES_BURST", 2)
        .start()
        .await;
    let mut scene = scene_in(app).await.both_in().await;

    for n in 0..3 {
        scene
            .kevin
            .tells_room("general", &format!("line {n}"))
            .await;
    }

    assert_eq!(scene.kevin.hears_body("line 1").await, ["message"]);
    assert_eq!(scene.kevin.frame().await, error("rate-limited"));
    assert_eq!(
        scene.kevin.asks(json!({ "type": "help" })).await["code"],
        "help"
    );
}

#[tokio::test]
async fn s2_45_a_bot_joins_more_rooms_than_are_allowed_at_once_without_waiting() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_JOINS_BURST", 2)
        .with("LIMIT_JOINS_PER_MINUTE", 600)
        .start()
        .await;
    let maker = app.signs_up("maker").await;
    app.connects(&maker).await.makes_room("room-0").await;
    app.runs(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7)
         INSERT INTO conversations (kind, title, name_key, created_at)
         SELECT 'room', 'room-' || i, 'room-' || i, 0 FROM n",
    );
    let mut scene = scene_in(app).await;
    let bot = &mut scene.kevin;

    bot.says(json!({ "type": "list" })).await;
    let list = bot.frame().await;
    let rooms = list["list"].as_array().expect("a list");
    assert_eq!(
        rooms.len(),
        9,
        "the premise: more than may be joined at once"
    );
    for room in rooms {
        bot.says(join(room["name"].as_str().expect("a name"))).await;
    }
    bot.tells_room("room-7", "here I am").await;

    for room in rooms {
        let joined = bot.frame().await;
        assert_eq!(
            (&joined["code"], &joined["room_name"]),
            (&json!("joined"), &room["name"])
        );
    }
    assert_eq!(bot.frame().await["body"], "here I am");
}

#[tokio::test]
async fn s2_45_who_goes_while_a_join_waits_for_its_turn_can_come_back_at_once() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_JOINS_BURST", 1)
        .with("LIMIT_JOINS_PER_MINUTE", 10)
        .start()
        .await;
    let mut scene = scene_in(app).await;
    scene.jz.comes_into("general").await;
    scene.kevin.comes_into("general").await;
    assert_eq!(scene.jz.frame().await["code"], "joined");
    // Six seconds from its turn.
    scene.kevin.says(join("nowhere")).await;
    scene.kevin.says(json!({ "type": "help" })).await;

    scene.jz.tells_room("general", "meanwhile").await;
    assert_eq!(scene.kevin.frame().await["body"], "meanwhile");
    scene.kevin.hangs_up().await;

    scene.jz.hears_body("meanwhile").await;
    assert_eq!(scene.jz.frame().await["code"], "parted");
    scene.app.chats_again(&scene.accounts[0]).await;
}

#[tokio::test]
async fn s2_d_joins_that_would_wait_too_long_are_refused() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_JOINS_BURST", 1)
        .with("LIMIT_JOINS_PER_MINUTE", 1)
        .start()
        .await;
    let mut scene = scene_in(app).await;
    scene.kevin.comes_into("general").await;

    assert_eq!(
        scene.kevin.asks(join("nowhere")).await,
        error("rate-limited")
    );
}
