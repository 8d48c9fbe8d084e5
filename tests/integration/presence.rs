//! Who is here and who writes. Somebody is gone a moment after their last socket closed; here the
//! moment is short.

use crate::support::{Account, Person, Program, Setup, TestApp};
use serde_json::{Value, json};
use std::time::Duration;

async fn app() -> TestApp {
    let short = Duration::from_millis(100);
    Setup::relaxed().grace(short).start().await
}

/// JZ, who is not here, and Kevin, who is and has written to JZ.
async fn jz_away(app: &TestApp) -> (Account, Program, i64) {
    let jz = app.signs_up("jz").await;
    let mut kevin = app.program("kevin").await;
    let conversation = kevin.opens("jz").await;
    kevin.tells(conversation, "Are you there?").await;
    (jz, kevin, conversation)
}

/// What was said of somebody's presence so far.
fn heard_of(program: &Program, user: i64) -> Vec<bool> {
    let presence = program
        .heard()
        .iter()
        .filter(|(name, _)| name == "presence");
    let theirs = presence.filter(|(_, payload)| payload["user_id"] == user);
    theirs
        .map(|(_, payload)| payload["online"] == true)
        .collect()
}

/// Somebody as the other one of a conversation sees them.
async fn peer_of(program: &mut Program, user: i64) -> Value {
    let answer = program.asks("conversation:list", json!({})).await;
    let list = answer["conversations"].as_array().expect("a list");
    let mut peers = list.iter().map(|one| &one["peer"]);
    peers
        .find(|peer| peer["id"] == user)
        .expect("a talk with them")
        .clone()
}

/// Somebody else goes after everything that happened so far. Whoever left before is said to be gone
/// by then.
async fn a_grace_passes(app: &TestApp, watcher: &mut Program) {
    let name = format!("passer-by-{}", watcher.heard().len());
    let passer_by = app.program(&name).await;
    let conversation = watcher.opens(&name).await;
    watcher.tells(conversation, "bye").await;
    let id = passer_by.id;
    passer_by.leaves().await;
    loop {
        let presence = watcher.hears("presence").await;
        if presence["user_id"] == id && presence["online"] == false {
            return;
        }
    }
}

#[tokio::test]
async fn the_other_hears_that_somebody_came() {
    let app = app().await;
    let (jz, mut kevin, _) = jz_away(&app).await;
    assert_eq!(peer_of(&mut kevin, jz.id).await["online"], false);

    let mut here = app.connects(&jz).await;

    let presence = kevin.hears("presence").await;
    assert_eq!(presence, json!({ "user_id": jz.id, "online": true }));
    assert_eq!(peer_of(&mut kevin, jz.id).await["online"], true);
    assert_eq!(peer_of(&mut here, kevin.id).await["online"], true);
    assert_eq!(here.ready()["conversations"][0]["peer"]["online"], true);
}

#[tokio::test]
async fn somebody_with_two_sockets_is_here_until_both_are_closed() {
    let app = app().await;
    let (jz, mut kevin, _) = jz_away(&app).await;
    let (laptop, phone) = (app.connects(&jz).await, app.connects(&jz).await);

    laptop.leaves().await;
    a_grace_passes(&app, &mut kevin).await;
    assert_eq!(heard_of(&kevin, jz.id), [true]);
    assert_eq!(peer_of(&mut kevin, jz.id).await["online"], true);

    phone.leaves().await;
    let gone = kevin.hears("presence").await;
    assert_eq!(
        (&gone["user_id"], &gone["online"]),
        (&json!(jz.id), &json!(false))
    );
    let last_seen = gone["last_seen"].as_str().expect("a time");
    assert!(
        last_seen.len() == 24 && last_seen.ends_with('Z'),
        "{last_seen}"
    );
    let peer = peer_of(&mut kevin, jz.id).await;
    assert_eq!(
        (&peer["online"], &peer["last_seen"]),
        (&json!(false), &gone["last_seen"])
    );
}

#[tokio::test]
async fn a_reload_is_no_departure() {
    // Long enough for a reload on a busy machine.
    let grace = Duration::from_millis(1500);
    let app = Setup::relaxed().grace(grace).start().await;
    let (jz, mut kevin, _) = jz_away(&app).await;
    let before = app.connects(&jz).await;
    kevin.hears("presence").await;

    before.leaves().await;
    let _after = app.connects(&jz).await;

    a_grace_passes(&app, &mut kevin).await;
    assert_eq!(heard_of(&kevin, jz.id), [true]);
    assert_eq!(peer_of(&mut kevin, jz.id).await["online"], true);
}

#[tokio::test]
async fn only_people_one_has_to_do_with_hear_of_it() {
    let app = app().await;
    let (jz, mut kevin, _) = jz_away(&app).await;
    let listed = app.signs_up("mia").await;
    Person::signed_in(&app, &listed.number)
        .await
        .adds_contact("jz", "JZ")
        .await;
    let mut mia = app.connects(&listed).await;
    let mut curious = app.program("curious").await;
    // Opened, but nothing was said: JZ knows nothing of it.
    curious.opens("jz").await;

    app.connects(&jz).await.leaves().await;

    for watcher in [&mut kevin, &mut mia] {
        while watcher.hears("presence").await["online"] == true {}
        assert_eq!(heard_of(watcher, jz.id), [true, false]);
    }
    a_grace_passes(&app, &mut curious).await;
    assert_eq!(heard_of(&curious, jz.id), [] as [bool; 0]);
}

#[tokio::test]
async fn only_the_others_see_somebody_typing() {
    let app = app().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut laptop, mut phone) = (app.connects(&kevin).await, app.connects(&kevin).await);
    let (mut home, mut work) = (app.connects(&jz).await, app.connects(&jz).await);
    let conversation = laptop.opens("jz").await;
    laptop.tells(conversation, "Hello").await;

    assert_eq!(
        laptop.types(conversation, true).await,
        json!({ "ok": true })
    );
    for socket in [&mut home, &mut work] {
        let user = json!({ "id": kevin.id, "username": "kevin", "name": "kevin" });
        let expected = json!({ "conversation_id": conversation, "user": user, "on": true });
        assert_eq!(socket.hears("typing").await, expected);
    }
    laptop.types(conversation, false).await;
    for socket in [&mut home, &mut work] {
        assert_eq!(socket.hears("typing").await["on"], false);
    }

    home.tells(conversation, "I saw").await;
    for socket in [&mut laptop, &mut phone] {
        socket.hears_message("I saw").await;
        assert_eq!(socket.times_heard("typing"), 0);
    }
}

#[tokio::test]
async fn whoever_disconnects_stops_typing() {
    let app = app().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.tells(conversation, "Hello").await;
    kevin.types(conversation, true).await;
    assert_eq!(jz.hears("typing").await["on"], true);

    kevin.leaves().await;

    assert_eq!(jz.hears("typing").await["on"], false);
}

#[tokio::test]
async fn nobody_types_across_a_block() {
    let app = app().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.tells(conversation, "Hello").await;
    assert_eq!(
        jz.asks("user:block", json!({ "user_id": kevin.id })).await["ok"],
        true
    );

    for (one, code) in [(&mut kevin, "blocked"), (&mut jz, "blocked")] {
        let answer = one.types(conversation, true).await;
        assert_eq!(answer["error"]["code"], code, "{answer}");
    }

    jz.asks("user:unblock", json!({ "user_id": kevin.id }))
        .await;
    kevin.tells(conversation, "peace").await;
    jz.hears_message("peace").await;
    assert_eq!(jz.times_heard("typing"), 0);
}
