//! What the server says by itself (section 5).

use super::{Conversation, MatchState, Message, PartnerPresence, User};
use serde::{Deserialize, Serialize};

/// `ready`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ready {
    /// Who I am.
    pub user: Me,
    /// Changes only when the database was replaced.
    pub epoch: String,
    /// Who answers.
    pub server: Server,
    /// How much of everything.
    pub limits: Limits,
    /// All of mine, the latest first.
    pub conversations: Vec<Conversation>,
    /// How it stands with my stranger, if I wait for one or talk with one.
    #[serde(rename = "match")]
    pub matched: Option<MatchState>,
}

/// Who I am.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Me {
    /// My id.
    pub id: i64,
    /// My username.
    pub username: String,
    /// My name.
    pub name: String,
    /// `person`, `guest` or `bot`.
    pub kind: String,
}

/// Who answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its time.
    pub time: String,
}

/// How much of everything.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits {
    /// Of a body, in bytes of UTF-8.
    pub message_bytes: usize,
    /// Of a body, in characters.
    pub message_chars: usize,
    /// Of a page of `history`.
    pub history: i64,
    /// Of an answer to `sync`.
    pub sync: i64,
    /// Of one packet, in bytes.
    pub packet_bytes: u64,
}

/// `message:new`, `message:edited`, `message:deleted`. `M` for whoever only writes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessagePush<M = Message> {
    /// The message.
    pub message: M,
}

impl MessagePush {
    /// What stands before and after the message, as JSON.
    pub const AROUND: [&str; 2] = [r#"{"message":"#, "}"];
}

/// `receipt`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Where.
    pub conversation_id: i64,
    /// Who.
    pub user_id: i64,
    /// Received up to here.
    pub delivered_seq: i64,
    /// Read up to here.
    pub read_seq: i64,
}

/// `typing`, to a client. A lease of six seconds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TypingPush {
    /// Where.
    pub conversation_id: i64,
    /// Who.
    pub user: User,
    /// Began or stopped.
    pub on: bool,
}

/// `presence`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Presence {
    /// Who.
    pub user_id: i64,
    /// Came or went.
    pub online: bool,
    /// When they went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
}

/// `conversation:new`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConversationPush {
    /// The conversation.
    pub conversation: Conversation,
}

/// `conversation:removed`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConversationRemoved {
    /// Which.
    pub conversation_id: i64,
}

/// `member:joined` and `member:left`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MemberPush {
    /// Which room.
    pub conversation_id: i64,
    /// Who.
    pub user: User,
    /// Whether they are connected.
    pub online: bool,
}

/// `room:changed`: both as they are now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomChanged {
    /// Which room.
    pub conversation_id: i64,
    /// Its name.
    pub name: String,
    /// What it is about; may be empty.
    pub topic: String,
}

/// `room:command`, to a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomCommandPush {
    /// Where.
    pub conversation_id: i64,
    /// By whom.
    pub user: User,
    /// What is wanted.
    pub command: String,
    /// With what.
    pub payload: String,
    /// When.
    pub sent_at: String,
}

/// `mention`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mention {
    /// Where.
    pub conversation_id: i64,
    /// The message that names me.
    pub message: Message,
}

/// `match:cancelled`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Empty {}

/// `match:partner`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatchPartner {
    /// In which match.
    pub conversation_id: i64,
    /// How it is.
    #[serde(flatten)]
    pub presence: PartnerPresence,
}

/// `match:ended`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatchEnded {
    /// Which.
    pub conversation_id: i64,
    /// `left`, `lost`, `blocked`, `reported` or `moderator`.
    pub reason: String,
}

/// `match:kept`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MatchKept {
    /// Which match.
    pub conversation_id: i64,
    /// Where the two talk from now on.
    pub conversation: Conversation,
}

/// `notice:new`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NoticePush {
    /// What they say.
    pub text: String,
}

/// `session:ended`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SessionEnded {
    /// `signed_out`, `suspended` or `expired`.
    pub reason: String,
}

/// `server:draining`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Draining {
    /// When to come back.
    pub reconnect_in_ms: u64,
}
