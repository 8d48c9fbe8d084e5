//! What is one's own, by program: contacts, sign-ins, SMS.

use crate::support::{Account, Answer, Caller, Person, Provider, Reply, Scripter, Setup, TestApp};
use serde_json::{Value, json};

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

#[tokio::test]
async fn contacts_are_added_listed_and_taken_off() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let kevin = app.signs_up("kevin").await;
    let by_name = ann
        .posts(
            "/api/contacts",
            json!({ "username": "DIMA", "name": "My Dima" }),
        )
        .await;
    let id = by_name.json()["data"]["contact_id"].clone();
    let shown =
        json!({ "contact_id": id, "user_id": dima.id, "username": "dima", "name": "My Dima" });
    assert_eq!(
        told(&by_name),
        (
            201,
            json!({
                "user_id": ann.id, "data": shown, "message": "Contact was successfully added",
            })
        )
    );
    let by_number = ann
        .posts(
            "/api/contacts",
            json!({ "phone": kevin.number, "name": "A Kevin" }),
        )
        .await;
    assert_eq!(by_number.status, 201);
    let names = ann.lists_each("/api/contacts", "name").await;
    assert_eq!(names, ["A Kevin", "My Dima"]);
    assert!(
        !ann.gets("/api/contacts").await.body.contains(&kevin.number),
        "a number is nobody else's"
    );
    let one = ann.gets(&format!("/api/contacts/{id}")).await;
    assert_eq!(
        told(&one),
        (200, json!({ "user_id": ann.id, "data": shown }))
    );
    let deleted = ann.deletes(&format!("/api/contacts/{id}")).await;
    assert_eq!(
        told(&deleted),
        (
            200,
            json!({
                "user_id": ann.id, "contact_id": id, "message": "Contact was successfully deleted",
            })
        )
    );
    assert_eq!(ann.lists_each("/api/contacts", "name").await, ["A Kevin"]);
}

#[tokio::test]
async fn somebody_elses_contact_is_like_none() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let added = ann
        .posts("/api/contacts", json!({ "username": "dima", "name": "D" }))
        .await;
    let theirs = added.json()["data"]["contact_id"].clone();
    for id in [theirs, json!(999)] {
        let path = format!("/api/contacts/{id}");
        for answer in [dima.gets(&path).await, dima.deletes(&path).await] {
            assert_eq!(told(&answer), (404, json!({ "message": "Not found" })));
        }
    }
    assert_eq!(ann.lists("/api/contacts").await.len(), 1);
}

#[tokio::test]
async fn what_is_wrong_with_a_contact_is_said_beside_its_field() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    app.signs_up("dima").await;
    let nobody = "Nobody with this number or username was found.";
    for (body, field, text) in [
        (
            json!({ "name": "x" }),
            "username",
            "Say who: one of phone and username.",
        ),
        (
            json!({ "name": "x", "username": "dima", "phone": "+12015550100" }),
            "username",
            "Say who: one of phone and username.",
        ),
        (
            json!({ "name": "x", "username": "nobody" }),
            "username",
            nobody,
        ),
        (
            json!({ "name": "x", "phone": "+12015559999" }),
            "phone",
            nobody,
        ),
        (
            json!({ "name": "x", "username": "ann" }),
            "username",
            "That is you.",
        ),
        (
            json!({ "name": " ", "username": "dima" }),
            "name",
            "Please fill this in.",
        ),
    ] {
        let answer = ann.posts("/api/contacts", body.clone()).await;
        assert_eq!(
            told(&answer),
            (400, json!({ "message": { field: text } })),
            "{body}"
        );
    }
    assert_eq!(
        ann.posts("/api/contacts", json!({ "name": "x", "phone": "12" }))
            .await
            .status,
        400
    );
    ann.posts("/api/contacts", json!({ "name": "x", "username": "dima" }))
        .await;
    let again = ann
        .posts("/api/contacts", json!({ "name": "x", "username": "dima" }))
        .await;
    let text = "This person is already in your contacts.";
    assert_eq!(told(&again), (400, json!({ "message": text })));
}

#[tokio::test]
async fn looking_for_people_in_sequence_ends_early_here_too() {
    let app = Setup::strict()
        .with("LIMIT_CONTACT_LOOKUPS_DAY", 2)
        .start()
        .await;
    let ann = app.scripter("ann").await;
    let ask = |n: i32| json!({ "name": "x", "phone": format!("+120155501{n:02}") });
    assert_eq!(ann.posts("/api/contacts", ask(0)).await.status, 400);
    assert_eq!(ann.posts("/api/contacts", ask(1)).await.status, 400);
    assert_eq!(ann.posts("/api/contacts", ask(2)).await.status, 429);
}

/// Somebody who is there already, by the number that they signed up with.
async fn by_number(app: &TestApp, number: &str) -> Scripter {
    let api = Caller::new(app);
    let challenge = api.asks_for_code(number).await.field("challenge");
    let known = api.gives_code(&challenge, &app.code_for(number)).await;
    app.scripts(&Account {
        id: known.json()["user_id"].as_i64().expect("an id"),
        username: known.field("username"),
        number: number.into(),
        token: known.field("token"),
    })
}

#[tokio::test]
async fn sign_ins_are_listed_and_ended() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let browser = Person::signed_up_with(&app, "Ann", &number).await;
    let ann = by_number(&app, &number).await;
    let sessions = ann.lists("/api/sessions").await;
    let keys: Vec<_> = sessions[0].as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        ["created_at", "last_used_at", "session_id", "user_agent"]
    );
    assert_eq!(sessions.len(), 1);

    let path = format!("/api/sessions/{}", sessions[0]["session_id"]);
    let stranger = app.scripter("stranger").await;
    assert!(stranger.lists("/api/sessions").await.is_empty());
    let refused = stranger.deletes(&path).await;
    assert_eq!(told(&refused), (404, json!({ "message": "Not found" })));
    assert!(browser.is_signed_in().await);

    let ended = ann.deletes(&path).await;
    assert_eq!(ended.field("message"), "Session was successfully ended");
    assert!(ann.lists("/api/sessions").await.is_empty());
    assert_eq!(ann.deletes(&path).await.status, 404);
    assert!(!browser.is_signed_in().await);
}

const SOMEBODY: &str = "+12015550199";

#[tokio::test]
async fn an_sms_goes_out_as_it_was_written() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    let sent = ann
        .posts(
            "/api/sms",
            json!({ "to": "(201) 555-0199", "body": " hi there, \n Ann " }),
        )
        .await;
    assert_eq!(
        told(&sent),
        (202, json!({ "to": SOMEBODY, "message": "Sms was sent" }))
    );
    assert_eq!(app.sms_to(SOMEBODY), ["hi there, \n Ann"]);
}

#[tokio::test]
async fn what_is_wrong_with_an_sms_is_said_and_nothing_goes_out() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    let sent = app.sms_sent();
    let missing =
        "Missing required parameter in the JSON body or the post body or the query string";
    for (body, field, text) in [
        (json!({ "body": "x" }), "to", missing),
        (json!({ "to": SOMEBODY }), "body", missing),
        (
            json!({ "to": SOMEBODY, "body": " " }),
            "body",
            "An empty SMS cannot be sent.",
        ),
        (
            json!({ "to": SOMEBODY, "body": "x".repeat(481) }),
            "body",
            "An SMS has at most 480 characters.",
        ),
        (
            json!({ "to": SOMEBODY, "body": "a\u{0}" }),
            "body",
            "The text holds a character that cannot be sent.",
        ),
        (
            json!({ "to": "+442071838750", "body": "x" }),
            "to",
            "This server does not send SMS to the United Kingdom.",
        ),
    ] {
        let answer = ann.posts("/api/sms", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        let told = answer.json()["message"][field].clone();
        assert!(told == text || field == "to", "{body}: {told}");
    }
    assert_eq!(
        ann.posts("/api/sms", json!({ "to": "12", "body": "x" }))
            .await
            .status,
        400
    );
    app.runs("UPDATE users SET phone = NULL");
    let without = ann
        .posts("/api/sms", json!({ "to": SOMEBODY, "body": "x" }))
        .await;
    assert_eq!(without.status, 403);
    assert_eq!(app.sms_sent(), sent);
}

#[tokio::test]
async fn sms_are_few_a_day_and_within_the_limits_of_codes() {
    let app = Setup::strict().with("LIMIT_USER_SMS_DAY", 2).start().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let sms = |n: i32| json!({ "to": format!("+1201777100{n}"), "body": "x" });
    assert_eq!(ann.posts("/api/sms", sms(1)).await.status, 202);
    let at_once = dima.posts("/api/sms", sms(1)).await;
    assert_eq!(at_once.status, 429, "the number has just got one");
    assert_eq!(ann.posts("/api/sms", sms(2)).await.status, 202);
    let third = ann.posts("/api/sms", sms(3)).await;
    assert_eq!(third.status, 429);
    assert!(!third.header("retry-after").is_empty());
    assert_eq!(
        dima.posts("/api/sms", sms(4)).await.status,
        202,
        "each has their own"
    );
    app.wait(24 * 60 * 60);
    assert_eq!(ann.posts("/api/sms", sms(5)).await.status, 202);
}

#[tokio::test]
async fn an_sms_that_certainly_did_not_go_out_counts_for_no_number() {
    let provider = Provider::start().await;
    let app = Setup::relaxed().in_production(&provider).start().await;
    let ann = ann_of(&app, &provider).await;
    let sms = json!({ "to": "+12015550143", "body": "hi" });
    provider.replies(&[Reply::Status(429); 3]);
    let failed = ann.posts("/api/sms", sms.clone()).await;
    assert_eq!(
        told(&failed),
        (502, json!({ "message": "The SMS could not be sent" }))
    );
    assert_eq!(
        ann.posts("/api/sms", sms).await.status,
        202,
        "so it can be tried again at once"
    );
    provider.replies(&[Reply::Status(400)]);
    let refused = ann
        .posts("/api/sms", json!({ "to": "+12015550144", "body": "hi" }))
        .await;
    assert_eq!(refused.status, 400);
    assert!(refused.json()["message"]["to"].is_string());
}

async fn ann_of(app: &TestApp, provider: &Provider) -> Scripter {
    let api = Caller::new(app);
    let number = "+12015550123";
    let challenge = api.asks_for_code(number).await.field("challenge");
    let signup = api
        .gives_code(&challenge, &provider.code_for(number))
        .await
        .field("signup");
    let made = json!({ "signup": signup, "username": "ann" });
    let made = api.post_json("/api/phone/finish", &made).await;
    app.scripts(&Account {
        id: made.json()["user_id"].as_i64().expect("an id"),
        username: "ann".into(),
        number: number.into(),
        token: made.field("token"),
    })
}
