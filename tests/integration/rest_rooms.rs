//! Rooms by program: who wants to talk in them connects, but they are made, listed and deleted here too.

use crate::support::{Answer, TestApp};
use serde_json::{Value, json};

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

fn refusal(status: u16, words: &str) -> (u16, Value) {
    (status, json!({ "message": words }))
}

#[tokio::test]
async fn a_room_is_made_listed_and_deleted_and_those_in_it_see_it() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let mut page = app.connects(&dima.account).await;
    let made = ann
        .posts(
            "/api/rooms",
            json!({ "name": "climbing", "topic": "Walls and rocks" }),
        )
        .await;
    let done = |message: &str| json!({ "user_id": ann.id, "name": "climbing", "message": message });
    assert_eq!(told(&made), (201, done("Room was successfully created")));
    let id = page.joins("climbing").await["conversation"]["id"].clone();
    let rooms = dima.lists("/api/rooms").await;
    assert_eq!(
        rooms[0],
        json!({
            "conversation_id": id, "name": "climbing", "topic": "Walls and rocks", "created_by": "ann",
            "members": 2, "online": 1, "joined": true,
        })
    );
    assert_eq!(
        (
            &rooms[1]["name"],
            &rooms[1]["created_by"],
            &rooms[1]["joined"]
        ),
        (&json!("general"), &Value::Null, &json!(false))
    );

    let deleted = ann.deletes("/api/rooms/climbing").await;
    assert_eq!(told(&deleted), (200, done("Room was successfully deleted")));
    assert_eq!(
        page.hears("conversation:removed").await["conversation_id"],
        id
    );
    assert_eq!(dima.lists_each("/api/rooms", "name").await, ["general"]);
}

#[tokio::test]
async fn a_name_that_breaks_the_rule_or_is_taken_is_refused() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    let missing =
        "Missing required parameter in the JSON body or the post body or the query string";
    let none = ann.posts("/api/rooms", json!({ "topic": "x" })).await;
    assert_eq!(
        told(&none),
        (400, json!({ "message": { "name": missing } }))
    );
    let long = "x".repeat(51);
    for name in ["", "1st", "a--b", "a b", "-a", "кімната", "../x", &long] {
        let answer = ann.posts("/api/rooms", json!({ "name": name })).await;
        assert_eq!(answer.status, 400, "{name}");
        assert!(answer.json()["message"]["name"].is_string(), "{name}");
    }
    let topic = json!({ "name": "fine", "topic": "x".repeat(201) });
    let answer = ann.posts("/api/rooms", topic).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["message"]["topic"].is_string());
    let taken = ann.posts("/api/rooms", json!({ "name": "General" })).await;
    assert_eq!(told(&taken), refusal(400, "Room 'General' already exists"));
    assert_eq!(ann.lists_each("/api/rooms", "name").await, ["general"]);
}

#[tokio::test]
async fn only_who_made_a_room_or_an_administrator_deletes_it_and_nobody_general() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    for name in ["first", "second"] {
        ann.posts("/api/rooms", json!({ "name": name })).await;
    }
    assert_eq!(dima.deletes("/api/rooms/first").await.status, 403);
    app.runs(&format!(
        "UPDATE users SET is_admin = TRUE WHERE id = {}",
        dima.id
    ));
    assert_eq!(dima.deletes("/api/rooms/FIRST/").await.status, 200);
    assert_eq!(dima.deletes("/api/rooms/general").await.status, 403);
    let names = ann.lists_each("/api/rooms", "name").await;
    assert_eq!(names, ["general", "second"]);
}

#[tokio::test]
async fn a_room_that_is_not_there_is_said_whatever_it_is_called() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    for (address, name) in [
        ("nowhere", "nowhere"),
        ("1", "1"),
        ("a%20b", "a b"),
        ("%D1%8F", "я"),
        ("%27%3B--", "';--"),
        ("a%00b", "a\0b"),
    ] {
        let answer = ann.deletes(&format!("/api/rooms/{address}")).await;
        let words = format!("Room '{name}' does not exist");
        assert_eq!(told(&answer), refusal(404, &words), "{address}");
    }
    let unreadable = ann.deletes("/api/rooms/%FF").await;
    assert_eq!(told(&unreadable), refusal(404, "Not found"));
}
