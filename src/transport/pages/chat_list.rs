//! The list of the section Chats.
//!
//! `static/js/lib/chat_list.js` copies the blank row and fills it by the same rules; whoever changes a rule
//! here changes it there.

use super::looks::{hue_of_conversation, path_of, picture_of};
use super::person_row::PersonRow;
use super::times;
use crate::model::{Contact, Conversation, ConversationKind, Message, Timestamp, UserId};

/// The start of a message that a list shows.
const LAST_LINE_CHARS: usize = 200;

/// The list of the section Chats: conversations, and contacts that have none yet.
pub(super) struct ChatList {
    pub(super) me: i64,
    pub(super) rows: Vec<ChatRow>,
    pub(super) people: Vec<PersonRow>,
    /// What the script copies.
    pub(super) blank: ChatRow,
}

impl ChatList {
    /// The conversations, latest first, then whom one could write to.
    pub(super) fn new(
        me: UserId,
        mut conversations: Vec<Conversation>,
        contacts: &[Contact],
        now: Timestamp,
    ) -> Self {
        conversations
            .sort_by_key(|c| std::cmp::Reverse(c.last_message.as_ref().map(|m| m.sent_at)));
        // Talks with strangers have a page of their own.
        let rows: Vec<_> = conversations
            .iter()
            .filter(|c| c.kind != ConversationKind::Match)
            .map(|c| ChatRow::new(c, me, now))
            .collect();
        let people = contacts
            .iter()
            .filter(|contact| !contact.blocked)
            .filter(|contact| rows.iter().all(|row| row.user_id != contact.person.id.0))
            .map(PersonRow::of_contact)
            .collect();
        Self {
            me: me.0,
            rows,
            people,
            blank: ChatRow::default(),
        }
    }

    /// Marks the open conversation, which is read as it is seen.
    pub(super) fn open(mut self, conversation_id: i64) -> Self {
        for row in &mut self.rows {
            row.current = row.conversation_id == conversation_id;
        }
        self
    }

    /// Whether there is nobody at all yet.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.people.is_empty()
    }
}

/// One conversation in a list.
#[derive(Default)]
pub(super) struct ChatRow {
    pub(super) conversation_id: i64,
    /// Of a direct conversation; a room has none.
    pub(super) user_id: i64,
    pub(super) path: String,
    pub(super) title: String,
    pub(super) initial: String,
    pub(super) hue: i64,
    pub(super) online: bool,
    pub(super) last: String,
    pub(super) at: String,
    pub(super) at_label: String,
    pub(super) unread: i64,
    /// Whether something unread names me.
    pub(super) mentioned: bool,
    pub(super) counter: i64,
    pub(super) last_seq: i64,
    pub(super) delivered_seq: i64,
    pub(super) current: bool,
}

impl ChatRow {
    /// The row of `conversation` as `me` sees it.
    pub(super) fn new(conversation: &Conversation, me: UserId, now: Timestamp) -> Self {
        let peer = conversation.peer.as_ref();
        let last = conversation.last_message.as_ref();
        Self {
            conversation_id: conversation.id.0,
            user_id: peer.map_or(0, |peer| peer.person.id.0),
            path: path_of(conversation),
            title: conversation.title.clone(),
            initial: picture_of(conversation),
            hue: hue_of_conversation(conversation),
            online: peer.is_some_and(|peer| peer.online),
            last: last
                .map(|message| last_line(message, conversation, me))
                .unwrap_or_default(),
            at: last
                .map(|message| message.sent_at.to_string())
                .unwrap_or_default(),
            at_label: last
                .map(|message| times::short_label(message.sent_at, now))
                .unwrap_or_default(),
            unread: conversation.unread,
            mentioned: conversation.mentioned,
            counter: conversation.counter,
            last_seq: conversation.last_seq,
            delivered_seq: conversation.delivered_seq,
            current: false,
        }
    }

    /// Asked by templates.
    pub(super) fn is_room(&self) -> bool {
        self.path.starts_with("/rooms/")
    }
}

fn last_line(message: &Message, conversation: &Conversation, me: UserId) -> String {
    let text = if message.deleted {
        "Message deleted"
    } else {
        &message.body
    };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let start: String = words.chars().take(LAST_LINE_CHARS).collect();
    match conversation.kind {
        _ if message.author == me => format!("You: {start}"),
        ConversationKind::Room => format!("{}: {start}", message.sender.name),
        ConversationKind::Direct | ConversationKind::Match => start,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{NOW, conversation, message, person, room};
    use super::*;
    use crate::model::ContactId;

    #[test]
    fn a_list_shows_one_line_and_whose_it_is() {
        let me = person(1, "Me");
        let with_ana = conversation(0);
        assert_eq!(
            last_line(&message(1, &me, 0, "two\n lines"), &with_ana, me.id),
            "You: two lines"
        );
        let gone = Message {
            deleted: true,
            ..message(1, &person(2, "Ana"), 0, "")
        };
        assert_eq!(last_line(&gone, &with_ana, me.id), "Message deleted");
        assert_eq!(last_line(&gone, &room(), me.id), "Ana: Message deleted");
    }

    #[test]
    fn contacts_without_a_conversation_are_listed_after_those_with_one() {
        let contact = |id: i64, name: &str| Contact {
            id: ContactId(id),
            person: person(id, name),
            label: name.into(),
            blocked: false,
            hidden: false,
        };
        let list = ChatList::new(
            UserId(1),
            vec![conversation(0)],
            &[contact(2, "Ana"), contact(3, "Bo")],
            NOW,
        );
        assert_eq!(list.rows.len(), 1);
        assert_eq!(
            list.people
                .iter()
                .map(|p| p.label.as_str())
                .collect::<Vec<_>>(),
            ["Bo"]
        );
    }
}
