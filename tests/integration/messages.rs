//! Saying something: to whom it goes, in which order, and what can be said.

use crate::support::{Person, TestApp, refusal_of};
use serde_json::{Value, json};

/// A message with the sender's own id, so that it can be sent again.
fn draft(conversation: i64, body: &str, client_id: &str) -> Value {
    json!({ "conversation_id": conversation, "body": body, "client_id": client_id })
}

#[tokio::test]
async fn a_message_reaches_every_socket_of_both_and_is_the_same_for_all() {
    let app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut laptop, mut phone) = (app.connects(&kevin).await, app.connects(&kevin).await);
    let (mut work, mut home) = (app.connects(&jz).await, app.connects(&jz).await);
    let conversation = laptop.opens("jz").await;

    let answer = laptop
        .asks("message:send", draft(conversation, "Hello, JZ!", "one"))
        .await;

    assert_eq!(
        (&answer["ok"], &answer["duplicate"]),
        (&json!(true), &json!(false))
    );
    let message = &answer["message"];
    assert_eq!(message["conversation_id"], conversation);
    assert_eq!((&message["seq"], &message["rev"]), (&json!(1), &json!(1)));
    assert_eq!(
        message["sender"],
        json!({ "id": kevin.id, "username": "kevin", "name": "kevin" })
    );
    assert_eq!(
        (&message["body"], &message["client_id"]),
        (&json!("Hello, JZ!"), &json!("one"))
    );
    let sent_at = message["sent_at"].as_str().expect("a time");
    assert!(sent_at.len() == 24 && sent_at.ends_with('Z'), "{sent_at}");
    assert!(message.get("edited_at").is_none() && message.get("deleted").is_none());
    for socket in [&mut laptop, &mut phone, &mut work, &mut home] {
        assert_eq!(&socket.hears_message("Hello, JZ!").await, message);
    }
}

#[tokio::test]
async fn three_hundred_messages_sent_without_waiting_keep_their_order() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;

    let mut asked = Vec::new();
    for n in 0..300 {
        let payload = draft(conversation, &format!("line {n}"), &format!("c{n}"));
        asked.push(kevin.emits("message:send", &payload.to_string()).await);
    }

    for (n, id) in asked.into_iter().enumerate() {
        let answer = kevin.answer(id).await;
        assert_eq!(answer["message"]["seq"], n + 1, "{answer}");
        assert_eq!(answer["message"]["body"], format!("line {n}"));
    }
    for n in 0..300 {
        let message = jz.hears("message:new").await["message"].take();
        assert_eq!(
            (&message["seq"], &message["body"]),
            (&json!(n + 1), &json!(format!("line {n}")))
        );
    }
}

#[tokio::test]
async fn what_is_said_changed_and_said_again_in_one_breath_is_counted_once_and_in_order() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let first = draft(conversation, "first", "first");
    let id = kevin.asks("message:send", first.clone()).await["message"]["id"].take();

    let edit = json!({ "message_id": id, "body": "First" });
    let (mut of_kevin, mut of_jz) = (Vec::new(), Vec::new());
    for n in 0..40 {
        let said = draft(conversation, &format!("line {n}"), &format!("c{n}"));
        of_kevin.push(kevin.emits("message:send", &said.to_string()).await);
        of_kevin.push(kevin.emits("message:send", &first.to_string()).await);
        let answered = draft(conversation, &format!("answer {n}"), &format!("c{n}"));
        of_jz.push(jz.emits("message:send", &answered.to_string()).await);
        if n == 20 {
            of_kevin.push(kevin.emits("message:edit", &edit.to_string()).await);
        }
    }
    for id in of_kevin {
        assert_eq!(kevin.answer(id).await["ok"], true);
    }
    for id in of_jz {
        assert_eq!(jz.answer(id).await["ok"], true);
    }

    // 81 messages and a change, each with a number of its own.
    let list = jz.asks("conversation:list", Value::Null).await;
    assert_eq!(list["conversations"][0]["counter"], 82);
    let cursors = json!({ "cursors": { conversation.to_string(): 0 } });
    let synced = jz.asks("sync", cursors).await;
    let messages = synced["messages"].as_array().expect("messages");
    let numbers = |field| messages.iter().map(move |message| message[field].as_i64());
    assert!(numbers("rev").eq((2..=82).map(Some)), "{messages:?}");
    let changed = messages.iter().position(|message| message["seq"] == 1);
    let kept = numbers("seq")
        .zip(numbers("rev"))
        .filter(|(seq, rev)| seq == rev);
    assert_eq!((changed.is_some(), kept.count()), (true, 80));
}

#[tokio::test]
async fn writing_to_a_contact_makes_the_conversation() {
    let app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut one, mut other) = (app.connects(&kevin).await, app.connects(&jz).await);
    let to_jz = json!({ "to": jz.id, "body": "Hello", "client_id": "one" });
    assert_eq!(
        refusal_of(&one.asks("message:send", to_jz.clone()).await),
        Some("not_found")
    );
    Person::signed_in(&app, &kevin.number)
        .await
        .adds_contact("jz", "JZ from work")
        .await;

    let answer = one.asks("message:send", to_jz.clone()).await;
    let again = one.asks("message:send", to_jz).await;

    assert_eq!(answer["duplicate"], false, "{answer}");
    assert_eq!(
        (&again["duplicate"], &again["message"]),
        (&json!(true), &answer["message"])
    );
    assert_eq!(
        one.hears("conversation:new").await["conversation"]["title"],
        "JZ from work"
    );
    let conversation = answer["message"]["conversation_id"]
        .as_i64()
        .expect("an id");
    assert_eq!(other.hears_message("Hello").await, answer["message"]);
    let back = other
        .asks("message:send", json!({ "to": kevin.id, "body": "Hi" }))
        .await;
    assert_eq!(back["message"]["conversation_id"], conversation, "{back}");
}

#[tokio::test]
async fn a_message_says_where_it_goes_exactly_once() {
    let app = TestApp::new().await;
    let (mut kevin, jz, conversation) = app.two_people().await;

    let nowhere = kevin.asks("message:send", json!({ "body": "Hello" })).await;
    let both = json!({ "conversation_id": conversation, "to": jz.id, "body": "Hello" });
    let both = kevin.asks("message:send", both).await;

    assert_eq!(refusal_of(&nowhere), Some("invalid"));
    assert_eq!(refusal_of(&both), Some("invalid"));
    assert_eq!(app.count("messages"), 0);
}

#[tokio::test]
async fn a_body_that_breaks_the_rules_is_refused_and_the_longest_is_kept_whole() {
    let app = TestApp::new().await;
    let (mut kevin, _jz, conversation) = app.two_people().await;
    let kept = kevin.tells(conversation, "kept").await;

    let wrong = [
        ("", "invalid"),
        (" \t ", "invalid"),
        ("\r\n\n", "invalid"),
        ("a\0b", "invalid"),
        (&"x".repeat(4097), "too_large"),
    ];
    for (body, code) in wrong {
        assert_eq!(
            refusal_of(&kevin.says(conversation, body).await),
            Some(code),
            "{body:?}"
        );
        assert_eq!(
            refusal_of(&kevin.edits(&kept, body).await),
            Some(code),
            "{body:?}"
        );
    }

    // Four bytes a character: the limit of bytes is as far away.
    let longest = "😀".repeat(4096);
    assert_eq!(kevin.tells(conversation, &longest).await["body"], longest);
    assert_eq!(
        kevin.tells(conversation, "\n two \n\nlines \r\n").await["body"],
        " two \n\nlines "
    );
    let markup = "<script>alert('&amp;')</script>";
    assert_eq!(kevin.tells(conversation, markup).await["body"], markup);
    assert_eq!(app.count("messages"), 4);
}

#[tokio::test]
async fn a_conversation_appears_to_the_other_with_its_first_message_and_not_before() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    assert_eq!(
        kevin.hears("conversation:new").await["conversation"]["id"],
        conversation
    );
    let empty = jz.asks("conversation:list", json!({})).await;
    assert_eq!(empty["conversations"], json!([]));

    let message = kevin.tells(conversation, "Hello").await;

    let new = jz.hears("conversation:new").await["conversation"].take();
    assert_eq!(
        (&new["id"], &new["unread"]),
        (&json!(conversation), &json!(1))
    );
    assert_eq!((&new["counter"], &new["last_seq"]), (&json!(1), &json!(1)));
    assert_eq!(new["last_message"], message);
    jz.hears_message("Hello").await;
    let heard = jz.events();
    let place = |event| heard.iter().position(|name| *name == event).expect("heard");
    assert!(
        place("conversation:new") < place("message:new"),
        "{heard:?}"
    );
}

#[tokio::test]
async fn ready_is_the_first_event_whatever_else_goes_on() {
    let app = TestApp::new().await;
    let jz = app.signs_up("jz").await;
    let mut kevin = app.program("kevin").await;
    let conversation = kevin.opens("jz").await;
    kevin.tells(conversation, "before").await;

    // Kevin goes on talking while JZ comes in.
    for n in 0..50 {
        kevin
            .emits(
                "message:send",
                &draft(conversation, "during", &format!("c{n}")).to_string(),
            )
            .await;
    }
    let mut other = app.connects(&jz).await;
    kevin.tells(conversation, "after").await;

    other.hears_message("after").await;
    assert_eq!(other.events().first(), Some(&"ready"));
    assert_eq!(other.times_heard("ready"), 1);
    let ready = other.ready();
    assert_eq!(
        ready["user"],
        json!({ "id": jz.id, "username": "jz", "name": "jz", "kind": "person" })
    );
    assert_eq!(ready["conversations"][0]["id"], conversation);
    assert_eq!(ready["limits"]["message_chars"], 4096);
    assert_eq!(ready["match"], Value::Null);
    assert!(
        ready["epoch"].is_string() && ready["server"]["time"].is_string(),
        "{ready}"
    );
}
