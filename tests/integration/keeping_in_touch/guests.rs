//! A guest who keeps a talk by having an account from now on.

use super::{all_that, keeps};
use crate::support::{Person, Program, Setup, TestApp, refusal_of, talk_in};
use chinwag::model::{Actor, TokenId, UserId, UserKind, Via};
use serde_json::{Value, json};
use std::time::Duration;

/// Somebody without an account, in a browser.
async fn a_guest_with_a_browser(app: &TestApp) -> (Person, Program) {
    let browser = Person::new(app);
    browser.accepts_the_rules().await;
    let socket = browser.connects(app).await;
    (browser, socket)
}

#[tokio::test]
async fn a_guest_keeps_the_talk_by_signing_in_with_a_phone() {
    let app = TestApp::new().await;
    let mut kevin = app.program("kevin").await;
    let browser = Person::new(&app);
    browser.accepts_the_rules().await;
    let mut guest = browser.connects(&app).await;
    assert_eq!(guest.ready()["user"]["kind"], "guest");
    let talk = kevin.meets(&mut guest).await;
    kevin.tells(talk, "hello").await;
    guest.tells(talk, "hi").await;
    kevin.asks("match:keep", json!({ "name": "Kevin" })).await;
    keeps(&mut guest, "The climber").await;
    let pending = kevin.hears("match:kept").await;
    assert_eq!(pending["conversation"]["kind"], "match", "no account yet");

    let number = app.fresh_number();
    browser.proves(&app, &number).await;
    let fields = [("name", "Jay"), ("username", "jay")];
    browser.submits("/welcome", &fields).await;

    let kept = kevin.hears("match:kept").await["conversation"].take();
    assert_eq!(
        (&kept["kind"], &kept["id"]),
        (&json!("direct"), &json!(talk))
    );
    assert_eq!(
        (&kept["title"], &kept["peer"]["username"]),
        (&json!("The climber"), &json!("jay"))
    );
    let mut jay = browser.connects(&app).await;
    assert_eq!(jay.ready()["user"]["username"], "jay");
    let mine = &jay.ready()["conversations"][0];
    assert_eq!(
        (&mine["id"], &mine["title"]),
        (&json!(talk), &json!("Kevin"))
    );
    let history = jay.reads_history(talk).await;
    let said: Vec<_> = history
        .iter()
        .map(|m| (m["sender"]["id"].as_i64(), m["body"].as_str()))
        .collect();
    assert_eq!(
        said,
        [(Some(kevin.id), Some("hello")), (Some(jay.id), Some("hi"))]
    );
    assert_eq!(jay.tells(talk, "it is me").await["seq"], 3);
    kevin.hears_message("it is me").await;
}

#[tokio::test]
async fn a_guest_who_has_an_account_brings_the_talk_into_it() {
    let app = TestApp::new().await;
    let jay = app.signs_up("jay").await;
    let mut kevin = app.program("kevin").await;
    let browser = Person::new(&app);
    browser.accepts_the_rules().await;
    let mut guest = browser.connects(&app).await;
    let talk = kevin.meets(&mut guest).await;
    guest.tells(talk, "still a guest").await;

    browser.proves(&app, &jay.number).await;

    // Not kept: the match itself goes on, and the partner notices nothing.
    let mut jay = app.connects(&jay).await;
    assert_eq!(jay.ready()["match"]["conversation_id"], talk);
    jay.tells(talk, "and now with an account").await;
    let message = kevin.hears_message("and now with an account").await;
    assert_eq!(message["sender"]["name"], "Stranger");
    assert!(!all_that(&kevin).contains("jay"));
}

#[tokio::test]
async fn a_guest_who_was_away_to_sign_in_is_told_to_be_back() {
    let app = Setup::strict().start().await;
    let mut kevin = app.guest().await;
    let (browser, mut guest) = a_guest_with_a_browser(&app).await;
    let talk = kevin.meets(&mut guest).await;
    let guest_id = guest.id;
    guest.leaves().await;
    app.until_gone(guest_id).await;
    app.wait(3);
    let gone = kevin.hears("match:partner").await;
    assert_eq!(gone["presence"], "reconnecting", "the premise");

    browser.proves(&app, &app.fresh_number()).await;
    let fields = [("name", "Jay"), ("username", "jay")];
    browser.submits("/welcome", &fields).await;
    let mut jay = browser.connects(&app).await;

    assert_eq!(talk_in(&jay.ready()["match"]), talk);
    assert_eq!(kevin.hears("match:partner").await["presence"], "here");
    jay.tells(talk, "here I am").await;
    kevin.hears_message("here I am").await;
}

#[tokio::test]
async fn a_talk_that_was_reported_stays_evidence_when_its_guest_signs_in() {
    let app = TestApp::new().await;
    let mut kevin = app.program("kevin").await;
    let (browser, mut guest) = a_guest_with_a_browser(&app).await;
    let talk = kevin.meets(&mut guest).await;
    guest.tells(talk, "something rude").await;
    keeps(&mut kevin, "Kevin Fell").await;
    assert_eq!(keeps(&mut guest, "Jay").await["kept"], true, "the premise");
    kevin.reports(talk, "harassment").await;

    browser.proves(&app, &app.fresh_number()).await;
    let fields = [("name", "Jay"), ("username", "jay")];
    browser.submits("/welcome", &fields).await;

    let mut jay = browser.connects(&app).await;
    assert_eq!(jay.ready()["user"]["username"], "jay");
    assert_eq!(jay.ready()["conversations"], json!([]));
    assert_eq!(refusal_of(&jay.says(talk, "more").await), Some("ended"));
    assert!(!all_that(&jay).contains("kevin"));
    kevin
        .asks("history", json!({ "conversation_id": talk }))
        .await;
    assert!(!all_that(&kevin).contains("jay"));
    assert_eq!(app.count("matches WHERE sealed"), 1);
    let evidence = format!("messages WHERE conversation_id = {talk}");
    assert_eq!(app.count(&evidence), 1);
}

#[tokio::test]
async fn a_talk_that_was_reported_is_not_added_to_one_that_the_two_have_already() {
    let app = TestApp::new().await;
    let jay = app.signs_up("jay").await;
    let mut kevin = app.program("kevin").await;
    let known = kevin.opens("jay").await;
    kevin.tells(known, "long ago").await;
    let (browser, mut guest) = a_guest_with_a_browser(&app).await;
    let talk = kevin.meets(&mut guest).await;
    guest.tells(talk, "something rude").await;
    keeps(&mut kevin, "Kevin").await;
    keeps(&mut guest, "Jay").await;
    kevin.reports(talk, "harassment").await;

    browser.proves(&app, &jay.number).await;

    let jay = app.connects(&jay).await;
    assert_eq!(jay.ready()["conversations"][0]["id"], known);
    let evidence = format!("messages WHERE conversation_id = {talk}");
    assert_eq!(app.count(&evidence), 1);
    assert_eq!(
        app.count(&format!("reports WHERE conversation_id = {talk}")),
        1
    );
}

#[tokio::test]
async fn an_open_talk_ends_when_the_guest_turns_out_to_be_somebody_whom_the_other_one_blocked() {
    let app = TestApp::new().await;
    let jay = app.signs_up("jay").await;
    let mut kevin = app.program("kevin").await;
    kevin.opens("jay").await;
    let blocked = kevin.asks("user:block", json!({ "user_id": jay.id })).await;
    assert_eq!(blocked["ok"], true);
    let (browser, mut guest) = a_guest_with_a_browser(&app).await;
    let talk = kevin.meets(&mut guest).await;

    browser.proves(&app, &jay.number).await;

    assert_eq!(kevin.hears_why(talk).await, "left");
    let mut jay = app.connects(&jay).await;
    assert_eq!(jay.ready()["match"], Value::Null);
    assert_eq!(refusal_of(&jay.says(talk, "hello").await), Some("ended"));
    let census = app.matching().census();
    assert_eq!((census.matched, census.faults), (0, 0));
}

#[tokio::test]
async fn every_message_of_a_guest_becomes_the_accounts_however_clients_number_theirs() {
    let app = TestApp::new().await;
    let account = app.signs_up("jay").await;
    let (mut kevin, mut jay) = (app.program("kevin").await, app.connects(&account).await);
    let (browser, mut guest) = a_guest_with_a_browser(&app).await;
    let known = kevin.opens("jay").await;
    kevin.tells(known, "hello").await;
    let talk = kevin.meets(&mut guest).await;
    for (person, place) in [(&mut jay, known), (&mut guest, talk)] {
        let numbered = json!({ "conversation_id": place, "body": "hi", "client_id": "1" });
        assert_eq!(person.asks("message:send", numbered).await["ok"], true);
    }

    browser.proves(&app, &account.number).await;

    let history = kevin.reads_history(talk).await;
    assert_eq!(history[0]["sender"]["name"], "Stranger", "not User1");
    let of_jay = format!("messages WHERE sender_id = {}", jay.id);
    assert_eq!(app.count(&of_jay), 2);
    assert_eq!(
        app.count(&format!("messages WHERE sender_id = {}", guest.id)),
        0
    );
}

#[tokio::test]
async fn an_account_that_waits_finds_itself_in_the_talk_of_its_guest() {
    let app = TestApp::new().await;
    let account = app.signs_up("jay").await;
    let mut kevin = app.program("kevin").await;
    let (browser, mut guest) = a_guest_with_a_browser(&app).await;
    let talk = kevin.meets(&mut guest).await;
    let mut jay = app.connects(&account).await;
    let alone = json!({ "interests": ["go"], "only_common": true });
    assert_eq!(jay.finds(alone).await["match"]["state"], "waiting");

    browser.proves(&app, &account.number).await;

    assert_eq!(talk_in(&jay.hears("match:found").await), talk);
    jay.tells(talk, "it is me, with a name").await;
    kevin.hears_message("it is me, with a name").await;
    let census = app.matching().census();
    assert_eq!((census.waiting, census.matched, census.faults), (0, 2, 0));
    jay.asks("match:leave", json!({})).await;
    assert_eq!(kevin.hears_why(talk).await, "left");
    assert_eq!(jay.finds(json!({})).await["match"]["state"], "waiting");
    let census = app.matching().census();
    assert_eq!((census.waiting, census.matched, census.faults), (1, 0, 0));
}

#[tokio::test]
async fn a_guest_is_taken_over_to_the_end_also_if_the_browser_does_not_wait() {
    let app = TestApp::new().await;
    let account = app.signs_up("jay").await;
    let mut kevin = app.program("kevin").await;
    let guest = app.makes_guest().await;
    let mut guest_socket = app.connects(&guest).await;
    let talk = kevin.meets(&mut guest_socket).await;
    let mut jay = app.connects(&account).await;
    let actor = Actor {
        user: UserId(guest.id),
        kind: UserKind::Guest,
        via: Via::Token(TokenId(1)),
    };

    let lock = app.occupies_the_database();
    let adoption = app.app().adopt_guest(actor, UserId(account.id));
    let unfinished = tokio::time::timeout(Duration::ZERO, adoption).await;
    assert!(unfinished.is_err(), "the premise: dropped half way");
    drop(lock);

    assert_eq!(talk_in(&jay.hears("match:found").await), talk);
    jay.asks("match:leave", json!({})).await;
    assert_eq!(kevin.hears_why(talk).await, "left");
    let census = app.matching().census();
    assert_eq!((census.matched, census.faults), (0, 0));
}
