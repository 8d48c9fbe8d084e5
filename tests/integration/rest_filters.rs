//! Lists that are searched, ordered and cut; and what nobody can find out that way.

use super::rest_chats::fill;
use crate::support::html::between;
use crate::support::{Scripter, TestApp};
use serde_json::{Value, json};

async fn people() -> (TestApp, Scripter) {
    let app = TestApp::new().await;
    let docs = app.scripter("docs_user").await;
    for (n, (username, name)) in [
        ("dima", "Dmytro Afanasev"),
        ("ann", "Ann"),
        ("joanna", "100% Юрій_A"),
        ("Bo", "ann"),
    ]
    .into_iter()
    .enumerate()
    {
        let person = app.scripter(username).await;
        app.runs(&format!(
            "UPDATE users SET name = '{name}', created_at = {} WHERE id = {}",
            1_621_511_537_123 + n * 1_000,
            person.id
        ));
    }
    app.runs(
        "UPDATE users SET created_at = 1621511500999, name = 'docs' WHERE username = 'docs_user'",
    );
    (app, docs)
}

async fn usernames(docs: &Scripter, query: &str) -> Vec<Value> {
    docs.lists_each(&format!("/api/users?{query}"), "username")
        .await
}

#[tokio::test]
async fn s4_32_users_are_filtered_by_every_attribute() {
    let (_app, docs) = people().await;
    for (query, expected) in [
        ("username=ann", &["ann"][..]),
        ("username=ANN", &[]),
        ("name=ann", &["Bo"]),
        ("username=ann&name=Ann", &["ann"]),
        ("username=ann&name=Bo", &[]),
        ("username-like=AN", &["ann", "joanna"]),
        ("username-like=an&name-like=nn", &["ann"]),
        ("name-like=%25", &["joanna"]),
        ("name-like=_", &["joanna"]),
        ("name-like=ЮРІЙ", &["joanna"]),
        ("name-like=%5C", &[]),
        ("name-like=", &["docs_user", "dima", "ann", "joanna", "Bo"]),
        ("username=", &[]),
        ("date_joined=Thu,+20+May+2021+11:52:17+-0000", &["dima"]),
        (
            "date_joined=Thu%2C%2020%20May%202021%2011%3A52%3A18%20-0000",
            &["ann"],
        ),
        ("date_joined=2021-05-20", &[]),
    ] {
        assert_eq!(usernames(&docs, query).await, expected, "{query}");
    }
    let me = format!("user_id={}", docs.id);
    assert_eq!(usernames(&docs, &me).await, ["docs_user"]);
    assert!(usernames(&docs, "user_id=one").await.is_empty());
}

#[tokio::test]
async fn s4_32_users_are_ordered_and_cut() {
    let (_app, docs) = people().await;
    for (query, expected) in [
        ("", &["docs_user", "dima", "ann", "joanna", "Bo"][..]),
        (
            "ordered-by-desc=user_id",
            &["Bo", "joanna", "ann", "dima", "docs_user"],
        ),
        (
            "ordered-by=username",
            &["Bo", "ann", "dima", "docs_user", "joanna"],
        ),
        ("ordered-by-desc=date_joined&limit=2", &["Bo", "joanna"]),
        ("ordered-by=date_joined&limit=2&offset=1", &["dima", "ann"]),
        ("limit=0", &[]),
        ("offset=4", &["Bo"]),
        ("offset=99999999999999999999", &[]),
        ("ordered-by-desc=name&limit=1&username-like=n", &["ann"]),
    ] {
        assert_eq!(usernames(&docs, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn s4_32_several_orders_apply_in_the_order_given_and_ties_go_by_id() {
    let (app, docs) = people().await;
    app.runs("UPDATE users SET name = 'same' WHERE username IN ('dima', 'ann', 'Bo')");
    let same = "name=same&ordered-by=name";
    assert_eq!(usernames(&docs, same).await, ["dima", "ann", "Bo"]);
    let down = "name=same&ordered-by-desc=name";
    assert_eq!(usernames(&docs, down).await, ["Bo", "ann", "dima"]);
    let then = "ordered-by=name&ordered-by-desc=username&name=same";
    assert_eq!(usernames(&docs, then).await, ["dima", "ann", "Bo"]);
    let first = "ordered-by-desc=username&ordered-by=name&name=same";
    assert_eq!(usernames(&docs, first).await, ["dima", "ann", "Bo"]);
}

async fn talk() -> (TestApp, Scripter, Scripter, String) {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    for (person, text) in [
        (&ann, "Hello"),
        (&dima, "50% off"),
        (&ann, "how_are_you"),
        (&dima, "BYE hello"),
    ] {
        person.says(chat, &[text]).await;
    }
    app.runs("UPDATE messages SET sent_at = 1621518440000 + seq * 700");
    (app, ann, dima, format!("/api/chats/{chat}/messages"))
}

#[tokio::test]
async fn s4_32_messages_are_filtered_ordered_and_cut() {
    let (_app, ann, dima, path) = talk().await;
    let (a, d) = (ann.id, dima.id);
    let ids = ann.lists_each(&path, "message_id").await;
    let (hello, off, how, bye) = ("Hello", "50% off", "how_are_you", "BYE hello");
    for (query, expected) in [
        (String::new(), &[hello, off, how, bye][..]),
        ("text=Hello".into(), &[hello]),
        ("text=hello".into(), &[]),
        ("text-like=HELLO".into(), &[hello, bye]),
        ("text-like=%25".into(), &[off]),
        ("text-like=_".into(), &[how]),
        (format!("sender_id={a}"), &[hello, how]),
        (format!("receiver_id={a}"), &[off, bye]),
        (format!("sender_id={a}&receiver_id={a}"), &[]),
        ("sender_id=999".into(), &[]),
        ("receiver_id=999".into(), &[]),
        (format!("message_id={}", ids[2]), &[how]),
        (format!("message_id={}&text-like=x", ids[2]), &[]),
        ("message_id=0".into(), &[]),
        ("message_id=2.5".into(), &[]),
        // 20.7, 21.4, 22.1 and 22.8 seconds
        (
            "datetime_writing=Thu, 20 May 2021 13:47:22 -0000".into(),
            &[how, bye],
        ),
        (
            "ordered-by-desc=datetime_writing".into(),
            &[bye, how, off, hello],
        ),
        ("ordered-by-desc=datetime_writing&limit=1".into(), &[bye]),
        (
            "ordered-by-desc=message_id&limit=2&offset=1".into(),
            &[how, off],
        ),
        ("ordered-by=text".into(), &[off, bye, hello, how]),
        ("ordered-by-desc=text&limit=1".into(), &[how]),
        ("ordered-by=sender_id".into(), &[hello, how, off, bye]),
        ("ordered-by=receiver_id".into(), &[off, bye, hello, how]),
        ("ordered-by-desc=sender_id".into(), &[bye, off, how, hello]),
        (
            "ordered-by=sender_id&ordered-by-desc=message_id".into(),
            &[how, hello, bye, off],
        ),
        (
            format!("sender_id={d}&ordered-by-desc=datetime_writing&limit=1"),
            &[bye],
        ),
        ("limit=2".into(), &[hello, off]),
        ("offset=3".into(), &[bye]),
    ] {
        assert_eq!(
            ann.lists_each(&format!("{path}?{query}"), "text").await,
            expected,
            "{query}"
        );
    }
}

#[tokio::test]
async fn s4_33_what_is_no_filter_is_ignored() {
    let (_app, ann, _dima, path) = talk().await;
    let all = ann.gets(&path).await.body;
    for query in [
        "limit=abc",
        "limit=-1",
        "limit=1.5",
        "limit=",
        "offset=-1",
        "offset=x",
        "nothing=1",
        "ordered-by=nothing",
        "ordered-by-desc=",
        "sender_id-like=1",
        "message_id-like=1",
        "datetime_writing-like=May",
        "TEXT=Hello",
        "__class__=x",
        "query=1",
        "text-like",
        "ordered-by=text;--",
        "limit=1%00",
        "=",
        "&&&",
        "%FF=%FF",
    ] {
        let answer = ann.gets(&format!("{path}?{query}")).await;
        if query == "text-like" {
            // Everything holds nothing.
            assert_eq!(answer.status, 200);
            continue;
        }
        assert_eq!((answer.status, &answer.body), (200, &all), "{query}");
    }
    let first = ann.lists(&format!("{path}?limit=1&limit=3")).await;
    assert_eq!(first.len(), 1, "of a repeated parameter the first counts");
}

#[tokio::test]
async fn what_a_list_does_not_show_cannot_be_asked_about() {
    let (app, docs) = people().await;
    app.runs("UPDATE users SET email = 'ann@example.com', email_key = 'ann@example.com', password = '$2b$04$secret' WHERE username = 'ann'");
    let all = docs.gets("/api/users").await.body;
    assert!(!all.contains("example.com") && !all.contains("2b$04"));
    for column in [
        "password",
        "password_hash",
        "email",
        "email_key",
        "phone",
        "is_admin",
        "is_listed",
        "suspended_until",
        "username_key",
        "kind",
        "id",
        "created_at",
        "theme",
        "last_seen_at",
    ] {
        for value in ["a", "%25", "$2b$04$secret", "ann@example.com", "1", "0", ""] {
            for query in [
                format!("{column}={value}"),
                format!("{column}-like={value}"),
                format!("ordered-by={column}"),
                format!("ordered-by-desc={column}"),
                format!("users.{column}={value}"),
                format!("{column}-like-like={value}"),
            ] {
                let answer = docs.gets(&format!("/api/users?{query}")).await;
                assert_eq!((answer.status, &answer.body), (200, &all), "{query}");
            }
        }
    }
    let (_app, ann, _dima, path) = talk().await;
    let all = ann.gets(&path).await.body;
    for column in [
        "body",
        "client_id",
        "digest",
        "rev",
        "seq",
        "deleted",
        "conversation_id",
        "sender",
    ] {
        for query in [
            format!("{column}=1"),
            format!("{column}-like=1"),
            format!("ordered-by-desc={column}"),
        ] {
            assert_eq!(
                ann.gets(&format!("{path}?{query}")).await.body,
                all,
                "{query}"
            );
        }
    }
}

#[tokio::test]
async fn values_of_every_odd_kind_are_only_values() {
    let (app, ann, _dima, path) = talk().await;
    let long = "x".repeat(10_000);
    let percents = "%25".repeat(4_000);
    let injections = [
        "' OR 1=1 --",
        "\" OR \"\"=\"",
        "1; DROP TABLE messages",
        "') UNION SELECT password FROM users --",
        "\\",
        "\\'",
        "?",
        "?1",
        ":x",
        "$1",
        "NULL",
        "null",
        "[]",
        "{}",
        "1e309",
        "9223372036854775808",
        "-9223372036854775809",
        "\u{0}",
        "\u{202E}",
        long.as_str(),
    ];
    for value in injections {
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        for name in [
            "text",
            "text-like",
            "message_id",
            "sender_id",
            "receiver_id",
            "datetime_writing",
            "limit",
            "offset",
            "ordered-by",
            "ordered-by-desc",
        ] {
            let answer = ann.gets(&format!("{path}?{name}={value}")).await;
            assert_eq!(answer.status, 200, "{name}={value:.80}");
        }
        for name in [
            "user_id",
            "username",
            "username-like",
            "name",
            "name-like",
            "date_joined",
        ] {
            let answer = ann.gets(&format!("/api/users?{name}={value}")).await;
            assert_eq!(answer.status, 200, "{name}={value:.80}");
            assert_eq!(answer.json()["data"], json!([]), "{name}={value:.80}");
        }
    }
    let answer = ann.gets(&format!("{path}?text-like={percents}")).await;
    assert_eq!((answer.status, &answer.json()["data"]), (200, &json!([])));
    assert_eq!(app.count("messages"), 4);
}

#[tokio::test]
async fn a_list_has_a_thousand_rows_at_most() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    fill(&app, chat, ann.id, 1_500);
    let path = format!("/api/chats/{chat}/messages");
    for query in ["", "?limit=5000", "?limit=99999999999999999999"] {
        let texts = ann.lists_each(&format!("{path}{query}"), "text").await;
        assert_eq!(
            (texts.len(), &texts[0]),
            (1_000, &json!("line 1")),
            "{query}"
        );
    }
    let rest = ann.lists_each(&format!("{path}?offset=1000"), "text").await;
    assert_eq!((rest.len(), &rest[499]), (500, &json!("line 1500")));
}

#[tokio::test]
async fn a_list_of_long_messages_ends_before_it_is_too_much_to_keep() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    fill(&app, chat, ann.id, 600);
    let long = "🎈".repeat(4_096);
    app.runs(&format!("UPDATE messages SET body = '{long}'"));
    let path = format!("/api/chats/{chat}/messages");
    assert_eq!(ann.lists(&path).await.len(), 256, "4 MiB of 16 KiB each");
    assert_eq!(ann.lists(&format!("{path}?limit=100")).await.len(), 100);
}

#[tokio::test]
async fn a_list_that_did_not_end_says_where_it_goes_on() {
    let app = TestApp::new().await;
    let (ann, dima) = (app.scripter("ann").await, app.scripter("dima").await);
    let chat = ann.begins_chat(&dima).await;
    fill(&app, chat, ann.id, 600);
    let long = "🎈".repeat(4_096);
    app.runs(&format!(
        "UPDATE messages SET body = '{long}' WHERE seq <= 300"
    ));
    let path = format!("/api/chats/{chat}/messages");
    for (start, pages) in [
        (format!("{path}?limit=500&text-like="), vec![256, 344]),
        (format!("{path}?offset=599&limit=1"), vec![1]),
        (format!("{path}?limit=0"), vec![0]),
        ("/api/users?limit=1&ordered-by=name".into(), vec![1, 1]),
        ("/api/users".into(), vec![2]),
    ] {
        let (mut next, mut seen) = (Some(start.clone()), Vec::new());
        while let Some(path) = next {
            let answer = ann.gets(&path).await;
            let data = answer.json()["data"].take();
            seen.push(data.as_array().expect("a list").len());
            next = between(answer.header("link"), "<", r#">; rel="next""#).map(str::to_owned);
        }
        assert_eq!(seen, pages, "{start}");
    }
}
