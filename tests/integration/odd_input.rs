//! Events that no client of good sense sends: every one is answered. Everybody else goes on talking.

use crate::support::{Account, Program, TestApp, refusal_of};
use serde_json::{Value, json};

/// Two people who go on talking whatever a third one sends.
pub(crate) struct Room {
    pub(crate) app: TestApp,
    kevin: Program,
    jz: Program,
    conversation: i64,
    pub(crate) odd: Account,
    said: usize,
}

impl Room {
    pub(crate) async fn new() -> Self {
        let app = TestApp::new().await;
        let (kevin, jz, conversation) = app.two_people().await;
        let odd = app.signs_up("odd").await;
        Self {
            app,
            kevin,
            jz,
            conversation,
            odd,
            said: 0,
        }
    }

    pub(crate) async fn odd_one(&self) -> Program {
        self.app.connects(&self.odd).await
    }

    /// The others still hear each other.
    pub(crate) async fn goes_on_after(&mut self, what: &str) {
        self.said += 1;
        let body = format!("line {}", self.said);
        let said = self.kevin.tells(self.conversation, &body).await;
        assert_eq!(said["seq"], self.said, "after {what:.200}");
        self.jz.hears_message(&body).await;
    }
}

const ODD_NUMBERS: [&str; 12] = [
    "0",
    "-1",
    "2147483648",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "1e309",
    "1.5",
    r#""1""#,
    "null",
    "[]",
    "{}",
];

#[tokio::test]
async fn every_odd_id_of_every_event_is_refused() {
    let mut room = Room::new().await;
    let mut odd = room.odd_one().await;
    let questions = [
        ("message:send", r#"{"conversation_id":ID,"body":"x"}"#),
        ("message:send", r#"{"to":ID,"body":"x"}"#),
        ("message:edit", r#"{"message_id":ID,"body":"x"}"#),
        ("message:delete", r#"{"message_id":ID}"#),
        ("history", r#"{"conversation_id":ID}"#),
        ("read", r#"{"conversation_id":ID,"seq":1}"#),
        ("delivered", r#"{"conversation_id":ID,"seq":1}"#),
        ("typing", r#"{"conversation_id":ID,"on":true}"#),
        ("conversation:open", r#"{"user_id":ID}"#),
        ("user:block", r#"{"user_id":ID}"#),
    ];
    for (event, payload) in questions {
        for id in ODD_NUMBERS {
            let answer = odd.asks_raw(event, &payload.replace("ID", id)).await;
            let code = refusal_of(&answer);
            assert!(
                matches!(code, Some("invalid" | "not_found")),
                "{event} {id}: {answer}"
            );
        }
        room.goes_on_after(event).await;
    }
    assert_eq!(room.app.count("conversations WHERE kind <> 'room'"), 1);
}

#[tokio::test]
async fn every_odd_place_limit_and_cursor_is_answered() {
    let mut room = Room::new().await;
    let mut odd = room.odd_one().await;
    let own = odd.opens("kevin").await;
    odd.tells(own, "premise").await;
    let questions = [
        (
            "history",
            format!(r#"{{"conversation_id":{own},"before":ID}}"#),
        ),
        (
            "history",
            format!(r#"{{"conversation_id":{own},"limit":ID}}"#),
        ),
        ("sync", format!(r#"{{"cursors":{{"{own}":ID}}}}"#)),
        ("sync", r#"{"cursors":{},"limit":ID}"#.into()),
        ("sync", r#"{"cursors":ID}"#.into()),
        ("read", format!(r#"{{"conversation_id":{own},"seq":ID}}"#)),
        (
            "delivered",
            format!(r#"{{"conversation_id":{own},"seq":ID}}"#),
        ),
        ("user:unblock", r#"{"user_id":ID}"#.into()),
    ];
    for (event, payload) in questions {
        for number in ODD_NUMBERS {
            let answer = odd.asks_raw(event, &payload.replace("ID", number)).await;
            let fine = answer["ok"] == true || refusal_of(&answer) == Some("invalid");
            assert!(fine, "{event} {number}: {answer}");
        }
        room.goes_on_after(event).await;
    }
    let seen = odd.asks("conversation:list", json!({})).await["conversations"][0].take();
    assert_eq!(
        (&seen["last_seq"], &seen["read_seq"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn every_event_is_acknowledged_without_a_payload_and_with_one_of_another_type() {
    let mut room = Room::new().await;
    let mut odd = room.odd_one().await;
    let payloads = [
        "",
        "null",
        "true",
        "1",
        r#""text""#,
        "[]",
        "[[]]",
        "{}",
        r#"{"x":{"y":[1]}}"#,
        "{},{}",
        "1,2,3",
    ];
    for event in [
        "message:send",
        "message:edit",
        "message:delete",
        "history",
        "sync",
        "read",
        "delivered",
        "typing",
        "conversation:open",
        "conversation:list",
        "user:block",
        "user:unblock",
    ] {
        for payload in payloads {
            let answer = odd.asks_raw(event, payload).await;
            let fine = match event {
                "conversation:list" => answer["ok"] == true,
                // Every field of it may be missing.
                "sync" => answer["ok"] == true || refusal_of(&answer) == Some("invalid"),
                _ => refusal_of(&answer) == Some("invalid"),
            };
            assert!(fine, "{event} {payload}: {answer}");
        }
        room.goes_on_after(event).await;
    }
}

#[tokio::test]
async fn unknown_events_are_answered_as_unknown() {
    let mut room = Room::new().await;
    let mut odd = room.odd_one().await;
    for event in [
        "nonsense",
        "message:new",
        "ready",
        "",
        "__proto__",
        "../..",
        "ü\u{202e}",
        &"x".repeat(10_000),
    ] {
        for payload in ["", "null", "{}", "[1]", r#""text""#, "1,2"] {
            let answer = odd.asks_raw(event, payload).await;
            assert_eq!(
                refusal_of(&answer),
                Some("unknown_event"),
                "{event:.40} {payload}: {answer}"
            );
        }
    }
    room.goes_on_after("unknown events").await;
}

#[tokio::test]
async fn spaces_around_the_name_of_an_event_make_no_difference() {
    let room = Room::new().await;
    let mut odd = room.odd_one().await;
    let spellings = [
        r#"[ "conversation:list" ]"#,
        r#"["conversation:list" , {} ]"#,
    ];
    for (id, event) in (1..).zip(spellings) {
        odd.sends(&format!("42{id}{event}")).await;
        let answer: Value = odd.answer(id).await;
        assert_eq!(answer["ok"], true, "{event}: {answer}");
    }
}

#[tokio::test]
async fn the_numbers_of_acknowledgements_may_be_odd() {
    let room = Room::new().await;
    let mut odd = room.odd_one().await;
    for id in ["0", "007", "4294967296", "9223372036854775807"] {
        odd.sends(&format!(r#"42{id}["nonsense",{{}}]"#)).await;
        let answer: Value = odd.answer(id.parse().expect("a number")).await;
        assert_eq!(refusal_of(&answer), Some("unknown_event"), "{id}");
    }
}
