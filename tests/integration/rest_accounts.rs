//! The account addresses of `/api`, answer for answer, for programs written for seed 004.

use crate::support::{Answer, Caller, Setup, TestApp};
use data_encoding::BASE64;
use http::Method;
use serde_json::{Value, json};

const MISSING: &str =
    "Missing required parameter in the JSON body or the post body or the query string";
const BROKEN: &str = "The browser (or proxy) sent a request that this server could not understand.";

fn newcomer(username: &str) -> Value {
    json!({
        "email": format!("{username}@example.org"), "username": username, "name": "New comer",
        "password": "12345678",
    })
}

async fn registers(app: &TestApp, username: &str) -> Answer {
    let answer = Caller::new(app)
        .post_json("/api/register", &newcomer(username))
        .await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer
}

fn by_password(app: &TestApp, login: &str) -> Caller {
    let pair = BASE64.encode(format!("{login}:12345678").as_bytes());
    Caller::new(app).with("authorization", &format!("Basic {pair}"))
}

/// Status and body.
fn shown(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

fn refused(words: impl Into<Value>) -> (u16, Value) {
    (400, json!({ "message": words.into() }))
}

fn with(mut body: Value, field: &str, value: impl Into<Value>) -> Value {
    body[field] = value.into();
    body
}

#[tokio::test]
async fn s4_20_an_account_is_made_with_an_address_names_and_a_password_like_12345678() {
    let app = TestApp::new().await;
    let answer = registers(&app, "alice").await;
    let expected = json!({ "email": "alice@example.org", "message": "Successfully registered!" });
    assert_eq!(shown(&answer), (201, expected));
    assert!(
        answer
            .header("content-type")
            .starts_with("application/json")
    );
    assert_eq!(
        by_password(&app, "alice").get("/api/token").await.status,
        200
    );
    assert!(!answer.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn s4_20_what_cannot_be_registered_is_refused_by_the_first_rule_that_it_breaks() {
    let app = TestApp::new().await;
    registers(&app, "alice").await;
    let short_name = "Name length must be between 3 and 25 chars";
    let short_username = "Username length must be between 3 and 25 chars";
    let good = newcomer("robert");
    let everything_wrong = json!({ "email": "x", "username": "", "name": "", "password": "" });
    let cases = [
        (everything_wrong.clone(), "E-mail 'x' is not valid"),
        (with(everything_wrong, "email", "a@b.co"), short_username),
        (with(good.clone(), "username", "ro"), short_username),
        (
            with(good.clone(), "username", "r".repeat(26)),
            short_username,
        ),
        (with(good.clone(), "name", "Ro"), short_name),
        (with(good.clone(), "name", "R".repeat(26)), short_name),
        (
            with(good.clone(), "password", "1234567"),
            "Password is too short",
        ),
        (
            with(good.clone(), "email", "ALICE@example.org"),
            "User 'ALICE@example.org' has been registered!",
        ),
        (
            with(good.clone(), "username", "Alice"),
            "Username 'Alice' is busy! Try putting another one",
        ),
        (
            with(newcomer("alice"), "password", "another password"),
            "User 'alice@example.org' has been registered!",
        ),
    ];
    for (body, words) in cases {
        let answer = Caller::new(&app).post_json("/api/register", &body).await;
        assert_eq!(shown(&answer), refused(words), "{body}");
    }
    for bad in ["a b c", "<b>bob", "......", "User1234"] {
        let answer = Caller::new(&app)
            .post_json("/api/register", &with(good.clone(), "username", bad))
            .await;
        assert_eq!(answer.status, 400, "{bad}");
        assert!(answer.json()["message"].is_string());
    }
    assert_eq!(app.count("users"), 1);
}

#[tokio::test]
async fn s4_20_the_body_is_json_or_a_form_or_the_query_and_json_wins() {
    let app = TestApp::new().await;
    let form = Caller::new(&app)
        .request(Method::POST, "/api/register")
        .form(&newcomer("alice"));
    assert_eq!(form.send().await.expect("an answer").status(), 201);

    let query = "/api/register?email=bob@example.org&username=bobby&name=Bobby&password=12345678";
    assert_eq!(Caller::new(&app).post(query, "").await.status, 201);

    let parts = "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\ncarol@example.org\r\n\
                 --x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\ncarol\r\n\
                 --x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nCarol\r\n\
                 --x\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n12345678\r\n--x--\r\n";
    let multipart = Caller::new(&app).with("content-type", "multipart/form-data; boundary=x");
    assert_eq!(multipart.post("/api/register", parts).await.status, 201);

    let both = Caller::new(&app)
        .post_json(
            "/api/register?username=never&name=Never",
            &newcomer("davey"),
        )
        .await;
    assert_eq!(both.status, 201);
    assert_eq!(
        app.count("users WHERE username IN ('alice', 'bobby', 'carol', 'davey')"),
        4
    );

    // A number is taken as it is written.
    let mut numbers = newcomer("erika");
    numbers["password"] = json!(12_345_678);
    let answer = Caller::new(&app).post_json("/api/register", &numbers).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        by_password(&app, "erika").get("/api/token").await.status,
        200
    );
}

#[tokio::test]
async fn s4_20_what_is_missing_is_said_of_all_fields_at_once_and_broken_bodies_are_refused() {
    let app = TestApp::new().await;
    let api = Caller::new(&app);
    let all =
        json!({ "email": MISSING, "username": MISSING, "name": MISSING, "password": MISSING });
    for body in [
        json!({}),
        json!({ "email": null, "username": null, "name": null, "password": null }),
    ] {
        let answer = api.post_json("/api/register", &body).await;
        assert_eq!(shown(&answer), refused(all.clone()), "{body}");
    }
    let half = json!({ "email": "a@example.org", "username": "alice" });
    let answer = api.post_json("/api/register", &half).await;
    assert_eq!(
        shown(&answer),
        refused(json!({ "name": MISSING, "password": MISSING }))
    );
    assert_eq!(shown(&api.post("/api/register", "").await), refused(all));

    let json = Caller::new(&app).with("content-type", "application/json");
    for broken in ["{", "", "nonsense", "{\"email\": }", "\u{0}"] {
        let answer = json.post("/api/register", broken).await;
        assert_eq!(shown(&answer), refused(BROKEN), "{broken:?}");
    }
    for no_object in ["[]", "\"text\"", "5", "null", "true"] {
        let answer = json.post("/api/register", no_object).await;
        assert_eq!(answer.status, 400, "{no_object}");
        assert!(answer.json()["message"].is_string());
    }
    assert_eq!(app.count("users"), 0);
}

#[tokio::test]
async fn s4_19_other_methods_and_addresses_are_refused_as_json_and_s4_36_a_slash_is_fine() {
    let app = TestApp::new().await;
    let api = Caller::new(&app);
    let slash = api.post_json("/api/register/", &newcomer("alice")).await;
    assert_eq!(slash.status, 201);
    assert_eq!(
        by_password(&app, "alice").get("/api/token/").await.status,
        200
    );
    let method = (
        405,
        json!({ "message": "The method is not allowed for the requested URL." }),
    );
    for path in [
        "/api/register",
        "/api/update/",
        "/api/forgot-password",
        "/api/reset-password",
    ] {
        assert_eq!(shown(&api.get(path).await), method, "{path}");
    }
    assert_eq!(shown(&api.post("/api/token", "").await), method);
    for path in ["/api/nothing", "/api/nothing/", "/api", "/api/"] {
        let nothing = (404, json!({ "message": "Not found" }));
        assert_eq!(shown(&api.get(path).await), nothing, "{path}");
    }
}

#[tokio::test]
async fn nobody_makes_themselves_an_administrator_by_saying_so() {
    let app = TestApp::new().await;
    let greedy = json!({
        "email": "eve@example.org", "username": "eve", "name": "Eve", "password": "12345678",
        "is_admin": true, "is_listed": false, "id": 4000, "user_id": 4000, "role": "admin",
        "kind": "bot", "created_at": 0, "password_set_at": 0,
    });
    let api = Caller::new(&app);
    assert_eq!(api.post_json("/api/register", &greedy).await.status, 201);
    let changes = with(greedy, "name", "Eve Evil");
    let answer = by_password(&app, "eve")
        .post_json("/api/update", &changes)
        .await;
    assert_eq!(answer.status, 202);
    assert_eq!(
        app.count(
            "users WHERE NOT is_admin AND is_listed AND id < 4000 AND kind = 'person' AND created_at > 0"
        ),
        1
    );
}

#[tokio::test]
async fn s4_34_ones_own_username_and_name_can_be_changed_all_or_nothing() {
    let app = TestApp::new().await;
    registers(&app, "alice").await;
    registers(&app, "bobby").await;
    let alice = by_password(&app, "alice@example.org");
    let asks = async |body: Value| shown(&alice.post_json("/api/update", &body).await);

    let done = "Successfully updated";
    assert_eq!(
        asks(json!({ "name": "Alice A." })).await,
        (202, json!({ "name": "Alice A.", "message": done }))
    );
    assert_eq!(
        asks(json!({ "username": "alicia", "name": "Alice A." })).await,
        (202, json!({ "username": "alicia", "message": done }))
    );
    // Another case of one's own name is another name.
    assert_eq!(asks(json!({ "username": "Alicia" })).await.0, 202);

    let nothing = "Nothing was updated";
    let busy = "Username 'BOBBY' is busy! Try putting another one";
    let username = "Username length must be between 3 and 25 chars";
    let name = "Name length must be between 3 and 25 chars";
    for (body, words) in [
        (json!({}), nothing),
        (json!({ "username": "Alicia", "name": "Alice A." }), nothing),
        (json!({ "username": "", "name": null }), nothing),
        (json!({ "username": "BOBBY" }), busy),
        (json!({ "username": "BOBBY", "name": "Never" }), busy),
        (json!({ "username": "al" }), username),
        (json!({ "username": "never", "name": "N".repeat(26) }), name),
    ] {
        assert_eq!(asks(body.clone()).await, refused(words), "{body}");
    }
    assert_eq!(
        app.count("users WHERE username = 'Alicia' AND name = 'Alice A.'"),
        1
    );
    let query = alice.post("/api/update?name=By+query", "").await;
    assert_eq!(query.status, 202);
    assert_eq!(Caller::new(&app).post("/api/update", "").await.status, 403);
}

#[tokio::test]
async fn accounts_are_not_made_without_end_from_one_address() {
    let app = Setup::strict()
        .with("LIMIT_SIGNUPS_PER_ADDRESS_HOUR", 2)
        .start()
        .await;
    registers(&app, "alice").await;
    registers(&app, "bobby").await;
    let third = Caller::new(&app)
        .post_json("/api/register", &newcomer("carol"))
        .await;
    assert_eq!(third.status, 429);
    assert!(!third.header("retry-after").is_empty());
}
