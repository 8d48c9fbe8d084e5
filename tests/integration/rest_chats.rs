//! Chats by program: made, listed, deleted, and closed to everybody else.

use crate::support::{Answer, TestApp};
use serde_json::{Value, json};

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

#[tokio::test]
async fn s4_25_a_chat_is_made_listed_and_found_by_both() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let made = dima
        .posts("/api/chats", json!({ "companion_id": ann.id }))
        .await;
    let chat = made.json()["chat_id"].clone();
    assert_eq!(
        told(&made),
        (
            201,
            json!({
                "user_id": dima.id, "companion_id": ann.id, "chat_id": chat,
                "message": "Chat was successfully created",
            })
        )
    );
    // Whoever made it: the smaller id comes first.
    let shown = json!({ "chat_id": chat, "user1_id": ann.id, "user2_id": dima.id });
    for person in [&ann, &dima] {
        assert_eq!(
            person.lists("/api/chats").await,
            std::slice::from_ref(&shown)
        );
        let one = person.gets(&format!("/api/chats/{chat}")).await;
        assert_eq!(
            told(&one),
            (200, json!({ "user_id": person.id, "data": shown }))
        );
    }
}

#[tokio::test]
async fn s4_25_what_is_wrong_with_a_new_chat_is_said() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let hidden = app.signs_up("hidden").await;
    let wanted = json!({ "message": { "companion_id": "User's id to create a chat with" } });
    for odd in [
        json!({}),
        json!({ "companion_id": null }),
        json!({ "companion_id": "dima" }),
        json!({ "companion_id": [] }),
        json!({ "companion_id": {} }),
        json!({ "companion_id": 1.5 }),
    ] {
        let answer = ann.posts("/api/chats", odd.clone()).await;
        assert_eq!(told(&answer), (400, wanted.clone()), "{odd}");
    }
    for nobody in [0, -1, 99, hidden.id] {
        let answer = ann
            .posts("/api/chats", json!({ "companion_id": nobody }))
            .await;
        let text = format!("User {nobody} does not exist");
        assert_eq!(told(&answer), (404, json!({ "message": text })));
    }
    let oneself = ann
        .posts("/api/chats", json!({ "companion_id": ann.id }))
        .await;
    let text = "You cannot create a chat with yourself";
    assert_eq!(told(&oneself), (400, json!({ "message": text })));

    ann.begins_chat(&dima).await;
    for (who, other) in [(&ann, &dima), (&dima, &ann)] {
        let again = who
            .posts("/api/chats", json!({ "companion_id": other.id }))
            .await;
        let text = format!("Your chat with the user {} already exists", other.id);
        assert_eq!(told(&again), (400, json!({ "message": text })));
    }
    assert_eq!(app.count("conversations WHERE kind = 'direct'"), 1);
}

#[tokio::test]
async fn two_who_begin_at_once_have_one_chat() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let (one, other) = tokio::join!(
        ann.posts("/api/chats", json!({ "companion_id": dima.id })),
        dima.posts("/api/chats", json!({ "companion_id": ann.id })),
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 400]);
    assert_eq!(ann.lists("/api/chats").await.len(), 1);
}

#[tokio::test]
async fn a_chat_that_somebody_opened_without_a_word_is_not_known_to_the_other() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    let mut jz = app.program("jz").await;
    let opened = jz.opens("ann").await;
    assert!(ann.lists("/api/chats").await.is_empty());
    let answer = ann.gets(&format!("/api/chats/{opened}")).await;
    assert_eq!(answer.status, 403);
    // The other one may begin it just as well, and finds the same.
    app.runs("UPDATE users SET is_listed = TRUE");
    let made = ann
        .posts("/api/chats", json!({ "companion_id": jz.id }))
        .await;
    assert_eq!(
        (made.status, &made.json()["chat_id"]),
        (201, &json!(opened))
    );
}

#[tokio::test]
async fn s4_26_a_deleted_chat_is_gone_for_both_with_its_messages() {
    let app = TestApp::new().await;
    let (ann, dima, kevin) = (
        app.scripter("ann").await,
        app.scripter("dima").await,
        app.scripter("kevin").await,
    );
    let (chat, other) = (ann.begins_chat(&dima).await, ann.begins_chat(&kevin).await);
    ann.says(chat, &["one", "two"]).await;
    ann.says(other, &["stays"]).await;
    let mut page = app.connects(&dima.account).await;

    // It was not the one who made it.
    let deleted = dima.deletes(&format!("/api/chats/{chat}")).await;
    assert_eq!(
        told(&deleted),
        (
            200,
            json!({
                "user_id": dima.id, "chat_id": chat, "message": "Chat was successfully deleted",
            })
        )
    );
    assert_eq!(
        page.hears("conversation:removed").await["conversation_id"],
        chat
    );
    for person in [&ann, &dima] {
        for path in [
            format!("/api/chats/{chat}"),
            format!("/api/chats/{chat}/messages"),
        ] {
            let answer = person.gets(&path).await;
            let text = format!("Chat {chat} does not exist");
            assert_eq!(told(&answer), (404, json!({ "message": text })));
        }
    }
    let left = ann.lists_each("/api/chats", "chat_id").await;
    assert_eq!(left, [other]);
    assert_eq!(app.count("messages"), 1);
    assert_eq!(
        ann.lists(&format!("/api/chats/{other}/messages"))
            .await
            .len(),
        1
    );
    // The two can talk again, from the beginning.
    let anew = dima.begins_chat(&ann).await;
    assert_ne!(anew, chat);
    assert!(
        ann.lists(&format!("/api/chats/{anew}/messages"))
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn s4_26_a_long_chat_is_deleted_whole() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    fill(&app, chat, ann.id, 2_500);
    assert_eq!(ann.deletes(&format!("/api/chats/{chat}")).await.status, 200);
    app.clears(chat).await;
    assert_eq!(app.count("messages"), 0);
    assert_eq!(app.count("conversations WHERE kind = 'direct'"), 0);
}

/// Puts that many messages into a chat, behind the server's back.
pub(crate) fn fill(app: &TestApp, chat: i64, sender: i64, count: i64) {
    app.runs(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
         INSERT INTO messages (conversation_id, seq, rev, sender_id, client_id, digest, body, sent_at)
         SELECT {chat}, i, i, {sender}, 'fill-{chat}-' || i, x'00', 'line ' || i, 1621511537000 + i * 1000 FROM n;
         UPDATE conversations SET counter = {count}, last_seq = {count} WHERE id = {chat};"
    ));
}

#[tokio::test]
async fn s4_27_three_people_and_every_address_of_a_chat() {
    let app = TestApp::new().await;
    let (ann, dima, kevin) = (
        app.scripter("ann").await,
        app.scripter("dima").await,
        app.scripter("kevin").await,
    );
    let theirs = ann.begins_chat(&dima).await;
    let secret = ann.says(theirs, &["a secret"]).await;
    let own = kevin.begins_chat(&dima).await;
    let gone = kevin.begins_chat(&ann).await;
    let said = kevin.says(own, &["mine"]).await;
    let taken_back = kevin.says(own, &["not mine any more"]).await;
    kevin
        .deletes(&format!("/api/chats/{own}/messages/{taken_back}"))
        .await;
    kevin.deletes(&format!("/api/chats/{gone}")).await;
    let dimas = dima.says(own, &["dima's"]).await;

    let of_chat = |chat: i64| {
        [
            ("GET", format!("/api/chats/{chat}")),
            ("GET", format!("/api/chats/{chat}/messages")),
            ("POST", format!("/api/chats/{chat}/messages")),
        ]
    };
    let of_message = |chat: i64, message: i64| {
        ["GET", "PUT", "DELETE"]
            .map(|method| (method, format!("/api/chats/{chat}/messages/{message}")))
    };
    let body = json!({ "texts": ["x"], "text": "x" }).to_string();
    let mut cases = Vec::new();
    let not_in = format!("You are not a participant of this chat {theirs}");
    for case in of_chat(theirs)
        .into_iter()
        .chain(of_message(theirs, secret))
        .chain(of_message(theirs, said))
    {
        cases.push((case, 403, not_in.clone()));
    }
    for chat in [gone, 999, 0] {
        for case in of_chat(chat).into_iter().chain(of_message(chat, said)) {
            cases.push((case, 404, format!("Chat {chat} does not exist")));
        }
    }
    for message in [taken_back, 999, 0] {
        for case in of_message(own, message) {
            cases.push((case, 404, format!("Message {message} does not exist")));
        }
    }
    for case in of_message(own, secret) {
        cases.push((
            case,
            403,
            format!("Message {secret} is not from the chat {own}"),
        ));
    }
    for case in &of_message(own, dimas)[1..] {
        cases.push((
            case.clone(),
            403,
            format!("Message {dimas} does not belong to you"),
        ));
    }
    cases.push((("DELETE", format!("/api/chats/{theirs}")), 403, not_in));
    cases.push((
        ("DELETE", format!("/api/chats/{gone}")),
        404,
        format!("Chat {gone} does not exist"),
    ));
    assert_eq!(cases.len(), 6 + 3 + 3 * 6 + 3 * 3 + 3 + 2 + 2);
    for ((method, path), status, text) in cases {
        let method = method.parse().expect("a method");
        let answer = kevin.asks(method, &path, Some(&body)).await;
        assert_eq!(
            told(&answer),
            (status, json!({ "message": text })),
            "{path}"
        );
    }
    assert_eq!(
        kevin
            .lists_each(&format!("/api/chats/{own}/messages"), "text")
            .await,
        ["mine", "dima's"]
    );
    assert_eq!(
        ann.lists_each(&format!("/api/chats/{theirs}/messages"), "text")
            .await,
        ["a secret"]
    );
}

#[tokio::test]
async fn rooms_and_talks_with_strangers_are_no_chats() {
    let app = TestApp::new().await;
    let ann = app.scripter("ann").await;
    let (mut one, mut other) = (app.connects(&ann.account).await, app.guest().await);
    let talk = one.meets(&mut other).await;
    let room = app.count("(SELECT id FROM conversations WHERE kind = 'room' LIMIT 1) JOIN conversations c ON c.id <= 1");
    assert_eq!(room, 1, "there is a room");
    for id in [1, talk] {
        for path in [
            format!("/api/chats/{id}"),
            format!("/api/chats/{id}/messages"),
        ] {
            let answer = ann.gets(&path).await;
            let text = format!("Chat {id} does not exist");
            assert_eq!(told(&answer), (404, json!({ "message": text })));
        }
    }
    assert!(ann.lists("/api/chats").await.is_empty());
}

#[tokio::test]
async fn whoever_is_blocked_begins_no_chat() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    app.runs(&format!(
        "INSERT INTO blocks VALUES ({}, {}, 0)",
        dima.id, ann.id
    ));
    let answer = ann
        .posts("/api/chats", json!({ "companion_id": dima.id }))
        .await;
    assert_eq!(
        told(&answer),
        (403, json!({ "message": "You cannot write to each other." }))
    );
    assert!(dima.lists("/api/chats").await.is_empty());
}

#[tokio::test]
async fn ids_of_every_odd_kind_are_no_fault_of_ours() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    ann.says(chat, &["hello"]).await;
    let ids = [
        "0",
        "-1",
        "2147483648",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "1e309",
        "%221%22",
        "null",
        "%5B%5D",
        "%7B%7D",
        "%00",
        "%FF",
        "1.5",
        "",
        "٣",
    ];
    for id in ids {
        for (method, path) in [
            ("GET", format!("/api/users/{id}")),
            ("GET", format!("/api/chats/{id}")),
            ("DELETE", format!("/api/chats/{id}")),
            ("GET", format!("/api/chats/{id}/messages")),
            ("POST", format!("/api/chats/{id}/messages")),
            ("GET", format!("/api/chats/{chat}/messages/{id}")),
            ("PUT", format!("/api/chats/{chat}/messages/{id}")),
            ("DELETE", format!("/api/chats/{chat}/messages/{id}")),
            ("DELETE", format!("/api/contacts/{id}")),
            ("DELETE", format!("/api/sessions/{id}")),
        ] {
            let body = r#"{"texts":["x"],"text":"x"}"#;
            let answer = ann
                .asks(method.parse().expect("a method"), &path, Some(body))
                .await;
            assert!(
                (200..500).contains(&answer.status),
                "{method} {path}: {answer:?}"
            );
        }
    }
    for id in [
        "0",
        "-1",
        "2147483648",
        "9007199254740993",
        "9223372036854775808",
        "1e309",
        r#""1""#,
        "null",
        "[]",
        "{}",
    ] {
        let body = format!(r#"{{"companion_id":{id},"text":{id},"texts":{id}}}"#);
        for (method, path) in [
            ("POST", "/api/chats".to_owned()),
            ("POST", format!("/api/chats/{chat}/messages")),
            ("POST", "/api/contacts".into()),
        ] {
            let answer = ann
                .asks(method.parse().expect("a method"), &path, Some(&body))
                .await;
            assert!(
                (200..500).contains(&answer.status),
                "{method} {path} {body}: {answer:?}"
            );
        }
    }
    assert_eq!(
        ann.lists("/api/chats").await.len(),
        1,
        "and nothing was deleted"
    );
}
