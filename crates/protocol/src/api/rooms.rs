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

/// `POST /api/rooms` and `DELETE /api/rooms/{name}`, answered.
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
