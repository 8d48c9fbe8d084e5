//! The three steps of signing in for programs, answer for answer, and the token that they end in.

use crate::support::{
    Answer, Caller, Credential, Provider, Refusal, Reply, Setup, TestApp, refusal_of,
};
use serde_json::{Value, json};

const NUMBER: &str = "+12015550123";

fn keys(json: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = json
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    keys.sort_unstable();
    keys
}

/// Status and body of a refusal.
fn refused(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

async fn asks(api: &Caller, body: Value) -> Answer {
    api.post_json("/api/phone", &body).await
}

async fn finishes(api: &Caller, signup: &str, username: &str) -> Answer {
    let body = json!({ "signup": signup, "username": username });
    api.post_json("/api/phone/finish", &body).await
}

/// Asks for a code and gives it back; what came of the second.
async fn proves(app: &TestApp, api: &Caller, number: &str) -> Answer {
    let challenge = api.asks_for_code(number).await.field("challenge");
    api.gives_code(&challenge, &app.code_for(number)).await
}

#[tokio::test]
async fn three_calls_make_an_account_and_a_token() {
    let app = Setup::strict().start().await;
    let api = Caller::new(&app);

    let started = api.asks_for_code("(201) 555-0123").await;
    assert_eq!(started.status, 202);
    assert!(
        started
            .header("content-type")
            .starts_with("application/json")
    );
    let challenge = started.field("challenge");
    assert!(challenge.len() >= 40, "{challenge}");
    let expected = json!({
        "challenge": challenge, "phone": NUMBER, "resend_in": 30, "message": "Code was sent",
    });
    assert_eq!(started.json(), expected);

    let proved = api.gives_code(&challenge, &app.code_for(NUMBER)).await;
    let signup = proved.field("signup");
    assert_eq!(
        refused(&proved),
        (200, json!({ "known": false, "signup": signup }))
    );
    assert_ne!(signup, challenge);

    let body = json!({ "signup": signup, "username": "kevin", "name": "Kevin K.", "extra": 1 });
    let finished = api.post_json("/api/phone/finish", &body).await;
    assert_eq!(
        (finished.status, finished.field("username")),
        (201, "kevin".into())
    );
    let answer = finished.json();
    assert_eq!(keys(&answer), ["token", "user_id", "username"]);
    assert!(answer["user_id"].is_i64() && finished.field("token").starts_with("chinwag_"));
    assert_eq!(
        app.count("users WHERE username = 'kevin' AND name = 'Kevin K.'"),
        1
    );
}

#[tokio::test]
async fn somebody_known_gets_a_token_after_two_calls() {
    let app = TestApp::new().await;
    let kevin = app.signs_up_with("kevin", NUMBER, "Kevin").await;

    let proved = proves(&app, &Caller::new(&app), NUMBER).await;

    let token = proved.field("token");
    let expected =
        json!({ "known": true, "token": token, "user_id": kevin.id, "username": "kevin" });
    assert_eq!(refused(&proved), (200, expected));
    assert!(token.starts_with("chinwag_") && token != kevin.token);
    assert_eq!(app.count("users"), 1);
}

#[tokio::test]
async fn the_token_opens_a_socket_by_either_scheme_and_in_the_connect_packet() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;
    let mut jz = app.program("jz").await;
    let conversation = jz.opens("kevin").await;
    jz.tells(conversation, "Hello!").await;

    for scheme in ["Bearer", "Token", "bearer", "token"] {
        let value = format!("{scheme} {}", kevin.token);
        let headers = [("authorization", value.as_str())];
        let connected = app.try_connect(Credential::Headers(&headers)).await;
        let mut socket = connected.unwrap_or_else(|why| panic!("{scheme}: {why:?}"));
        assert_eq!(socket.ready()["user"]["username"], "kevin", "{scheme}");
        let answer = socket.says(conversation, scheme).await;
        assert_eq!(refusal_of(&answer), None, "{scheme}: {answer}");
        jz.hears_message(scheme).await;
    }
    assert_eq!(app.connects(&kevin).await.id, kevin.id);
    let basic = format!("Basic {}", kevin.token);
    let other = app
        .try_connect(Credential::Headers(&[("authorization", &basic)]))
        .await;
    assert_eq!(other.err(), Some(Refusal::Word("not_authenticated".into())));
}

#[tokio::test]
async fn the_name_is_the_username_where_none_is_given() {
    let app = TestApp::new().await;
    let api = Caller::new(&app);
    let signup = proves(&app, &api, NUMBER).await.field("signup");

    assert_eq!(finishes(&api, &signup, "kevin").await.status, 201);

    assert_eq!(
        app.count("users WHERE username = 'kevin' AND name = 'kevin'"),
        1
    );
}

#[tokio::test]
async fn the_country_code_may_stand_apart() {
    let app = Setup::relaxed()
        .with("SMS_COUNTRIES", "US,MX,PT")
        .start()
        .await;
    let api = Caller::new(&app);

    for (country_code, phone, e164) in [
        ("1", "2015550123", NUMBER),
        ("+1", "(201) 555-0123", NUMBER),
        ("52", "55 1234 5678", "+525512345678"),
        ("+351", "912 345 678", "+351912345678"),
        ("351", "+1 201 555 0123", NUMBER),
    ] {
        let started = asks(
            &api,
            json!({ "phone": phone, "country_code": country_code }),
        )
        .await;
        assert_eq!(started.status, 202, "{country_code} {phone}: {started:?}");
        assert_eq!(started.field("phone"), e164, "{country_code} {phone}");
    }
    assert_eq!((app.sms_to(NUMBER).len(), app.sms_sent()), (3, 5));
}

#[tokio::test]
async fn a_number_that_cannot_be_served_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let api = Caller::new(&app);

    for (phone, told) in [
        ("12", "That is not a possible phone number."),
        ("", "That is not a possible phone number."),
        ("kevin", "That is not a possible phone number."),
        (
            "+18005550199",
            "This kind of number can't receive SMS. Please use a mobile number.",
        ),
        (
            "+351912345678",
            "This server does not send SMS to Portugal.",
        ),
    ] {
        let answer = api.asks_for_code(phone).await;
        assert_eq!(
            refused(&answer),
            (400, json!({ "message": { "phone": told } })),
            "{phone}"
        );
    }
    assert_eq!(app.sms_sent(), 0);
}

#[tokio::test]
async fn a_wrong_pin_five_wrong_pins_and_a_used_one_are_told_apart() {
    let app = Setup::strict().start().await;
    let api = Caller::new(&app);
    let started = api.asks_for_code(NUMBER).await;
    let (challenge, code) = (started.field("challenge"), app.code_for(NUMBER));
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let dead = (410, json!({ "message": "Too many attempts" }));

    for pause in [0, 0, 30, 60] {
        app.wait(pause);
        let answer = api.gives_code(&challenge, wrong).await;
        assert_eq!(
            refused(&answer),
            (400, json!({ "message": "Invalid pin" })),
            "{pause}"
        );
    }
    let early = api.gives_code(&challenge, &code).await;
    assert_eq!((early.status, early.header("retry-after")), (429, "120"));
    assert!(early.json()["message"].is_string());
    app.wait(120);
    assert_eq!(refused(&api.gives_code(&challenge, wrong).await), dead);
    assert_eq!(refused(&api.gives_code(&challenge, &code).await), dead);

    let started = api.asks_for_code(NUMBER).await;
    let (challenge, code) = (started.field("challenge"), app.code_for(NUMBER));
    assert_eq!(api.gives_code(&challenge, &code).await.status, 200);
    let used = api.gives_code(&challenge, &code).await;
    assert_eq!(used.status, 410);
    assert!(
        used.field("message").contains("no longer valid"),
        "{used:?}"
    );
}

#[tokio::test]
async fn a_pin_of_any_other_shape_is_a_wrong_pin_and_an_unknown_challenge_is_none() {
    let app = TestApp::new().await;
    let api = Caller::new(&app);
    let challenge = api.asks_for_code(NUMBER).await.field("challenge");

    for pin in ["", "abcdef", "12345678901234567890"] {
        let answer = api.gives_code(&challenge, pin).await;
        assert_eq!(
            refused(&answer),
            (400, json!({ "message": "Invalid pin" })),
            "{pin}"
        );
    }
    for unknown in [
        "",
        "x",
        &"x".repeat(43),
        &"\u{0}".repeat(43),
        &"x".repeat(5_000),
    ] {
        let answer = api.gives_code(unknown, &app.code_for(NUMBER)).await;
        assert!(
            [404, 410].contains(&answer.status),
            "{unknown:?}: {answer:?}"
        );
        assert!(answer.json()["message"].is_string());
    }
    assert_eq!(
        api.gives_code(&challenge, &app.code_for(NUMBER))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_busy_or_impossible_username_can_be_tried_again_with_another_and_a_signup_only_once() {
    let app = Setup::strict().start().await;
    let api = Caller::new(&app);
    app.signs_up("kevin").await;
    let signup = proves(&app, &api, NUMBER).await.field("signup");

    for taken in ["kevin", "KEVIN"] {
        let told = format!("Username '{taken}' is busy! Try putting another one");
        let answer = finishes(&api, &signup, taken).await;
        assert_eq!(refused(&answer), (400, json!({ "message": told })));
    }
    for impossible in ["", "two words", "...", "user7", &"x".repeat(151)] {
        let answer = finishes(&api, &signup, impossible).await;
        assert_eq!(answer.status, 400, "{impossible}");
        assert!(
            answer.json()["message"]["username"].is_string(),
            "{answer:?}"
        );
    }
    assert_eq!(app.count("users"), 1);
    assert_eq!(finishes(&api, &signup, "jz").await.status, 201);
    for signup in [signup.as_str(), "x", &"x".repeat(43)] {
        assert_eq!(finishes(&api, signup, "emma").await.status, 410, "{signup}");
    }
    let signup = proves(&app, &api, "+12015560123").await.field("signup");
    app.wait(600);
    assert_eq!(
        finishes(&api, &signup, "emma").await.status,
        410,
        "after ten minutes"
    );
    assert_eq!(app.count("users"), 2);
}

#[tokio::test]
async fn who_asks_too_soon_is_told_when_and_who_asks_a_broken_provider_that_it_failed() {
    let app = Setup::strict().start().await;
    let api = Caller::new(&app);
    assert_eq!(api.asks_for_code(NUMBER).await.status, 202);
    let soon = api.asks_for_code(NUMBER).await;
    let told = json!({ "message": "A code was just sent. Try again in 30 seconds." });
    assert_eq!(
        (refused(&soon), soon.header("retry-after")),
        ((429, told), "30")
    );

    let provider = Provider::start().await;
    provider.always_replies(Reply::Status(500));
    let app = Setup::strict().in_production(&provider).start().await;
    let failed = Caller::new(&app).asks_for_code(NUMBER).await;
    assert_eq!(
        refused(&failed),
        (502, json!({ "message": "The code could not be sent" }))
    );
}

#[tokio::test]
async fn what_is_not_json_or_not_a_request_is_refused_in_json() {
    let app = TestApp::new().await;
    let api = Caller::new(&app).with("content-type", "application/json");

    for path in ["/api/phone", "/api/phone/verify", "/api/phone/finish"] {
        for body in [
            "",
            "{",
            "[]",
            "null",
            "7",
            r#"{"phone":7}"#,
            "{\"phone\":\"\u{0}\"",
            &"[".repeat(10_000),
        ] {
            let answer = api.post(path, body).await;
            assert_eq!(answer.status, 400, "{path} {body:.20}");
            assert!(!answer.json()["message"].is_null(), "{path} {body:.20}");
        }
        let form = Caller::new(&app).with("content-type", "application/x-www-form-urlencoded");
        let answer = form.post(path, "phone=%2B12015550123").await;
        assert_eq!(answer.status, 400, "{path}");
        let got = api.get(path).await;
        assert_eq!(
            (got.status, keys(&got.json())),
            (405, vec!["message"]),
            "{path}"
        );
    }
    let huge = json!({ "phone": "1".repeat(200_000) });
    assert_eq!(asks(&Caller::new(&app), huge).await.status, 413);
    assert_eq!(api.get("/api/nothing").await.json()["message"], "Not found");
    assert_eq!(app.sms_sent(), 0);
}
