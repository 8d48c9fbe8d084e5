//! Who may ask, and what the one hears whom nobody asks back.

use super::keeps;
use crate::support::{TestApp, refusal_of};
use serde_json::json;

#[tokio::test]
async fn who_was_blocked_or_reported_asks_as_if_the_other_one_had_left() {
    let app = TestApp::new().await;
    let mut answers = Vec::new();
    for (n, end) in [(1, "match:leave"), (2, "user:block"), (3, "report")] {
        let mut kevin = app.program(&format!("kevin-{n}")).await;
        let mut jz = app.program(&format!("jz-{n}")).await;
        let talk = kevin.meets(&mut jz).await;
        let complaint = json!({ "conversation_id": talk, "reason": "spam" });
        kevin.asks(end, complaint).await;
        assert_eq!(jz.hears_why(talk).await, "left");

        answers.push(keeps(&mut jz, "Jay").await);

        let own = keeps(&mut kevin, "me").await;
        let expected = (end != "match:leave").then_some("blocked");
        assert_eq!(refusal_of(&own), expected, "{end}");
        assert_eq!(
            app.count(&format!(
                "conversations WHERE id = {talk} AND kind = 'direct'"
            )),
            i64::from(expected.is_none())
        );
    }
    assert_eq!(answers[0], json!({ "ok": true, "kept": false }));
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
}

#[tokio::test]
async fn who_blocked_a_stranger_cannot_ask_nor_can_a_third() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, talk) = app.two_strangers().await;
    keeps(&mut jz, "Jay").await;
    kevin
        .asks("user:block", json!({ "conversation_id": talk }))
        .await;

    assert_eq!(refusal_of(&keeps(&mut kevin, "me").await), Some("blocked"));
    let mut stranger = app.guest().await;
    let foreign = json!({ "conversation_id": talk });
    let refused = stranger.asks("match:keep", foreign).await;
    assert_eq!(refusal_of(&refused), Some("not_found"));
    assert_eq!(
        refusal_of(&keeps(&mut stranger, "me").await),
        Some("not_found")
    );
}

#[tokio::test]
async fn talks_can_be_kept_after_their_end() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let talk = kevin.meets(&mut jz).await;
    kevin.tells(talk, "hello").await;
    kevin.asks("match:leave", json!({})).await;
    jz.hears_why(talk).await;

    kevin.asks("match:keep", json!({})).await;
    jz.asks("match:keep", json!({ "conversation_id": talk }))
        .await;

    let kept = jz.hears("match:kept").await["conversation"].take();
    assert_eq!(
        (&kept["kind"], &kept["title"]),
        (&json!("direct"), &json!("kevin"))
    );
    assert!(kept.get("ended_at").is_none());
    assert_eq!(jz.tells(talk, "hi again").await["seq"], 2);
}
