//! What people say: bodies that fit, drafts with the sender's own id, and stored messages.

use super::{ConversationId, MessageId, Profile, Timestamp, UserId, Username};
use crate::error::{Error, Result};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// A stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its id, over all conversations.
    pub id: MessageId,
    /// Where it was said.
    pub conversation_id: ConversationId,
    /// Its place: the conversation's counter when it was stored.
    pub seq: i64,
    /// The counter at its latest change; equal to `seq` until then.
    pub rev: i64,
    /// Who said it, as the members see them: strangers by seat and alias.
    pub sender: Arc<Profile>,
    /// Who said it. Never leaves the server.
    pub author: UserId,
    /// The text; empty once deleted.
    pub body: String,
    /// The sender's own id for it.
    pub client_id: Option<String>,
    /// When it was stored.
    pub sent_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// Whether it was deleted: what stays is its place.
    pub deleted: bool,
}

/// The text of a message: 1 to 4096 characters, at most 16 KiB, no NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body(String);

impl Body {
    /// The longest text, in characters.
    pub const MAX_CHARS: usize = 4096;
    /// The longest text, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 16 * 1024;
    const LINE_ENDS: [char; 2] = ['\n', '\r'];

    /// Trims line ends, then measures. Nothing is ever cut.
    ///
    /// # Errors
    /// `Invalid` when nothing is left or a NUL is inside; `TooLarge` past either limit.
    pub fn parse(text: impl Into<String>) -> Result<Self> {
        let mut text = text.into();
        let trimmed = text.trim_matches(Self::LINE_ENDS);
        if trimmed.len() < text.len() {
            text = trimmed.to_owned();
        }
        if text.trim().is_empty() {
            return Err(Error::invalid("body", "An empty message cannot be sent."));
        }
        if text.contains('\0') {
            return Err(Error::invalid(
                "body",
                "The message holds a character that cannot be stored.",
            ));
        }
        if text.len() > Self::MAX_BYTES || text.chars().count() > Self::MAX_CHARS {
            return Err(Error::TooLarge(format!(
                "A message has at most {} characters.",
                Self::MAX_CHARS
            )));
        }
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Half a SHA-256 of what was first sent: enough to tell a retry from another message, and a text that was
    /// damaged on the disk from a whole one.
    #[must_use]
    pub fn digest_of(text: &[u8]) -> [u8; 16] {
        let mut half = [0; 16];
        half.copy_from_slice(&Sha256::digest(text)[..16]);
        half
    }

    /// The most people that one text can name.
    pub const MENTIONS_MAX: usize = 10;

    /// The keys of the usernames that may be meant by `@username`, the first ten of them. A username may
    /// end in a full stop and a sentence does, so that both readings are given.
    #[must_use]
    pub fn mentions(&self) -> Vec<String> {
        let is_part = |c: char| c.is_alphanumeric() || "_.@+-".contains(c);
        let mut found: Vec<&str> = Vec::new();
        for (at, _) in self.0.match_indices('@') {
            let (before, after) = (&self.0[..at], &self.0[at + 1..]);
            if before.ends_with(is_part) {
                continue;
            }
            let name = &after[..after.find(|c| !is_part(c)).unwrap_or(after.len())];
            if !name.is_empty() && !found.contains(&name) {
                found.push(name);
            }
            if found.len() == Self::MENTIONS_MAX {
                break;
            }
        }
        let mut keys: Vec<_> = found
            .iter()
            .flat_map(|name| [*name, name.trim_end_matches(['.', '@', '+', '-'])])
            .map(Username::key_of)
            .filter(|key| !key.is_empty())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// The sender's own id of a message: 1 to 64 of `[A-Za-z0-9_-]`, unique per sender for ever.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientId(String);

impl ClientId {
    /// Reads an id that a client made.
    ///
    /// # Errors
    /// `Invalid` when it is empty, longer than 64, or holds another character.
    pub fn parse(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if fits {
            Ok(Self(text))
        } else {
            Err(Error::invalid(
                "client_id",
                "A client_id is 1 to 64 of A-Z, a-z, 0-9, _ and -.",
            ))
        }
    }

    /// One for a message that came without: it grows with time, as those of good clients do, so that it
    /// is stored beside the one before it.
    #[must_use]
    pub fn made_at(now: Timestamp, random: u64) -> Self {
        Self(format!("s-{:012x}-{random:016x}", now.0))
    }

    /// The id of the `n`th of several messages that came under one. No client can make such an id.
    #[must_use]
    pub fn of_part(&self, n: usize) -> Self {
        match n {
            0 | 1 => self.clone(),
            _ => Self(format!("{}:{n}", self.0)),
        }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A message on its way in.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where it goes.
    pub target: Target,
    /// What it says.
    pub body: Body,
    /// The sender's own id, by which a retry is known.
    pub client_id: ClientId,
}

/// Where a draft goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Into a conversation that the sender is in.
    Conversation(ConversationId),
    /// To a person: their direct conversation is made if it is missing.
    Person(UserId),
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Ok(body) = Body::parse(text) {
        assert_eq!(body.as_str(), text.trim_matches(['\n', '\r']));
        assert_eq!(Body::parse(body.as_str()).as_ref().ok(), Some(&body));
        assert!(body.as_str().len() <= Body::MAX_BYTES);
        // Both readings of each name.
        let mentions = body.mentions();
        assert!(mentions.len() <= 2 * Body::MENTIONS_MAX);
        assert!(mentions.iter().all(|key| *key == Username::key_of(key)));
    }
    if let Ok(id) = ClientId::parse(text) {
        assert!(id.as_str().len() <= 64);
        assert!(
            id.as_str()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
        );
        // A part's id is none that a client could have made.
        assert!(ClientId::parse(id.of_part(2).as_str()).is_err());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bodies_are_measured_and_never_cut() {
        assert_eq!(Body::parse("\n hi \r\n").unwrap().as_str(), " hi ");
        assert!(Body::parse(" \n ").is_err());
        assert!(Body::parse("a\0b").is_err());
        assert!(Body::parse("x".repeat(4096)).is_ok());
        assert!(matches!(
            Body::parse("x".repeat(4097)),
            Err(Error::TooLarge(_))
        ));
        assert!(
            Body::parse("🎈".repeat(4096)).is_ok(),
            "4096 characters of four bytes are 16 KiB"
        );
    }

    #[test]
    fn mentions_are_read_where_a_word_begins() {
        let mentions = |text: &str| Body::parse(text).unwrap().mentions();
        assert_eq!(mentions("@JZ, look"), ["jz"]);
        assert_eq!(mentions("thanks (@jz)! @Jz"), ["jz"]);
        assert_eq!(mentions("ask @j.z."), ["j.z", "j.z."]);
        for nobody in ["kevin@jz.org", "@", "@ jz", "a @, b"] {
            assert_eq!(mentions(nobody), [] as [&str; 0], "{nobody}");
        }
        let crowd: String = (0..20).map(|n| format!("@p{n} ")).collect();
        assert_eq!(mentions(&crowd).len(), Body::MENTIONS_MAX);
    }

    proptest! {
        #[test]
        fn a_body_is_taken_whole_and_names_a_few(text in "(\\PC|[@\n ])*") {
            promises(&text);
        }

        #[test]
        fn a_client_id_holds_only_what_it_may(text in "[a-zA-Z0-9_:-]{0,80}") {
            promises(&text);
        }

        #[test]
        fn an_id_made_by_the_server_is_a_client_id(ms in 0_i64.., random: u64) {
            prop_assert!(ClientId::parse(ClientId::made_at(Timestamp(ms), random).as_str()).is_ok());
        }
    }
}
