//! The raw dialect: JSON in text frames over a WebSocket at `/ws/chat` (protocol page, section 9).
//!
//! Each frame is an object with a `type`. Keys are exactly these, in the order in which they stand here.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ClientFrame {
    /// Tell me what there is to say.
    Help,
    /// Every room.
    List,
    /// Let me in.
    Join {
        /// Where.
        room_name: String,
    },
    /// I am leaving.
    Part {
        /// Where.
        room_name: String,
    },
    /// Say something, or send a command.
    Message {
        /// Where.
        room_name: String,
        /// Which of the two.
        #[serde(flatten)]
        said: Said,
    },
    /// Send a command, as older clients do.
    Custom {
        /// Where.
        room_name: String,
        /// What.
        #[serde(flatten)]
        command: Command,
    },
}

/// What a `message` holds. With a `body` it is that, whatever else there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Said {
    /// Words.
    Words {
        /// The text.
        body: String,
    },
    /// A command.
    Command(Command),
}

/// A command to whoever in the room understands it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What is wanted.
    pub command: String,
    /// With what.
    pub payload: String,
}

/// What the server says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum ServerFrame {
    /// Not at all: the connection closes.
    #[serde(rename = "fatal")]
    Fatal {
        /// `not-authenticated` or `already-chatting`.
        code: String,
    },
    /// To this client alone.
    #[serde(rename = "notification")]
    Notification(Notification),
    /// What the client said was refused.
    #[serde(rename = "error")]
    Error {
        /// `invalid-format`, `unsupported-command`, `rate-limited`, `unavailable`, `room:…`.
        code: String,
        /// About what.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        details: Option<Details>,
    },
    /// To everybody in a room.
    #[serde(rename = "room:notification")]
    Room(RoomNotification),
}

/// What an error is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Details {
    /// A type that there is not.
    Type {
        /// As it was sent; null if it was not.
        #[serde(rename = "type")]
        sent: Value,
    },
    /// A room.
    Name {
        /// As it was sent.
        name: String,
    },
    /// A limit.
    Reason {
        /// `too-long`.
        reason: String,
    },
}

/// To one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code")]
pub enum Notification {
    /// The first frame of all.
    #[serde(rename = "api-motd")]
    Motd {
        /// A greeting.
        content: String,
    },
    /// What there is to say.
    #[serde(rename = "help")]
    Help {
        /// In words.
        help: String,
    },
    /// Every room, by name.
    #[serde(rename = "list")]
    List {
        /// The rooms.
        list: Vec<ListedRoom>,
    },
    /// The credential has ended: the connection closes.
    #[serde(rename = "logged-out")]
    LoggedOut,
}

/// One room of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRoom {
    /// Its name.
    pub name: String,
    /// Whether this connection is in it.
    pub joined: bool,
}

/// What happens in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "lowercase")]
pub enum RoomNotification {
    /// Somebody came in.
    Joined {
        /// Whether it was me.
        you: bool,
        /// What I find, if it was.
        status: Option<RoomStatus>,
        /// Who.
        user: String,
        /// Where.
        room_name: String,
        /// When: `YYYY-MM-DD HH:MM:SS`, UTC.
        stamp: String,
    },
    /// Somebody left.
    Parted {
        /// Whether it was me.
        you: bool,
        /// Who.
        user: String,
        /// Where.
        room_name: String,
        /// When.
        stamp: String,
    },
    /// Somebody said something.
    Message {
        /// Whether it was me.
        you: bool,
        /// Who.
        user: String,
        /// Where.
        room_name: String,
        /// What.
        body: String,
        /// When.
        stamp: String,
    },
    /// Somebody sent a command.
    Custom {
        /// Whether it was me.
        you: bool,
        /// Who.
        user: String,
        /// Where.
        room_name: String,
        /// What is wanted.
        command: String,
        /// With what.
        payload: String,
        /// When.
        stamp: String,
    },
}

/// What somebody finds who comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomStatus {
    /// Who is there, by name.
    pub users: Vec<RoomUser>,
    /// What was said last, the newest first, at most 50.
    pub messages: Vec<RoomMessage>,
}

/// Somebody who is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomUser {
    /// Their username.
    pub name: String,
    /// Whether it is me.
    pub you: bool,
}

/// Something that was said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomMessage {
    /// When.
    pub stamp: String,
    /// By whom.
    pub user: String,
    /// What.
    pub body: String,
    /// Whether by me.
    pub you: bool,
}
