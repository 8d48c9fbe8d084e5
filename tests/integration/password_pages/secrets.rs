//! What no form gives, and what the database never holds.

use super::last_link;
use crate::support::{PASSWORD, Person, TestApp};

#[tokio::test]
async fn nobody_becomes_an_administrator_by_a_form() {
    let app = TestApp::new().await;
    let eve = Person::new(&app);
    let fields = [
        ("name", "Eve"),
        ("username", "eve"),
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("is_admin", "true"),
        ("id", "4000"),
        ("kind", "bot"),
    ];
    assert_eq!(
        eve.fills_in("/register", "/register", &fields).await.status,
        303
    );
    let fields = [("name", "Eve"), ("username", "eve"), ("is_admin", "1")];
    eve.submits("/settings/profile", &fields).await;
    assert_eq!(
        app.count("users WHERE NOT is_admin AND id < 4000 AND kind = 'person'"),
        1
    );
}

#[tokio::test]
async fn no_password_token_or_link_reaches_the_database_as_it_is() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    alice
        .fills_in("/forgot", "/forgot", &[("email", "alice@example.org")])
        .await;
    let link = last_link(&app).await;
    let token = link.rsplit('/').next().expect("a token").to_owned();
    let stored: Vec<u8> = std::fs::read_dir(app.folder())
        .expect("the folder")
        .flat_map(|file| std::fs::read(file.expect("a file").path()).unwrap_or_default())
        .collect();
    let holds = |text: &str| {
        stored
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds("alice@example.org"), "the premise");
    assert!(!holds(PASSWORD) && !holds(&token));
}
