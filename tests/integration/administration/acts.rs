//! What administrators decide, and that the log has every line of it.

use super::{bodies, log};
use crate::policy::is_sound;
use crate::support::html::{hidden, notices};
use crate::support::{Answer, Caller, Person, TestApp, refusal_of};
use serde_json::json;

#[tokio::test]
async fn a_pause_stops_all_sms_until_it_is_taken_back() {
    let mut app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let number = app.fresh_number();
    let writer = app.scripter("writer").await;
    let letter = json!({ "to": "+12015550199", "body": "hello" });
    assert_eq!(
        ana.answers("/admin/sms/pause", &[("note", "fraud")])
            .await
            .status,
        303
    );
    app.restart().await;
    let sent = app.sms_sent();

    let visitor = Person::new(&app);
    let refused = visitor.asks_for_code(&number).await;
    let program = Caller::new(&app).asks_for_code(&number).await;

    assert_eq!((refused.status, program.status), (503, 503));
    for body in [notices(&refused.body), program.field("message")] {
        assert!(body.contains("sends no SMS at present"), "{body}");
    }
    let own = writer.posts("/api/sms", letter.clone()).await;
    assert_eq!(own.status, 503, "{own:?}");
    assert_eq!(app.sms_sent(), sent);
    assert!(ana.opens("/admin/").await.body.contains("they are paused"));
    assert_eq!(ana.answers("/admin/sms/resume", &[]).await.status, 303);
    assert_eq!(visitor.asks_for_code(&number).await.status, 303);
    assert_eq!(writer.posts("/api/sms", letter).await.status, 202);
    assert_eq!(app.sms_sent(), sent + 2);
    let page = ana.opens("/admin/sms").await.body;
    assert!(page.contains("United States") && page.contains("Pause all SMS"));
}

#[tokio::test]
async fn a_report_is_decided_and_whom_it_is_about_is_told() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let number = app.fresh_number();
    let jz = Person::signed_up_with(&app, "jz", &number).await;
    let token = app.signs_in(&number).await;
    let (mut kevin, mut socket) = (app.program("kevin").await, app.connects(&token).await);
    let talk = kevin.opens("jz").await;
    kevin.tells(talk, "hello").await;
    let rude = socket.tells(talk, "<b>rude</b>").await;
    let complaint =
        json!({ "conversation_id": talk, "message_id": rude["id"], "reason": "harassment" });
    let report = kevin.asks("report", complaint).await["report_id"].clone();

    let queue = ana.opens("/admin/reports").await;
    is_sound(&queue, "the queue");
    assert!(
        queue
            .body
            .contains(&format!(r#"href="/admin/reports/{report}""#))
    );
    let page = ana.opens(&format!("/admin/reports/{report}")).await;
    is_sound(&page, "a report");
    assert_eq!(bodies(&page.body), ["hello", "&#60;b&#62;rude&#60;/b&#62;"]);
    let path = format!("/admin/reports/{report}/warn");
    let done = ana.answers(&path, &[("note", "Be kind, please.")]).await;

    assert_eq!((done.status, done.location()), (303, "/admin/reports"));
    let chats = jz.opens("/chats").await;
    is_sound(&chats, "a warning");
    assert!(chats.body.contains("Be kind, please."));
    reads_notices_of(&jz, &chats).await;
    assert!(!jz.opens("/chats").await.body.contains("Be kind, please."));
    let queue = ana.opens("/admin/reports").await.body;
    assert!(queue.contains("Nothing waits."));
    let again = ana.answers(&path, &[("note", "Once more.")]).await;
    assert_eq!(again.status, 422, "it is decided already");
}

#[tokio::test]
async fn no_warning_is_lost_unseen() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let number = app.fresh_number();
    let jz = Person::signed_up_with(&app, "jz", &number).await;
    let program = app.signs_in(&number).await;
    let mut socket = app.connects(&program).await;
    let path = format!("/admin/people/{}/warn", program.id);
    for note in ["Be kind.", "Do not\nshout."] {
        assert_eq!(ana.answers(&path, &[("note", note)]).await.status, 303);
        let told = socket.hears("notice:new").await;
        assert!(told["text"].as_str().expect("words").contains(note));
    }

    let both = jz.opens("/chats").await;
    for words in ["Be kind.", "Do not<br>shout."] {
        assert!(both.body.contains(words), "{words}");
    }
    assert_eq!(
        ana.answers(&path, &[("note", "Nor spam.")]).await.status,
        303
    );
    reads_notices_of(&jz, &both).await;

    let all = jz.opens("/contacts").await;
    for words in ["Be kind.", "Nor spam."] {
        assert!(all.body.contains(words), "{words}");
    }
    reads_notices_of(&jz, &all).await;
    let page = jz.opens("/chats").await.body;
    assert!(!page.contains("Be kind.") && !page.contains("Nor spam."));
}

/// Presses "I have read this" on a page.
async fn reads_notices_of(person: &Person, page: &Answer) {
    let shown = hidden(&page.body, "shown").expect("there is something to read");
    let answer = person.submits("/notice/read", &[("shown", &shown)]).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn every_act_is_in_the_log() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    kevin.tells(talk, "hello").await;
    jz.tells(talk, "something rude").await;
    let mut expected = vec!["ana entered administration".to_owned()];
    for (outcome, line) in [
        ("dismiss", "dismissed report 1 for the log"),
        ("warn", "answered report 2 with a warning @jz for the log"),
        (
            "ban",
            "answered report 3 with a ban from matching @jz for a week, whose network is not known: for the log",
        ),
        (
            "suspend",
            "answered report 4 with a suspension @jz for a week: for the log",
        ),
    ] {
        let report = kevin.reports(talk, "spam").await["report_id"].clone();
        let path = format!("/admin/reports/{report}/{outcome}");
        let fields = [
            ("note", "for the log"),
            ("term", "week"),
            ("network", "yes"),
        ];
        assert_eq!(ana.answers(&path, &fields).await.status, 303, "{outcome}");
        expected.push(format!("ana {line}"));
    }
    let id = jz.id;
    for (path, line) in [
        (format!("/admin/people/{id}/warn"), "warned @jz for the log"),
        (
            format!("/admin/people/{id}/suspend"),
            "suspended @jz until it is lifted: for the log",
        ),
        (
            format!("/admin/people/{id}/lift"),
            "lifted the suspension of @jz for the log",
        ),
        (
            format!("/admin/people/{id}/ban"),
            "banned @jz from matching until it is lifted: for the log",
        ),
        (
            format!("/admin/people/{id}/unban"),
            "lifted the ban of @jz for the log",
        ),
        (
            format!("/admin/people/{id}/sign-out"),
            "signed @jz out everywhere for the log",
        ),
        ("/admin/sms/pause".into(), "paused SMS for the log"),
        ("/admin/sms/resume".into(), "resumed SMS for the log"),
    ] {
        let fields = [("note", "for the log"), ("term", "open")];
        assert_eq!(ana.answers(&path, &fields).await.status, 303, "{path}");
        expected.push(format!("ana {line}"));
    }
    expected.reverse();
    assert_eq!(log(&ana).await, expected);
    assert_eq!(
        app.count("sessions WHERE user_id = 3") + app.count("match_bans"),
        0
    );
    is_sound(&ana.opens("/admin/log").await, "the log");
}

#[tokio::test]
async fn what_is_refused_leaves_no_line_in_the_log() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let jz = app.signs_up("jz").await;
    let path = format!("/admin/people/{}/suspend", jz.id);
    for fields in [
        [("note", ""), ("term", "week")],
        [("note", "because"), ("term", "century")],
    ] {
        assert_eq!(ana.answers(&path, &fields).await.status, 422);
    }
    let long = "x".repeat(501);
    let fields = [("note", long.as_str()), ("term", "week")];
    assert_eq!(ana.answers(&path, &fields).await.status, 422);
    let nobody = ana.opens("/admin/people/999/suspend").await;
    assert_eq!(nobody.status, 404);
    assert_eq!(log(&ana).await.len(), 1);
    let mut socket = app.connects(&jz).await;
    assert_eq!(refusal_of(&socket.finds(json!({})).await), None);
}
