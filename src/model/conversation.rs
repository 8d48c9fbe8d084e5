//! Where people talk: one shape for direct talks, rooms and matches.

use super::{ConversationId, Message, Profile, Timestamp};

/// The three kinds of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversationKind {
    /// Two people who know each other.
    Direct,
    /// Many, under a name.
    Room,
    /// Two strangers, for as long as it lasts.
    Match,
}

impl ConversationKind {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Room => "room",
            Self::Match => "match",
        }
    }

    /// The kind of that word; the database holds no other.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "room" => Self::Room,
            "match" => Self::Match,
            _ => Self::Direct,
        }
    }
}

/// A conversation as one of its members sees it.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Direct, room or match.
    pub kind: ConversationKind,
    /// What the member calls it: the contact's label, the person's name, the room's name.
    pub title: String,
    /// Grows by one with every change.
    pub counter: i64,
    /// The `seq` of the last message; 0 while there is none.
    pub last_seq: i64,
    /// How far the member has read.
    pub read_seq: i64,
    /// How far the member's devices have received.
    pub delivered_seq: i64,
    /// Messages of others after `read_seq`, counted up to [`Conversation::UNREAD_MAX`].
    pub unread: i64,
    /// Whether a message after `read_seq` names the member.
    pub mentioned: bool,
    /// Whether the member wants to be left alone by it.
    pub muted: bool,
    /// The other person of a direct conversation.
    pub peer: Option<Peer>,
    /// What a room is about.
    pub topic: Option<String>,
    /// The message at `last_seq`.
    pub last_message: Option<Message>,
    /// When it ended, if it is a match that has.
    pub ended_at: Option<Timestamp>,
}

impl Conversation {
    /// Where counting unread messages stops, so that a list never costs more than what it shows.
    pub const UNREAD_MAX: i64 = 1_000;
}

/// The other person of a direct conversation.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Who they are.
    pub person: Profile,
    /// Whether any of their devices is connected. Known to presence, not to the database.
    pub online: bool,
    /// When the last of them left.
    pub last_seen: Option<Timestamp>,
    /// How far they have read.
    pub read_seq: i64,
    /// How far their devices have received.
    pub delivered_seq: i64,
    /// Whether the member has blocked them.
    pub blocked: bool,
    /// Whether one of the two has blocked the other: then neither learns whether the other is here.
    pub hidden: bool,
}

/// A stretch of history, oldest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The messages, ascending by `seq`.
    pub messages: Vec<Message>,
    /// Whether there are more before the first.
    pub more: bool,
}

/// What a client missed: conversations that changed, and their messages that changed.
#[derive(Clone, Debug)]
pub struct Sync {
    /// Those whose counter passed the cursor, or that had none.
    pub conversations: Vec<Conversation>,
    /// Their messages with a later `rev`, by `(conversation, rev)`.
    pub messages: Vec<Message>,
    /// Whether to ask again with the cursors moved.
    pub more: bool,
}
