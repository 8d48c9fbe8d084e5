//! Reading back, page by page.

use crate::support::{TestApp, numbers};
use serde_json::{Value, json};

#[tokio::test]
async fn history_comes_in_pages_from_the_end() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    kevin.says_many(conversation, 250).await;

    let mut before = Value::Null;
    let mut pages = Vec::new();
    loop {
        let question = json!({ "conversation_id": conversation, "before": before, "limit": 1000 });
        let page = jz.asks("history", question).await;
        pages.push(numbers(&page["messages"], "seq"));
        before = page["messages"][0]["seq"].clone();
        if page["more"] == false {
            break;
        }
    }

    let expected: [Vec<i64>; 3] = [
        (151..=250).collect(),
        (51..=150).collect(),
        (1..=50).collect(),
    ];
    assert_eq!(pages, expected);
    let three = json!({ "conversation_id": conversation, "before": 11, "limit": 3 });
    let three = jz.asks("history", three).await;
    assert_eq!(
        (numbers(&three["messages"], "seq"), &three["more"]),
        (vec![8, 9, 10], &json!(true))
    );
    let none = jz
        .asks(
            "history",
            json!({ "conversation_id": conversation, "before": 1 }),
        )
        .await;
    assert_eq!(
        (&none["messages"], &none["more"]),
        (&json!([]), &json!(false))
    );
    assert_eq!(jz.reads_history(conversation).await.len(), 100);
}

#[tokio::test]
async fn a_page_that_ends_at_the_first_message_says_that_there_is_no_more() {
    let app = TestApp::new().await;
    let (mut kevin, _jz, conversation) = app.two_people().await;
    kevin.says_many(conversation, 100).await;

    let page = kevin
        .asks("history", json!({ "conversation_id": conversation }))
        .await;

    assert_eq!(
        (numbers(&page["messages"], "seq").len(), &page["more"]),
        (100, &json!(false))
    );
}
