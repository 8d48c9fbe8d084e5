//! A forgotten password, and the link that a mail brings.

use super::{last_letter, last_link_path};
use crate::support::html::{hidden, notices};
use crate::support::{Caller, PASSWORD, Person, Setup, TestApp};

#[tokio::test]
async fn s4_14_a_forgotten_password_is_reset_by_the_link_of_a_mail() {
    let app = TestApp::new().await;
    let signed_in = Person::registered(&app, "alice").await;
    let visitor = Person::new(&app);
    let sent = visitor
        .fills_in("/forgot", "/forgot", &[("email", "ALICE@example.org")])
        .await;
    assert_eq!((sent.status, sent.location()), (303, "/forgot?sent=yes"));
    let said = notices(&visitor.follows(&sent).await.body);
    let path = last_link_path(&app).await;
    assert!(!visitor.has_seen().contains(&path), "only the mail has it");

    // The same is said where nobody has that address.
    let unknown = visitor
        .fills_in("/forgot", "/forgot", &[("email", "x@example.org")])
        .await;
    assert_eq!(notices(&visitor.follows(&unknown).await.body), said);
    assert_eq!(last_link_path(&app).await, path);

    let page = visitor.opens(&path).await;
    assert!(page.status == 200 && page.body.contains("<bdi>alice</bdi>"));
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    let short = [("password", "1234567"), ("again", "1234567")];
    assert_eq!(visitor.fills_in(&path, &path, &short).await.status, 422);
    let new = [("password", "another horse"), ("again", "another horse")];
    let done = visitor.fills_in(&path, &path, &new).await;
    assert_eq!((done.status, done.location()), (303, "/login?why=reset"));
    assert!(notices(&visitor.follows(&done).await.body).contains("was changed"));
    assert!(!signed_in.is_signed_in().await, "all sessions end");
    assert_eq!(visitor.opens(&path).await.status, 404, "once");
    assert_eq!(visitor.enters("alice", PASSWORD).await.status, 422);
    assert_eq!(visitor.enters("alice", "another horse").await.status, 303);
}

#[tokio::test]
async fn s4_14_whoever_resets_a_password_learns_that_a_number_signs_in_too() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    app.runs("UPDATE users SET phone = '+12015550123' WHERE username = 'alice'");
    let visitor = Person::new(&app);
    visitor
        .submits("/forgot", &[("email", "alice@example.org")])
        .await;
    let path = last_link_path(&app).await;
    let new = [("password", "another horse"), ("again", "another horse")];
    let done = visitor.submits(&path, &new).await;
    let said = notices(&visitor.follows(&done).await.body);
    assert!(
        said.contains("was changed") && said.contains("phone number"),
        "{said}"
    );
    assert!(!visitor.has_seen().contains("5550123"), "not which one");
}

#[tokio::test]
async fn s4_14_the_answer_waits_for_nothing_that_is_done_for_members_only() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    let visitor = Person::new(&app);
    visitor.opens("/forgot").await;
    let database = app.occupies_the_database();
    let fields = [("email", "alice@example.org")];
    let answer = visitor.submits("/forgot", &fields).await;
    assert_eq!(answer.location(), "/forgot?sent=yes");
    assert_eq!(app.count("password_resets"), 0, "nothing was written yet");
    drop(database);
    let path = last_link_path(&app).await;
    assert_eq!(visitor.opens(&path).await.status, 200);
}

#[tokio::test]
async fn s4_14_an_old_link_has_a_page_of_its_own_and_an_unknown_one_is_not_there() {
    let app = Setup::strict().start().await;
    Person::registered(&app, "alice").await;
    let visitor = Person::new(&app);
    visitor
        .fills_in("/forgot", "/forgot", &[("email", "alice@example.org")])
        .await;
    let path = last_link_path(&app).await;
    let page = visitor.opens(&path).await.body;
    let token = hidden(&page, "form_token").expect("a form");
    app.wait(1_800);
    let expired = visitor.opens(&path).await;
    assert_eq!(expired.status, 422);
    assert!(
        expired.body.contains("has had its time") && expired.body.contains(r#"href="/forgot""#)
    );
    let late = [
        ("form_token", token.as_str()),
        ("password", "another horse"),
        ("again", "another horse"),
    ];
    let late = visitor.submits(&path, &late).await;
    assert!(late.body.contains("has had its time"));
    for unknown in [
        "/reset/x",
        &format!("/reset/{}", "x".repeat(43)),
        "/reset/%00",
    ] {
        assert_eq!(visitor.opens(unknown).await.status, 404, "{unknown}");
    }
    assert_eq!(visitor.enters("alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn the_link_of_a_mail_leads_to_our_address_whatever_host_the_request_names() {
    let app = Setup::relaxed()
        .with("PUBLIC_URL", "http://localhost:4321")
        .start()
        .await;
    Person::registered(&app, "alice").await;
    let evil = Caller::new(&app)
        .with("host", "evil.example")
        .with("x-forwarded-host", "evil.example");
    let page = evil.get("/forgot").await;
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default();
    let token = hidden(&page.body, "form_token").expect("a form");
    let form = evil
        .with("cookie", cookie)
        .with("origin", &app.origin())
        .with("content-type", "application/x-www-form-urlencoded");
    let body = format!("email=alice@example.org&form_token={token}");
    assert_eq!(form.post("/forgot", body).await.status, 303);
    let letter = last_letter(&app).await;
    let body = letter["body"].as_str().expect("a text");
    let links: Vec<_> = body.lines().filter(|line| line.contains("://")).collect();
    let [link] = links[..] else {
        panic!("one link: {body}");
    };
    assert!(link.starts_with("http://localhost:4321/reset/"), "{link}");
    assert!(!body.contains("evil") && !body.contains("alice"));
}

#[tokio::test]
async fn a_changed_address_makes_links_to_the_one_before_worthless() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let email = chinwag::model::Email::parse("alice@example.org").expect("an address");
    let from = chinwag::accounts::Requester {
        address: [192, 0, 2, 1].into(),
    };
    let sent = app.accounts().send_reset_link(&email, from);
    assert!(sent.is_ok(), "{sent:?}");
    let path = last_link_path(&app).await;
    assert_eq!(alice.opens(&path).await.status, 200);
    let new = [("email", "new@example.org"), ("current", PASSWORD)];
    assert_eq!(
        alice
            .fills_in("/settings", "/settings/email", &new)
            .await
            .status,
        303
    );
    assert_eq!(alice.opens(&path).await.status, 404);
}
