//! Rooms by program: made, listed, deleted, and talked in without a connection.

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

#[tokio::test]
async fn one_comes_into_a_room_talks_there_reads_and_goes() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let mut page = app.connects(&dima.account).await;
    page.joins("general").await;

    let came = ann.puts("/api/rooms/General/membership", json!({})).await;
    let done = |message: &str| json!({ "user_id": ann.id, "name": "General", "message": message });
    assert_eq!(told(&came), (200, done("You are in the room")));
    let said = ann
        .posts("/api/rooms/general/messages", json!({ "text": "Hello" }))
        .await;
    assert_eq!(said.status, 201, "{said:?}");
    let id = said.json()["message_id"].clone();
    let heard = page.hears("message:new").await;
    assert_eq!(
        (&heard["message"]["id"], &heard["message"]["body"]),
        (&id, &json!("Hello"))
    );

    let changed = format!("/api/messages/{id}");
    let answer = ann.puts(&changed, json!({ "text": "Hello!" })).await;
    let words = format!("Message {id} was successfully updated");
    assert_eq!(
        told(&answer),
        (
            200,
            json!({ "user_id": ann.id, "message_id": id, "message": words })
        )
    );
    assert_eq!(
        page.hears("message:edited").await["message"]["body"],
        "Hello!"
    );
    let listed = dima.lists("/api/rooms/general/messages").await;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (
            &listed[0]["text"],
            &listed[0]["sender"],
            &listed[0]["sender_id"]
        ),
        (&json!("Hello!"), &json!("ann"), &json!(ann.id))
    );

    assert_eq!(ann.deletes(&changed).await.status, 200);
    assert_eq!(page.hears("message:deleted").await["message"]["id"], id);
    assert!(dima.lists("/api/rooms/general/messages").await.is_empty());
    let left = ann.deletes("/api/rooms/general/membership").await;
    assert_eq!(left.json()["message"], "You left the room");
    let refused = refusal(403, "You are not in the room 'general'");
    assert_eq!(
        told(&ann.gets("/api/rooms/general/messages").await),
        refused
    );
    let said = json!({ "text": "Still here" });
    let answer = ann.posts("/api/rooms/general/messages", said).await;
    assert_eq!(told(&answer), refused);
    assert_eq!(
        told(&ann.deletes("/api/rooms/general/membership").await),
        refused
    );
}

#[tokio::test]
async fn what_was_said_in_a_room_is_read_page_by_page() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    ann.posts("/api/rooms", json!({ "name": "pages" })).await;
    for n in 1..=5 {
        let text = json!({ "text": format!("line {n}") });
        let said = ann.posts("/api/rooms/pages/messages", text).await;
        assert_eq!(said.status, 201, "{said:?}");
    }
    let (mut texts, mut path) = (Vec::new(), "/api/rooms/pages/messages?limit=2".to_owned());
    loop {
        let page = ann.gets(&path).await.json();
        let lines: Vec<_> = page["data"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|line| line["text"].as_str().expect("a text").to_owned())
            .collect();
        texts.splice(0..0, lines);
        match page["before_seq"].as_i64() {
            Some(seq) => path = format!("/api/rooms/pages/messages?limit=2&before_seq={seq}"),
            None => break,
        }
    }
    assert_eq!(texts, ["line 1", "line 2", "line 3", "line 4", "line 5"]);
    for odd in [
        "limit=0",
        "limit=-1",
        "limit=x",
        "before_seq=-9",
        "before_seq=%FF",
        "limit=1&limit=2",
    ] {
        let answer = ann.gets(&format!("/api/rooms/pages/messages?{odd}")).await;
        assert_eq!(answer.status, 200, "{odd}");
    }
}

#[tokio::test]
async fn what_is_said_again_with_its_key_is_there_once() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await.with("idempotency-key", "once");
    ann.posts("/api/rooms", json!({ "name": "keys" })).await;
    let path = "/api/rooms/keys/messages";
    let first = ann.posts(path, json!({ "text": "Hello" })).await;
    let again = ann.posts(path, json!({ "text": "Hello" })).await;
    assert_eq!((first.status, told(&first)), (201, told(&again)));
    assert_eq!(ann.lists(path).await.len(), 1);
    let other = ann.posts(path, json!({ "text": "Something else" })).await;
    assert_eq!(other.status, 409);
}
