//! Who is in a room no more: by closing, by a page, by what becomes of the room.

use super::{about, join, part, scene, without_stamp};
use crate::support::{Account, TestApp};
use chinwag::model::{RoomKey, RoomName, RoomTopic};
use serde_json::json;

#[tokio::test]
async fn s2_43_who_disconnects_parts_from_all_rooms_and_only_the_others_are_told() {
    let mut scene = scene().await.both_in().await;
    let maker = scene.app.signs_up("maker").await;
    let mut maker = scene.app.connects(&maker).await;
    maker.makes_room("zoo").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        chatter.comes_into("zoo").await;
    }
    scene.kevin.frame().await;

    scene.jz.hangs_up().await;

    let mut left = [scene.kevin.frame().await, scene.kevin.frame().await].map(without_stamp);
    left.sort_by_key(|frame| frame["room_name"].to_string());
    let parted = |room: &str| {
        json!({
            "type": "room:notification", "code": "parted", "you": false, "user": "jz",
            "room_name": room,
        })
    };
    assert_eq!(left, [parted("general"), parted("zoo")]);
    assert_eq!(
        scene.app.count("memberships WHERE is_passing"),
        2,
        "kevin's"
    );
}

#[tokio::test]
async fn s2_43_who_could_not_be_taken_out_of_their_rooms_is_with_the_next_sweep() {
    let mut scene = scene().await.both_in().await;
    scene.app.runs(
        "CREATE TRIGGER broken BEFORE DELETE ON memberships BEGIN SELECT RAISE(ABORT, 'broken'); END",
    );
    scene.kevin.hangs_up().await;
    scene.app.until_gone(scene.accounts[0].id).await;
    // After what should have ended the visit.
    scene.jz.tells_room("general", "alone?").await;
    scene.jz.hears_body("alone?").await;
    assert_eq!(
        scene.app.count("memberships WHERE is_passing"),
        2,
        "the premise"
    );

    scene.app.runs("DROP TRIGGER broken");
    let conversations = &scene.app.app().conversations;
    conversations.sweep_visits().await.expect("swept");

    let parted = scene.jz.frame().await;
    assert_eq!(
        (&parted["code"], &parted["user"]),
        (&json!("parted"), &json!("kevin"))
    );
    assert_eq!(scene.app.count("memberships WHERE is_passing"), 1, "jz's");
    scene.app.chats(&scene.accounts[0]).await;
}

#[tokio::test]
async fn a_lasting_member_stays_one_when_the_connection_closes_but_not_when_they_part() {
    let app = TestApp::new().await;
    let [kevin, jz] = [app.signs_up("kevin").await, app.signs_up("jz").await];
    let mut page = app.connects(&kevin).await;
    let room = page.enters("general").await;
    let mut watcher = app.chats(&jz).await;
    watcher.comes_into("general").await;

    // The page stays open: nobody is told that they left.
    let mut chatter = app.chats(&kevin).await;
    let list = chatter.asks(json!({ "type": "list" })).await;
    assert_eq!(list["list"][0]["joined"], false, "not by this connection");
    chatter.comes_into("general").await;
    assert_eq!(watcher.frame().await["code"], "joined");
    chatter.hangs_up().await;
    page.tells(room, "I am here").await;
    assert_eq!(watcher.hears_body("I am here").await, [] as [&str; 0]);

    // Without the page they are not here any more.
    page.leaves().await;
    app.until_gone(kevin.id).await;
    let mut chatter = app.chats(&kevin).await;
    chatter.comes_into("general").await;
    assert_eq!(watcher.frame().await["code"], "joined");
    chatter.hangs_up().await;
    let parted = watcher.frame().await;
    assert_eq!(
        (&parted["code"], &parted["user"]),
        (&json!("parted"), &json!("kevin"))
    );

    let mut page = app.connects(&kevin).await;
    assert!(page.sees(room).await.is_some(), "still a member");
    let mut chatter = app.chats_again(&kevin).await;
    chatter.comes_into("general").await;
    chatter.asks(part("general")).await;
    page.hears("conversation:removed").await;
    assert_eq!(page.sees(room).await, None);
}

#[tokio::test]
async fn whoever_leaves_by_a_page_leaves_by_the_connection_as_well() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;
    let mut chatter = app.chats(&kevin).await;
    chatter.comes_into("general").await;
    let mut page = app.connects(&kevin).await;

    page.quits("general").await;

    let parted = chatter.frame().await;
    assert_eq!(
        (&parted["code"], &parted["you"]),
        (&json!("parted"), &json!(true))
    );
    let frame = json!({ "type": "message", "room_name": "general", "body": "x" });
    assert_eq!(
        chatter.asks(frame).await,
        about("room:not-joined", "general")
    );
}

#[tokio::test]
async fn s2_d_who_is_in_a_room_that_is_deleted_is_told_that_they_left() {
    let mut scene = scene().await;
    let maker = scene.app.signs_up("maker").await;
    let mut maker = scene.app.connects(&maker).await;
    let room = maker.makes_room("zoo").await;
    scene.kevin.comes_into("zoo").await;
    scene.kevin.tells_room("zoo", "a word").await;
    scene.kevin.hears_body("a word").await;

    maker
        .asks("room:delete", json!({ "conversation_id": room }))
        .await;

    let expected = json!({
        "type": "room:notification", "code": "parted", "you": true, "user": "kevin",
        "room_name": "zoo",
    });
    assert_eq!(without_stamp(scene.kevin.frame().await), expected);
    let frame = json!({ "type": "message", "room_name": "zoo", "body": "x" });
    assert_eq!(
        scene.kevin.asks(frame).await,
        about("room:not-joined", "zoo")
    );
    assert_eq!(
        scene.kevin.asks(join("zoo")).await,
        about("room:invalid", "zoo")
    );
}

/// Gives a room another name, as those who look after the server do.
async fn renames(app: &TestApp, who: &Account, room: &str, name: &str) {
    let admin = app.administrator(who.id).await;
    let name = RoomName::parse(name).expect("a name");
    let (key, topic) = (RoomKey::Name(room.into()), RoomTopic::default());
    let changed = app.app().change_room(&admin, key, name, topic);
    changed.await.expect("a right that every administrator has");
}

#[tokio::test]
async fn s2_43_a_room_that_gets_another_name_is_left_by_all_who_are_passing() {
    let mut scene = scene().await;
    let [maker, mia] = [
        scene.app.signs_up("maker").await,
        scene.app.signs_up("mia").await,
    ];
    let mut page = scene.app.connects(&maker).await;
    let room = page.makes_room("zoo").await;
    let mut stays = scene.app.chats(&mia).await;
    scene.app.connects(&mia).await.enters("zoo").await;
    for chatter in [&mut scene.kevin, &mut scene.jz, &mut stays] {
        chatter.comes_into("zoo").await;
    }
    for (chatter, joined) in [
        (&mut scene.kevin, ["jz", "mia"]),
        (&mut scene.jz, ["mia", ""]),
    ] {
        for user in joined.into_iter().filter(|user| !user.is_empty()) {
            assert_eq!(chatter.frame().await["user"], user);
        }
    }
    assert_eq!(
        scene.app.count("memberships WHERE is_passing"),
        2,
        "the premise"
    );

    renames(&scene.app, &maker, "zoo", "Ark").await;

    for (chatter, user) in [
        (&mut scene.kevin, "kevin"),
        (&mut scene.jz, "jz"),
        (&mut stays, "mia"),
    ] {
        let parted = json!({
            "type": "room:notification", "code": "parted", "you": true, "user": user,
            "room_name": "zoo",
        });
        assert_eq!(without_stamp(chatter.frame().await), parted);
        assert_eq!(
            chatter.asks(join("zoo")).await,
            about("room:invalid", "zoo")
        );
    }
    for user in ["kevin", "jz"] {
        let left = page.hears("member:left").await;
        assert_eq!(left["user"]["username"], user);
    }
    assert_eq!(scene.app.count("memberships WHERE is_passing"), 0);
    page.tells(room, "to the two who stay").await;
    let status = scene.kevin.comes_into("ark").await;
    assert_eq!(status["messages"][0]["body"], "to the two who stay");
}

#[tokio::test]
async fn s2_43_a_room_whose_name_is_only_spelled_anew_is_left_by_nobody() {
    let mut scene = scene().await.both_in().await;
    scene.app.runs("UPDATE users SET is_admin = TRUE");

    renames(&scene.app, &scene.accounts[0], "general", "General").await;

    scene.jz.tells_room("general", "still here").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        let message = chatter.frame().await;
        assert_eq!(
            (&message["body"], &message["room_name"]),
            (&json!("still here"), &json!("General"))
        );
    }
}
