//! What seed 003 promises of its accounts: one page, a confirmation, names in any case, banners, a cookie
//! that nobody else can make. How we keep each is in the name.

use crate::sessions::is_worthless;
use crate::support::html::{hidden, notices};
use crate::support::{Answer, Caller, PASSWORD, Person, TestApp};

/// Sends the form that makes an account.
async fn tries_to_register(person: &Person, username: &str, again: &str) -> Answer {
    let fields = [
        ("name", "Somebody"),
        ("username", username),
        ("password", PASSWORD),
        ("again", again),
    ];
    person.fills_in("/register", "/register", &fields).await
}

#[tokio::test]
async fn s3_15_one_page_signs_in_and_makes_accounts() {
    let app = TestApp::new().await;
    for path in ["/login", "/register"] {
        let page = Caller::new(&app).get(path).await.body;
        for form in ["/login", "/register"] {
            let form = format!(r#"<form class="way__form" method="post" action="{form}""#);
            assert_eq!(page.matches(&form).count(), 1, "{path}");
        }
        let open = page
            .split("<details")
            .position(|part| part.contains(" open>"));
        assert_eq!(open, Some(if path == "/login" { 1 } else { 2 }), "{path}");
    }
}

#[tokio::test]
async fn s3_16_without_a_name_a_password_and_the_same_again_it_is_explained() {
    let app = TestApp::new().await;
    for (username, again, words) in [
        ("alice", "another horse", "not the same"),
        ("alice", "", "not the same"),
        ("", PASSWORD, "1 to 150 letters"),
    ] {
        let alice = Person::new(&app);
        let answer = tries_to_register(&alice, username, again).await;
        assert_eq!(answer.status, 422);
        let said = notices(&answer.body);
        assert!(said.contains("The account was not created."), "{said}");
        assert!(said.contains(words), "{said}");
    }
    // Fields that are missing are empty ones.
    let alice = Person::new(&app);
    let page = alice.opens("/login").await.body;
    let token = hidden(&page, "form_token").expect("a form");
    for path in ["/login", "/register"] {
        let answer = alice.submits(path, &[("form_token", &token)]).await;
        assert_eq!(answer.status, 422, "{path}");
    }
    assert_eq!(app.count("users"), 0);
}

#[tokio::test]
async fn s3_17_a_username_is_one_in_whatever_case() {
    let app = TestApp::new().await;
    Person::registered(&app, "Alice").await;
    for login in ["alice", "ALICE", "aLiCe"] {
        let answer = Person::new(&app).enters(login, PASSWORD).await;
        assert_eq!(answer.status, 303, "{login}");
        let answer = tries_to_register(&Person::new(&app), login, PASSWORD).await;
        assert!(notices(&answer.body).contains("is busy"), "{login}");
    }
    assert_eq!(app.count("users"), 1);
}

#[tokio::test]
async fn s3_18_the_names_of_guests_are_nobodys() {
    let app = TestApp::new().await;
    for username in ["User1", "user42", "USER007", "Ｕser7"] {
        let answer = tries_to_register(&Person::new(&app), username, PASSWORD).await;
        assert_eq!(answer.status, 422, "{username}");
        assert!(answer.body.contains("username-error"), "{username}");
    }
    for username in ["user", "user1a", "my.user1"] {
        let answer = tries_to_register(&Person::new(&app), username, PASSWORD).await;
        assert_eq!(answer.status, 303, "{username}");
    }
}

#[tokio::test]
async fn s3_20_what_was_done_is_said_once_and_s3_19_registering_signs_in() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let home = alice.opens("/chats").await.body;
    assert!(notices(&home).contains("Welcome, alice. You are signed in."));
    assert_eq!(notices(&alice.opens("/chats").await.body), "", "once");

    let out = alice.submits("/logout", &[]).await;
    assert!(notices(&alice.follows(&out).await.body).contains("You are signed out."));
    assert_eq!(notices(&alice.opens("/").await.body), "");

    let wrong = alice.enters("alice", "wrong horse").await;
    assert!(notices(&wrong.body).contains("You are not signed in."));
    assert_eq!(notices(&alice.opens("/login").await.body), "");

    let right = alice.enters("alice", PASSWORD).await;
    assert!(notices(&alice.follows(&right).await.body).contains("Welcome back, alice."));
}

#[tokio::test]
async fn s3_20_whoever_comes_by_phone_is_greeted_too() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin <b>", &number).await;
    let home = kevin.opens("/chats").await.body;
    assert!(notices(&home).contains("Welcome, Kevin &#60;b&#62;."));
    let twin = Person::signed_in(&app, &number).await;
    assert!(notices(&twin.opens("/chats").await.body).contains("Welcome back, Kevin"));
}

/// With script, that is; without, it goes away with the page.
#[tokio::test]
async fn s3_21_a_banner_has_a_button_to_dismiss_it() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let home = alice.opens("/chats").await.body;
    assert!(notices(&home).contains(r#"aria-label="Dismiss""#));
    assert!(home.contains("/js/flash.js"));
    let again = alice.opens("/chats").await.body;
    assert!(!again.contains("Dismiss") && !again.contains("/js/flash.js"));
}

#[tokio::test]
async fn s3_22_the_navigation_leads_out_who_is_in_and_in_who_is_out() {
    let app = TestApp::new().await;
    let navigation = async |person: &Person, path| {
        let page = person.opens(path).await.body;
        let (_, rest) = page.split_once("<nav").expect("a navigation");
        rest.split_once("</nav>").expect("its end").0.to_owned()
    };
    let visitor = Person::new(&app);
    let rail = navigation(&visitor, "/match").await;
    assert!(rail.contains("Sign in") && !rail.contains("Sign out"));
    let alice = Person::registered(&app, "alice").await;
    for path in ["/chats", "/contacts", "/people", "/settings", "/match"] {
        let rail = navigation(&alice, path).await;
        assert!(rail.contains(r#"action="/logout""#), "{path}");
        assert!(
            rail.contains("Sign out") && !rail.contains("Sign in"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn s3_23_a_password_is_kept_as_a_hash_with_a_salt_of_its_own() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    Person::registered(&app, "bob").await;
    assert_eq!(app.count("users WHERE password LIKE '$2b$%'"), 2);
    assert_eq!(app.count("(SELECT DISTINCT password FROM users)"), 2);
}

/// The original signs what its cookie holds. Ours holds nothing: 128 random bits, known by their hash.
#[tokio::test]
async fn s3_24_a_cookie_that_was_changed_or_made_up_signs_nobody_in() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let cookie = alice.cookie_header();
    let (_, own) = cookie.split_once("chinwag=").expect("a session");
    let own = own.split(';').next().expect("its value");
    let last = if own.ends_with('A') { "Q" } else { "A" };
    let changed = format!("{}{last}", &own[..own.len() - 1]);
    for made_up in [changed.as_str(), "eyJ1c2VyIjoxfQ.ZZ.ZZ", "1"] {
        is_worthless(&app, &format!("chinwag={made_up}")).await;
    }
    assert!(alice.is_signed_in().await);
}
