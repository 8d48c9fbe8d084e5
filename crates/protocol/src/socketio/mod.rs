//! Socket.IO, namespace `/` (protocol page, sections 1 to 5).

mod answer;
pub mod event;
mod push;
mod request;

pub use answer::*;
pub use push::*;
pub use request::*;

use serde::{Deserialize, Serialize};

/// What the CONNECT packet may carry.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Auth {
    /// An API token.
    #[serde(default)]
    pub token: Option<String>,
}

/// Anybody, as others see them. `Text` may be borrowed, by whoever only writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User<Text = String> {
    /// Their id.
    pub id: i64,
    /// Their username.
    pub username: Text,
    /// Their name.
    pub name: Text,
}

/// A message. `Text` as in [`User`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message<Text = String> {
    /// Its id.
    pub id: i64,
    /// Where it was said.
    pub conversation_id: i64,
    /// Its place.
    pub seq: i64,
    /// The counter at its latest change.
    pub rev: i64,
    /// Who said it.
    pub sender: User<Text>,
    /// The text; empty once deleted.
    pub body: Text,
    /// The sender's own id for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<Text>,
    /// RFC 3339, UTC, milliseconds.
    pub sent_at: Text,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Text>,
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
    /// Present, and true, where a message after `read_seq` names the member.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentioned: bool,
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
    /// When it ended, if it is a match that has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
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

/// A room, in the list of all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is about; empty if nobody has said.
    pub topic: String,
    /// How many are in it.
    pub members: usize,
    /// How many of them are connected.
    pub online: usize,
    /// Whether I am in it.
    pub joined: bool,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Their id.
    pub id: i64,
    /// Their username.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Whether they are connected.
    pub online: bool,
}

/// How it stands with somebody's stranger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum MatchState {
    /// There is nobody yet.
    Waiting {
        /// Since when.
        since: String,
        /// For somebody who likes one of these.
        interests: Vec<String>,
        /// And for nobody else.
        only_common: bool,
        /// From when on for anybody; never without it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        widen_at: Option<String>,
    },
    /// There is one.
    Matched {
        /// Where the two talk.
        conversation_id: i64,
        /// The stranger.
        partner: Partner,
        /// Oneself, as the stranger sees one.
        you: Seat,
        /// What both like.
        common_interests: Vec<String>,
        /// Since when.
        started_at: String,
        /// Whether one has asked to keep in touch.
        asked_to_keep: bool,
        /// Whether both have.
        kept: bool,
    },
}

/// The stranger of a match.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// What they are called.
    pub name: String,
    /// Whether they are here.
    #[serde(flatten)]
    pub presence: PartnerPresence,
}

/// Whether the stranger is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerPresence {
    /// `here`, `reconnecting` or `left`.
    pub presence: String,
    /// When it is over if they do not come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
}

/// Somebody in a match, as the other one sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// 1 or 2: stands for their id, in this conversation.
    pub id: i64,
    /// What they are called.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::to_string;

    #[test]
    fn what_stands_around_a_message_is_what_serde_writes() {
        let around = |[before, after]: [&str; 2]| format!("{before}7{after}");
        let push = MessagePush { message: 7 };
        let sent = MessageSent {
            ok: Yes,
            message: 7,
            duplicate: false,
        };
        assert_eq!(around(MessagePush::AROUND), to_string(&push).unwrap());
        assert_eq!(around(MessageSent::AROUND_NEW), to_string(&sent).unwrap());
    }
}
