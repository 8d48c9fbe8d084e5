//! People and what they said, for the tests of pages.

use crate::model::{
    Conversation, ConversationId, ConversationKind, Message, MessageId, Peer, Profile, Timestamp,
    UserId,
};
use std::time::Duration;

pub(super) const NOW: Timestamp = Timestamp(1_795_197_845_123);

pub(super) fn person(id: i64, name: &str) -> Profile {
    Profile {
        id: UserId(id),
        username: name.to_lowercase(),
        name: name.into(),
    }
}

/// Message `seq` of `sender`, said `minutes` before now.
pub(super) fn message(seq: i64, sender: &Profile, minutes: u64, body: &str) -> Message {
    Message {
        id: MessageId(seq),
        conversation_id: ConversationId(5),
        seq,
        rev: seq,
        sender: sender.clone().into(),
        author: sender.id,
        body: body.into(),
        client_id: Some(format!("c{seq}")),
        sent_at: NOW.before(Duration::from_secs(minutes * 60)),
        edited_at: None,
        deleted: false,
    }
}

/// A direct conversation with Ana, of which `read_seq` is read on both sides.
pub(super) fn conversation(read_seq: i64) -> Conversation {
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
pub(super) fn room() -> Conversation {
    Conversation {
        kind: ConversationKind::Room,
        title: "general".into(),
        topic: Some("Everything & nothing".into()),
        peer: None,
        ..conversation(0)
    }
}
