//! Nobody takes what belongs to all: memory, connections, the writer.

use crate::lists::opens_contact;
use crate::support::{Person, Setup, TestApp};
use serde_json::{Value, json};

/// The longest body there is, in bytes: 4,096 characters of four.
fn long_body() -> String {
    "🎈".repeat(4_096)
}

fn bytes_of(messages: &Value) -> usize {
    let messages = messages.as_array().expect("a list");
    messages
        .iter()
        .map(|message| message["body"].as_str().expect("a body").len())
        .sum()
}

#[tokio::test]
async fn long_messages_come_in_shorter_answers_and_all_of_them() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    for _ in 0..40 {
        kevin.tells(conversation, &long_body()).await;
    }

    let page = json!({ "conversation_id": conversation });
    let page = jz.asks("history", page).await;
    assert_eq!(page["more"], true, "40 of 16 KiB are more than one answer");
    assert!(bytes_of(&page["messages"]) <= 256 * 1024);

    let mut seen = 0;
    let mut cursor = 0;
    loop {
        let cursors = json!({ "cursors": { conversation.to_string(): cursor } });
        let missed = jz.asks("sync", cursors).await;
        assert!(bytes_of(&missed["messages"]) <= 256 * 1024);
        let messages = missed["messages"].as_array().expect("a list");
        seen += messages.len();
        cursor = messages
            .last()
            .map_or(cursor, |last| last["rev"].as_i64().expect("a rev"));
        if missed["more"] == false {
            break;
        }
        assert!(!messages.is_empty(), "each answer gets further");
    }
    assert_eq!(seen, 40);
}

#[tokio::test]
async fn who_leaves_the_namespace_leaves_the_server() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.tells(conversation, "I am off").await;
    kevin.sends("41").await;
    kevin.is_ended().await;
    jz.tells(conversation, "still here").await;
}

#[tokio::test]
async fn forms_have_the_same_limits_as_sockets() {
    let app = Setup::strict().start().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let _jz = Person::signed_up(&app, "JZ").await;
    kevin.adds_contact("jz", "Jay").await;
    let path = format!("{}/messages", opens_contact(&kevin).await);

    let mut statuses = Vec::new();
    for n in 0..80 {
        let client_id = format!("form-{n}");
        let fields = [("body", "again"), ("client_id", client_id.as_str())];
        statuses.push(kevin.submits(&path, &fields).await.status);
    }
    let sent = statuses.iter().filter(|status| **status == 303).count();
    assert!(
        statuses[..30].iter().all(|status| *status == 303),
        "the first thirty"
    );
    assert!(statuses.contains(&429), "and not all eighty: {statuses:?}");
    assert_eq!(app.count("messages"), i64::try_from(sent).expect("few"));
}

#[tokio::test]
async fn reading_is_not_told_across_a_block() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let said = kevin.tells(conversation, "read this").await;
    jz.asks("user:block", json!({ "user_id": kevin.id })).await;
    let seq = said["seq"].as_i64().expect("a place");
    assert_eq!(jz.marks("read", conversation, seq).await["read_seq"], seq);

    let listed = kevin.asks("conversation:list", json!({})).await;
    let peer = &listed["conversations"][0]["peer"];
    assert_eq!(peer["id"], jz.id, "it is listed: {listed}");
    assert_eq!(
        (&peer["read_seq"], &peer["delivered_seq"]),
        (&json!(0), &json!(0))
    );
}
