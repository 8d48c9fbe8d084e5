//! Strangers meet, talk, lose each other and part.

use crate::support::{Program, Setup, TestApp, refusal_of, talk_in};
use serde_json::{Value, json};

/// Everything that the server ever told somebody.
fn all_that(person: &Program) -> String {
    let heard = person.heard().iter();
    heard.map(|(_, payload)| format!("{payload}\n")).collect()
}

#[tokio::test]
async fn strangers_get_to_know_nothing_of_each_other() {
    let app = TestApp::new().await;
    let account = app
        .signs_up_with("kevin.the.climber", "+12015550199", "Kevin Fell")
        .await;
    // So that no id of theirs is a number that stands for something else.
    app.runs("UPDATE sqlite_sequence SET seq = 7700 WHERE name = 'users'");
    let guest = app.makes_guest().await;
    let mut kevin = app.connects(&account).await;
    let mut jz = app.connects(&guest).await;
    kevin.finds(json!({ "as": "anonymous" })).await;
    let found = jz.finds(json!({ "interests": [] })).await;
    let talk = talk_in(&found["match"]);
    let mut answers = vec![found];
    kevin.tells(talk, "hello").await;
    kevin.types(talk, true).await;
    jz.hears("typing").await;
    jz.tells(talk, "hi").await;
    for (event, payload) in [
        ("history", json!({ "conversation_id": talk })),
        ("sync", json!({ "cursors": {} })),
        ("conversation:list", json!({})),
        ("read", json!({ "conversation_id": talk, "seq": 1 })),
        ("match:find", json!({})),
        ("match:keep", json!({})),
    ] {
        answers.push(jz.asks(event, payload).await);
    }
    kevin
        .asks("read", json!({ "conversation_id": talk, "seq": 2 }))
        .await;
    let mut again = app.connects(&guest).await;
    answers.push(again.ready().clone());
    kevin.asks("match:leave", json!({})).await;
    again.hears_why(talk).await;
    jz.hears_why(talk).await;

    let told = format!("{}{}{answers:?}", all_that(&jz), all_that(&again));

    assert!(
        told.contains("hello") && told.contains(r#""typing""#) || told.contains("on"),
        "the premise"
    );
    for secret in ["kevin", "Kevin", "Fell", "5550199", kevin.sid()] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    let theirs = all_that(&kevin);
    for secret in ["User", "7701", jz.sid(), again.sid()] {
        assert!(!theirs.contains(secret), "{secret} in {theirs}");
    }
    assert!(theirs.contains("Stranger"));
}

#[tokio::test]
async fn people_appear_under_their_username_unless_they_choose_otherwise() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.guest().await);
    let talk = kevin.meets(&mut jz).await;
    let message = kevin.tells(talk, "hello").await;
    let sender = json!({ "id": 1, "username": "kevin", "name": "kevin" });
    assert_eq!(message["sender"], sender);
    let state = jz.finds(json!({})).await["match"].take();
    assert_eq!(state["partner"]["name"], "kevin");
    assert_eq!(state["you"], json!({ "id": 2, "name": "Stranger" }));
}

#[tokio::test]
async fn nobody_meets_themselves_with_however_many_tabs() {
    let app = TestApp::new().await;
    let account = app.signs_up("kevin").await;
    let mut tabs = Vec::new();
    for _ in 0..6 {
        tabs.push(app.connects(&account).await);
    }
    let mut asked = Vec::new();
    for tab in &mut tabs {
        for _ in 0..5 {
            asked.push(tab.emits("match:find", "{}").await);
        }
    }
    let mut asked = asked.into_iter();
    for tab in &mut tabs {
        for _ in 0..5 {
            let answer = tab.answer(asked.next().expect("asked")).await;
            assert_eq!(answer["match"]["state"], "waiting");
        }
    }
    let census = app.matching().census();
    assert_eq!((census.waiting, census.matched, census.faults), (1, 0, 0));

    // A stranger comes: every tab is told of the one match.
    let mut jz = app.guest().await;
    let talk = talk_in(&jz.finds(json!({})).await["match"]);
    for tab in &mut tabs {
        assert_eq!(talk_in(&tab.hears("match:found").await), talk);
    }
    assert_eq!(app.count("conversations WHERE kind <> 'room'"), 1);
}

#[tokio::test]
async fn a_crowd_that_comes_at_once_is_paired_off_without_anybody_twice() {
    let app = TestApp::new().await;
    let mut crowd = Vec::new();
    for _ in 0..40 {
        crowd.push(app.guest().await);
    }
    let mut asked = Vec::new();
    for person in &mut crowd {
        asked.push(person.emits("match:find", "{}").await);
    }
    let mut talks: Vec<i64> = Vec::new();
    for (person, _) in crowd.iter_mut().zip(asked) {
        talks.push(talk_in(&person.hears("match:found").await));
    }
    talks.sort_unstable();
    let pairs: Vec<_> = talks.chunks(2).collect();
    assert!(pairs.iter().all(|pair| pair[0] == pair[1]));
    assert!(pairs.windows(2).all(|two| two[0] != two[1]));
    let census = app.matching().census();
    assert_eq!((census.waiting, census.matched, census.faults), (0, 40, 0));
}

#[tokio::test]
async fn interests_come_first_then_anybody_and_with_only_common_never() {
    let app = Setup::strict().start().await;
    let (mut kevin, mut jz) = (app.guest().await, app.guest().await);
    let waiting = kevin.finds(json!({ "interests": ["Climbing"] })).await;
    let waiting = &waiting["match"];
    assert_eq!(waiting["interests"], json!(["climbing"]));
    assert!(waiting["widen_at"].is_string());
    let alone = jz
        .finds(json!({ "interests": ["chess"], "only_common": true }))
        .await;
    assert!(alone["match"].get("widen_at").is_none());

    let mut climber = app.guest().await;
    let found = climber.finds(json!({ "interests": ["  CLIMBING "] })).await;
    assert_eq!(found["match"]["common_interests"], json!(["climbing"]));
    assert_eq!(
        talk_in(&kevin.hears("match:found").await),
        talk_in(&found["match"])
    );

    // Somebody who would talk with anybody, and one who will before long.
    let (mut anybody, mut baker) = (app.guest().await, app.guest().await);
    assert_eq!(
        baker.finds(json!({ "interests": ["bread"] })).await["match"]["state"],
        "waiting"
    );
    assert_eq!(anybody.finds(json!({})).await["match"]["state"], "waiting");
    app.wait(10);
    let found = baker.hears("match:found").await;
    assert_eq!(found["common_interests"], json!([]));
    assert_eq!(
        talk_in(&anybody.hears("match:found").await),
        talk_in(&found)
    );
    app.wait(3_600);
    assert_eq!(
        jz.finds(json!({ "interests": ["chess"], "only_common": true }))
            .await["match"]["state"],
        "waiting"
    );
    assert_eq!(jz.times_heard("match:found"), 0);
}

#[tokio::test]
async fn the_same_two_meet_again_after_thirty_seconds_if_nobody_else_comes() {
    let app = Setup::strict().start().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    kevin.asks("match:leave", json!({})).await;
    jz.hears_why(talk).await;
    assert_eq!(kevin.finds(json!({})).await["match"]["state"], "waiting");
    assert_eq!(jz.finds(json!({})).await["match"]["state"], "waiting");
    app.wait(29);
    // Asking makes sure that the time was noticed: it comes back from the server.
    assert_eq!(jz.finds(json!({})).await["match"]["state"], "waiting");
    app.wait(2);
    let again = talk_in(&kevin.hears("match:found").await);
    assert_ne!(again, talk);
    assert_eq!(talk_in(&jz.hears("match:found").await), again);
}

#[tokio::test]
async fn somebody_whose_connection_is_lost_has_time_to_come_back() {
    let app = Setup::strict().start().await;
    let (kevin, jz) = (app.makes_guest().await, app.makes_guest().await);
    let (mut kevin_socket, mut jz_socket) = (app.connects(&kevin).await, app.connects(&jz).await);
    let talk = kevin_socket.meets(&mut jz_socket).await;
    jz_socket.leaves().await;
    app.until_gone(jz.id).await;
    app.wait(3);

    let gone = kevin_socket.hears("match:partner").await;
    assert_eq!(
        (&gone["conversation_id"], &gone["presence"]),
        (&json!(talk), &json!("reconnecting"))
    );
    assert!(gone["until"].is_string());
    let state = kevin_socket.finds(json!({})).await["match"].take();
    assert_eq!(state["partner"]["presence"], "reconnecting");
    kevin_socket.tells(talk, "where are you?").await;

    let mut jz_socket = app.connects(&jz).await;
    assert_eq!(talk_in(&jz_socket.ready()["match"]), talk);
    assert_eq!(
        kevin_socket.hears("match:partner").await["presence"],
        "here"
    );
    let missed = jz_socket
        .asks("sync", json!({ "cursors": { talk.to_string(): 0 } }))
        .await;
    assert_eq!(missed["messages"][0]["body"], "where are you?");

    jz_socket.leaves().await;
    app.until_gone(jz.id).await;
    app.wait(46);
    assert_eq!(kevin_socket.hears_why(talk).await, "lost");
    let jz_socket = app.connects(&jz).await;
    assert_eq!(jz_socket.ready()["match"], Value::Null);
}

#[tokio::test]
async fn a_match_survives_a_restart_and_whoever_waited_asks_again() {
    let mut app = TestApp::new().await;
    let (kevin, jz, bo) = (
        app.makes_guest().await,
        app.makes_guest().await,
        app.makes_guest().await,
    );
    let (mut kevin_socket, mut jz_socket) = (app.connects(&kevin).await, app.connects(&jz).await);
    let talk = kevin_socket.meets(&mut jz_socket).await;
    kevin_socket.tells(talk, "before").await;
    let mut bo_socket = app.connects(&bo).await;
    bo_socket.finds(json!({})).await;

    app.restart().await;

    let (mut kevin_socket, mut jz_socket) = (app.connects(&kevin).await, app.connects(&jz).await);
    assert_eq!(talk_in(&kevin_socket.ready()["match"]), talk);
    assert_eq!(talk_in(&jz_socket.ready()["match"]), talk);
    jz_socket.tells(talk, "after").await;
    kevin_socket.hears_message("after").await;
    let said: Vec<_> = kevin_socket.reads_history(talk).await;
    assert_eq!(said.len(), 2);
    let bo_socket = app.connects(&bo).await;
    assert_eq!(bo_socket.ready()["match"], Value::Null);
    assert_eq!(app.matching().census().matched, 2);
}

#[tokio::test]
async fn leaving_is_for_good_and_nobody_takes_the_place() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    let sent = json!({ "conversation_id": talk, "body": "hello", "client_id": "one" });
    let first = kevin.asks("message:send", sent.clone()).await;
    kevin.asks("match:leave", json!({})).await;
    assert_eq!(kevin.hears_why(talk).await, "left");
    assert_eq!(jz.hears_why(talk).await, "left");

    for person in [&mut kevin, &mut jz] {
        assert_eq!(refusal_of(&person.says(talk, "more").await), Some("ended"));
        assert_eq!(refusal_of(&person.types(talk, true).await), Some("ended"));
        assert_eq!(
            person.asks("match:leave", json!({})).await["ok"],
            true,
            "twice"
        );
    }
    let retried = kevin.asks("message:send", sent).await;
    assert_eq!(retried["duplicate"], true);
    assert_eq!(retried["message"], first["message"]);
    let listed = jz.asks("conversation:list", json!({})).await;
    assert_eq!(listed["conversations"], json!([]));
    let missed = jz
        .asks("sync", json!({ "cursors": { talk.to_string(): 0 } }))
        .await;
    assert!(missed["conversations"][0]["ended_at"].is_string());
    // Somebody who waits gets a talk of their own.
    let mut bo = app.guest().await;
    kevin.finds(json!({})).await;
    assert_ne!(talk_in(&bo.finds(json!({})).await["match"]), talk);
    let foreign = bo.asks("history", json!({ "conversation_id": talk })).await;
    assert_eq!(refusal_of(&foreign), Some("not_found"));
    assert_eq!(
        app.count(&format!("memberships WHERE conversation_id = {talk}")),
        2
    );
}

#[tokio::test]
async fn next_leaves_and_looks_again_and_cancel_stops_looking_in_every_tab() {
    let app = TestApp::new().await;
    let account = app.makes_guest().await;
    let (mut kevin, mut tab) = (app.connects(&account).await, app.connects(&account).await);
    let mut jz = app.guest().await;
    let talk = kevin.meets(&mut jz).await;
    let next = kevin
        .asks("match:next", json!({ "interests": ["go"] }))
        .await;
    assert_eq!(next["match"]["interests"], json!(["go"]));
    assert_eq!(jz.hears_why(talk).await, "left");
    assert_eq!(tab.hears("match:waiting").await["state"], "waiting");

    tab.asks("match:cancel", json!({})).await;

    kevin.hears("match:cancelled").await;
    assert_eq!(app.matching().census().waiting, 0);
    let later = app.connects(&account).await;
    assert_eq!(later.ready()["match"], Value::Null);
}

#[tokio::test]
async fn what_somebody_asks_last_is_what_holds() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, _) = app.two_strangers().await;
    for _ in 0..20 {
        let first = kevin.emits("match:next", r#"{"interests":["go"]}"#).await;
        let then = kevin
            .emits("match:find", r#"{"interests":["chess"]}"#)
            .await;
        let last = kevin.emits("match:cancel", "{}").await;
        kevin.answer(first).await;
        assert_eq!(
            kevin.answer(then).await["match"]["interests"],
            json!(["chess"])
        );
        kevin.answer(last).await;
        assert_eq!(app.matching().census().waiting, 0);
    }
    assert_eq!(jz.asks("match:leave", json!({})).await["ok"], true);
}

#[tokio::test]
async fn odd_wishes_are_refused_in_words_and_change_nothing() {
    let app = TestApp::new().await;
    let mut kevin = app.guest().await;
    let eleven: Vec<_> = (0..11).map(|n| format!("tag {n}")).collect();
    for (wishes, field) in [
        (json!({ "interests": eleven }), "interests"),
        (json!({ "interests": ["x".repeat(31)] }), "interests"),
        (json!({ "interests": ["a\u{202e}b"] }), "interests"),
        (json!({ "interests": [""] }), "interests"),
        (json!({ "only_common": true }), "only_common"),
        (json!({ "as": "somebody else" }), "as"),
        (json!({ "interests": "climbing" }), "payload"),
        (json!({ "interests": [1] }), "payload"),
        (json!({ "only_common": "yes" }), "payload"),
        (json!([1, 2]), "payload"),
    ] {
        let refused = kevin.finds(wishes.clone()).await;
        assert_eq!(refusal_of(&refused), Some("invalid"), "{wishes}");
        assert_eq!(refused["error"]["field"], field, "{wishes}");
    }
    assert_eq!(app.matching().census().waiting, 0);
    for event in ["match:keep", "report", "user:block"] {
        for payload in [
            "null",
            "[]",
            "\"x\"",
            "{\"conversation_id\":9007199254740993}",
            "{\"conversation_id\":-1}",
        ] {
            let refused = kevin.asks_raw(event, payload).await;
            assert_eq!(refused["ok"], false, "{event} {payload}");
        }
    }
    assert_eq!(
        kevin.asks_raw("match:find", "").await["ok"],
        true,
        "without any payload"
    );
}

#[tokio::test]
async fn looking_too_often_is_refused_with_the_time_to_wait() {
    let app = Setup::strict()
        .with("LIMIT_MATCHES_PER_MINUTE", 2)
        .start()
        .await;
    let mut kevin = app.guest().await;
    for _ in 0..2 {
        assert_eq!(kevin.finds(json!({})).await["ok"], true);
    }
    let refused = kevin.finds(json!({})).await;
    assert_eq!(refusal_of(&refused), Some("rate_limited"));
    assert!(
        refused["error"]["retry_after_ms"]
            .as_u64()
            .is_some_and(|wait| wait > 0)
    );
}
