//! Rooms, as programs list, make and delete them.

use serde::{Deserialize, Serialize};

/// A room.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedRoom {
    /// Its id as a conversation.
    pub conversation_id: i64,
    /// Its name.
    pub name: String,
    /// What it is about; empty if nobody has said.
    pub topic: String,
    /// The username of who made it; nobody's if they are gone, or if it was always there.
    pub created_by: Option<String>,
    /// How many are in it.
    pub members: usize,
    /// How many of them are connected.
    pub online: usize,
    /// Whether one is in it oneself.
    pub joined: bool,
}

/// `GET /api/rooms`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomList {
    /// Who asked.
    pub user_id: i64,
    /// Every room, by name.
    pub data: Vec<ListedRoom>,
}

/// `POST /api/rooms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MakeRoom {
    /// Begins with a letter; letters, digits, `_` and single `-`, at most 50.
    pub name: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// `POST /api/rooms`, `DELETE /api/rooms/{name}`, and `PUT` and `DELETE` of `/api/rooms/{name}/membership`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomDone {
    /// Who asked.
    pub user_id: i64,
    /// The room.
    pub name: String,
    /// A sentence for the person.
    pub message: String,
}

/// A message of a room.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomMessage {
    /// Its id, over all conversations.
    pub message_id: i64,
    /// Its place in the room.
    pub seq: i64,
    /// When it was stored.
    pub datetime_writing: String,
    /// What it says.
    pub text: String,
    /// Who said it.
    pub sender_id: i64,
    /// Their username.
    pub sender: String,
}

/// `GET /api/rooms/{name}/messages`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RoomMessageList {
    /// Who asked.
    pub user_id: i64,
    /// Of which room.
    pub name: String,
    /// A page of its messages, the oldest first, deleted ones left out.
    pub data: Vec<RoomMessage>,
    /// What to ask for as `before_seq` to go on; null where the room begins.
    pub before_seq: Option<i64>,
}

/// `POST /api/rooms/{name}/messages`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SayInRoom {
    /// What to say.
    pub text: String,
}

/// `POST /api/rooms/{name}/messages`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaidInRoom {
    /// Who asked.
    pub user_id: i64,
    /// Where it was said.
    pub name: String,
    /// The new message.
    pub message_id: i64,
    /// A sentence for the person.
    pub message: String,
}

/// `PUT` and `DELETE` of `/api/messages/{message_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageDone {
    /// Who asked.
    pub user_id: i64,
    /// Which message.
    pub message_id: i64,
    /// A sentence for the person.
    pub message: String,
}
