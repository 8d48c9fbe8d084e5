//! Two people of whom one has blocked the other.

use crate::support::{Setup, TestApp, refusal_of};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_block_refuses_messages_both_ways_until_it_is_taken_back() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let said = kevin.tells(conversation, "before").await;

    let blocking = json!({ "user_id": kevin.id });
    assert_eq!(
        jz.asks("user:block", blocking.clone()).await,
        json!({ "ok": true })
    );
    assert_eq!(
        jz.asks("user:block", blocking.clone()).await,
        json!({ "ok": true })
    );

    for one in [&mut kevin, &mut jz] {
        assert_eq!(
            refusal_of(&one.says(conversation, "during").await),
            Some("blocked")
        );
    }
    assert_eq!(
        refusal_of(&kevin.edits(&said, "during").await),
        Some("blocked")
    );
    let by_id = json!({ "to": kevin.id, "body": "during" });
    assert_eq!(
        refusal_of(&jz.asks("message:send", by_id).await),
        Some("blocked")
    );
    assert_eq!(
        &kevin.reads_history(conversation).await,
        std::slice::from_ref(&said)
    );

    assert_eq!(
        jz.asks("user:unblock", blocking.clone()).await,
        json!({ "ok": true })
    );
    assert_eq!(
        jz.asks("user:unblock", blocking).await,
        json!({ "ok": true })
    );
    let after = kevin.tells(conversation, "after").await;
    assert_eq!(jz.reads_history(conversation).await, [said, after]);
}

#[tokio::test]
async fn only_who_blocked_can_take_it_back() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.tells(conversation, "before").await;
    jz.asks("user:block", json!({ "user_id": kevin.id })).await;
    kevin.asks("user:block", json!({ "user_id": jz.id })).await;

    kevin
        .asks("user:unblock", json!({ "user_id": jz.id }))
        .await;
    assert_eq!(
        refusal_of(&kevin.says(conversation, "now?").await),
        Some("blocked")
    );

    jz.asks("user:unblock", json!({ "user_id": kevin.id }))
        .await;
    assert_eq!(kevin.says(conversation, "now").await["ok"], true);
}

#[tokio::test]
async fn whoever_is_blocked_is_not_told_and_neither_sees_whether_the_other_is_here() {
    let app = Setup::relaxed().grace(Duration::ZERO).start().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut one, mut other) = (app.connects(&kevin).await, app.connects(&jz).await);
    let conversation = one.opens("jz").await;
    one.tells(conversation, "before").await;
    assert_eq!(peer(&mut one).await["online"], true);
    assert_eq!(one.times_heard("presence"), 0);

    other
        .asks("user:block", json!({ "user_id": kevin.id }))
        .await;
    other.leaves().await;
    let mut other = app.connects(&jz).await;

    let (seen_by_one, seen_by_other) = (peer(&mut one).await, peer(&mut other).await);
    for peer in [&seen_by_one, &seen_by_other] {
        assert_eq!(peer["online"], false, "{peer}");
        assert!(peer.get("last_seen").is_none(), "{peer}");
    }
    assert_eq!(
        (&seen_by_one["blocked"], &seen_by_other["blocked"]),
        (&json!(false), &json!(true))
    );

    other
        .asks("user:unblock", json!({ "user_id": kevin.id }))
        .await;
    other.tells(conversation, "after").await;
    one.hears_message("after").await;
    assert_eq!(one.times_heard("presence"), 0, "{:?}", one.heard());
    assert_eq!(peer(&mut one).await["online"], true);
    other.leaves().await;
    assert_eq!(one.hears("presence").await["online"], false);
}

#[tokio::test]
async fn only_somebody_one_has_met_can_be_blocked() {
    let app = TestApp::new().await;
    let (mut kevin, stranger) = (app.program("kevin").await, app.signs_up("stranger").await);

    let unmet = kevin
        .asks("user:block", json!({ "user_id": stranger.id }))
        .await;
    let missing = kevin
        .asks("user:block", json!({ "user_id": 999_999 }))
        .await;
    let oneself = kevin
        .asks("user:block", json!({ "user_id": kevin.id }))
        .await;

    assert_eq!(refusal_of(&unmet), Some("not_found"));
    assert_eq!(unmet, missing);
    assert!(refusal_of(&oneself).is_some(), "{oneself}");
    assert_eq!(app.count("blocks"), 0);
}

/// The other one of the only conversation.
async fn peer(program: &mut crate::support::Program) -> serde_json::Value {
    let mut answer = program.asks("conversation:list", json!({})).await;
    answer["conversations"][0]["peer"].take()
}
