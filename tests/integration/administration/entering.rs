//! The way in, and for how long it stays open.

use super::{FIELDS, log};
use crate::policy::is_sound;
use crate::support::html::{hidden, notices};
use crate::support::{Caller, PASSWORD, Person, Setup, TestApp};

#[tokio::test]
async fn s2_03_the_administration_is_entered_with_username_and_password() {
    let app = TestApp::new().await;
    let id = app.registers("ana").await;
    app.administrator(id).await;
    let ana = Person::new(&app);
    let led = ana.opens("/admin").await;
    assert_eq!((led.status, led.location()), (303, "/admin/"));
    let door = ana.follows(&led).await;
    assert_eq!(door.status, 200);
    is_sound(&door, "the door");
    assert!(door.body.contains(r#"name="username""#));

    for (username, password) in [("ana", "wrong horse"), ("nobody", PASSWORD), ("", "")] {
        let refused = ana.enters_administration(username, password).await;
        assert_eq!(refused.status, 422, "{username}");
        assert!(notices(&refused.body).contains("That is not right"));
        assert!(!ana.is_signed_in().await);
    }
    let entered = ana.enters_administration("Ana", PASSWORD).await;

    assert_eq!((entered.status, entered.location()), (303, "/admin/"));
    let overview = ana.follows(&entered).await;
    is_sound(&overview, "the overview");
    assert!(overview.body.contains("People online"));
    assert!(ana.is_signed_in().await, "and signed in everywhere");
    assert_eq!(log(&ana).await, ["ana entered administration"]);
}

#[tokio::test]
async fn who_is_no_administrator_is_refused_like_a_wrong_password() {
    let app = TestApp::new().await;
    Person::administrator(&app, "ana").await;
    app.registers("jz").await;
    let jz = Person::new(&app);
    let wrong = jz.enters_administration("jz", "wrong horse").await;
    let right = jz.enters_administration("jz", PASSWORD).await;
    assert_eq!((wrong.status, right.status), (422, 422));
    assert_eq!(wrong.body, right.body);
    assert!(!jz.is_signed_in().await);
}

#[tokio::test]
async fn the_password_is_asked_for_again_after_twenty_minutes_without_use() {
    let app = Setup::strict().start().await;
    let ana = Person::administrator(&app, "ana").await;
    for _ in 0..3 {
        app.wait(19 * 60);
        assert_eq!(ana.opens("/admin/log").await.status, 200, "in use");
    }

    app.wait(20 * 60);

    let led = ana.opens("/admin/log").await;
    assert_eq!(led.location(), "/admin/?next=%2Fadmin%2Flog");
    assert_eq!(
        ana.submits("/admin/sms/pause", &FIELDS).await.location(),
        "/admin/"
    );
    let door = ana.follows(&led).await.body;
    assert!(door.contains("@<bdi>ana</bdi>") && !door.contains(r#"id="username""#));
    let fields = [("password", PASSWORD), ("next", "/admin/log")];
    assert_eq!(
        ana.answers("/admin/", &fields).await.location(),
        "/admin/log"
    );
    let elsewhere = [("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(
        ana.answers("/admin/", &elsewhere).await.location(),
        "/admin/"
    );
    let page = ana.opens("/admin/").await.body;
    let token = hidden(&page, "form_token").expect("a form");
    let left = ana.submits("/admin/leave", &[("form_token", &token)]).await;
    assert_eq!(left.location(), "/chats");
    assert_eq!(ana.opens("/admin/log").await.status, 303, "she has left");
}

#[tokio::test]
async fn three_wrong_passwords_in_a_row_have_to_wait() {
    let app = Setup::strict().start().await;
    let id = app.registers("ana").await;
    app.administrator(id).await;
    let ana = Person::new(&app);
    for _ in 0..2 {
        let refused = ana.enters_administration("ana", "wrong horse").await;
        assert_eq!(refused.status, 422);
    }
    assert_eq!(ana.enters_administration("ana", PASSWORD).await.status, 303);
    let guesser = Person::new(&app);
    let third = guesser.enters_administration("ana", "wrong horse").await;
    assert_eq!(third.status, 422, "what was right does not count");

    let fourth = guesser.enters_administration("ana", PASSWORD).await;

    assert_eq!(fourth.status, 429);
    assert_eq!(fourth.header("retry-after"), "300");
    app.wait(300);
    let later = guesser.enters_administration("ana", "wrong horse").await;
    assert_eq!(later.status, 422, "one more");
    let again = guesser.enters_administration("ana", PASSWORD).await;
    assert_eq!(again.status, 429);
    app.wait(300);
    let entered = guesser.enters_administration("ana", PASSWORD).await;
    assert_eq!(entered.status, 303);
}

#[tokio::test]
async fn forms_come_from_our_own_pages_of_the_same_visit() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let bo = Person::administrator(&app, "bo").await;
    let page = bo.opens("/admin/sms/pause").await.body;
    let foreign = hidden(&page, "form_token").expect("a form");
    for token in ["", "guessed", foreign.as_str()] {
        let refused = ana
            .submits("/admin/sms/pause", &[("form_token", token)])
            .await;
        assert_eq!(refused.status, 403, "{token}");
    }
    let cross_site = Caller::new(&app)
        .with("cookie", &ana.cookie_header())
        .with("origin", "https://evil.example");
    assert_eq!(cross_site.post("/admin/sms/pause", "").await.status, 403);
    assert_eq!(app.count("server_facts WHERE name = 'sms_paused'"), 0);
    assert_eq!(ana.answers("/admin/sms/pause", &[]).await.status, 303);
    assert_eq!(app.count("server_facts WHERE name = 'sms_paused'"), 1);
}

#[tokio::test]
async fn who_is_no_administrator_any_more_can_do_nothing_at_once() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let bo = Person::administrator(&app, "bo").await;
    let page = bo.opens("/admin/sms/pause").await.body;
    let token = hidden(&page, "form_token").expect("a form");

    app.runs("UPDATE users SET is_admin = FALSE WHERE username = 'bo'");

    assert_eq!(bo.opens("/admin/").await.status, 404);
    let late = bo
        .submits("/admin/sms/pause", &[("form_token", &token)])
        .await;
    assert_eq!(late.status, 404);
    let log = log(&ana).await;
    assert_eq!(
        log,
        ["bo entered administration", "ana entered administration"]
    );
}
