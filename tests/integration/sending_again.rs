//! A message that is sent again is one message, for ever.

use crate::support::{TestApp, refusal_of};
use serde_json::{Value, json};

/// A message with the sender's own id, so that it can be sent again.
fn draft(conversation: i64, body: &str, client_id: &str) -> Value {
    json!({ "conversation_id": conversation, "body": body, "client_id": client_id })
}

#[tokio::test]
async fn a_message_sent_again_is_answered_with_the_first_and_nobody_is_told_twice() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let first = kevin
        .asks("message:send", draft(conversation, "Once", "one"))
        .await;
    assert_eq!(first["duplicate"], false);

    let again = kevin
        .asks("message:send", draft(conversation, "Once", "one"))
        .await;

    assert_eq!(
        (&again["ok"], &again["duplicate"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(again["message"], first["message"]);
    let last = kevin.tells(conversation, "That was it").await;
    assert_eq!(last["seq"], 2);
    jz.hears_message("That was it").await;
    assert_eq!(jz.times_heard("message:new"), 2);
}

#[tokio::test]
async fn a_message_sent_again_is_answered_as_it_is_now_also_over_a_block_and_a_restart() {
    let mut app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut one, mut other) = (app.connects(&kevin).await, app.connects(&jz).await);
    let conversation = one.opens("jz").await;
    let resend = draft(conversation, "As it was said", "one");
    let first = one.asks("message:send", resend.clone()).await;
    let edited = one.edits(&first["message"], "As it is now").await;
    assert_eq!(edited["ok"], true, "{edited}");

    let after_edit = one.asks("message:send", resend.clone()).await;
    other
        .asks("user:block", json!({ "user_id": kevin.id }))
        .await;
    assert_eq!(
        refusal_of(&one.says(conversation, "New words").await),
        Some("blocked")
    );
    let after_block = one.asks("message:send", resend.clone()).await;
    app.restart().await;
    let after_restart = app
        .connects(&kevin)
        .await
        .asks("message:send", resend)
        .await;

    for answer in [after_edit, after_block, after_restart] {
        assert_eq!(answer["duplicate"], true, "{answer}");
        assert_eq!(answer["message"], edited["message"]);
    }
    assert_eq!(app.count("messages"), 1);
}

#[tokio::test]
async fn a_client_id_names_one_message_of_one_person_for_ever() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    app.signs_up("outsider").await;
    let elsewhere = kevin.opens("outsider").await;
    kevin
        .asks("message:send", draft(conversation, "Mine", "one"))
        .await;

    let other_body = kevin
        .asks("message:send", draft(conversation, "Other", "one"))
        .await;
    let other_place = kevin
        .asks("message:send", draft(elsewhere, "Mine", "one"))
        .await;
    let other_person = jz
        .asks("message:send", draft(conversation, "Mine", "one"))
        .await;

    assert_eq!(refusal_of(&other_body), Some("client_id_conflict"));
    assert_eq!(refusal_of(&other_place), Some("client_id_conflict"));
    assert_eq!(other_body["error"]["retryable"], false);
    assert_eq!(other_person["duplicate"], false, "{other_person}");
    assert_eq!(app.count("messages"), 2);
}

#[tokio::test]
async fn without_a_client_id_the_server_makes_one_and_a_retry_is_another_message() {
    let app = TestApp::new().await;
    let (mut kevin, _jz, conversation) = app.two_people().await;

    let (one, two) = (
        kevin.tells(conversation, "Hm").await,
        kevin.tells(conversation, "Hm").await,
    );

    assert_ne!(one["id"], two["id"]);
    assert!(one["client_id"].is_string(), "{one}");
    assert_ne!(one["client_id"], two["client_id"]);
    for wrong in ["", "with space", "ümlaut", &"x".repeat(65)] {
        let answer = kevin
            .asks("message:send", draft(conversation, "Hm", wrong))
            .await;
        assert_eq!(refusal_of(&answer), Some("invalid"), "{wrong}");
        assert_eq!(answer["error"]["field"], "client_id");
    }
    let longest = kevin
        .asks("message:send", draft(conversation, "Hm", &"x".repeat(64)))
        .await;
    assert_eq!(longest["ok"], true, "{longest}");
}
