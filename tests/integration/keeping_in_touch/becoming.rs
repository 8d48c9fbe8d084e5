//! What a match becomes when both have asked.

use super::{all_that, keeps};
use crate::support::{Person, TestApp, refusal_of};
use serde_json::json;

#[tokio::test]
async fn two_people_who_both_ask_know_each_other_with_all_that_was_said() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    kevin.finds(json!({ "as": "anonymous" })).await;
    let found = jz.finds(json!({ "as": "anonymous" })).await;
    let talk = found["match"]["conversation_id"].as_i64().expect("a talk");
    kevin.hears("match:found").await;
    kevin.tells(talk, "hello").await;
    jz.tells(talk, "hi").await;

    let first = keeps(&mut kevin, "Kevin of the wall").await;

    assert_eq!(first, json!({ "ok": true, "kept": false }));
    // The premise of silence: jz would have heard it before this.
    kevin.tells(talk, "are you there?").await;
    jz.hears_message("are you there?").await;
    let heard = all_that(&jz);
    assert!(!heard.contains("match:kept") && !heard.contains("of the wall"));
    assert!(!heard.contains("kevin"), "strangers up to now: {heard}");

    let second = keeps(&mut jz, "Jay").await;

    assert_eq!(second, json!({ "ok": true, "kept": true }));
    let kept = kevin.hears("match:kept").await["conversation"].take();
    assert_eq!(
        (&kept["kind"], &kept["id"]),
        (&json!("direct"), &json!(talk))
    );
    assert_eq!(kept["title"], "Jay");
    assert_eq!(kept["peer"]["id"], jz.id);
    let kept = jz.hears("match:kept").await["conversation"].take();
    assert_eq!(kept["title"], "Kevin of the wall");
    let history = jz.reads_history(talk).await;
    let said: Vec<_> = history
        .iter()
        .map(|m| {
            (
                m["sender"]["id"].as_i64(),
                m["sender"]["name"].as_str(),
                m["body"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            (Some(kevin.id), Some("Kevin of the wall"), Some("hello")),
            (Some(jz.id), Some("Jay"), Some("hi")),
            (
                Some(kevin.id),
                Some("Kevin of the wall"),
                Some("are you there?")
            ),
        ]
    );
    // From here on it is a talk like any other, and both are free for strangers.
    assert_eq!(kevin.tells(talk, "so we know each other").await["seq"], 4);
    assert_eq!(kevin.finds(json!({})).await["match"]["state"], "waiting");
    assert_eq!(keeps(&mut jz, "Jay").await["kept"], true, "asking again");
}

#[tokio::test]
async fn what_was_said_is_added_to_the_talk_that_two_have_already() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, known) = app.two_people().await;
    kevin.tells(known, "long ago").await;
    let talk = kevin.meets(&mut jz).await;
    jz.tells(talk, "just now").await;
    kevin.asks("match:keep", json!({})).await;

    jz.asks("match:keep", json!({})).await;

    let kept = kevin.hears("match:kept").await;
    assert_eq!(
        (&kept["conversation_id"], &kept["conversation"]["id"]),
        (&json!(talk), &json!(known))
    );
    let history = kevin.reads_history(known).await;
    let said: Vec<_> = history.iter().map(|m| m["body"].as_str()).collect();
    assert_eq!(said, [Some("long ago"), Some("just now")]);
    assert_eq!(kevin.tells(known, "and on").await["seq"], 3);
    let gone = kevin
        .asks("history", json!({ "conversation_id": talk }))
        .await;
    assert_eq!(refusal_of(&gone), Some("not_found"));
    assert_eq!(keeps(&mut jz, "me").await["kept"], true, "asking again");
    // They have met a moment ago, whatever became of it.
    assert_eq!(kevin.finds(json!({})).await["match"]["state"], "waiting");
    assert_eq!(jz.finds(json!({})).await["match"]["state"], "waiting");
}

#[tokio::test]
async fn what_is_said_in_a_second_match_is_added_to_what_became_of_the_first() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let mut known = 0;
    for (n, name) in [(1, "Jay"), (2, "Jazzy")] {
        app.runs("UPDATE match_people SET ended_at = 1");
        for _ in 0..5 {
            // Others in between, so that the two may meet again.
            let mut other = app.guest().await;
            for person in [&mut kevin, &mut jz] {
                person.meets(&mut other).await;
                person.asks("match:leave", json!({})).await;
            }
        }
        let talk = kevin.meets(&mut jz).await;
        kevin.tells(talk, &format!("talk {n}")).await;
        keeps(&mut kevin, "Kevin of the wall").await;
        keeps(&mut jz, name).await;
        let kept = kevin.hears("match:kept").await;
        assert_eq!(kept["conversation_id"], talk);
        if n == 1 {
            known = talk;
        }
        assert_eq!(kept["conversation"]["id"], known);
        assert_eq!(kept["conversation"]["title"], "Jay");
    }
    let history = jz.reads_history(known).await;
    let said: Vec<_> = history.iter().map(|m| m["body"].as_str()).collect();
    assert_eq!(said, [Some("talk 1"), Some("talk 2")]);
    assert_eq!(app.count("match_people WHERE ended_at IS NULL"), 0);
}

#[tokio::test]
async fn the_name_that_was_chosen_is_the_one_in_the_list_of_blocked_people() {
    let app = TestApp::new().await;
    let mut jz = app.program("jz").await;
    let browser = Person::signed_up(&app, "Kevin").await;
    browser.accepts_the_rules().await;
    let mut kevin = browser.connects(&app).await;
    app.runs("UPDATE users SET name = 'Jane Doe' WHERE username = 'jz'");
    kevin.meets(&mut jz).await;
    keeps(&mut kevin, "Kevin").await;
    keeps(&mut jz, "The climber").await;
    kevin.asks("user:block", json!({ "user_id": jz.id })).await;

    let settings = browser.opens("/settings").await.body;

    assert!(settings.contains("The climber") && settings.contains("jz"));
    assert!(!settings.contains("Jane Doe"));
}

#[tokio::test]
async fn a_page_of_a_talk_that_was_kept_leads_to_the_chat_also_after_other_talks() {
    let app = TestApp::new().await;
    let mut jz = app.program("jz").await;
    let browser = Person::signed_up(&app, "Kevin").await;
    browser.accepts_the_rules().await;
    let mut kevin = browser.connects(&app).await;
    let mut other = app.guest().await;
    let earlier = kevin.meets(&mut other).await;
    kevin.asks("match:leave", json!({})).await;
    let talk = kevin.meets(&mut jz).await;
    kevin.asks("match:keep", json!({})).await;
    jz.asks("match:keep", json!({})).await;
    kevin.hears("match:kept").await;

    let reloaded = browser.opens(&format!("/match?talk={talk}")).await;

    assert_eq!(reloaded.location(), format!("/chats/{talk}"));
    let ended = browser.opens(&format!("/match?talk={earlier}")).await;
    assert!(ended.body.contains(r#"data-state="ended""#));
    for other in ["/match", "/match?talk=999"] {
        let lobby = browser.opens(other).await;
        assert!(lobby.body.contains(r#"data-state="lobby""#), "{other}");
    }
    // Kept, and gone: what was said is in the chat that the two had already.
    let kept = browser.opens("/match?talk=999&kept").await;
    assert_eq!(kept.location(), "/chats");
}
