//! What the templates of chats and people show: nouns turned into words, nothing decided later.
//!
//! `static/js/lib/chat_list.js` and `message_log.js` copy the blank ones and fill them by the same
//! rules; whoever changes a rule here changes it there.

use super::times;
use crate::model::{
    Body, Contact, Conversation, ConversationKind, Member, Message, Profile, Timestamp, UserId,
    Username,
};
use std::time::Duration;

/// Messages of one person within this time stand under one name.
const GROUPED_WITHIN: Duration = Duration::from_secs(5 * 60);
/// The start of a message that a list shows.
const LAST_LINE_CHARS: usize = 200;

/// One of twelve hues for a name, by id.
pub(super) fn hue_of(id: UserId) -> i64 {
    id.0.rem_euclid(12)
}

/// What stands in a person's circle.
pub(super) fn initial_of(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).collect()
}

/// Where a conversation's page is.
pub(super) fn path_of(conversation: &Conversation) -> String {
    match conversation.kind {
        ConversationKind::Room => format!("/rooms/{}", conversation.title),
        ConversationKind::Direct | ConversationKind::Match => {
            format!("/chats/{}", conversation.id.0)
        }
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

/// What stands in a conversation's picture.
pub(super) fn picture_of(conversation: &Conversation) -> String {
    match conversation.kind {
        ConversationKind::Room => "#".into(),
        ConversationKind::Direct | ConversationKind::Match => initial_of(&conversation.title),
    }
}

/// Its hue: that of the other person, or of the room.
pub(super) fn hue_of_conversation(conversation: &Conversation) -> i64 {
    let peer = conversation.peer.as_ref();
    hue_of(peer.map_or(UserId(conversation.id.0), |peer| peer.person.id))
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

/// One person in a list of people.
#[derive(Default)]
pub(super) struct PersonRow {
    pub(super) contact_id: i64,
    pub(super) user_id: i64,
    pub(super) label: String,
    pub(super) name: String,
    pub(super) username: String,
    pub(super) initial: String,
    pub(super) hue: i64,
    pub(super) online: bool,
    pub(super) blocked: bool,
    /// One of the two has blocked the other: neither learns whether the other is here.
    pub(super) hidden: bool,
}

impl PersonRow {
    /// A contact under its owner's label.
    pub(super) fn of_contact(contact: &Contact) -> Self {
        Self {
            contact_id: contact.id.0,
            label: contact.label.clone(),
            initial: initial_of(&contact.label),
            blocked: contact.blocked,
            hidden: contact.hidden,
            ..Self::of_profile(&contact.person)
        }
    }

    /// Somebody in a room.
    pub(super) fn of_member(member: &Member) -> Self {
        Self {
            online: member.online,
            ..Self::of_profile(&member.profile)
        }
    }

    /// Somebody under their own name.
    pub(super) fn of_profile(person: &Profile) -> Self {
        Self {
            user_id: person.id.0,
            label: person.name.clone(),
            name: person.name.clone(),
            username: person.username.clone(),
            initial: initial_of(&person.name),
            hue: hue_of(person.id),
            ..Self::default()
        }
    }
}

/// One line of the log.
pub(super) enum Entry {
    /// A new day.
    Day { at: String, label: String },
    /// What follows is unread.
    New,
    /// A message.
    Message(MessageView),
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::{ConversationId, MessageId, Peer};

    pub(in super::super) const NOW: Timestamp = Timestamp(1_795_197_845_123);

    pub(in super::super) fn person(id: i64, name: &str) -> Profile {
        Profile {
            id: UserId(id),
            username: name.to_lowercase(),
            name: name.into(),
        }
    }

    /// Message `seq` of `sender`, said `minutes` before now.
    pub(in super::super) fn message(
        seq: i64,
        sender: &Profile,
        minutes: u64,
        body: &str,
    ) -> Message {
        Message {
            id: MessageId(seq),
            conversation_id: ConversationId(5),
            seq,
            rev: seq,
            sender: sender.clone(),
            author: sender.id,
            body: body.into(),
            client_id: Some(format!("c{seq}")),
            sent_at: NOW.before(Duration::from_secs(minutes * 60)),
            edited_at: None,
            deleted: false,
        }
    }

    /// A direct conversation with Ana, of which `read_seq` is read on both sides.
    pub(in super::super) fn conversation(read_seq: i64) -> Conversation {
        Conversation {
            id: ConversationId(5),
            kind: ConversationKind::Direct,
            title: "Ana".into(),
            counter: 4,
            last_seq: 4,
            read_seq,
            delivered_seq: 4,
            unread: 1,
            mentioned: false,
            muted: false,
            peer: Some(Peer {
                person: person(2, "Ana"),
                online: true,
                last_seen: None,
                read_seq,
                delivered_seq: 3,
                blocked: false,
                hidden: false,
            }),
            topic: None,
            last_message: None,
            ended_at: None,
        }
    }

    /// The room `general`, with a topic.
    pub(in super::super) fn room() -> Conversation {
        Conversation {
            kind: ConversationKind::Room,
            title: "general".into(),
            topic: Some("Everything & nothing".into()),
            peer: None,
            ..conversation(0)
        }
    }

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

    #[test]
    fn contacts_without_a_conversation_are_listed_after_those_with_one() {
        let contact = |id: i64, name: &str| Contact {
            id: crate::model::ContactId(id),
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
