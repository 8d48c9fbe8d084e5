//! Finding people by name: whom, by what, and what can be done then.

use crate::support::html::{hidden, notices};
use crate::support::{Answer, Person, Program, Setup, TestApp};
use chinwag::accounts::{NewAccount, Password};
use chinwag::model::{DisplayName, Username};

/// Somebody who wants to be found.
async fn joins(app: &TestApp, username: &str, name: &str) {
    let new = NewAccount {
        email: None,
        username: Username::parse(username).expect("a username"),
        name: DisplayName::parse(name).expect("a name"),
        password: Password::parse("correct horse").expect("a password"),
    };
    app.accounts().register(new).await.expect("an account");
}

async fn looks_for(person: &Person, words: &str) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", words)
        .finish();
    person.opens(&format!("/people?{query}")).await
}

/// The usernames found, in their order.
async fn finds(person: &Person, words: &str) -> Vec<String> {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", words)
        .finish();
    let answer = person.opens(&format!("/people.json?{query}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let names: Vec<String> = answer
        .json()
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| one["username"].as_str().expect("a name").to_owned())
        .collect();
    // The page says the same.
    let page = looks_for(person, words).await.body;
    for name in &names {
        assert!(page.contains(&format!("@<bdi>{name}</bdi>")), "{name}");
    }
    assert_eq!(
        page.matches("/open\"").count(),
        names.len() + 1,
        "and the blank one"
    );
    names
}

#[tokio::test]
async fn s4_09_people_are_found_by_a_part_of_any_word_in_name_or_username_in_any_case() {
    let app = TestApp::new().await;
    joins(&app, "alice", "Alice Liddell").await;
    joins(&app, "bob.wonder", "Robert").await;
    joins(&app, "elodie", "Élodie Łukasz").await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    for (words, found) in [
        ("liddell", vec!["alice"]),
        ("LIDD", vec!["alice"]),
        ("@Alice", vec!["alice"]),
        ("wonder", vec!["bob.wonder"]),
        ("ROBERT alice", vec!["alice", "bob.wonder"]),
        ("élodie", vec!["elodie"]),
        ("łUK", vec!["elodie"]),
        ("nobody at all", vec![]),
        // The marks of patterns are letters like others.
        ("%%", vec![]),
        ("__", vec![]),
        ("\\\\", vec![]),
        ("li%ce", vec![]),
    ] {
        assert_eq!(finds(&kevin, words).await, found, "{words}");
    }
    assert!(
        looks_for(&kevin, "nobody at all")
            .await
            .body
            .contains("Nobody was found")
    );
    let hidden_text = looks_for(&kevin, "liddell").await.body;
    assert!(hidden_text.contains(r#"id="nobody" hidden"#));
}

#[tokio::test]
async fn s4_09_a_search_wants_two_letters_and_says_so() {
    let app = TestApp::new().await;
    joins(&app, "alice", "Alice").await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    for short in ["a", "@a", "a l"] {
        let answer = looks_for(&kevin, short).await;
        assert_eq!(answer.status, 422, "{short}");
        assert!(notices(&answer.body).contains("at least two letters"));
    }
    for nothing in ["", "   "] {
        let answer = looks_for(&kevin, nothing).await;
        assert_eq!(answer.status, 200);
        assert!(answer.body.contains(r#"id="nobody" hidden"#));
    }
}

#[tokio::test]
async fn s4_06_only_who_wants_to_be_found_is_and_oneself_and_guests_never() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = Person::signed_up(&app, "Kevina").await;
    assert!(
        finds(&kevin, "kevin").await.is_empty(),
        "phone people are not listed at first"
    );
    let page = jz.opens("/settings").await.body;
    let token = hidden(&page, "form_token").expect("a form");
    let answer = jz
        .submits(
            "/settings/found",
            &[("form_token", &token), ("listed", "on")],
        )
        .await;
    assert_eq!(answer.status, 303);
    assert_eq!(finds(&kevin, "kevin").await, ["kevina"]);
    assert!(
        finds(&jz, "kevin").await.is_empty(),
        "neither oneself nor who is not listed"
    );
    jz.submits("/settings/found", &[("form_token", &token)])
        .await;
    assert!(finds(&kevin, "kevin").await.is_empty());

    crate::support::Caller::new(&app)
        .post("/api/guests", "")
        .await;
    assert_eq!(app.count("users WHERE kind = 'guest'"), 1);
    assert!(finds(&kevin, "user").await.is_empty());
    let visitor = Person::new(&app);
    assert_eq!(
        visitor.opens("/people?q=kevin").await.leads_to(),
        "/login/phone"
    );
}

#[tokio::test]
async fn s4_07_whoever_is_found_can_be_written_to_and_nobody_else_by_their_number() {
    let app = TestApp::new().await;
    joins(&app, "alice", "Alice").await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let unlisted: Program = app.program("jz").await;
    let alice = kevin.opens("/people.json?q=alice").await.json()[0]["user_id"].clone();
    let opened = kevin.submits(&format!("/people/{alice}/open"), &[]).await;
    assert_eq!(
        (opened.status, opened.leads_to().starts_with("/chats/")),
        (303, true)
    );
    let chat = kevin.follows(&opened).await;
    assert!(chat.status == 200 && chat.body.contains("Alice"));
    for nobody in [unlisted.id, 4_000, 0, -1] {
        let answer = kevin.submits(&format!("/people/{nobody}/open"), &[]).await;
        assert_eq!(answer.status, 404, "{nobody}");
    }
    let added = kevin.submits("/contacts", &[("who", "@alice")]).await;
    assert_eq!(added.status, 303);
}

#[tokio::test]
async fn a_blocked_person_and_who_blocks_do_not_find_each_other() {
    let app = TestApp::new().await;
    joins(&app, "alice", "Alice").await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    assert_eq!(finds(&kevin, "alice").await, ["alice"]);
    app.runs(
        "INSERT INTO blocks (blocker_id, blocked_id, created_at)
         SELECT a.id, k.id, 0 FROM users a, users k WHERE a.username = 'alice' AND k.name = 'Kevin'",
    );
    assert!(finds(&kevin, "alice").await.is_empty());
}

#[tokio::test]
async fn whoever_looks_for_people_without_end_is_slowed_down() {
    let app = Setup::strict()
        .with("LIMIT_SEARCHES_BURST", 20)
        .start()
        .await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let mut statuses = Vec::new();
    for _ in 0..30 {
        statuses.push(kevin.opens("/people.json?q=ana").await.status);
    }
    assert!(
        statuses.starts_with(&[200; 20]) && statuses.contains(&429),
        "{statuses:?}"
    );
}
