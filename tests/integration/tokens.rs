//! API tokens: made, shown once, listed and revoked in settings; and what a thief of the database
//! would find of them.

use crate::support::html::{between, ids_in, notices};
use crate::support::{Caller, Credential, Person, Program, Refusal, TestApp};
use serde_json::json;

/// Makes a token in settings and copies it from the page.
async fn makes_token(person: &Person, label: &str) -> String {
    let page = person
        .submits("/settings/tokens", &[("label", label)])
        .await;
    assert_eq!(page.status, 200, "{}", notices(&page.body));
    let secret = between(&page.body, r#"<code id="secret">"#, "</code>");
    secret.expect("the page shows it").to_owned()
}

async fn token_ids(person: &Person) -> Vec<i64> {
    let settings = person.opens("/settings").await.body;
    ids_in(&settings, "/settings/tokens/", "/revoke")
}

async fn connects_with(app: &TestApp, token: &str) -> Result<Program, Refusal> {
    app.try_connect(Credential::Token(token)).await
}

fn not_authenticated() -> Option<Refusal> {
    Some(Refusal::Word("not_authenticated".into()))
}

#[tokio::test]
async fn a_token_is_shown_once_and_listed_by_its_label() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    assert_eq!(token_ids(&kevin).await.len(), 0);

    let token = makes_token(&kevin, "My weather script").await;

    assert!(
        token.starts_with("chinwag_") && token.len() >= 40,
        "256 bits"
    );
    let answer = kevin.opens("/settings").await;
    assert!(answer.body.contains("My weather script"));
    for path in ["/settings", "/chats", "/contacts"] {
        let answer = kevin.opens(path).await;
        let shown = format!("{:?}{}", answer.headers, answer.body);
        assert!(!shown.contains(&token), "{path}");
    }
    assert_eq!(token_ids(&kevin).await.len(), 1);
    // It works, in each of its three places, and it is Kevin's.
    let bearer = format!("Bearer {token}");
    let scheme = format!("Token {token}");
    let in_packet = connects_with(&app, &token).await.expect("let in");
    assert_eq!(in_packet.ready()["user"]["name"], "Kevin");
    for header in [bearer, scheme] {
        let headers = [("authorization", header.as_str())];
        let socket = app.try_connect(Credential::Headers(&headers)).await;
        let socket = socket.expect("let in");
        assert_eq!(socket.ready()["user"]["name"], "Kevin");
    }
}

#[tokio::test]
async fn two_tokens_are_two_secrets() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let first = makes_token(&kevin, "one").await;
    let second = makes_token(&kevin, "two").await;
    assert_ne!(first, second);
    let page = kevin
        .submits("/settings/tokens", &[("label", "three")])
        .await;
    assert!(!page.body.contains(&first) && !page.body.contains(&second));
    assert_eq!(token_ids(&kevin).await.len(), 3);
}

#[tokio::test]
async fn what_a_token_made_is_revoked_with_it_and_hung_up_on() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let stolen = makes_token(&kevin, "stolen").await;
    let bearer = |token: &str| Caller::new(&app).with("authorization", &format!("Bearer {token}"));
    let made = bearer(&stolen).get("/api/token").await.field("token");
    let again = bearer(&made).get("/api/token").await.field("token");
    let mut socket = connects_with(&app, &again).await.expect("let in");
    // They are the stolen one's, and need no line of their own.
    let ids = token_ids(&kevin).await;
    assert_eq!(ids.len(), 1);

    let path = format!("/settings/tokens/{}/revoke", ids[0]);
    kevin.submits(&path, &[]).await;
    socket.hears("session:ended").await;
    for token in [&stolen, &made, &again] {
        assert_eq!(bearer(token).get("/api/token").await.status, 401);
    }
    assert_eq!(app.count("api_tokens"), 0);
}

#[tokio::test]
async fn a_token_without_a_label_is_not_made() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let long = "x".repeat(51);
    for label in ["", "   ", long.as_str()] {
        let page = kevin.submits("/settings/tokens", &[("label", label)]).await;
        assert_eq!(page.status, 422, "{label:?}");
        assert!(page.body.contains(r#"id="label-error""#), "{label:?}");
        assert!(!page.body.contains("chinwag_"), "{label:?}");
    }
    assert_eq!(app.count("api_tokens"), 0);
}

#[tokio::test]
async fn a_revoked_token_ends_its_sockets_and_opens_nothing_any_more() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let kept = makes_token(&kevin, "kept").await;
    let leaked = makes_token(&kevin, "leaked").await;
    let mut thief = connects_with(&app, &leaked).await.expect("let in");
    let mut script = connects_with(&app, &kept).await.expect("let in");
    let settings = kevin.opens("/settings").await.body;
    let row = settings.split("<li").find(|row| row.contains("leaked"));
    let id = ids_in(row.expect("a row"), "/settings/tokens/", "/revoke")[0];

    let answer = kevin
        .submits(&format!("/settings/tokens/{id}/revoke"), &[])
        .await;

    assert_eq!(answer.status, 303);
    assert_eq!(thief.hears("session:ended").await["reason"], "signed_out");
    thief.is_ended().await;
    let again = connects_with(&app, &leaked).await;
    assert_eq!(again.err(), not_authenticated());
    let list = script.asks("conversation:list", json!({})).await;
    assert_eq!(list["ok"], true, "the other one goes on: {list}");
    assert!(kevin.is_signed_in().await);
    assert!(!kevin.opens("/settings").await.body.contains("leaked"));
}

#[tokio::test]
async fn nobody_revokes_the_token_of_somebody_else() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let mallory = Person::signed_up(&app, "Mallory").await;
    let token = makes_token(&kevin, "mine").await;
    let id = token_ids(&kevin).await[0];

    let revoke = |id: i64| format!("/settings/tokens/{id}/revoke");
    let foreign = mallory.submits(&revoke(id), &[]).await;
    let missing = mallory.submits(&revoke(9_999), &[]).await;

    assert_eq!((foreign.status, missing.status), (404, 404));
    assert_eq!(foreign.body, missing.body, "the two look the same");
    assert!(!mallory.opens("/settings").await.body.contains("mine"));
    assert!(connects_with(&app, &token).await.is_ok(), "it still works");
}

#[tokio::test]
async fn what_only_looks_like_a_token_opens_nothing() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let token = makes_token(&kevin, "mine").await;
    assert!(connects_with(&app, &token).await.is_ok());
    let other_end = if token.ends_with('A') { "B" } else { "A" };
    let changed = format!("{}{other_end}", &token[..token.len() - 1]);
    let longer = format!("{token}A");
    let spaced = format!("{} {}", &token[..20], &token[20..]);
    let cases = [
        changed.as_str(),
        longer.as_str(),
        spaced.as_str(),
        &token[..token.len() - 1],
        &token["chinwag_".len()..],
        "chinwag_",
        "' OR 1=1 --",
        "",
    ];
    for case in cases {
        let socket = connects_with(&app, case).await;
        assert_eq!(socket.err(), not_authenticated(), "{case:?}");
    }
}

#[tokio::test]
async fn a_token_is_no_key_to_the_pages() {
    let app = TestApp::new().await;
    let jz = app.signs_up("jz").await;
    let caller = Caller::new(&app).with("authorization", &format!("Bearer {}", jz.token));
    for path in ["/chats", "/contacts", "/settings"] {
        assert_eq!(caller.get(path).await.status, 303, "{path}");
    }
    // Nor is it read from an address, where logs and neighbours would see it.
    let address = format!("/chats?token={}", jz.token);
    assert_eq!(Caller::new(&app).get(&address).await.status, 303);
}

#[tokio::test]
async fn a_stolen_database_signs_nobody_in() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::new(&app);
    let asking = kevin.asks_for_code(&number).await;
    let code = app.code_for(&number);
    let challenge = kevin.session().expect("a cookie");
    kevin.gives_code(&code).await;
    kevin
        .submits("/welcome", &[("name", "Kevin Premise")])
        .await;
    let token = makes_token(&kevin, "script").await;
    let api = app.signs_up("jz").await;
    // Of these one is used, the others are still good.
    let mut codes = vec![code];
    for _ in 0..3 {
        let waiting = app.fresh_number();
        Person::new(&app).asks_for_code(&waiting).await;
        codes.push(app.code_for(&waiting));
    }
    assert_eq!(asking.status, 303);

    let mut dump = Vec::new();
    for file in ["chinwag.db", "chinwag.db-wal"] {
        dump.extend(std::fs::read(app.folder().join(file)).expect("a file of the database"));
    }

    let holds = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("Kevin Premise"), "it is the right database");
    assert!(holds(&number), "and nothing in it is packed");
    let session = kevin.session().expect("a cookie");
    for (what, secret) in [
        ("the token", token.as_str()),
        ("the token without its prefix", &token["chinwag_".len()..]),
        ("the token of the API", &api.token),
        ("the cookie", &session),
        ("the cookie before", &challenge),
    ] {
        assert!(!holds(secret), "{what}");
    }
    // Six digits can stand in a hash by chance, but not so for most of them.
    let found = codes.iter().filter(|code| holds(code)).count();
    assert!(found <= 1, "{found} of {} codes", codes.len());
}
