//! Who can be found by program, and who does not want to be.

use crate::support::{Caller, TestApp};
use serde_json::json;

#[tokio::test]
async fn s4_24_the_list_shows_who_can_be_found_and_names_who_asked() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    app.runs("UPDATE users SET created_at = 1621511537999, name = 'Ann B' WHERE username = 'ann'");
    app.signs_up("hidden").await;
    app.makes_guest().await;

    let answer = dima.gets("/api/users").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "application/json");
    let mut list = answer.json();
    assert_eq!(list["user_id"], dima.id);
    assert_eq!(
        list["data"][0].take(),
        json!({
            "user_id": ann.id, "username": "ann", "name": "Ann B",
            "date_joined": "Thu, 20 May 2021 11:52:17 -0000",
        })
    );
    let names = dima.lists_each("/api/users", "username").await;
    assert_eq!(
        names,
        ["ann", "dima"],
        "neither guests nor who did not ask for it"
    );
}

#[tokio::test]
async fn s4_24_one_user_is_found_by_id_and_nobody_else_exists() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let hidden = app.signs_up("hidden").await;
    let guest = app.makes_guest().await;

    let found = ann.gets(&format!("/api/users/{}", dima.id)).await;
    assert_eq!(found.status, 200);
    assert_eq!(found.json()["user_id"], ann.id);
    assert_eq!(found.json()["data"]["username"], "dima");
    for nobody in [hidden.id, guest.id, 99, 0] {
        let answer = ann.gets(&format!("/api/users/{nobody}")).await;
        let text = format!("User {nobody} does not exist");
        assert_eq!((answer.status, answer.field("message")), (404, text));
    }
    let hidden = app.scripts(&hidden);
    let names = hidden.lists_each("/api/users", "username").await;
    assert_eq!(names, ["ann", "dima", "hidden"], "one always sees oneself");
    let myself = hidden.gets(&format!("/api/users/{}", hidden.id)).await;
    assert_eq!(myself.json()["data"]["username"], "hidden");
}

#[tokio::test]
async fn who_is_not_in_the_list_is_found_by_those_who_know_them() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let hidden = app.signs_up("hidden").await;
    let path = format!("/api/users/{}", hidden.id);
    assert_eq!(ann.gets(&path).await.status, 404);

    let contact = json!({ "username": "hidden", "name": "My friend" });
    ann.posts("/api/contacts", contact).await;
    assert_eq!(ann.gets(&path).await.json()["data"]["name"], "hidden");
    app.scripts(&hidden).begins_chat(&dima).await;
    assert_eq!(dima.gets(&path).await.status, 200);
    let of_the_list = ann.lists_each("/api/users", "username").await;
    assert_eq!(of_the_list, ["ann", "dima"], "knowing them lists nobody");
    // They are not told that they are somebody's contact.
    let by_them = app.signs_up("kevin").await;
    let kevin = app.scripts(&by_them);
    kevin
        .posts(
            "/api/contacts",
            json!({ "username": "hidden", "name": "H" }),
        )
        .await;
    let kevins = format!("/api/users/{}", by_them.id);
    assert_eq!(app.scripts(&hidden).gets(&kevins).await.status, 404);
}

#[tokio::test]
async fn nothing_of_an_account_but_its_name_is_shown() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    let one = &ann.lists("/api/users").await[0];
    let keys: Vec<_> = one.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["date_joined", "name", "user_id", "username"]);
}

#[tokio::test]
async fn s4_36_every_address_is_good_with_and_without_a_slash() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let message = ann.says(chat, &["hello"]).await;
    for path in [
        "/api/users".to_owned(),
        format!("/api/users/{}", dima.id),
        "/api/chats".into(),
        format!("/api/chats/{chat}"),
        format!("/api/chats/{chat}/messages"),
        format!("/api/chats/{chat}/messages/{message}"),
        "/api/token".into(),
        "/api/contacts".into(),
        "/api/openapi.json".into(),
    ] {
        let (plain, slashed) = (ann.gets(&path).await, ann.gets(&format!("{path}/")).await);
        assert_eq!((plain.status, slashed.status), (200, 200), "{path}");
        if !path.ends_with("token") {
            assert_eq!(plain.body, slashed.body, "{path}");
        }
    }
}

#[tokio::test]
async fn what_is_no_address_or_no_method_of_it_is_said_in_json() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    for path in [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/users/abc",
        "/api/users/-1",
        "/api/chats/1/2",
    ] {
        let answer = ann.gets(path).await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (404, r#"{"message":"Not found"}"#),
            "{path}"
        );
    }
    for path in [
        "/api/users",
        "/api/users/",
        "/api/users/1",
        "/api/chats/1",
        "/api/token",
    ] {
        let answer = ann.posts(path, json!({})).await;
        assert_eq!(answer.status, 405, "{path}");
        let text = "The method is not allowed for the requested URL.";
        assert_eq!(answer.field("message"), text, "{path}");
    }
}

#[tokio::test]
async fn nobody_gets_anything_without_a_credential() {
    let app = TestApp::new().await;
    let nobody = Caller::new(&app);
    for path in [
        "/api/users",
        "/api/users/1",
        "/api/chats",
        "/api/chats/1",
        "/api/chats/1/messages",
        "/api/contacts",
        "/api/sessions",
    ] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.header("www-authenticate").is_empty());
    }
    let guest = app.makes_guest().await;
    let guest = app.scripts(&guest);
    for path in [
        "/api/users",
        "/api/users/1",
        "/api/chats",
        "/api/chats/1",
        "/api/contacts",
    ] {
        assert_eq!(guest.gets(path).await.status, 403, "{path}");
    }
}
