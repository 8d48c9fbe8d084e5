//! Messages by program, and what others see of them meanwhile.

use crate::support::{Answer, Setup, TestApp};
use serde_json::{Value, json};

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

const MISSING: &str =
    "Missing required parameter in the JSON body or the post body or the query string";
const EMPTY: &str = "Message text length cannot be equal to zero";

#[tokio::test]
async fn s4_28_one_text_or_several_are_sent_and_answered_accordingly() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let path = format!("/api/chats/{chat}/messages");
    let several = "Your messages were successfully sent";
    let one = "Your message was successfully sent";
    for (texts, text) in [
        (json!(["Hello", "How are you?"]), several),
        (json!(["The third one?"]), one),
        (json!("A single string"), one),
        (json!([4, true]), several),
    ] {
        let answer = ann.posts(&path, json!({ "texts": texts })).await;
        let expected = json!({ "user_id": ann.id, "chat_id": chat, "message": text });
        assert_eq!(told(&answer), (201, expected), "{texts}");
    }
    assert_eq!(
        dima.lists_each(&path, "text").await,
        [
            "Hello",
            "How are you?",
            "The third one?",
            "A single string",
            "4",
            "true"
        ]
    );
}

#[tokio::test]
async fn s4_28_texts_come_in_a_form_or_in_the_query_as_well() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let path = format!("/api/chats/{chat}/messages");
    let form = "application/x-www-form-urlencoded";
    let by_form = ann
        .sends(&path, form, "texts=one&texts=two+%F0%9F%8E%88")
        .await;
    assert_eq!(by_form.status, 201);
    let parts = "--x\r\nContent-Disposition: form-data; name=\"texts\"\r\n\r\nthree\r\n--x--\r\n";
    let by_parts = ann
        .sends(&path, "multipart/form-data; boundary=x", parts)
        .await;
    assert_eq!(by_parts.status, 201);
    let by_query = ann.sends(&format!("{path}?texts=four"), form, "").await;
    assert_eq!(
        by_query.json()["message"],
        "Your message was successfully sent"
    );
    let texts = dima.lists_each(&path, "text").await;
    assert_eq!(texts, ["one", "two 🎈", "three", "four"]);
    let empty = ann.sends(&path, form, "texts=fine&texts=").await;
    let about = json!({ "message": { "texts": EMPTY } });
    assert_eq!(told(&empty), (400, about));
    assert_eq!(app.count("messages"), 4);
}

#[tokio::test]
async fn s4_28_of_several_texts_all_are_stored_or_none() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let path = format!("/api/chats/{chat}/messages");
    let about = |text: &str| json!({ "message": { "texts": text } });
    for (body, refusal) in [
        (json!({}), about(MISSING)),
        (json!({ "texts": null }), about(MISSING)),
        (json!({ "texts": [] }), about(MISSING)),
        (
            json!({ "texts": ["fine", null] }),
            about("This must be text"),
        ),
        (json!({ "texts": ["fine", ""] }), about(EMPTY)),
        (json!({ "texts": "" }), about(EMPTY)),
        (json!({ "texts": [" \n "] }), about(EMPTY)),
        (
            json!({ "texts": ["a\0b"] }),
            about("The message holds a character that cannot be stored."),
        ),
        (
            json!({ "texts": vec!["x"; 101] }),
            about("At most 100 messages can be sent at once."),
        ),
    ] {
        let answer = ann.posts(&path, body.clone()).await;
        assert_eq!(told(&answer), (400, refusal), "{body}");
    }
    let long = ann
        .posts(&path, json!({ "texts": ["fine", "x".repeat(4_097)] }))
        .await;
    assert_eq!(
        told(&long),
        (
            413,
            json!({ "message": "A message has at most 4096 characters." })
        )
    );
    assert_eq!(app.count("messages"), 0);
    ann.says(chat, &["x".repeat(4_096).as_str(), "🎈"]).await;
    assert_eq!(app.count("messages"), 2);
}

#[tokio::test]
async fn s4_29_messages_are_listed_found_changed_and_deleted() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = dima.begins_chat(&ann).await;
    let first = dima.says(chat, &["Hello"]).await;
    let second = ann.says(chat, &["Hi"]).await;
    app.runs("UPDATE messages SET sent_at = 1621518440123");
    let list = format!("/api/chats/{chat}/messages");
    let shown = |id: i64, text: &str, from: i64, to: i64| {
        json!({
            "message_id": id, "datetime_writing": "Thu, 20 May 2021 13:47:20 -0000", "text": text,
            "sender_id": from, "receiver_id": to,
        })
    };
    let (hello, hi) = (
        shown(first, "Hello", dima.id, ann.id),
        shown(second, "Hi", ann.id, dima.id),
    );
    let all = ann.gets(&list).await;
    let expected = json!({ "user_id": ann.id, "chat_id": chat, "data": [hello, hi] });
    assert_eq!(told(&all), (200, expected));
    let one = ann.gets(&format!("{list}/{first}")).await;
    let expected = json!({ "user_id": ann.id, "chat_id": chat, "data": hello });
    assert_eq!(told(&one), (200, expected));

    let changed = dima
        .puts(
            &format!("{list}/{first}"),
            json!({ "text": "I was changed" }),
        )
        .await;
    assert_eq!(
        told(&changed),
        (
            200,
            json!({
                "user_id": dima.id, "chat_id": chat, "message_id": first, "text": "I was changed",
                "message": format!("Message {first} was successfully updated"),
            })
        )
    );
    let deleted = ann.deletes(&format!("{list}/{second}")).await;
    assert_eq!(
        told(&deleted),
        (
            200,
            json!({
                "user_id": ann.id, "chat_id": chat, "message_id": second,
                "message": format!("Message {second} was successfully deleted"),
            })
        )
    );
    let left = shown(first, "I was changed", dima.id, ann.id);
    assert_eq!(
        ann.lists(&list).await,
        [left],
        "a deleted message is not listed"
    );
}

#[tokio::test]
async fn s4_29_a_text_is_looked_at_before_the_chat() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    for (body, text) in [
        (json!({}), MISSING),
        (json!({ "text": null }), MISSING),
        (json!({ "text": ["x"] }), "This must be text"),
        (json!({ "text": "" }), EMPTY),
    ] {
        let answer = ann.puts("/api/chats/999/messages/999", body.clone()).await;
        assert_eq!(
            told(&answer),
            (400, json!({ "message": { "text": text } })),
            "{body}"
        );
    }
}

#[tokio::test]
async fn s4_30_what_is_sent_changed_or_deleted_by_program_is_seen_at_once() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let mut page = app.connects(&dima.account).await;
    let chat = ann.begins_chat(&dima).await;
    let new = page.hears("conversation:new").await;
    assert_eq!(
        new["conversation"]["id"], chat,
        "a chat begun by program is there from the beginning"
    );

    let path = format!("/api/chats/{chat}/messages");
    ann.posts(&path, json!({ "texts": ["one", "two"] })).await;
    let one = page.hears_message("one").await;
    let two = page.hears_message("two").await;
    assert_eq!((&one["seq"], &two["seq"]), (&json!(1), &json!(2)));
    assert_eq!(one["conversation_id"], chat);
    assert_eq!(page.times_heard("conversation:new"), 1);

    ann.puts(&format!("{path}/{}", one["id"]), json!({ "text": "uno" }))
        .await;
    assert_eq!(page.hears("message:edited").await["message"]["body"], "uno");
    ann.deletes(&format!("{path}/{}", two["id"])).await;
    let deleted = page.hears("message:deleted").await;
    assert_eq!(
        (&deleted["message"]["id"], &deleted["message"]["body"]),
        (&two["id"], &json!(""))
    );
}

#[tokio::test]
async fn s4_30_what_is_said_on_a_page_is_listed_by_program() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let mut page = app.connects(&dima.account).await;
    let first = page.tells(chat, "from the page").await;
    let second = page.tells(chat, "and this").await;
    let path = format!("/api/chats/{chat}/messages");
    assert_eq!(
        ann.lists_each(&path, "text").await,
        ["from the page", "and this"]
    );
    page.edits(&first, "changed").await;
    page.deletes(&second).await;
    assert_eq!(ann.lists_each(&path, "text").await, ["changed"]);
}

#[tokio::test]
async fn s4_31_a_chat_need_not_be_made_before_something_is_said() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let mut page = app.connects(&ann.account).await;
    page.asks("conversation:open", json!({ "username": "dima" }))
        .await;
    let said = page
        .asks("message:send", json!({ "to": dima.id, "body": "hello" }))
        .await;
    assert_eq!(said["ok"], true, "{said}");
    let chats = dima.lists("/api/chats").await;
    assert_eq!(chats.len(), 1);
    let path = format!("/api/chats/{}/messages", chats[0]["chat_id"]);
    assert_eq!(dima.lists_each(&path, "text").await, ["hello"]);
}

#[tokio::test]
async fn a_request_with_the_same_key_is_done_once() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let path = format!("/api/chats/{chat}/messages");
    let ann = ann.with("Idempotency-Key", "once-1");
    let texts = json!({ "texts": ["one", "two"] });
    let first = ann.posts(&path, texts.clone()).await;
    let again = ann.posts(&path, texts.clone()).await;
    assert_eq!((first.status, told(&again)), (201, told(&first)));
    assert_eq!(app.count("messages"), 2);
    // Anything else under that key is refused, and nothing of it is stored.
    for other in [
        json!(["one"]),
        json!(["one", "two", "three"]),
        json!(["one", "zwei"]),
        json!(["uno", "two"]),
    ] {
        let answer = ann.posts(&path, json!({ "texts": other })).await;
        assert_eq!(answer.status, 409, "{other}");
    }
    assert_eq!(app.count("messages"), 2);
    // The keys of two people have nothing to do with each other.
    let dima = dima.with("Idempotency-Key", "once-1");
    assert_eq!(dima.posts(&path, texts).await.status, 201);
    assert_eq!(app.count("messages"), 4);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let path = format!("/api/chats/{chat}/messages");
    let long = "x".repeat(65);
    for key in ["", "a:2", "a b", long.as_str()] {
        let caller = app.scripts(&ann.account).with("Idempotency-Key", key);
        let answer = caller.posts(&path, json!({ "texts": ["x"] })).await;
        assert_eq!(answer.status, 400, "{key}");
    }
    assert_eq!(app.count("messages"), 0);
}

#[tokio::test]
async fn across_a_block_nothing_is_said_or_changed_but_can_be_taken_back() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let message = ann.says(chat, &["before"]).await;
    app.runs(&format!(
        "INSERT INTO blocks VALUES ({}, {}, 0)",
        dima.id, ann.id
    ));
    let path = format!("/api/chats/{chat}/messages");
    let refusal = (403, json!({ "message": "You cannot write to each other." }));
    let sent = ann.posts(&path, json!({ "texts": ["x", "y"] })).await;
    assert_eq!(told(&sent), refusal);
    let changed = ann
        .puts(&format!("{path}/{message}"), json!({ "text": "x" }))
        .await;
    assert_eq!(told(&changed), refusal);
    assert_eq!(
        ann.lists(&path).await.len(),
        1,
        "what was said can still be read"
    );
    assert_eq!(ann.deletes(&format!("{path}/{message}")).await.status, 200);
}

#[tokio::test]
async fn somebody_suspended_does_nothing() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    app.runs(&format!(
        "UPDATE users SET suspended_until = 9999999999999 WHERE id = {}",
        ann.id
    ));
    let path = format!("/api/chats/{chat}/messages");
    let words = "This account is suspended until further notice. To appeal, write to whoever runs this server.";
    let refusal = (403, json!({ "message": words }));
    assert_eq!(
        told(&ann.posts(&path, json!({ "texts": ["x"] })).await),
        refusal
    );
    assert_eq!(told(&ann.gets(&path).await), refusal);
}

#[tokio::test]
async fn who_sends_too_fast_is_told_when_to_come_back() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_MESSAGES_BURST", 5)
        .start()
        .await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    let path = format!("/api/chats/{chat}/messages");
    let many = ann.posts(&path, json!({ "texts": vec!["x"; 6] })).await;
    let text = "At most 5 messages can be sent at once.";
    assert_eq!(told(&many), (400, json!({ "message": { "texts": text } })));
    assert_eq!(
        ann.posts(&path, json!({ "texts": vec!["x"; 5] }))
            .await
            .status,
        201
    );
    let more = ann.posts(&path, json!({ "texts": vec!["x"; 5] })).await;
    assert_eq!(more.status, 429);
    assert!(!more.header("retry-after").is_empty());
    assert_eq!(app.count("messages"), 5);
}
