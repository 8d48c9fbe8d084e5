//! The four addresses of the rooms' dialect, answer for answer, for programs written for seed 002.

use crate::support::{Answer, Caller, Credential, Person, Setup, TestApp};
use data_encoding::BASE64;
use http::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "correct horse battery";
const REQUIRED: &str = "This field is required.";

fn shown(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

fn alice() -> Value {
    json!({ "username": "alice", "password": PASSWORD, "email": "alice@example.org" })
}

async fn registers(app: &TestApp, body: &Value) -> Answer {
    Caller::new(app).post_json("/register", body).await
}

async fn signs_in(app: &TestApp, username: &str) -> String {
    let body = json!({ "username": username, "password": PASSWORD });
    let answer = Caller::new(app).post_json("/login", &body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.field("token")
}

fn with_token(app: &TestApp, token: &str) -> Caller {
    Caller::new(app).with("authorization", &format!("Token {token}"))
}

#[tokio::test]
async fn s2_23_registering_answers_with_the_new_users_data_and_never_the_password() {
    let app = TestApp::new().await;
    let answer = registers(&app, &alice()).await;
    let body = json!({ "username": "alice", "email": "alice@example.org" });
    assert_eq!(shown(&answer), (200, body));
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(!answer.headers.contains_key("set-cookie"));
    for (username, email) in [("bob", None), ("carol", Some(""))] {
        let mut body = json!({ "username": username, "password": PASSWORD });
        if let Some(email) = email {
            body["email"] = email.into();
        }
        assert_eq!(
            shown(&registers(&app, &body).await),
            (200, json!({ "username": username, "email": "" }))
        );
    }
    assert_eq!(app.count("users WHERE is_listed AND NOT is_admin"), 3);
}

#[tokio::test]
async fn s2_27_what_is_wrong_is_listed_field_by_field() {
    let app = TestApp::new().await;
    registers(&app, &alice()).await;
    let bad = "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.";
    let with = |field: &str, value: Value| {
        let mut body = json!({ "username": "robert", "password": PASSWORD, "email": "" });
        body[field] = value;
        body
    };
    let text = "Not a valid string.";
    let not_null = "This field may not be null.";
    let blank = "This field may not be blank.";
    let cases = [
        (
            json!({}),
            json!({ "username": [REQUIRED], "password": [REQUIRED] }),
        ),
        (with("username", json!("")), json!({ "username": [blank] })),
        (
            with("username", json!("  ")),
            json!({ "username": [blank] }),
        ),
        (with("password", json!("")), json!({ "password": [blank] })),
        (
            with("username", Value::Null),
            json!({ "username": [not_null] }),
        ),
        (with("email", Value::Null), json!({ "email": [not_null] })),
        (
            with("username", json!(["x"])),
            json!({ "username": [text] }),
        ),
        (with("password", json!({})), json!({ "password": [text] })),
        (with("username", json!(true)), json!({ "username": [text] })),
        (
            with("username", json!("x".repeat(151))),
            json!({ "username": ["Ensure this field has no more than 150 characters."] }),
        ),
        (with("username", json!("a b")), json!({ "username": [bad] })),
        (with("username", json!("<b>")), json!({ "username": [bad] })),
        (
            with("username", json!("ALICE")),
            json!({ "username": ["A user with that username already exists."] }),
        ),
        (
            with("email", json!("nonsense")),
            json!({ "email": ["Enter a valid email address."] }),
        ),
        (
            with("email", json!("Alice@Example.org")),
            json!({ "email": ["A user with that email already exists."] }),
        ),
        (
            json!({ "username": "alice", "email": "x" }),
            json!({
                "username": ["A user with that username already exists."],
                "password": [REQUIRED],
                "email": ["Enter a valid email address."],
            }),
        ),
    ];
    for (body, errors) in cases {
        assert_eq!(
            shown(&registers(&app, &body).await),
            (400, errors),
            "{body}"
        );
    }
    assert_eq!(app.count("users"), 1);
    // Pages list them line by line, in the order of the form.
    let answer = registers(&app, &json!({ "email": "x" })).await;
    let errors = r#"{"username":["This field is required."],"password":["This field is required."],"email":["Enter a valid email address."]}"#;
    assert_eq!(answer.body, errors);
}

#[tokio::test]
async fn s2_27_a_form_of_a_program_needs_no_header_to_say_so() {
    let app = TestApp::new().await;
    let kind = "application/x-www-form-urlencoded";
    let program = Caller::new(&app).with("content-type", kind);
    let body = "username=alice&password=correct+horse+battery";
    assert_eq!(program.post("/register", body).await.status, 200);
    assert_eq!(program.post("/login", body).await.field("token").len(), 40);
    let parts = "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n\
                 --x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ncorrect horse battery\r\n--x--\r\n";
    let program = Caller::new(&app).with("content-type", "multipart/form-data; boundary=x");
    assert_eq!(program.post("/login", parts).await.field("token").len(), 40);
    assert_eq!(Caller::new(&app).post("/logout", "").await.status, 401);
    // What a browser sends is for the pages, from wherever it comes.
    for (name, value) in [
        ("origin", app.origin()),
        ("sec-fetch-site", "cross-site".into()),
        ("cookie", "form=x".into()),
    ] {
        let browser = Caller::new(&app)
            .with("content-type", kind)
            .with(name, &value);
        let answer = browser.post("/login", body).await;
        assert_eq!(answer.status, 403, "{name}");
        assert!(answer.header("content-type").starts_with("text/"), "{name}");
    }
}

#[tokio::test]
async fn s2_27_a_password_is_told_everything_that_is_wrong_with_it_in_order() {
    let app = TestApp::new().await;
    let short = "This password is too short. It must contain at least 8 characters.";
    let common = "This password is too common.";
    let numeric = "This password is entirely numeric.";
    let like_username = "The password is too similar to the username.";
    let like_email = "The password is too similar to the email address.";
    for (password, faults) in [
        ("1234", vec![short, common, numeric]),
        ("12345678", vec![common, numeric]),
        ("password", vec![common]),
        ("8273640192", vec![numeric]),
        ("wonderlan", vec![like_username]),
        ("wonder", vec![like_username, short]),
        ("carroll1", vec![like_email]),
        ("xK9", vec![short]),
    ] {
        let body = json!({
            "username": "wonderland", "password": password, "email": "lewis@carroll.org",
        });
        assert_eq!(
            shown(&registers(&app, &body).await),
            (400, json!({ "password": faults })),
            "{password}"
        );
    }
    // The fields come first.
    let body = json!({ "username": "", "password": "1234" });
    let errors = json!({ "username": ["This field may not be blank."] });
    assert_eq!(shown(&registers(&app, &body).await), (400, errors));
}

#[tokio::test]
async fn s2_27_bodies_that_are_no_dictionaries_are_refused_and_forms_are_taken() {
    let app = TestApp::new().await;
    for (body, kind) in [
        ("[]", "list"),
        ("\"x\"", "str"),
        ("5", "int"),
        ("true", "bool"),
    ] {
        let json = Caller::new(&app).with("content-type", "application/json");
        let words = format!("Invalid data. Expected a dictionary, but got {kind}.");
        for path in ["/register", "/login"] {
            assert_eq!(
                shown(&json.post(path, body).await),
                (400, json!({ "non_field_errors": [words] })),
                "{path} {body}"
            );
        }
    }
    let json = Caller::new(&app).with("content-type", "application/json; charset=utf-8");
    let broken = json.post("/register", "{\"username\":").await;
    assert_eq!(broken.status, 400);
    assert!(broken.field("detail").starts_with("JSON parse error - "));

    let script = || Caller::new(&app).with("x-requested-with", "XMLHttpRequest");
    let form = script().with(
        "content-type",
        "application/x-www-form-urlencoded; charset=UTF-8",
    );
    let body = "username=alice&email=alice%40example.org&password=correct+horse+battery";
    assert_eq!(
        shown(&form.post("/register", body).await),
        (
            200,
            json!({ "username": "alice", "email": "alice@example.org" })
        )
    );
    let parts = "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nalice\r\n\
                 --x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\ncorrect horse battery\r\n--x--\r\n";
    let multipart = script().with("content-type", "multipart/form-data; boundary=x");
    assert_eq!(multipart.post("/login", parts).await.status, 200);
    let plain = script().with("content-type", "text/plain");
    assert_eq!(
        shown(&plain.post("/login", "hello").await),
        (
            415,
            json!({ "detail": "Unsupported media type \"text/plain\" in request." })
        )
    );
}

#[tokio::test]
async fn s2_24_signing_in_gives_a_token_and_the_wrong_password_a_mismatch() {
    let app = TestApp::new().await;
    registers(&app, &alice()).await;
    let token = signs_in(&app, "alice").await;
    assert!(token.len() == 40 && token.chars().all(|c| "0123456789abcdef".contains(c)));
    // The same for two windows; nothing of it is stored.
    assert_eq!(signs_in(&app, "ALICE").await, token);
    assert_eq!(with_token(&app, &token).get("/profile").await.status, 200);
    assert_eq!(app.count("api_tokens"), 1);
    assert_eq!(app.count(&format!("api_tokens WHERE key = '{token}'")), 0);
    registers(&app, &json!({ "username": "carol", "password": PASSWORD })).await;
    assert_ne!(signs_in(&app, "carol").await, token);
    let mismatch = json!({ "non_field_errors": ["Username/Password mismatch"] });
    for (username, password) in [("alice", "wrong"), ("bob", PASSWORD), ("alice", " ")] {
        let body = json!({ "username": username, "password": password });
        let answer = Caller::new(&app).post_json("/login", &body).await;
        assert_eq!(shown(&answer), (400, mismatch.clone()), "{body}");
    }
    let nothing = Caller::new(&app).post_json("/login", &json!({})).await;
    let required = json!({ "username": [REQUIRED], "password": [REQUIRED] });
    assert_eq!(shown(&nothing), (400, required));
    let blank = json!({ "username": "", "password": "" });
    let answer = Caller::new(&app).post_json("/login", &blank).await;
    let words = "This field may not be blank.";
    assert_eq!(
        shown(&answer),
        (400, json!({ "username": [words], "password": [words] }))
    );
}

#[tokio::test]
async fn s2_26_the_profile_is_shown_to_its_owner_only() {
    let app = TestApp::new().await;
    registers(&app, &alice()).await;
    let token = signs_in(&app, "alice").await;
    let profile = with_token(&app, &token).get("/profile").await;
    let body = json!({ "username": "alice", "email": "alice@example.org" });
    assert_eq!(shown(&profile), (200, body));
    assert_eq!(profile.header("content-type"), "application/json");

    let missing = "Authentication credentials were not provided.";
    let spaces = "Invalid token header. Token string should not contain spaces.";
    let unknown = format!("Token {}", "a".repeat(40));
    for (header, words) in [
        (None, missing),
        (Some("Basic YTpi"), missing),
        (Some("Bearer x"), missing),
        (
            Some("Token"),
            "Invalid token header. No credentials provided.",
        ),
        (Some("Token a b"), spaces),
        (Some("Token x"), "Invalid token."),
        (Some(unknown.as_str()), "Invalid token."),
    ] {
        for (method, path) in [(Method::GET, "/profile"), (Method::POST, "/logout")] {
            let caller = Caller::new(&app).with("x-requested-with", "XMLHttpRequest");
            let caller = match header {
                Some(header) => caller.with("authorization", header),
                None => caller,
            };
            let answer = caller.asks(method, path).await;
            assert_eq!(
                shown(&answer),
                (401, json!({ "detail": words })),
                "{header:?}"
            );
            assert_eq!(answer.header("www-authenticate"), "Token");
        }
    }
}

#[tokio::test]
async fn s2_25_signing_out_ends_all_tokens_for_the_rooms_their_sockets_and_what_they_made_and_no_others()
 {
    let app = TestApp::new().await;
    registers(&app, &alice()).await;
    registers(&app, &json!({ "username": "bob", "password": PASSWORD })).await;
    let one = signs_in(&app, "alice").await;
    let bobs = signs_in(&app, "bob").await;
    let made = with_token(&app, &one).get("/api/token").await;
    let made = made.field("token");
    let made_again = with_token(&app, &made).get("/api/token").await;
    let made_again = made_again.field("token");
    let basic = format!(
        "Basic {}",
        BASE64.encode(format!("alice:{PASSWORD}").as_bytes())
    );
    let basic = Caller::new(&app).with("authorization", &basic);
    let apart = basic.get("/api/token").await.field("token");
    let mut socket = app
        .try_connect(Credential::Token(&one))
        .await
        .expect("let in");
    let answer = with_token(&app, &one).post("/logout", "").await;
    assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    for ended in [&one, &made, &made_again] {
        assert_eq!(with_token(&app, ended).get("/profile").await.status, 401);
    }
    socket.hears("session:ended").await;
    for other in [&bobs, &apart] {
        assert_eq!(with_token(&app, other).get("/profile").await.status, 200);
    }
    // A new one works.
    let new = signs_in(&app, "alice").await;
    assert_eq!(with_token(&app, &new).get("/profile").await.status, 200);
    // And the old one harms it no more.
    assert_ne!(new, one);
    assert_eq!(with_token(&app, &one).post("/logout", "").await.status, 401);
    assert_eq!(with_token(&app, &new).get("/profile").await.status, 200);
}

#[tokio::test]
async fn s2_24_a_token_lasts_as_long_as_it_is_asked_for_once_a_year() {
    let app = Setup::strict().start().await;
    registers(&app, &alice()).await;
    let token = signs_in(&app, "alice").await;
    let month = 30 * 24 * 60 * 60;
    for _ in 0..3 {
        app.wait(8 * month);
        assert_eq!(signs_in(&app, "alice").await, token);
    }
    app.wait(13 * month);
    assert_eq!(with_token(&app, &token).get("/profile").await.status, 401);
    assert_ne!(signs_in(&app, "alice").await, token);
}

#[tokio::test]
async fn s2_24_other_methods_are_refused_with_those_that_are_taken() {
    let app = TestApp::new().await;
    let script = Caller::new(&app).with("x-requested-with", "XMLHttpRequest");
    for (method, path, allowed) in [
        (Method::GET, "/register", "POST"),
        (Method::PUT, "/login", "POST"),
        (Method::DELETE, "/logout", "POST"),
        (Method::POST, "/profile", "GET"),
    ] {
        let answer = script.asks(method.clone(), path).await;
        let words = format!("Method \"{method}\" not allowed.");
        assert_eq!(shown(&answer), (405, json!({ "detail": words })));
        assert!(answer.header("allow").contains(allowed), "{answer:?}");
    }
    for path in ["/login/", "/register/", "/profile/"] {
        assert_eq!(script.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_program_never_acts_by_the_cookie() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let cookie = kevin.cookie_header();
    let program = Caller::new(&app)
        .with("cookie", &cookie)
        .with("x-requested-with", "XMLHttpRequest");
    assert_eq!(program.get("/profile").await.status, 401);
    assert_eq!(program.post("/logout", "").await.status, 401);
    assert!(kevin.is_signed_in().await);
    // A form of another site is a form of another site.
    let foreign = Caller::new(&app)
        .with("cookie", &cookie)
        .with("origin", "https://evil.example");
    assert_eq!(foreign.post("/logout", "").await.status, 403);
    assert!(kevin.is_signed_in().await);
}

#[tokio::test]
async fn guests_have_no_profile_and_too_many_tries_are_told_so() {
    let app = Setup::strict().start().await;
    let guest = Caller::new(&app).post("/api/guests", "").await;
    let answer = with_token(&app, &guest.field("token"))
        .get("/profile")
        .await;
    assert_eq!(answer.status, 403);
    registers(&app, &alice()).await;
    let wrong = json!({ "username": "alice", "password": "wrong" });
    for _ in 0..10 {
        let answer = Caller::new(&app).post_json("/login", &wrong).await;
        assert_eq!(answer.status, 400);
    }
    let answer = Caller::new(&app).post_json("/login", &wrong).await;
    assert_eq!(answer.status, 429);
    assert!(
        answer
            .field("detail")
            .starts_with("Too many wrong passwords")
    );
    assert_eq!(answer.header("retry-after"), "3600");
}
