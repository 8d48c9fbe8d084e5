//! Guests are here to talk with strangers, and for nothing else.

use crate::support::{Caller, Credential, Person, Setup, TestApp, refusal_of};
use serde_json::json;

#[tokio::test]
async fn guests_are_refused_what_is_for_people_with_an_account() {
    let app = TestApp::new().await;
    let ana = app.signs_up("ana").await;
    let mut guest = app.guest().await;
    assert_eq!(guest.ready()["user"]["kind"], "guest");

    for (event, payload) in [
        ("conversation:open", json!({ "username": "ana" })),
        ("conversation:open", json!({ "user_id": ana.id })),
        ("message:send", json!({ "to": ana.id, "body": "hello" })),
        ("user:block", json!({ "user_id": ana.id })),
        ("user:unblock", json!({ "user_id": ana.id })),
    ] {
        let refused = guest.asks(event, payload).await;
        assert_eq!(refusal_of(&refused), Some("forbidden"), "{event}");
    }
    assert_eq!(app.count("conversations WHERE kind <> 'room'"), 0);
    assert_eq!(app.count("blocks"), 0);
}

#[tokio::test]
async fn whoever_asks_how_many_are_here_is_one_of_them() {
    let app = TestApp::new().await;
    let now = Person::new(&app).opens("/match/now").await;
    assert_eq!(now.json(), json!({ "online": 1, "waiting": 0 }));
    let page = Person::new(&app).opens("/match").await;
    assert!(page.body.contains(r#"data-count="online">1<"#));
}

#[tokio::test]
async fn a_guests_browser_sees_no_page_that_is_for_members() {
    let app = TestApp::new().await;
    let browser = Person::new(&app);
    let entered = browser.accepts_the_rules().await;
    assert_eq!(entered.status, 204);
    for path in ["/chats", "/chats/1", "/contacts", "/settings"] {
        let answer = browser.opens(path).await;
        assert!(answer.location().starts_with("/login/phone"), "{path}");
    }
    for (path, fields) in [
        ("/contacts", [("who", "ana"), ("name", "Ana")]),
        ("/settings/tokens", [("label", "x"), ("", "")]),
        ("/settings/profile", [("name", "x"), ("username", "x")]),
    ] {
        let answer = browser.submits(path, &fields).await;
        assert_eq!(answer.location(), "/login/phone", "{path}");
    }
    assert_eq!(app.count("contacts"), 0);
    assert_eq!(app.count("api_tokens"), 0);
}

#[tokio::test]
async fn guests_are_found_by_nobody() {
    let app = TestApp::new().await;
    let guest = app.makes_guest().await;
    assert_eq!(guest.username, "User1");
    let mut ana = app.program("ana").await;

    let named = ana
        .asks("conversation:open", json!({ "username": guest.username }))
        .await;
    let numbered = ana
        .asks("conversation:open", json!({ "user_id": guest.id }))
        .await;

    assert_eq!(refusal_of(&named), Some("not_found"));
    assert_eq!(refusal_of(&numbered), Some("not_found"));
}

#[tokio::test]
async fn nobody_becomes_a_guest_by_looking_or_without_accepting_the_rules() {
    let app = TestApp::new().await;
    let browser = Person::new(&app);
    assert_eq!(browser.opens("/match").await.status, 200);
    let refused = browser.submits("/match/enter", &[]).await;
    assert!(refused.status >= 400 && refused.status < 500);
    assert_eq!(app.count("users"), 0);

    browser.accepts_the_rules().await;
    browser.accepts_the_rules().await;

    assert_eq!(app.count("users WHERE kind = 'guest'"), 1, "once");
    let guest = app.try_connect(Credential::Browser(&browser)).await;
    assert_eq!(guest.expect("let in").ready()["user"]["username"], "User1");
}

#[tokio::test]
async fn nobody_in_a_browser_meets_strangers_without_accepting_the_rules() {
    let app = TestApp::new().await;
    let browser = Person::signed_up(&app, "Ana").await;
    let mut ana = browser.connects(&app).await;
    for event in ["match:find", "match:next"] {
        let refused = ana.asks(event, json!({})).await;
        assert_eq!(refusal_of(&refused), Some("forbidden"), "{event}");
        assert_eq!(
            refused["error"]["message"],
            "Please accept the rules first."
        );
    }
    assert_eq!(app.matching().census().waiting, 0);

    browser.accepts_the_rules().await;

    assert_eq!(ana.finds(json!({})).await["match"]["state"], "waiting");
}

#[tokio::test]
async fn an_address_makes_so_many_guests_and_no_more() {
    let app = Setup::strict()
        .with("LIMIT_GUESTS_PER_ADDRESS_HOUR", 3)
        .start()
        .await;
    let api = Caller::new(&app);
    for _ in 0..2 {
        assert_eq!(api.post_json("/api/guests", &json!({})).await.status, 201);
    }
    let browser = Person::new(&app);
    let entered = browser.accepts_the_rules().await;
    assert_eq!(entered.status, 204, "the third");
    let refused = api.post_json("/api/guests", &json!({})).await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    let other = Person::new(&app);
    let refused = other.accepts_the_rules().await;
    assert_eq!(refused.status, 429);
    assert_eq!(app.count("users"), 3);
}

#[tokio::test]
async fn talks_end_where_strangers_are_switched_off() {
    let mut app = TestApp::new().await;
    let (kevin, jz) = (app.makes_guest().await, app.makes_guest().await);
    let (mut one, mut other) = (app.connects(&kevin).await, app.connects(&jz).await);
    let talk = one.meets(&mut other).await;
    one.tells(talk, "hello").await;

    app.restart_with("MATCH_ENABLED", false).await;

    let mut one = app.connects(&kevin).await;
    assert_eq!(refusal_of(&one.says(talk, "more").await), Some("ended"));
    assert_eq!(app.count("matches WHERE end_reason = 'moderator'"), 1);
    app.restart_with("MATCH_ENABLED", true).await;
    let mut one = app.connects(&kevin).await;
    assert_eq!(one.finds(json!({})).await["match"]["state"], "waiting");
}

#[tokio::test]
async fn a_server_without_matches_has_neither_page_nor_event_nor_guest() {
    let app = Setup::relaxed().with("MATCH_ENABLED", false).start().await;
    let mut ana = app.program("ana").await;
    for event in [
        "match:find",
        "match:cancel",
        "match:leave",
        "match:next",
        "match:keep",
    ] {
        let answer = ana.asks(event, json!({})).await;
        assert_eq!(refusal_of(&answer), Some("unknown_event"), "{event}");
    }
    let block = json!({ "conversation_id": 1 });
    assert_eq!(
        refusal_of(&ana.asks("user:block", block).await),
        Some("not_found")
    );
    let visitor = Person::new(&app);
    for path in ["/match", "/match/now"] {
        assert_eq!(visitor.opens(path).await.status, 404, "{path}");
    }
    assert_eq!(visitor.accepts_the_rules().await.status, 404);
    let made = Caller::new(&app).post_json("/api/guests", &json!({})).await;
    assert_eq!(made.status, 404);
    let start = visitor.opens("/").await.body;
    assert!(!start.contains("/match") && !start.contains("at random"));
}
