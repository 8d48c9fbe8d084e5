//! The frames of the room dialect, as far as the bot speaks it: JSON texts over `/ws/chat`.

use serde::{Deserialize, Serialize};

/// What the bot says to the server.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum ClientFrame<'a> {
    List,
    Join { room_name: &'a str },
    Message { room_name: &'a str, body: &'a str },
}

/// What it hears. Whatever else there is, now or later, is `Other`.
#[derive(Debug, Deserialize)]
#[serde(tag = "type")]
pub(crate) enum ServerFrame {
    #[serde(rename = "fatal")]
    Fatal(Fatal),
    #[serde(rename = "notification")]
    Notification(Notification),
    #[serde(rename = "error")]
    Error(Refusal),
    #[serde(rename = "room:notification")]
    Room(RoomNotification),
    #[serde(other)]
    Other,
}

/// Why the server closes the connection at once.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub(crate) enum Fatal {
    NotAuthenticated,
    AlreadyChatting,
    #[serde(other)]
    Other,
}

/// What concerns the connection.
#[derive(Debug, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub(crate) enum Notification {
    ApiMotd,
    List {
        list: Vec<ListedRoom>,
    },
    LoggedOut,
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ListedRoom {
    pub(crate) name: String,
}

/// What the server would not do.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    #[serde(default)]
    pub(crate) details: Option<Details>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Details {
    /// Of the room, if it is about one.
    #[serde(default)]
    pub(crate) name: Option<String>,
}

/// What happened in a room.
#[derive(Debug, Deserialize)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub(crate) enum RoomNotification {
    Joined {
        you: bool,
        room_name: String,
    },
    Parted {
        you: bool,
        room_name: String,
    },
    Custom {
        you: bool,
        room_name: String,
        command: String,
        payload: String,
    },
    #[serde(other)]
    Other,
}
