//! Socket.IO, namespace `/` (protocol page, sections 1 to 5).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::HashMap;

/// The names of the events.
pub mod event {
    /// Client: say something.
    pub const MESSAGE_SEND: &str = "message:send";
    /// Client: change it.
    pub const MESSAGE_EDIT: &str = "message:edit";
    /// Client: take it back.
    pub const MESSAGE_DELETE: &str = "message:delete";
    /// Client: a page of history.
    pub const HISTORY: &str = "history";
    /// Client: catch up.
    pub const SYNC: &str = "sync";
    /// Client: I have read up to here.
    pub const READ: &str = "read";
    /// Client: my device has received up to here.
    pub const DELIVERED: &str = "delivered";
    /// Both ways: somebody writes.
    pub const TYPING: &str = "typing";
    /// Client: find or make a direct conversation.
    pub const CONVERSATION_OPEN: &str = "conversation:open";
    /// Client: all of mine.
    pub const CONVERSATION_LIST: &str = "conversation:list";
    /// Client: I do not want to hear them.
    pub const USER_BLOCK: &str = "user:block";
    /// Client: I do again.
    pub const USER_UNBLOCK: &str = "user:unblock";
    /// Server: the first event after CONNECT.
    pub const READY: &str = "ready";
    /// Server: a message was stored.
    pub const MESSAGE_NEW: &str = "message:new";
    /// Server: a message has another body.
    pub const MESSAGE_EDITED: &str = "message:edited";
    /// Server: a message is a tombstone.
    pub const MESSAGE_DELETED: &str = "message:deleted";
    /// Server: somebody received or read further.
    pub const RECEIPT: &str = "receipt";
    /// Server: somebody came or went.
    pub const PRESENCE: &str = "presence";
    /// Server: a conversation is new to you.
    pub const CONVERSATION_NEW: &str = "conversation:new";
    /// Server: your credential ended.
    pub const SESSION_ENDED: &str = "session:ended";
    /// Server: it is about to stop.
    pub const SERVER_DRAINING: &str = "server:draining";
}

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

/// What the CONNECT packet may carry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Auth {
    /// An API token.
    #[serde(default)]
    pub token: Option<String>,
}

/// Anybody, as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub id: i64,
    /// Their username.
    pub username: String,
    /// Their name.
    pub name: String,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its id.
    pub id: i64,
    /// Where it was said.
    pub conversation_id: i64,
    /// Its place.
    pub seq: i64,
    /// The counter at its latest change.
    pub rev: i64,
    /// Who said it.
    pub sender: User,
    /// The text; empty once deleted.
    pub body: String,
    /// The sender's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// RFC 3339, UTC, milliseconds.
    pub sent_at: String,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<String>,
    /// Present, and true, on a tombstone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

/// A conversation as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: i64,
    /// `direct`, `room` or `match`.
    pub kind: String,
    /// What the member calls it.
    pub title: String,
    /// Grows by one with every change.
    pub counter: i64,
    /// The place of the last message.
    pub last_seq: i64,
    /// How far the member has read.
    pub read_seq: i64,
    /// How far the member's devices have received.
    pub delivered_seq: i64,
    /// Messages of others after `read_seq`, counted up to 1,000.
    pub unread: i64,
    /// Whether the member wants to be left alone by it.
    pub muted: bool,
    /// The other one of a direct conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<Peer>,
    /// What a room is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// The message at `last_seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Message>,
}

/// The other one of a direct conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Their id.
    pub id: i64,
    /// Their username.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Whether any of their devices is connected.
    pub online: bool,
    /// When the last of them left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// How far they have read.
    pub read_seq: i64,
    /// How far their devices have received.
    pub delivered_seq: i64,
    /// Whether the member has blocked them.
    pub blocked: bool,
}

// --- Client to server ---------------------------------------------------------------------------

/// `message:send`: one of `conversation_id` and `to`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageSend {
    /// Into a conversation of mine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<i64>,
    /// To a person that I know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<i64>,
    /// What to say.
    pub body: String,
    /// My own id for it, kept over retries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
}

/// `message:edit`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageEdit {
    /// Which.
    pub message_id: i64,
    /// The new text.
    pub body: String,
}

/// `message:delete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageDelete {
    /// Which.
    pub message_id: i64,
}

/// `history`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct History {
    /// Of which conversation.
    pub conversation_id: i64,
    /// Before this place; the last messages if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// At most 100, which is also what is given without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// `sync`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sync {
    /// The counter that I know of each conversation, by its id as a string.
    #[serde(default)]
    pub cursors: HashMap<String, i64>,
    /// At most 200, which is also what is given without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// `read` and `delivered`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Mark {
    /// Where.
    pub conversation_id: i64,
    /// Up to here.
    pub seq: i64,
}

/// `typing`, from a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Typing {
    /// Where.
    pub conversation_id: i64,
    /// Whether I began or stopped.
    pub on: bool,
}

/// `conversation:open`: one of the two.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConversationOpen {
    /// A person that I know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// Anybody, by username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}

/// `user:block` and `user:unblock`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserBlock {
    /// Whom.
    pub user_id: i64,
}

// --- Answers ------------------------------------------------------------------------------------

/// To an event that has nothing to tell.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// True.
    pub ok: Yes,
}

/// To `message:send`: it is on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessageSent {
    /// True.
    pub ok: Yes,
    /// As it is stored.
    pub message: Message,
    /// Whether it was there before.
    pub duplicate: bool,
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

/// To `conversation:open`.
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

// --- Server to client ---------------------------------------------------------------------------

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
    /// The state of my match; there is none.
    #[serde(rename = "match")]
    pub matched: Option<serde_json::Value>,
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

/// `message:new`, `message:edited`, `message:deleted`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MessagePush {
    /// The message.
    pub message: Message,
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
