//! Making an account, signing in and out.

use crate::support::html::notices;
use crate::support::{Caller, PASSWORD, Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn s2_07_whoever_registers_is_signed_in_at_once_and_s4_05_signs_out_and_in_again() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    assert!(alice.is_signed_in().await);
    alice.submits("/logout", &[]).await;
    assert!(!alice.is_signed_in().await);
    for login in ["alice", "Alice@Example.org", " @ALICE "] {
        let browser = Person::new(&app);
        let answer = browser.enters(login, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.location()),
            (303, "/chats"),
            "{login}"
        );
        assert!(browser.is_signed_in().await);
        // Who is signed in has no use for the pages before.
        for path in ["/login", "/register"] {
            assert_eq!(browser.opens(path).await.location(), "/chats");
        }
    }
}

#[tokio::test]
async fn s2_08_what_cannot_be_registered_comes_back_with_the_reason_beside_its_field() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    let good = [
        ("name", "Bob"),
        ("username", "bob"),
        ("email", ""),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    for (field, value, words) in [
        ("name", "", "Please fill this in."),
        ("username", "a b", "no spaces"),
        ("username", "ALICE", "is busy"),
        ("email", "nonsense", "does not look like"),
        ("email", "alice@example.org", "has been registered"),
        ("password", "1234567", "at least 8 characters"),
        ("again", "another horse", "not the same"),
    ] {
        let mut fields = good;
        for (name, old) in &mut fields {
            if *name == field {
                *old = value;
            }
        }
        let bob = Person::new(&app);
        let answer = bob.fills_in("/register", "/register", &fields).await;
        assert_eq!(answer.status, 422, "{field}");
        assert!(
            notices(&answer.body).contains(words),
            "{field}: {}",
            notices(&answer.body)
        );
        assert!(answer.body.contains(&format!("{field}-error")));
        assert!(
            !answer.body.contains(PASSWORD),
            "a password comes back never"
        );
        assert!(!bob.is_signed_in().await);
    }
    assert_eq!(app.count("users"), 1);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    let (one, two) = (Person::new(&app), Person::new(&app));
    let wrong = one.enters("alice", "wrong horse").await;
    let unknown = two.enters("nobody", "wrong horse").await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(notices(&wrong.body), notices(&unknown.body));
    assert!(notices(&wrong.body).contains("do not belong together"));
}

#[tokio::test]
async fn s4_16_signing_in_leads_to_where_one_wanted_and_never_to_another_site() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    for (next, leads) in [
        ("/settings?a=b", "/settings?a=b"),
        ("//evil.example", "/chats"),
        ("https://evil.example", "/chats"),
        ("/\\evil.example", "/chats"),
    ] {
        let browser = Person::new(&app);
        let fields = [("login", "alice"), ("password", PASSWORD), ("next", next)];
        let answer = browser.fills_in("/login", "/login", &fields).await;
        assert_eq!(answer.location(), leads);
    }
    let page = Person::new(&app).opens("/login?next=/chats/7").await.body;
    let kept = page.matches(r#"name="next" value="/chats/7""#).count();
    assert_eq!(kept, 2, "in both forms");
    assert!(page.contains("/login/phone?next="));
    let page = Person::new(&app)
        .opens("/login?next=//evil.example")
        .await
        .body;
    assert!(!page.contains("evil.example"));
}

#[tokio::test]
async fn programs_and_browsers_are_told_apart_at_the_same_addresses() {
    let app = TestApp::new().await;
    for path in ["/login", "/register"] {
        let page = Caller::new(&app).get(path).await;
        assert_eq!(page.status, 200);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        let form = Caller::new(&app)
            .with("origin", &app.origin())
            .with("content-type", "application/x-www-form-urlencoded")
            .post(path, "username=alice&password=x")
            .await;
        assert!(
            form.header("content-type").starts_with("text/html"),
            "{path}"
        );
        let program = Caller::new(&app).post_json(path, &json!({})).await;
        assert_eq!(program.header("content-type"), "application/json");
    }
}
