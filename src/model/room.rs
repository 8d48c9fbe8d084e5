//! Rooms: where many talk, under a name that everybody can see and join by.

use super::{Conversation, ConversationId, Message, Profile, Timestamp};
use crate::error::{Error, Result};

/// A room's name as it is shown, with the key that it is compared by.
///
/// It ends up in addresses, commands and other people's pages, which is why so little is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName {
    text: String,
    key: String,
}

impl RoomName {
    /// The longest a name can be.
    pub const MAX: usize = 50;
    /// The key of the room that is always there.
    pub const GENERAL: &str = "general";

    /// Begins with a letter, goes on with letters, digits and `_`, and has single `-` between parts;
    /// at most 50 characters, all of them ASCII.
    ///
    /// # Errors
    /// `Invalid` when the text breaks the rule.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        let fits = text.len() <= Self::MAX
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.split('-').all(is_part);
        if !fits {
            return Err(Error::invalid(
                "name",
                "A room's name begins with a letter and goes on with letters, digits, _ and single -, \
                 50 at most.",
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            key: text.to_ascii_lowercase(),
        })
    }

    /// As its creator writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As it is compared.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// What a room is about: at most 200 visible characters on one line, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomTopic(String);

impl RoomTopic {
    /// The longest a topic can be, in characters.
    pub const MAX: usize = 200;

    /// Reads a topic.
    ///
    /// # Errors
    /// `Invalid` when it is too long, or holds characters that hide or reorder others.
    pub fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        super::parse_name("topic", text, Self::MAX).map(Self)
    }

    /// The topic, if there is one.
    #[must_use]
    pub fn as_deref(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|text| !text.is_empty())
    }
}

/// A room as anybody with an account sees it.
#[derive(Clone, Debug)]
pub struct RoomSummary {
    /// Its id.
    pub id: ConversationId,
    /// Its name.
    pub name: String,
    /// What it is about; empty if nobody has said.
    pub topic: String,
    /// The username of who made it, if they are still there.
    pub created_by: Option<String>,
    /// How many are in it.
    pub members: usize,
    /// How many of them have a connection right now.
    pub online: usize,
    /// Whether one is in it oneself.
    pub joined: bool,
    /// Whether one may delete it.
    pub may_delete: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last got a name or a topic.
    pub changed_at: Timestamp,
    /// When something was last said in it.
    pub last_at: Option<Timestamp>,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub profile: Profile,
    /// Whether they have a connection right now; never said across a block.
    pub online: bool,
}

/// Who is in a room, as far as they are shown.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// Who is here first, then others; both by username.
    pub shown: Vec<Member>,
    /// How many are in it, shown or not.
    pub count: usize,
}

/// What somebody finds who comes into a room.
#[derive(Clone, Debug)]
pub struct RoomEntry {
    /// The room, as they see it.
    pub conversation: Conversation,
    /// What was said last, oldest first.
    pub messages: Vec<Message>,
}

/// Which room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomKey {
    /// By its id.
    Id(ConversationId),
    /// By its name, however it is spelled; a text that is no name names no room.
    Name(String),
}

/// For how long somebody is in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// Until they leave it.
    Lasting,
    /// As long as the connection lasts by which they came, unless they are there to stay already.
    Passing,
}

/// A command to whoever in a room understands it, a program most likely: told, never stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    name: String,
    payload: String,
}

impl Command {
    /// The longest a name can be, in characters.
    pub const NAME_MAX: usize = 64;
    /// The longest a payload can be, in characters.
    pub const PAYLOAD_MAX: usize = 4096;

    /// Trims the name; the payload stays as it is.
    ///
    /// # Errors
    /// `Invalid` when either is empty or a NUL is inside; `TooLarge` when either is too long.
    pub fn parse(name: &str, payload: &str) -> Result<Self> {
        let name = name.trim();
        for (field, text) in [("command", name), ("payload", payload)] {
            if text.is_empty() {
                return Err(Error::invalid(
                    field,
                    "A command needs a name and a payload.",
                ));
            }
            if text.contains('\0') {
                return Err(Error::invalid(
                    field,
                    "The command holds a character that cannot be sent.",
                ));
            }
        }
        if name.chars().count() > Self::NAME_MAX || payload.chars().count() > Self::PAYLOAD_MAX {
            return Err(Error::TooLarge(format!(
                "A command's name has at most {} characters, its payload {}.",
                Self::NAME_MAX,
                Self::PAYLOAD_MAX
            )));
        }
        Ok(Self {
            name: name.to_owned(),
            payload: payload.to_owned(),
        })
    }

    /// What is wanted.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// With what.
    #[must_use]
    pub fn payload(&self) -> &str {
        &self.payload
    }
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Ok(name) = RoomName::parse(text) {
        assert!((1..=RoomName::MAX).contains(&name.as_str().len()));
        assert!(
            name.as_str()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        );
        assert_eq!(RoomName::parse(name.as_str()).as_ref().ok(), Some(&name));
        assert!(RoomName::parse(name.key()).is_ok_and(|again| again.key() == name.key()));
    }
    if let Ok(topic) = RoomTopic::parse(text) {
        let shown = topic.as_deref().unwrap_or_default();
        assert!(shown.chars().count() <= RoomTopic::MAX && !shown.contains(char::is_control));
        assert_eq!(RoomTopic::parse(shown).as_ref().ok(), Some(&topic));
    }
    let (name, payload) = text.split_once('=').unwrap_or((text, text));
    if let Ok(command) = Command::parse(name, payload) {
        assert!((1..=Command::NAME_MAX).contains(&command.name().chars().count()));
        assert_eq!((command.name(), command.payload()), (name.trim(), payload));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn s2_05_names_of_rooms_follow_the_rule() {
        for good in [
            "a",
            "general",
            "Rust_2024",
            "rust-lang",
            "a-1-b_",
            &"x".repeat(50),
        ] {
            assert_eq!(RoomName::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "-",
            "1a",
            "_a",
            "a-",
            "-a",
            "a--b",
            "a b",
            "ä",
            "a.b",
            "<b>",
            "a\n-b",
            "a/b",
            "а",
            &"x".repeat(51),
        ] {
            assert!(RoomName::parse(bad).is_err(), "{bad:?}");
        }
        let loud = RoomName::parse(" General ").unwrap();
        assert_eq!((loud.as_str(), loud.key()), ("General", RoomName::GENERAL));
    }

    #[test]
    fn a_topic_may_be_empty_and_is_one_line() {
        assert_eq!(RoomTopic::parse("  ").unwrap().as_deref(), None);
        assert_eq!(
            RoomTopic::parse(" all things ").unwrap().as_deref(),
            Some("all things")
        );
        for bad in ["a\nb", "a\u{202E}b", &"x".repeat(201)] {
            assert!(RoomTopic::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_command_needs_a_name_and_a_payload() {
        let command = Command::parse(" stock ", " aapl.us ").unwrap();
        assert_eq!((command.name(), command.payload()), ("stock", " aapl.us "));
        for (name, payload) in [("", "x"), (" ", "x"), ("x", ""), ("x\0y", "x"), ("x", "\0")] {
            assert!(
                matches!(Command::parse(name, payload), Err(Error::Invalid { .. })),
                "{name:?} {payload:?}"
            );
        }
        assert!(Command::parse("x", " ").is_ok());
        for (name, payload) in [("x".repeat(65), "x".into()), ("x".into(), "x".repeat(4097))] {
            assert!(matches!(
                Command::parse(&name, &payload),
                Err(Error::TooLarge(_))
            ));
        }
    }

    proptest! {
        #[test]
        fn a_name_that_is_taken_can_stand_anywhere(text in "\\PC{0,60}") {
            promises(&text);
        }

        #[test]
        fn so_can_one_that_looks_like_one(text in "[a-zA-Z0-9_= -]{0,60}") {
            promises(&text);
        }
    }
}
