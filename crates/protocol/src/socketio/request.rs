//! What a client says (section 4).

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

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

/// `room:create`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomCreate {
    /// A letter, then letters, digits, `_` and single `-`; at most 50.
    pub name: String,
    /// What it is about, in at most 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// `room:delete`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomDelete {
    /// Which.
    pub conversation_id: i64,
}

/// `room:join` and `room:leave`: one of the two.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WhichRoom {
    /// The room of that id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<i64>,
    /// The room of that name, ignoring case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `room:command`, from a client.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomCommand {
    /// Where.
    pub conversation_id: i64,
    /// What is wanted, in 1 to 64 characters.
    pub command: String,
    /// With what, in 1 to 4096.
    pub payload: String,
}

/// `user:block` and `user:unblock`: one of the two.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct UserBlock {
    /// Somebody that I know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<i64>,
    /// The stranger of that match.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<i64>,
}

/// `match:find` and `match:next`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MatchFind {
    /// What I would like to talk about; at most ten.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<String>,
    /// With nobody who shares none of these.
    #[serde(default)]
    pub only_common: bool,
    /// `anonymous` or `username`.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub appearance: Option<String>,
}

/// `match:keep`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct MatchKeep {
    /// With the stranger of that match; my latest without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<i64>,
    /// What the other one is to call me; my own name without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// `report`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The conversation that it is about.
    pub conversation_id: i64,
    /// The message that it is about; in a room there has to be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<i64>,
    /// Why, in 1 to 100 characters.
    pub reason: String,
    /// What else there is to say, in at most 1,000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}
