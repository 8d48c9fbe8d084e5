//! What an acknowledgement says (sections 3 and 4).

use super::{Conversation, MatchState, Member, Message, Room};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The `ok: true` of an acknowledgement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Yes;

impl Serialize for Yes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(true)
    }
}

impl<'de> Deserialize<'de> for Yes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if bool::deserialize(deserializer)? {
            Ok(Self)
        } else {
            Err(serde::de::Error::custom("expected true"))
        }
    }
}

/// A refused event: `{ok: false, error}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refusal {
    /// Always false.
    pub ok: bool,
    /// Why.
    pub error: Failure,
}

/// Why an event was refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// For programs: `invalid`, `not_found`, … (section 3).
    pub code: String,
    /// For people.
    pub message: String,
    /// Whether trying again can help.
    pub retryable: bool,
    /// How long to wait before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// Which field of the payload, for `invalid` and `conflict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// To an event that has nothing to tell.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// True.
    pub ok: Yes,
}

/// To `message:send`: it is on disk. `M` for whoever has the message as JSON already.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageSent<M = Message> {
    /// True.
    pub ok: Yes,
    /// As it is stored.
    pub message: M,
    /// Whether it was there before.
    pub duplicate: bool,
}

impl MessageSent {
    /// What stands before and after a message that was not there before, as JSON.
    pub const AROUND_NEW: [&str; 2] = [r#"{"ok":true,"message":"#, r#","duplicate":false}"#];
}

/// To `message:edit` and `message:delete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageChanged {
    /// True.
    pub ok: Yes,
    /// As it is now.
    pub message: Message,
}

/// To `history`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HistoryPage {
    /// True.
    pub ok: Yes,
    /// Ascending.
    pub messages: Vec<Message>,
    /// Whether there are more before them.
    pub more: bool,
}

/// To `sync`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Synced {
    /// True.
    pub ok: Yes,
    /// Those that changed.
    pub conversations: Vec<Conversation>,
    /// Their messages that changed, by `(conversation, rev)`.
    pub messages: Vec<Message>,
    /// Whether to ask again.
    pub more: bool,
}

/// To `read`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Read {
    /// True.
    pub ok: Yes,
    /// Where the mark is now.
    pub read_seq: i64,
}

/// To `delivered`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Delivered {
    /// True.
    pub ok: Yes,
    /// Where the mark is now.
    pub delivered_seq: i64,
}

/// To `conversation:open` and `room:create`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConversationOpened {
    /// True.
    pub ok: Yes,
    /// The conversation.
    pub conversation: Conversation,
}

/// To `conversation:list`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConversationListed {
    /// True.
    pub ok: Yes,
    /// The latest first.
    pub conversations: Vec<Conversation>,
}

/// To `room:list`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomListed {
    /// True.
    pub ok: Yes,
    /// By name.
    pub rooms: Vec<Room>,
}

/// To `room:members`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomMembers {
    /// True.
    pub ok: Yes,
    /// Who is here first, then others, both by username; at most 500.
    pub members: Vec<Member>,
    /// How many are in it, listed or not.
    pub member_count: usize,
}

/// To `room:join`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomJoined {
    /// True.
    pub ok: Yes,
    /// The room, as I see it.
    pub conversation: Conversation,
    /// Who is in it, as in [`RoomMembers`].
    pub members: Vec<Member>,
    /// How many are in it, listed or not.
    pub member_count: usize,
    /// What was said last, ascending, at most 50.
    pub messages: Vec<Message>,
}

/// To `match:find` and `match:next`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatchAnswer {
    /// True.
    pub ok: Yes,
    /// How it stands.
    #[serde(rename = "match")]
    pub state: MatchState,
}

/// To `match:keep`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// True.
    pub ok: Yes,
    /// Whether both have asked.
    pub kept: bool,
}

/// To `report`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Reported {
    /// True.
    pub ok: Yes,
    /// Its number, to ask about it.
    pub report_id: i64,
}
