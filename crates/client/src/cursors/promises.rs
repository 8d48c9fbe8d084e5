//! A server that counts, a line that loses, and a client that must be told every change once and in its order.

use super::{Arrival, Cursors};
use chinwag_protocol::socketio::{Conversation, Message, Ready, Synced};
use serde_json::json;
use std::collections::HashMap;

/// How many changes one answer of `sync` brings at most.
const SYNC_MAX: usize = 3;

/// Each step is a byte: one part says what happens, the other where.
pub(crate) fn hold(steps: &[u8]) {
    let mut world = World::default();
    world.reconnect();
    for step in steps {
        let id = i64::from(step % 3);
        match step / 3 % 8 {
            0 | 1 => world.say(id, true),
            2 => world.say(id, false),
            3 => world.push(id, world.counters[&id]),
            4 => world.push(id, world.counters[&id].saturating_sub(1)),
            5 => world.reconnect(),
            6 => world.forget(id),
            _ => world.begin_anew(),
        }
    }
    world.catch_up();
    for (id, counter) in &world.counters {
        assert_eq!(
            world.told.get(id),
            Some(counter),
            "all of conversation {id} is told"
        );
    }
}

/// Three conversations, what the server counted in each, and up to where each was told.
#[derive(Default)]
struct World {
    cursors: Cursors,
    counters: HashMap<i64, i64>,
    told: HashMap<i64, i64>,
    epochs: usize,
}

impl World {
    /// A message more, which reaches us or does not.
    fn say(&mut self, id: i64, is_pushed: bool) {
        let counter = self.counters.entry(id).or_default();
        *counter += 1;
        let rev = *counter;
        if is_pushed {
            self.push(id, rev);
        }
    }

    fn push(&mut self, id: i64, rev: i64) {
        if rev == 0 {
            return;
        }
        match self.cursors.arrive(&message(id, rev)) {
            Arrival::Next => self.tell(id, rev),
            Arrival::Known => assert!(self.told.get(&id).is_some_and(|told| rev <= *told)),
            Arrival::Gap => self.catch_up(),
        }
    }

    fn tell(&mut self, id: i64, rev: i64) {
        let told = self.told.insert(id, rev);
        assert!(
            told.is_none_or(|told| told + 1 == rev),
            "{rev} is told after {told:?}"
        );
    }

    /// Asks until nothing more comes, as `online.rs` does.
    fn catch_up(&mut self) {
        loop {
            let asked = self.cursors.request().cursors;
            let mut missed: Vec<_> = self
                .counters
                .iter()
                .flat_map(|(id, counter)| {
                    (asked[&id.to_string()] + 1..=*counter).map(|rev| message(*id, rev))
                })
                .collect();
            let more = missed.len() > SYNC_MAX;
            missed.truncate(SYNC_MAX);
            let synced = Synced {
                ok: Default::default(),
                conversations: Vec::new(),
                messages: missed,
                more,
            };
            for news in self.cursors.absorb(&synced) {
                self.tell(news.conversation_id, news.rev);
            }
            if !more {
                return;
            }
        }
    }

    fn reconnect(&mut self) {
        for id in 0..3 {
            self.counters.entry(id).or_default();
        }
        let there: Vec<_> = self
            .counters
            .iter()
            .map(|(id, counter)| (*id, *counter))
            .collect();
        let welcome = self
            .cursors
            .welcome(&ready(&self.epochs.to_string(), &there));
        if welcome.forget {
            self.told.clear();
        }
        assert!(welcome.removed.is_empty());
        let is_behind = there
            .iter()
            .any(|(id, counter)| self.told.get(id).is_some_and(|told| told < counter));
        assert_eq!(welcome.is_behind, is_behind);
        // What is new to us begins where it stands.
        for (id, counter) in there {
            self.told.entry(id).or_insert(counter);
        }
        if welcome.is_behind {
            self.catch_up();
        }
    }

    /// We are out of it and in again.
    fn forget(&mut self, id: i64) {
        self.cursors.remove(id);
        self.cursors.adopt(&conversation(id, self.counters[&id]));
        self.told.insert(id, self.counters[&id]);
    }

    /// The server came back with other data.
    fn begin_anew(&mut self) {
        self.epochs += 1;
        self.counters.values_mut().for_each(|counter| *counter /= 2);
        self.reconnect();
    }
}

pub(super) fn ready(epoch: &str, conversations: &[(i64, i64)]) -> Ready {
    let conversations: Vec<_> = conversations
        .iter()
        .map(|(id, counter)| conversation(*id, *counter))
        .collect();
    serde_json::from_value(json!({
        "user": {"id": 1, "username": "ana", "name": "Ana", "kind": "person"}, "epoch": epoch,
        "server": {"name": "chinwag", "version": "0", "time": ""},
        "limits": {"message_bytes": 1, "message_chars": 1, "history": 1, "sync": 1, "packet_bytes": 1},
        "conversations": conversations, "match": null,
    }))
    .expect("a ready")
}

pub(super) fn conversation(id: i64, counter: i64) -> Conversation {
    serde_json::from_value(json!({
        "id": id, "kind": "direct", "title": "Bo", "counter": counter, "last_seq": counter, "read_seq": 0,
        "delivered_seq": 0, "unread": 0, "muted": false,
    }))
    .expect("a conversation")
}

pub(super) fn message(conversation: i64, rev: i64) -> Message {
    serde_json::from_value(json!({
        "id": rev, "conversation_id": conversation, "seq": rev, "rev": rev, "body": "x", "sent_at": "",
        "sender": {"id": 2, "username": "bo", "name": "Bo"},
    }))
    .expect("a message")
}
