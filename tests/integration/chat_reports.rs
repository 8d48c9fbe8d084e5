//! Reports of talks between people who know each other, and of rooms: what is kept, and how often.

use crate::support::{Program, Setup, TestApp, refusal_of};
use chinwag::model::UserId;
use chinwag::moderation::{Admin, Note, Outcome, ReportFile};
use serde_json::json;

async fn administrator(app: &TestApp) -> Admin {
    let ana = app.signs_up("ana").await;
    app.administrator(ana.id).await
}

/// What is kept of a report: who said what, and whether it is about that.
fn said(file: &ReportFile) -> Vec<(&str, &str, bool)> {
    file.evidence
        .iter()
        .map(|line| (line.name.as_str(), line.body.as_str(), line.is_subject))
        .collect()
}

/// A room with those people in it.
async fn room(app: &TestApp, people: &[&Program]) -> i64 {
    app.runs(
        "INSERT INTO conversations (id, kind, title, name_key, created_at) VALUES (500, 'room', 'Lounge', 'lounge', 1)",
    );
    for person in people {
        app.runs(&format!(
            "INSERT INTO memberships (user_id, conversation_id, joined_at) VALUES ({}, 500, 1)",
            person.id
        ));
    }
    500
}

#[tokio::test]
async fn a_report_of_a_talk_keeps_what_was_said_over_edits_deletions_and_its_end() {
    let app = TestApp::new().await;
    let admin = administrator(&app).await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    kevin.tells(talk, "hello").await;
    let rude = jz.tells(talk, "something rude").await;
    let worse = jz.tells(talk, "something worse").await;

    let complaint = json!({ "conversation_id": talk, "message_id": rude["id"], "reason": "harassment", "note": "It hurt." });
    let answer = kevin.asks("report", complaint).await;

    let report = answer["report_id"].as_i64().expect("a number");
    assert_eq!(jz.edits(&rude, "something nice").await["ok"], true);
    assert_eq!(jz.deletes(&worse).await["ok"], true);
    let expected = [
        ("kevin @kevin", "hello", false),
        ("jz @jz", "something rude", true),
        ("jz @jz", "something worse", false),
    ];
    let file = app.report_file(&admin, report).await;
    assert_eq!(said(&file), expected);
    assert_eq!(file.line.reason, "harassment");
    assert_eq!(file.note, "It hurt.");
    let sides = (file.line.reporter.id, file.line.reported.id);
    assert_eq!(sides, (UserId(kevin.id), UserId(jz.id)));
    // The talk goes on: who does not want that can block.
    assert_eq!(jz.says(talk, "what now?").await["ok"], true);
    app.runs(&format!("DELETE FROM conversations WHERE id = {talk}"));
    let file = app.report_file(&admin, report).await;
    assert_eq!(said(&file), expected, "also when the talk is gone");
    assert_eq!((file.line.kind, file.message), (None, None));
}

#[tokio::test]
async fn a_report_of_a_room_is_about_a_message_and_keeps_the_last_fifty() {
    let app = TestApp::new().await;
    let admin = administrator(&app).await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let room = room(&app, &[&kevin, &jz]).await;
    let rude = jz.tells(room, "something rude").await;
    let own = kevin.tells(room, "please do not").await;
    for n in 0..60 {
        kevin.tells(room, &format!("message {n}")).await;
    }

    let without = kevin
        .asks(
            "report",
            json!({ "conversation_id": room, "reason": "spam" }),
        )
        .await;
    let about_own = json!({ "conversation_id": room, "message_id": own["id"], "reason": "spam" });
    let about_own = kevin.asks("report", about_own).await;
    for refused in [&without, &about_own] {
        assert_eq!(refusal_of(refused), Some("invalid"));
        assert_eq!(refused["error"]["field"], "message_id");
    }
    let complaint = json!({ "conversation_id": room, "message_id": rude["id"], "reason": "spam" });
    let answer = kevin.asks("report", complaint).await;

    let report = answer["report_id"].as_i64().expect("a number");
    let file = app.report_file(&admin, report).await;
    let said = said(&file);
    assert_eq!(said.len(), 51, "the one that it is about, and the last 50");
    assert_eq!(said[0], ("jz @jz", "something rude", true));
    assert_eq!(said[1], ("kevin @kevin", "message 10", false));
    assert_eq!(said[50], ("kevin @kevin", "message 59", false));
    assert_eq!(file.line.place.as_deref(), Some("Lounge"));
    app.runs("DELETE FROM conversations WHERE id = 500");
    let file = app.report_file(&admin, report).await;
    assert_eq!(file.evidence.len(), 51);
    assert_eq!(
        file.line.place.as_deref(),
        Some("Lounge"),
        "it outlives the room"
    );
}

#[tokio::test]
async fn only_members_report_and_only_what_was_said_there() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    let mut mia = app.program("mia").await;
    let room = room(&app, &[&jz]).await;
    kevin.tells(talk, "hello").await;
    let said = jz.tells(talk, "between us").await;
    let elsewhere = jz.tells(room, "in the room").await;
    let mut refusals = Vec::new();
    for (conversation, message) in [
        (talk, json!(null)),
        (talk, said["id"].clone()),
        (room, elsewhere["id"].clone()),
        (999_999, json!(null)),
    ] {
        let complaint =
            json!({ "conversation_id": conversation, "message_id": message, "reason": "spam" });
        refusals.push(mia.asks("report", complaint).await);
    }
    let foreign =
        json!({ "conversation_id": talk, "message_id": elsewhere["id"], "reason": "spam" });
    refusals.push(kevin.asks("report", foreign).await);

    for refusal in &refusals {
        assert_eq!(refusal_of(refusal), Some("not_found"));
        assert_eq!(refusal["error"], refusals[0]["error"], "all look the same");
    }
    assert_eq!(app.count("reports"), 0);
}

#[tokio::test]
async fn one_report_of_somebody_is_open_and_after_its_end_there_can_be_another() {
    let app = TestApp::new().await;
    let admin = administrator(&app).await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    kevin.tells(talk, "hello").await;
    jz.tells(talk, "something rude").await;
    let complaint = json!({ "conversation_id": talk, "reason": "harassment" });
    let first = kevin.asks("report", complaint.clone()).await["report_id"].clone();
    let again = kevin.asks("report", complaint.clone()).await["report_id"].clone();
    assert_eq!(first, again);
    let back = jz.asks("report", complaint.clone()).await["report_id"].clone();
    assert_ne!(first, back, "that is another one");

    let file = app
        .report_file(&admin, first.as_i64().expect("a number"))
        .await;
    let note = Note::parse("").expect("no note");
    let decided = app
        .moderation()
        .decide(&admin, file.line.id, Outcome::Dismiss, note);
    decided.await.expect("it is decided");

    jz.tells(talk, "something worse").await;
    let later = kevin.asks("report", complaint).await["report_id"].clone();
    assert_ne!(first, later);
    let file = app
        .report_file(&admin, later.as_i64().expect("a number"))
        .await;
    assert_eq!(file.evidence.len(), 3);
    assert_eq!(file.against_reported.len(), 1, "with what was before");
}

#[tokio::test]
async fn reports_of_chats_and_of_strangers_share_the_limit_of_a_day() {
    let app = Setup::strict().with("LIMIT_REPORTS_DAY", 1).start().await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    let match_with = kevin.meets(&mut jz).await;
    assert_eq!(kevin.reports(match_with, "spam").await["ok"], true);

    let refused = kevin.reports(talk, "spam").await;

    assert_eq!(refusal_of(&refused), Some("rate_limited"));
    app.wait(25 * 3_600);
    assert_eq!(kevin.reports(talk, "spam").await["ok"], true);
}

#[tokio::test]
async fn chats_are_reported_also_where_strangers_do_not_meet() {
    let app = Setup::relaxed()
        .with("MATCH_ENABLED", "false")
        .start()
        .await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    kevin.tells(talk, "hello").await;
    jz.tells(talk, "something rude").await;
    assert_eq!(kevin.reports(talk, "spam").await["ok"], true);
}
