//! Reports, blocks and bans of strangers: they bind at once, and after a restart.

use crate::support::{Program, Setup, TestApp, refusal_of, talk_in};
use chinwag::error::Error;
use chinwag::model::{ReportId, UserId, until_words};
use chinwag::moderation::{Note, Outcome, Term};
use serde_json::{Value, json};
use std::time::Duration;

/// The two are the only ones who look, and are let time to find each other.
async fn keep_missing_each_other(app: &TestApp, one: &mut Program, other: &mut Program) {
    let mut third = app.guest().await;
    assert_eq!(one.finds(json!({})).await["match"]["state"], "waiting");
    assert_eq!(other.finds(json!({})).await["match"]["state"], "waiting");
    // The premise: the line moves, and who came first is taken first.
    let met = third.finds(json!({})).await;
    assert_eq!(
        talk_in(&one.hears("match:found").await),
        talk_in(&met["match"])
    );
    one.asks("match:leave", json!({})).await;
    other.asks("match:cancel", json!({})).await;
    third.leaves().await;
}

#[tokio::test]
async fn strangers_who_were_blocked_never_meet_again_also_after_a_restart() {
    let mut app = Setup::strict().start().await;
    let (kevin, jz) = (app.makes_guest().await, app.makes_guest().await);
    let (mut kevin_socket, mut jz_socket) = (app.connects(&kevin).await, app.connects(&jz).await);
    let talk = kevin_socket.meets(&mut jz_socket).await;

    let answer = kevin_socket
        .asks("user:block", json!({ "conversation_id": talk }))
        .await;

    assert_eq!(answer, json!({ "ok": true }));
    assert_eq!(kevin_socket.hears_why(talk).await, "blocked");
    assert_eq!(
        jz_socket.hears_why(talk).await,
        "left",
        "nobody learns that"
    );
    app.restart().await;
    // Long after the pause between two talks of the same people.
    app.wait(3_600);
    let (mut kevin, mut jz) = (app.connects(&kevin).await, app.connects(&jz).await);
    keep_missing_each_other(&app, &mut kevin, &mut jz).await;
}

#[tokio::test]
async fn a_report_ends_the_talk_seals_what_was_said_and_keeps_the_two_apart() {
    let mut app = Setup::strict().start().await;
    let (kevin, jz) = (app.makes_guest().await, app.makes_guest().await);
    let (mut kevin_socket, mut jz_socket) = (app.connects(&kevin).await, app.connects(&jz).await);
    let talk = kevin_socket.meets(&mut jz_socket).await;
    kevin_socket.tells(talk, "hello").await;
    let rude = jz_socket.tells(talk, "something rude").await;
    let before = refusal_of(&jz_socket.deletes(&rude).await).map(str::to_owned);
    assert_eq!(before.as_deref(), Some("forbidden"), "it stays as evidence");

    let answer = kevin_socket
        .asks(
            "report",
            json!({ "conversation_id": talk, "message_id": rude["id"], "reason": "harassment", "note": "It hurt." }),
        )
        .await;

    assert_eq!(kevin_socket.hears_why(talk).await, "reported");
    assert_eq!(jz_socket.hears_why(talk).await, "left");
    let late = jz_socket.says(talk, "wait").await;
    assert_eq!(refusal_of(&late), Some("ended"));
    let report = ReportId(answer["report_id"].as_i64().expect("a number"));
    let again = kevin_socket.reports(talk, "spam").await;
    assert_eq!(again["report_id"], report.0, "twice is once");

    app.restart().await;
    // Past the time for which talks are kept.
    app.wait(25 * 3_600);
    app.matching().sweep().await.expect("the sweep");
    let ana = app.signs_up("ana").await;
    let admin = app.administrator(ana.id).await;
    let file = app.report_file(&admin, report.0).await;
    let said: Vec<_> = file
        .evidence
        .iter()
        .map(|line| (line.sender.0, line.body.as_str(), line.is_subject))
        .collect();
    assert_eq!(
        said,
        [(kevin.id, "hello", false), (jz.id, "something rude", true)]
    );
    assert_eq!(
        (file.line.reporter.id, file.line.reported.id),
        (UserId(kevin.id), UserId(jz.id))
    );
    assert_eq!(file.line.reason, "harassment");
    let (mut kevin, mut jz) = (app.connects(&kevin).await, app.connects(&jz).await);
    for person in [&mut kevin, &mut jz] {
        let gone = person
            .asks("history", json!({ "conversation_id": talk }))
            .await;
        assert_eq!(refusal_of(&gone), Some("not_found"), "sealed for the two");
    }
    keep_missing_each_other(&app, &mut kevin, &mut jz).await;
}

#[tokio::test]
async fn talks_that_nobody_reported_are_forgotten_with_their_guests() {
    let app = Setup::strict().start().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    kevin.tells(talk, "hello").await;
    kevin.asks("match:leave", json!({})).await;
    jz.hears_why(talk).await;
    assert_eq!(app.count("messages"), 1);

    app.wait(23 * 3_600);
    app.matching().sweep().await.expect("the sweep");
    assert_eq!(app.count("messages"), 1, "not yet");
    app.wait(2 * 3_600);
    app.matching().sweep().await.expect("the sweep");

    assert_eq!(app.count("messages"), 0);
    assert_eq!(app.count("conversations WHERE kind = 'match'"), 0);
    // Until their tokens are over, the guests stay.
    app.accounts().sweep().await.expect("the sweep");
    assert_eq!(app.count("users WHERE kind = 'guest'"), 2);
    app.wait(31 * 24 * 3_600);
    for _ in 0..2 {
        app.accounts().sweep().await.expect("the sweep");
    }
    assert_eq!(app.count("users WHERE kind = 'guest'"), 0);
}

#[tokio::test]
async fn somebody_who_was_reported_takes_a_break() {
    let app = Setup::strict().start().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    kevin.reports(talk, "spam").await;

    let refused = jz.finds(json!({})).await;

    assert_eq!(refusal_of(&refused), Some("rate_limited"));
    assert_eq!(refused["error"]["retry_after_ms"], 30_000);
    app.wait(31);
    assert_eq!(jz.finds(json!({})).await["match"]["state"], "waiting");
    assert_eq!(kevin.finds(json!({})).await["ok"], true);
}

#[tokio::test]
async fn only_a_talk_and_a_message_of_ones_own_can_be_reported() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    let (mut bo, _, elsewhere) = app.two_strangers().await;
    let foreign = bo.tells(elsewhere, "not yours").await;
    let mut refusals = Vec::new();
    for complaint in [
        json!({ "conversation_id": elsewhere, "reason": "spam" }),
        json!({ "conversation_id": 999, "reason": "spam" }),
        json!({ "conversation_id": talk, "message_id": foreign["id"], "reason": "spam" }),
        json!({ "conversation_id": talk, "message_id": 999, "reason": "spam" }),
    ] {
        refusals.push(kevin.asks("report", complaint).await);
    }
    assert!(
        refusals
            .iter()
            .all(|answer| refusal_of(answer) == Some("not_found"))
    );
    for complaint in [
        json!({ "conversation_id": talk, "reason": "" }),
        json!({ "conversation_id": talk, "reason": "x".repeat(101) }),
        json!({ "conversation_id": talk, "reason": "spam", "note": "x".repeat(1_001) }),
        json!({ "conversation_id": talk }),
    ] {
        let refused = kevin.asks("report", complaint).await;
        assert_eq!(refusal_of(&refused), Some("invalid"));
    }
    assert_eq!(app.count("reports"), 0);
    assert_eq!(jz.tells(talk, "still here").await["seq"], 1);
}

#[tokio::test]
async fn a_banned_guest_is_told_until_when_and_why_and_so_is_who_comes_from_there() {
    let app = Setup::strict().start().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    let (week, day) = (Duration::from_secs(7 * 86_400), Duration::from_secs(86_400));
    let ana = app.signs_up("ana").await;
    let admin = app.administrator(ana.id).await;
    let ban = Outcome::Ban {
        time: Term::Week,
        network: true,
    };
    let in_a_week = || {
        let now = app.app().clock.now();
        until_words(now.after(week), now)
    };
    let earliest = in_a_week();
    app.sanctions(&admin, jz.id, ban, "harassment").await;
    let latest = in_a_week();

    assert_eq!(jz.hears_why(talk).await, "moderator");
    assert_eq!(kevin.hears_why(talk).await, "moderator");
    let told = |answer: &Value| answer["error"]["message"].as_str().unwrap_or("").to_owned();
    let refused = jz.finds(json!({})).await;
    assert_eq!(refusal_of(&refused), Some("forbidden"));
    let words = told(&refused);
    assert!(words.contains("harassment"), "{words}");
    assert!(
        words.contains(&earliest) || words.contains(&latest),
        "{words}"
    );
    // A new guest from the same address, as everybody in this test is.
    let mut fresh = app.guest().await;
    assert_eq!(refusal_of(&fresh.finds(json!({})).await), Some("forbidden"));
    app.wait(week.as_secs() + day.as_secs());
    assert_eq!(jz.finds(json!({})).await["match"]["state"], "waiting");
}

#[tokio::test]
async fn a_warning_ends_no_match() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    let ana = app.signs_up("ana").await;
    let admin = app.administrator(ana.id).await;

    app.sanctions(&admin, jz.id, Outcome::Warn, "Be kind").await;

    jz.tells(talk, "still here").await;
    kevin.hears_message("still here").await;
}

#[tokio::test]
async fn a_milder_suspension_cuts_none_short_and_nobody_decides_about_themselves() {
    let app = TestApp::new().await;
    let (ana, jz) = (app.signs_up("ana").await, app.signs_up("jz").await);
    let admin = app.administrator(ana.id).await;
    let until = format!(
        "users WHERE id = {} AND suspended_until > 4000000000000",
        jz.id
    );
    let forever = Outcome::Suspend(Term::Open);
    app.sanctions(&admin, jz.id, forever, "spam").await;
    assert_eq!(app.count(&until), 1, "the premise");

    let hour = Outcome::Suspend(Term::Hour);
    app.sanctions(&admin, jz.id, hour, "again").await;

    assert_eq!(app.count(&until), 1);
    let note = Note::parse("why not").expect("a note");
    let oneself = UserId(ana.id);
    let done = app
        .app()
        .sanction(&admin, oneself, Outcome::Warn, note)
        .await;
    assert!(matches!(done, Err(Error::Forbidden(_))), "{done:?}");
}

#[tokio::test]
async fn who_is_banned_while_they_wait_is_matched_with_nobody() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, mut bo) = (app.guest().await, app.guest().await, app.guest().await);
    assert_eq!(kevin.finds(json!({})).await["match"]["state"], "waiting");
    app.runs(&format!(
        "INSERT INTO match_bans (user_id, reason, created_at, expires_at)
         VALUES ({}, 'spam', 0, 9000000000000)",
        kevin.id
    ));

    assert_eq!(jz.finds(json!({})).await["match"]["state"], "waiting");

    kevin.hears("match:cancelled").await;
    let refused = kevin.finds(json!({})).await;
    assert_eq!(refusal_of(&refused), Some("forbidden"));
    let talk = talk_in(&bo.finds(json!({})).await["match"]);
    assert_eq!(talk_in(&jz.hears("match:found").await), talk);
    assert_eq!(kevin.times_heard("match:found"), 0);
    let census = app.matching().census();
    assert_eq!((census.waiting, census.matched, census.faults), (0, 2, 0));
}

#[tokio::test]
async fn who_may_not_look_for_another_keeps_the_one_they_have() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    app.runs(&format!(
        "INSERT INTO match_bans (user_id, reason, created_at, expires_at)
         VALUES ({}, 'spam', 0, 9000000000000)",
        jz.id
    ));

    let refused = jz.asks("match:next", json!({})).await;

    assert_eq!(refusal_of(&refused), Some("forbidden"));
    jz.tells(talk, "still here").await;
    kevin.hears_message("still here").await;
}

#[tokio::test]
async fn reports_are_limited_by_the_day_and_blocks_are_not() {
    let app = Setup::strict().with("LIMIT_REPORTS_DAY", 1).start().await;
    let mut kevin = app.guest().await;
    for (n, expected) in [(1, None), (2, Some("rate_limited"))] {
        let mut other = app.guest().await;
        let talk = kevin.meets(&mut other).await;
        let answer = kevin.reports(talk, "spam").await;
        assert_eq!(refusal_of(&answer), expected, "report {n}");
        if expected.is_some() {
            let wait = &answer["error"]["retry_after_ms"];
            assert_eq!(*wait, 23 * 3_600_000, "until the first is forgotten");
        }
        app.wait(3_600);
        let block = json!({ "conversation_id": talk });
        assert_eq!(kevin.asks("user:block", block).await["ok"], true);
    }
    let ana = app.signs_up("ana").await;
    let admin = app.administrator(ana.id).await;
    let none = app
        .moderation()
        .report_file(&admin, ReportId(2), None)
        .await;
    assert!(matches!(none, Err(Error::NotFound)));
}
