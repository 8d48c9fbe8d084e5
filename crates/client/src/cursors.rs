//! Catching up without a gap: how far each conversation has been told (protocol page, section 7).
//!
//! Changes of one conversation are counted without a hole. Whoever is told a change that is not the next one has
//! missed something, and asks `sync` for all that came after what they know.

use chinwag_protocol::socketio::{Conversation, Message, Ready, Sync, Synced};
use std::collections::{HashMap, HashSet};

/// How far each conversation has been told, by its id.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    epoch: Option<String>,
    told: HashMap<i64, i64>,
}

/// What a pushed message is to us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// The next change: tell it.
    Next,
    /// Told before.
    Known,
    /// Something before it was missed: do not tell it, ask `sync`.
    Gap,
}

/// What `ready` means for what we know.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Welcome {
    /// The data was replaced: nothing that we know is worth anything.
    pub(crate) forget: bool,
    /// Conversations that are not ours any more.
    pub(crate) removed: Vec<i64>,
    /// Whether something was missed.
    pub(crate) is_behind: bool,
}

impl Cursors {
    /// Compares what we know with what there is. What is new to us begins where it stands now.
    pub(crate) fn welcome(&mut self, ready: &Ready) -> Welcome {
        let forget = self
            .epoch
            .as_ref()
            .is_some_and(|epoch| *epoch != ready.epoch);
        if forget {
            self.told.clear();
        }
        self.epoch = Some(ready.epoch.clone());
        let there: HashSet<i64> = ready.conversations.iter().map(|one| one.id).collect();
        let mut removed: Vec<i64> = self
            .told
            .keys()
            .copied()
            .filter(|id| !there.contains(id))
            .collect();
        removed.sort_unstable();
        removed.iter().for_each(|id| self.remove(*id));
        let is_behind = ready.conversations.iter().any(|one| {
            self.told
                .get(&one.id)
                .is_some_and(|told| *told < one.counter)
        });
        ready.conversations.iter().for_each(|one| self.adopt(one));
        Welcome {
            forget,
            removed,
            is_behind,
        }
    }

    /// Begins with a conversation where it stands now, unless we have begun before.
    pub(crate) fn adopt(&mut self, conversation: &Conversation) {
        self.told
            .entry(conversation.id)
            .or_insert(conversation.counter);
    }

    /// Begins with a conversation that came with its first message: the push of that follows, or `sync` brings it.
    pub(crate) fn adopt_new(&mut self, conversation: &Conversation) {
        let told = if conversation.kind == "room" {
            conversation.counter
        } else {
            0
        };
        self.told.entry(conversation.id).or_insert(told);
    }

    /// Knows nothing of it any more.
    pub(crate) fn remove(&mut self, conversation: i64) {
        self.told.remove(&conversation);
    }

    /// Takes note of a pushed message. A conversation that nobody told us of begins with it. Whatever a server
    /// counts, it does not make us stumble.
    pub(crate) fn arrive(&mut self, message: &Message) -> Arrival {
        let told = self
            .told
            .entry(message.conversation_id)
            .or_insert(message.rev.saturating_sub(1));
        if message.rev <= *told {
            Arrival::Known
        } else if told.checked_add(1) == Some(message.rev) {
            *told = message.rev;
            Arrival::Next
        } else {
            Arrival::Gap
        }
    }

    /// What to ask `sync`.
    pub(crate) fn request(&self) -> Sync {
        Sync {
            cursors: self
                .told
                .iter()
                .map(|(id, rev)| (id.to_string(), *rev))
                .collect(),
            limit: None,
        }
    }

    /// Takes note of an answer of `sync`, and gives those of its messages that were not told before.
    pub(crate) fn absorb(&mut self, synced: &Synced) -> Vec<Message> {
        let mut news = Vec::new();
        for message in &synced.messages {
            let told = self.told.entry(message.conversation_id).or_insert(0);
            if message.rev > *told {
                *told = message.rev;
                news.push(message.clone());
            }
        }
        for conversation in &synced.conversations {
            self.told.entry(conversation.id).or_insert(0);
        }
        news
    }
}

/// What holds of any history, asked of random ones by a test and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
#[path = "cursors/promises.rs"]
pub(crate) mod promises;

#[cfg(test)]
mod tests {
    use super::promises::{conversation, hold, message, ready};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_pushed_is_told_once_and_a_hole_is_noticed() {
        let mut cursors = Cursors::default();
        cursors.welcome(&ready("a", &[(7, 12)]));
        assert_eq!(cursors.arrive(&message(7, 12)), Arrival::Known);
        assert_eq!(cursors.arrive(&message(7, 13)), Arrival::Next);
        assert_eq!(cursors.arrive(&message(7, 13)), Arrival::Known);
        assert_eq!(cursors.arrive(&message(7, 15)), Arrival::Gap);
        assert_eq!(cursors.request().cursors["7"], 13);
    }

    #[test]
    fn what_sync_brings_closes_the_hole_and_repeats_nothing() {
        let mut cursors = Cursors::default();
        cursors.welcome(&ready("a", &[(7, 12)]));
        let synced = Synced {
            ok: Default::default(),
            conversations: vec![conversation(7, 15), conversation(9, 0)],
            messages: vec![message(7, 12), message(7, 13), message(7, 15)],
            more: false,
        };
        let news: Vec<_> = cursors
            .absorb(&synced)
            .iter()
            .map(|message| message.rev)
            .collect();
        assert_eq!(news, [13, 15]);
        assert_eq!(cursors.arrive(&message(7, 15)), Arrival::Known);
        assert_eq!(cursors.arrive(&message(7, 16)), Arrival::Next);
        assert_eq!(cursors.arrive(&message(9, 1)), Arrival::Next);
    }

    #[test]
    fn coming_back_shows_what_was_missed_and_what_is_gone() {
        let mut cursors = Cursors::default();
        cursors.welcome(&ready("a", &[(7, 12), (8, 3)]));
        assert_eq!(
            cursors.welcome(&ready("a", &[(7, 12), (8, 3)])),
            Welcome::default()
        );
        let welcome = cursors.welcome(&ready("a", &[(7, 14), (9, 40)]));
        assert_eq!(
            welcome,
            Welcome {
                forget: false,
                removed: vec![8],
                is_behind: true
            }
        );
        // What is new is not read from its beginning: it may be long.
        assert_eq!(cursors.request().cursors["9"], 40);
    }

    #[test]
    fn another_epoch_throws_all_away() {
        let mut cursors = Cursors::default();
        cursors.welcome(&ready("a", &[(7, 12)]));
        let welcome = cursors.welcome(&ready("b", &[(7, 3)]));
        assert!(welcome.forget && !welcome.is_behind);
        assert_eq!(cursors.arrive(&message(7, 4)), Arrival::Next);
    }

    #[test]
    fn a_new_talk_is_told_from_its_first_message() {
        let mut cursors = Cursors::default();
        cursors.adopt_new(&conversation(7, 1));
        assert_eq!(cursors.arrive(&message(7, 1)), Arrival::Next);
    }
    #[test]
    fn a_server_that_counts_past_all_numbers_is_borne() {
        let mut cursors = Cursors::default();
        assert_eq!(cursors.arrive(&message(7, i64::MIN)), Arrival::Known);
        assert_eq!(cursors.arrive(&message(8, i64::MAX)), Arrival::Next);
        assert_eq!(cursors.arrive(&message(8, i64::MAX)), Arrival::Known);
    }

    proptest! {
        #[test]
        fn every_change_is_told_once_in_order_and_without_a_hole(steps: Vec<u8>) {
            hold(&steps);
        }
    }
}
