//! The log of a conversation.
//!
//! `static/js/lib/message_log.js` copies the blank message and fills it by the same rules; whoever changes a
//! rule here changes it there.

use super::looks::hue_of;
use super::times;
use crate::model::{Body, Conversation, ConversationKind, Message, Timestamp, UserId, Username};
use std::time::Duration;

/// Messages of one person within this time stand under one name.
const GROUPED_WITHIN: Duration = Duration::from_secs(5 * 60);

/// One line of the log.
pub(super) enum Entry {
    /// A new day.
    Day { at: String, label: String },
    /// What follows is unread.
    New,
    /// A message.
    Message(MessageView),
}

/// The log of a page: messages with the days between them, and where the unread ones begin.
pub(super) fn log(
    messages: &[Message],
    conversation: &Conversation,
    me: UserId,
    now: Timestamp,
) -> Vec<Entry> {
    let first_unread = messages
        .iter()
        .find(|m| m.seq > conversation.read_seq && m.author != me)
        .map(|m| m.seq);
    let mut entries = Vec::with_capacity(messages.len() + 4);
    let mut previous: Option<&Message> = None;
    for message in messages {
        let new_day = previous.is_none_or(|p| times::day(p.sent_at) != times::day(message.sent_at));
        let unread_begins = first_unread == Some(message.seq);
        if new_day {
            entries.push(Entry::Day {
                at: message.sent_at.to_string(),
                label: times::day_label(message.sent_at, now),
            });
        }
        if unread_begins {
            entries.push(Entry::New);
        }
        let grouped = previous.is_some_and(|p| {
            p.author == message.author && message.sent_at < p.sent_at.after(GROUPED_WITHIN)
        });
        entries.push(Entry::Message(MessageView {
            lead: new_day || unread_begins || !grouped,
            last: messages.last().is_some_and(|last| last.id == message.id),
            ..MessageView::new(message, conversation, me)
        }));
        previous = Some(message);
    }
    entries
}

/// Marks the messages of others that name somebody.
pub(super) fn mark_mentions(entries: &mut [Entry], username: &str) {
    let key = Username::key_of(username);
    for entry in entries {
        if let Entry::Message(message) = entry {
            let named = Body::parse(&message.body).is_ok_and(|body| body.mentions().contains(&key));
            message.mention = named && !message.own && !message.deleted;
        }
    }
}

/// One message.
#[derive(Default)]
pub(super) struct MessageView {
    pub(super) id: i64,
    pub(super) seq: i64,
    pub(super) rev: i64,
    pub(super) sender_id: i64,
    pub(super) client_id: String,
    pub(super) who: String,
    pub(super) hue: i64,
    pub(super) body: String,
    pub(super) at: String,
    pub(super) at_label: String,
    /// `pending`, `sent`, `delivered` or `read`; shown with own messages.
    pub(super) state: &'static str,
    pub(super) own: bool,
    pub(super) edited: bool,
    pub(super) deleted: bool,
    /// Whether it names whoever reads it; in rooms.
    pub(super) mention: bool,
    /// Whether it stands under its own name and time, not grouped with the one before.
    pub(super) lead: bool,
    /// Whether it is the last: the stop for Tab.
    pub(super) last: bool,
}

impl MessageView {
    /// What the script copies: an own message on its way.
    pub(super) fn blank() -> Self {
        Self {
            own: true,
            state: "pending",
            ..Self::default()
        }
    }

    fn new(message: &Message, conversation: &Conversation, me: UserId) -> Self {
        let own = message.author == me;
        Self {
            id: message.id.0,
            seq: message.seq,
            rev: message.rev,
            sender_id: message.sender.id.0,
            client_id: message
                .client_id
                .clone()
                .filter(|_| own)
                .unwrap_or_default(),
            who: match conversation.kind {
                ConversationKind::Room => message.sender.name.clone(),
                ConversationKind::Direct | ConversationKind::Match => conversation.title.clone(),
            },
            hue: hue_of(message.sender.id),
            body: message.body.clone(),
            at: message.sent_at.to_string(),
            at_label: times::clock_label(message.sent_at),
            state: state_of(message, conversation),
            own,
            edited: message.edited_at.is_some() && !message.deleted,
            deleted: message.deleted,
            mention: false,
            lead: false,
            last: false,
        }
    }
}

fn state_of(message: &Message, conversation: &Conversation) -> &'static str {
    match &conversation.peer {
        Some(peer) if message.seq <= peer.read_seq => "read",
        Some(peer) if message.seq <= peer.delivered_seq => "delivered",
        _ => "sent",
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, conversation, message, person, room};
    use super::*;

    fn shape(entries: &[Entry]) -> String {
        let shapes = entries.iter().map(|entry| match entry {
            Entry::Day { .. } => "day".into(),
            Entry::New => "new".into(),
            Entry::Message(m) => format!("{}{}", m.seq, if m.lead { "!" } else { "" }),
        });
        shapes.collect::<Vec<String>>().join(" ")
    }

    #[test]
    fn messages_are_grouped_by_person_and_five_minutes_and_divided_by_day_and_reading() {
        let (me, ana) = (person(1, "Me"), person(2, "Ana"));
        let messages = [
            message(1, &me, 2_000, "yesterday"),
            message(2, &me, 20, "hello"),
            message(3, &me, 19, "there"),
            message(4, &me, 10, "later"),
            message(5, &ana, 9, "unread"),
            message(6, &ana, 8, "too"),
        ];
        let entries = log(&messages, &conversation(4), me.id, NOW);
        assert_eq!(shape(&entries), "day 1! day 2! 3 4! new 5! 6");
    }

    #[test]
    fn ticks_tell_how_far_the_other_person_got() {
        let me = person(1, "Me");
        let states = [2, 3, 4].map(|seq| state_of(&message(seq, &me, 1, "x"), &conversation(2)));
        assert_eq!(states, ["read", "delivered", "sent"]);
    }

    #[test]
    fn in_a_room_everybody_goes_by_their_own_name_and_who_is_named_sees_it() {
        let (me, ana) = (person(1, "Me"), person(2, "Ana"));
        let said = [
            message(1, &ana, 9, "Ask @ME."),
            message(2, &me, 8, "@me"),
            message(3, &ana, 1, "me@me"),
        ];
        let mut entries = log(&said, &room(), me.id, NOW);
        mark_mentions(&mut entries, "me");
        let shown = entries.iter().filter_map(|entry| match entry {
            Entry::Message(m) => Some((m.who.as_str(), m.mention, m.state)),
            Entry::Day { .. } | Entry::New => None,
        });
        let expected = [
            ("Ana", true, "sent"),
            ("Me", false, "sent"),
            ("Ana", false, "sent"),
        ];
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }
}
