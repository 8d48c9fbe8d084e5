//! The nouns, as plain data, and the parsers that make invalid values impossible. No I/O.
//!
//! A user is a person, a guest or a bot: an [`Account`] to its owner, a [`Profile`] to others. What a
//! user does is done by an [`Actor`]: who, and by which connection. People talk in a [`Conversation`],
//! one row per [`Message`]; a room has a [`RoomName`] and [`Member`]s. Strangers meet as [`Seeker`]s and see a [`Match`]. Whatever must reach somebody at once is an [`Event`], addressed by
//! [`Topic`]s in an [`Envelope`].

mod chat;
mod contact;
mod conversation;
mod email;
mod event;
mod filter;
mod ids;
mod matching;
mod message;
mod phone;
mod room;
mod time;
mod user;
mod username;

pub use chat::{Chat, ChatMessage};
pub use contact::{Contact, Label};
pub use conversation::{Conversation, ConversationKind, Page, Peer, Sync};
pub use email::Email;
pub use event::{Attendance, Envelope, Event, Receipt, SessionEnd, Topic, Topics};
pub use filter::{
    Condition, Direction, Filter, MessageAttribute, Part, PersonAttribute, Value, like_pattern,
};
pub use ids::{ContactId, ConversationId, MessageId, ReportId, SessionId, TokenId, UserId};
pub use matching::{
    Appearance, Complaint, Interest, Match, MatchEnd, MatchState, PartnerPresence, Seat, Seeker,
    Wishes,
};
pub use message::{Body, ClientId, Draft, Message, Target};
pub use phone::{Country, Phone, PhoneRule, SmsText};
pub use room::{
    Command, Member, Members, RoomEntry, RoomKey, RoomName, RoomSummary, RoomTopic, Stay,
};
pub use time::{Timestamp, in_words, until_words};
pub use user::{Account, Actor, DisplayName, Notice, Person, Profile, Theme, UserKind, Via};
pub use username::Username;

use crate::error::Error;

/// What the parsers here promise, for `fuzz/`.
#[cfg(fuzzing)]
pub(crate) mod promises {
    pub(crate) use super::email::promises as email;
    pub(crate) use super::filter::promises as pattern;
    pub(crate) use super::matching::promises as wishes;
    pub(crate) use super::message::promises as message;
    pub(crate) use super::phone::promises as phone;
    pub(crate) use super::room::promises as room;
    pub(crate) use super::user::promises as name;
    pub(crate) use super::username::promises as username;
}

/// Whether a character shows nothing, or reorders or hides what stands beside it: names that others
/// read cannot hold it.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2069}'
            | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{E0000}'..='\u{E007F}')
}

/// Whether a character only changes how the one before it looks: an emoji's shape.
fn is_variation(c: char) -> bool {
    matches!(c, '\u{FE00}'..='\u{FE0F}')
}

/// Trims, composes (NFC) and checks a name of 1 to `max` characters that people will read.
fn parse_name(field: &'static str, text: &str, max: usize) -> Result<String, Error> {
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;

    let name: String = text.trim().nfc().collect();
    let stacked = name
        .chars()
        .collect::<Vec<_>>()
        .windows(4)
        .any(|run| run.iter().copied().all(is_combining_mark));
    if name.is_empty() {
        return Err(Error::invalid(field, "Please fill this in."));
    }
    if name.chars().count() > max {
        return Err(Error::invalid(
            field,
            format!("Please keep it to {max} characters."),
        ));
    }
    if stacked || name.chars().any(is_invisible) || name.chars().all(is_variation) {
        return Err(Error::invalid(
            field,
            "This holds characters that cannot be shown in a name.",
        ));
    }
    Ok(name)
}
