//! The promises of the contract (`s0_NN_…`) and of the product, kept by [`update`] alone.
//!
//! Those of the screen, the settings, the sign-in and the pipe are tested beside what keeps them, those of the whole
//! program in `tests/clients/python/test_terminal.py`. S0-16 has no test of its own: what runs here is Linux, and for
//! macOS stands crossterm.

mod chatting;
mod commanding;
mod moving;
mod offline;

use super::*;
use chinwag_client::wire::Message;
use crossterm::event::{KeyCode, KeyModifiers};
use serde_json::json;

/// A person at a screen of 80 × 24, with a server that does what the test says.
pub(crate) struct Person {
    pub(crate) state: State,
}

pub(crate) fn noon() -> NaiveDateTime {
    time::read("2026-11-20T12:00:00Z", |time| time.naive_utc())
}

impl Person {
    /// Ana, just connected: nothing is known of any room.
    pub(crate) fn connected() -> Self {
        let state = State::new(
            "ana",
            "localhost:8000",
            (80, 24),
            |time| time.naive_utc(),
            noon(),
        );
        let mut ana = Self { state };
        let effects = ana.news(ready(&[]));
        assert_eq!(effects, [Effect::ListRooms]);
        ana.news(chinwag_client::Event::CaughtUp);
        ana
    }

    /// Ana in `general` (1), `help` (2) and `tea` (3), with an empty history, `general` before her.
    pub(crate) fn in_rooms() -> Self {
        let mut ana = Self::connected();
        ana.answer(Answer::Rooms(Ok(vec![
            room(1, "general"),
            room(2, "help"),
            room(3, "tea"),
        ])));
        for (id, name) in [(1, "general"), (2, "help"), (3, "tea")] {
            ana.joins(id, name, &[]);
        }
        ana
    }

    pub(crate) fn joins(&mut self, id: i64, name: &str, messages: &[Message]) -> Vec<Effect> {
        let joined = serde_json::from_value(json!({
            "ok": true, "conversation": conversation(id, "room", name), "members": [], "member_count": 0, "messages": messages,
        }))
        .expect("an answer");
        self.answer(Answer::Joined {
            name: name.to_owned(),
            result: Ok(Box::new(joined)),
        })
    }

    pub(crate) fn event(&mut self, event: Event) -> Vec<Effect> {
        update(&mut self.state, event)
    }

    pub(crate) fn news(&mut self, news: chinwag_client::Event) -> Vec<Effect> {
        self.event(Event::News(news))
    }

    pub(crate) fn hears(&mut self, message: Message) -> Vec<Effect> {
        self.news(chinwag_client::Event::Message(Box::new(message)))
    }

    pub(crate) fn answer(&mut self, answer: Answer) -> Vec<Effect> {
        self.event(Event::Answer(answer))
    }

    pub(crate) fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.event(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    pub(crate) fn hold(&mut self, modifiers: KeyModifiers, code: KeyCode) -> Vec<Effect> {
        self.event(Event::Key(KeyEvent::new(code, modifiers)))
    }

    pub(crate) fn types(&mut self, text: &str) {
        for letter in text.chars() {
            assert_eq!(self.press(KeyCode::Char(letter)), []);
        }
    }

    pub(crate) fn enters(&mut self, text: &str) -> Vec<Effect> {
        self.types(text);
        self.press(KeyCode::Enter)
    }

    pub(crate) fn goes_offline(&mut self) {
        self.news(chinwag_client::Event::Offline {
            reason: "connection refused".into(),
            retry_in: std::time::Duration::from_secs(4),
        });
    }

    pub(crate) fn title(&self) -> String {
        self.state.channels.selected().expect("a channel").title()
    }

    pub(crate) fn channel(&self, id: i64) -> &Channel {
        self.state
            .channels
            .iter()
            .find(|one| one.id == id)
            .expect("a channel")
    }

    /// What stands in the window, as `ana: Hello!`, or the text of a notice.
    pub(crate) fn window(&self) -> Vec<String> {
        let lines = &self.state.channels.selected().expect("a channel").lines;
        lines.iter().map(shown).collect()
    }

    pub(crate) fn last_notice(&self) -> Notice {
        match self
            .state
            .channels
            .selected()
            .expect("a channel")
            .lines
            .back()
        {
            Some(Line::Notice(notice)) => notice.clone(),
            other => panic!("not a notice: {other:?}"),
        }
    }
}

pub(crate) fn shown(line: &Line) -> String {
    match line {
        Line::Said(said) => format!("{}: {}", said.sender, said.body),
        Line::Notice(notice) => notice.text.clone(),
    }
}

pub(crate) fn ready(conversations: &[Conversation]) -> chinwag_client::Event {
    let ready = json!({
        "user": {"id": 1, "username": "ana", "name": "Ana", "kind": "person"}, "epoch": "a",
        "server": {"name": "chinwag", "version": "0.1.0", "time": "2026-11-20T12:00:00Z"},
        "limits": {"message_bytes": 1, "message_chars": 1, "history": 1, "sync": 1, "packet_bytes": 1},
        "conversations": conversations, "match": null,
    });
    chinwag_client::Event::Ready(Box::new(serde_json::from_value(ready).expect("a ready")))
}

pub(crate) fn room(id: i64, name: &str) -> Room {
    serde_json::from_value(
        json!({"id": id, "name": name, "topic": "", "members": 1, "online": 1, "joined": false}),
    )
    .expect("a room")
}

pub(crate) fn conversation(id: i64, kind: &str, title: &str) -> Conversation {
    let peer = (kind == "direct").then(|| {
        json!({"id": 2, "username": title, "name": title, "online": true, "read_seq": 0, "delivered_seq": 0, "blocked": false})
    });
    serde_json::from_value(json!({
        "id": id, "kind": kind, "title": title, "counter": 0, "last_seq": 0, "read_seq": 0, "delivered_seq": 0,
        "unread": 0, "muted": false, "peer": peer,
    }))
    .expect("a conversation")
}

/// Said at 12:`seq`.
pub(crate) fn message(channel: i64, seq: i64, sender: &str, body: &str) -> Message {
    let id = if sender == "ana" { 1 } else { 2 };
    serde_json::from_value(json!({
        "id": channel * 10_000 + seq, "conversation_id": channel, "seq": seq, "rev": seq, "body": body,
        "sender": {"id": id, "username": sender, "name": sender},
        "sent_at": format!("2026-11-20T12:{:02}:00.000Z", seq % 60),
    }))
    .expect("a message")
}
