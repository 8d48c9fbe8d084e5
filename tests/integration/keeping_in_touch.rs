//! Strangers who want to keep in touch: nothing is shown until both have asked.

use crate::support::{Credential, Person, Program, Setup, TestApp, refusal_of, talk_in};
use chinwag::model::{Actor, TokenId, UserId, UserKind, Via};
use serde_json::{Value, json};
use std::time::Duration;

/// Everything that somebody heard, as one text.
fn all_that(person: &Program) -> String {
    person
        .heard()
        .iter()
        .map(|(name, payload)| format!("{name} {payload}\n"))
        .collect()
}

async fn keeps(person: &mut Program, name: &str) -> Value {
    person.asks("match:keep", json!({ "name": name })).await
}

/// Somebody without an account, in a browser.
async fn a_guest_with_a_browser(app: &TestApp) -> (Person, Program) {
    let browser = Person::new(app);
    browser.submits("/match/enter", &[("accept", "on")]).await;
    let socket = app.try_connect(Credential::Browser(&browser)).await;
    (browser, socket.expect("let in as a guest"))
}

#[tokio::test]
async fn two_people_who_both_ask_know_each_other_with_all_that_was_said() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    kevin.finds(json!({ "as": "anonymous" })).await;
    let found = jz.finds(json!({ "as": "anonymous" })).await;
    let talk = found["match"]["conversation_id"].as_i64().expect("a talk");
    kevin.hears("match:found").await;
    kevin.tells(talk, "hello").await;
    jz.tells(talk, "hi").await;

    let first = keeps(&mut kevin, "Kevin of the wall").await;

    assert_eq!(first, json!({ "ok": true, "kept": false }));
    // The premise of silence: jz would have heard it before this.
    kevin.tells(talk, "are you there?").await;
    jz.hears_message("are you there?").await;
    let heard = all_that(&jz);
    assert!(!heard.contains("match:kept") && !heard.contains("of the wall"));
    assert!(!heard.contains("kevin"), "strangers up to now: {heard}");

    let second = keeps(&mut jz, "Jay").await;

    assert_eq!(second, json!({ "ok": true, "kept": true }));
    let kept = kevin.hears("match:kept").await["conversation"].take();
    assert_eq!(
        (&kept["kind"], &kept["id"]),
        (&json!("direct"), &json!(talk))
    );
    assert_eq!(kept["title"], "Jay");
    assert_eq!(kept["peer"]["id"], jz.id);
    let kept = jz.hears("match:kept").await["conversation"].take();
    assert_eq!(kept["title"], "Kevin of the wall");
    let history = jz.reads_history(talk).await;
    let said: Vec<_> = history
        .iter()
        .map(|m| {
            (
                m["sender"]["id"].as_i64(),
                m["sender"]["name"].as_str(),
                m["body"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (Some(kevin.id), Some("Kevin of the wall"), Some("hello")),
            (Some(jz.id), Some("Jay"), Some("hi")),
            (
                Some(kevin.id),
                Some("Kevin of the wall"),
                Some("are you there?")
            ),
        ]
    );
    // From here on it is a talk like any other, and both are free for strangers.
    assert_eq!(kevin.tells(talk, "so we know each other").await["seq"], 4);
    assert_eq!(kevin.finds(json!({})).await["match"]["state"], "waiting");
    assert_eq!(keeps(&mut jz, "Jay").await["kept"], true, "asking again");
}

#[tokio::test]
async fn what_was_said_is_added_to_the_talk_that_two_have_already() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, known) = app.two_people().await;
    kevin.tells(known, "long ago").await;
    let talk = kevin.meets(&mut jz).await;
    jz.tells(talk, "just now").await;
    kevin.asks("match:keep", json!({})).await;

    jz.asks("match:keep", json!({})).await;

    let kept = kevin.hears("match:kept").await;
    assert_eq!(
        (&kept["conversation_id"], &kept["conversation"]["id"]),
        (&json!(talk), &json!(known))
    );
    let history = kevin.reads_history(known).await;
    let said: Vec<_> = history.iter().map(|m| m["body"].as_str()).collect();
    assert_eq!(said, [Some("long ago"), Some("just now")]);
    assert_eq!(kevin.tells(known, "and on").await["seq"], 3);
    let gone = kevin
        .asks("history", json!({ "conversation_id": talk }))
        .await;
    assert_eq!(refusal_of(&gone), Some("not_found"));
    assert_eq!(keeps(&mut jz, "me").await["kept"], true, "asking again");
    // They have met a moment ago, whatever became of it.
    assert_eq!(kevin.finds(json!({})).await["match"]["state"], "waiting");
    assert_eq!(jz.finds(json!({})).await["match"]["state"], "waiting");
}

#[tokio::test]
async fn what_is_said_in_a_second_match_is_added_to_what_became_of_the_first() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let mut known = 0;
    for (n, name) in [(1, "Jay"), (2, "Jazzy")] {
        app.runs("UPDATE match_people SET ended_at = 1");
        for _ in 0..5 {
            // Others in between, so that the two may meet again.
            let mut other = app.guest().await;
            for person in [&mut kevin, &mut jz] {
                person.meets(&mut other).await;
                person.asks("match:leave", json!({})).await;
            }
        }
        let talk = kevin.meets(&mut jz).await;
        kevin.tells(talk, &format!("talk {n}")).await;
        keeps(&mut kevin, "Kevin of the wall").await;
        keeps(&mut jz, name).await;
        let kept = kevin.hears("match:kept").await;
        assert_eq!(kept["conversation_id"], talk);
        if n == 1 {
            known = talk;
        }
        assert_eq!(kept["conversation"]["id"], known);
        assert_eq!(kept["conversation"]["title"], "Jay");
    }
    let history = jz.reads_history(known).await;
    let said: Vec<_> = history.iter().map(|m| m["body"].as_str()).collect();
    assert_eq!(said, [Some("talk 1"), Some("talk 2")]);
    assert_eq!(app.count("match_people WHERE ended_at IS NULL"), 0);
}

#[tokio::test]
async fn the_name_that_was_chosen_is_the_one_in_the_list_of_blocked_people() {
    let app = TestApp::new().await;
    let mut jz = app.program("jz").await;
    let browser = Person::signed_up(&app, "Kevin").await;
    browser.submits("/match/enter", &[("accept", "on")]).await;
    let socket = app.try_connect(Credential::Browser(&browser)).await;
    let mut kevin = socket.expect("let in");
    app.runs("UPDATE users SET name = 'Jane Doe' WHERE username = 'jz'");
    kevin.meets(&mut jz).await;
    keeps(&mut kevin, "Kevin").await;
    keeps(&mut jz, "The climber").await;
    kevin.asks("user:block", json!({ "user_id": jz.id })).await;

    let settings = browser.opens("/settings").await.body;

    assert!(settings.contains("The climber") && settings.contains("jz"));
    assert!(!settings.contains("Jane Doe"));
}

#[tokio::test]
async fn a_page_of_a_talk_that_was_kept_leads_to_the_chat_also_after_other_talks() {
    let app = TestApp::new().await;
    let mut jz = app.program("jz").await;
    let browser = Person::signed_up(&app, "Kevin").await;
    browser.submits("/match/enter", &[("accept", "on")]).await;
    let socket = app.try_connect(Credential::Browser(&browser)).await;
    let mut kevin = socket.expect("let in");
    let mut other = app.guest().await;
    let earlier = kevin.meets(&mut other).await;
    kevin.asks("match:leave", json!({})).await;
    let talk = kevin.meets(&mut jz).await;
    kevin.asks("match:keep", json!({})).await;
    jz.asks("match:keep", json!({})).await;
    kevin.hears("match:kept").await;

    let reloaded = browser.opens(&format!("/match?talk={talk}")).await;

    assert_eq!(reloaded.location(), format!("/chats/{talk}"));
    let ended = browser.opens(&format!("/match?talk={earlier}")).await;
    assert!(ended.body.contains(r#"data-state="ended""#));
    for other in ["/match", "/match?talk=999"] {
        let lobby = browser.opens(other).await;
        assert!(lobby.body.contains(r#"data-state="lobby""#), "{other}");
    }
    // Kept, and gone: what was said is in the chat that the two had already.
    let kept = browser.opens("/match?talk=999&kept").await;
    assert_eq!(kept.location(), "/chats");
}

#[tokio::test]
async fn a_guest_keeps_the_talk_by_signing_in_with_a_phone() {
    let app = TestApp::new().await;
    let mut kevin = app.program("kevin").await;
    let browser = Person::new(&app);
    browser.submits("/match/enter", &[("accept", "on")]).await;
    let mut guest = app
        .try_connect(Credential::Browser(&browser))
        .await
        .expect("let in as a guest");
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
    let mut jay = app
        .try_connect(Credential::Browser(&browser))
        .await
        .expect("let in as a person");
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
    browser.submits("/match/enter", &[("accept", "on")]).await;
    let mut guest = app
        .try_connect(Credential::Browser(&browser))
        .await
        .expect("let in");
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
    let mut jay = app
        .try_connect(Credential::Browser(&browser))
        .await
        .expect("let in as a person");

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

    let mut jay = app
        .try_connect(Credential::Browser(&browser))
        .await
        .expect("let in as a person");
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

#[tokio::test]
async fn who_was_blocked_or_reported_asks_as_if_the_other_one_had_left() {
    let app = TestApp::new().await;
    let mut answers = Vec::new();
    for (n, end) in [(1, "match:leave"), (2, "user:block"), (3, "report")] {
        let mut kevin = app.program(&format!("kevin-{n}")).await;
        let mut jz = app.program(&format!("jz-{n}")).await;
        let talk = kevin.meets(&mut jz).await;
        let complaint = json!({ "conversation_id": talk, "reason": "spam" });
        kevin.asks(end, complaint).await;
        assert_eq!(jz.hears_why(talk).await, "left");

        answers.push(keeps(&mut jz, "Jay").await);

        let own = keeps(&mut kevin, "me").await;
        let expected = (end != "match:leave").then_some("blocked");
        assert_eq!(refusal_of(&own), expected, "{end}");
        assert_eq!(
            app.count(&format!(
                "conversations WHERE id = {talk} AND kind = 'direct'"
            )),
            i64::from(expected.is_none())
        );
    }
    assert_eq!(answers[0], json!({ "ok": true, "kept": false }));
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn who_blocked_a_stranger_cannot_ask_nor_can_a_third() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    keeps(&mut jz, "Jay").await;
    kevin
        .asks("user:block", json!({ "conversation_id": talk }))
        .await;

    assert_eq!(refusal_of(&keeps(&mut kevin, "me").await), Some("blocked"));
    let mut stranger = app.guest().await;
    let foreign = json!({ "conversation_id": talk });
    let refused = stranger.asks("match:keep", foreign).await;
    assert_eq!(refusal_of(&refused), Some("not_found"));
    assert_eq!(
        refusal_of(&keeps(&mut stranger, "me").await),
        Some("not_found")
    );
}

#[tokio::test]
async fn talks_can_be_kept_after_their_end() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let talk = kevin.meets(&mut jz).await;
    kevin.tells(talk, "hello").await;
    kevin.asks("match:leave", json!({})).await;
    jz.hears_why(talk).await;

    kevin.asks("match:keep", json!({})).await;
    jz.asks("match:keep", json!({ "conversation_id": talk }))
        .await;

    let kept = jz.hears("match:kept").await["conversation"].take();
    assert_eq!(
        (&kept["kind"], &kept["title"]),
        (&json!("direct"), &json!("kevin"))
    );
    assert!(kept.get("ended_at").is_none());
    assert_eq!(jz.tells(talk, "hi again").await["seq"], 2);
}
