//! What somebody is told who is suspended: that they are, until when, why, and what to do.

use crate::support::{PASSWORD, Person, TestApp};
use chinwag::moderation::{Outcome, Term};
use serde_json::json;

#[tokio::test]
async fn who_is_suspended_is_told_until_when_and_why() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let jz = app.registers("jz").await;
    let reason = [("term", "day"), ("note", "Repeated rudeness.")];

    let done = ana
        .answers(&format!("/admin/people/{jz}/suspend"), &reason)
        .await;

    assert_eq!(done.status, 303);
    let file = ana.opens(&format!("/admin/people/{jz}")).await.body;
    assert!(file.contains("Repeated rudeness."), "{file}");
    let at_the_door = Person::new(&app);
    let fields = [("login", "jz"), ("password", PASSWORD)];
    let refused = at_the_door.submits("/login", &fields).await;
    assert_eq!(refused.status, 403);
    for words in [
        "Your account is suspended",
        "This account is suspended until ",
        " UTC. The reason: Repeated rudeness. To appeal, write to whoever runs this server.",
    ] {
        assert!(refused.body.contains(words), "{words} in {}", refused.body);
    }
    let wrong = [("login", "jz"), ("password", "another horse")];
    let wrong = at_the_door.submits("/login", &wrong).await;
    assert!(
        !wrong.body.contains("suspended"),
        "nobody else learns of it"
    );
    let led = at_the_door.opens("/?why=suspended").await.body;
    assert!(led.contains("Your account was suspended. Sign in to read until when, and why."));
}

#[tokio::test]
async fn a_longer_suspension_stands_with_its_reason() {
    let app = TestApp::new().await;
    let ana = app.registers("ana").await;
    let ana = app.administrator(ana).await;
    let jz = app.scripter("jz").await;
    let (open, hour) = (Outcome::Suspend(Term::Open), Outcome::Suspend(Term::Hour));

    app.sanctions(&ana, jz.id, open, "spam").await;
    app.sanctions(&ana, jz.id, hour, "and this").await;

    let refused = jz.gets("/api/chats").await;
    let words = "This account is suspended until further notice. The reason: spam. To appeal, write to whoever runs this server.";
    assert_eq!(
        (refused.status, refused.json()),
        (403, json!({ "message": words }))
    );
}
