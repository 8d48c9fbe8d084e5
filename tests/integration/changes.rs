//! Editing a message, and taking it back.

use crate::support::{TestApp, refusal_of};
use serde_json::json;

#[tokio::test]
async fn both_see_the_message_that_its_author_edited() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let message = kevin.tells(conversation, "Helo").await;

    let answer = kevin.edits(&message, "Hello").await;

    let edited = &answer["message"];
    assert_eq!(
        (&edited["id"], &edited["seq"]),
        (&message["id"], &message["seq"])
    );
    assert_eq!(
        (&edited["body"], &edited["rev"]),
        (&json!("Hello"), &json!(2))
    );
    assert!(edited["edited_at"].is_string(), "{edited}");
    for person in [&mut kevin, &mut jz] {
        assert_eq!(&person.hears("message:edited").await["message"], edited);
    }
    assert_eq!(
        &jz.reads_history(conversation).await,
        std::slice::from_ref(edited)
    );
}

#[tokio::test]
async fn a_deleted_message_leaves_its_place_and_no_words() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let message = kevin.tells(conversation, "a word to regret").await;
    assert_eq!(app.count("messages WHERE body LIKE '%regret%'"), 1);

    let deleted = kevin.deletes(&message).await;
    let again = kevin.deletes(&message).await;
    let changed = kevin.edits(&message, "never mind").await;

    let tombstone = &deleted["message"];
    assert_eq!(
        (&tombstone["id"], &tombstone["seq"]),
        (&message["id"], &message["seq"])
    );
    assert_eq!(
        (&tombstone["rev"], &tombstone["deleted"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(tombstone["body"], "");
    assert_eq!(again, deleted);
    assert_eq!(refusal_of(&changed), Some("forbidden"));
    for person in [&mut kevin, &mut jz] {
        assert_eq!(&person.hears("message:deleted").await["message"], tombstone);
    }
    assert_eq!(
        &jz.reads_history(conversation).await,
        std::slice::from_ref(tombstone)
    );
    assert_eq!(app.count("messages WHERE body LIKE '%regret%'"), 0);
    assert_eq!(kevin.tells(conversation, "next").await["seq"], 3);
    jz.hears_message("next").await;
    assert_eq!(jz.times_heard("message:deleted"), 1);
}

#[tokio::test]
async fn only_its_author_changes_a_message() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let message = kevin.tells(conversation, "Mine").await;

    let (edited, deleted) = (
        jz.edits(&message, "Yours").await,
        jz.deletes(&message).await,
    );

    assert_eq!(refusal_of(&edited), Some("forbidden"));
    assert_eq!(refusal_of(&deleted), Some("forbidden"));
    assert_eq!(kevin.reads_history(conversation).await, [message]);
}
