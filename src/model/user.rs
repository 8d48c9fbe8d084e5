//! People, guests and bots: who they are, what others may see of them, and who is acting.

use super::{SessionId, Timestamp, TokenId, UserId, parse_name};
use crate::error::{Error, Result};
use std::hash::{DefaultHasher, Hash, Hasher};

/// What kind of user this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserKind {
    /// Somebody with an account.
    Person,
    /// Somebody without one, here for a match.
    Guest,
    /// A program, marked as such.
    Bot,
}

impl UserKind {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Guest => "guest",
            Self::Bot => "bot",
        }
    }

    /// The kind of that word; the database holds no other.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "guest" => Self::Guest,
            "bot" => Self::Bot,
            _ => Self::Person,
        }
    }
}

/// What anybody may see of a user. Never a number, never an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whose profile this is.
    pub id: UserId,
    /// Unique, ignoring case.
    pub username: String,
    /// As they call themselves.
    pub name: String,
}

impl Profile {
    /// As the others of one conversation see somebody who has an alias there. A seat stands for the id
    /// of a stranger, and then nothing is left of the profile; without one the alias is the name that
    /// somebody chose for people who know them by now.
    #[must_use]
    pub fn shown_as(self, seat: Option<i64>, alias: Option<String>) -> Self {
        match (seat, alias) {
            (Some(seat), Some(alias)) => Self {
                id: UserId(seat),
                username: alias.clone(),
                name: alias,
            },
            (None, Some(alias)) => Self {
                name: alias,
                ..self
            },
            (_, None) => self,
        }
    }
}

/// Somebody in the list of people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// What anybody may see of them.
    pub profile: Profile,
    /// When their account was made.
    pub joined_at: Timestamp,
}

/// What its owner sees of an account.
#[derive(Clone, Debug)]
pub struct Account {
    /// What others see too.
    pub profile: Profile,
    /// Person, guest or bot.
    pub kind: UserKind,
    /// The number they sign in with.
    pub phone: Option<super::Phone>,
    /// Where mail reaches them, and what they sign in with beside a username.
    pub email: Option<super::Email>,
    /// Whether they can sign in with a password.
    pub has_password: bool,
    /// Whether others find them by name.
    pub is_listed: bool,
    /// How their pages look.
    pub theme: Theme,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Whether they have said that they are of age and follow the rules of talking with strangers.
    pub follows_match_rules: bool,
    /// Whether they look after this server.
    pub is_admin: bool,
    /// What those who look after this server have to say to them, until they have read it.
    pub notice: Option<Notice>,
}

/// What somebody is told on every page: each warning in a line of its own, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice(pub String);

impl Notice {
    /// What stands for these words in a form: whoever says that they have read them says which ones. It is
    /// no secret, and need not outlive a page.
    #[must_use]
    pub fn mark(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.0.hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }
}

/// Light, dark, or as the device says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// The word in the database, in the form and in the page.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// `Invalid` when it is none of the three.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "system" => Ok(Self::System),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            _ => Err(Error::invalid("theme", "Choose system, light or dark.")),
        }
    }
}

/// Who acts, and by which connection: what every verb wants to know first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    /// Who.
    pub user: UserId,
    /// Person, guest or bot.
    pub kind: UserKind,
    /// By which credential.
    pub via: Via,
}

impl Actor {
    /// Keeps guests to what they are here for.
    ///
    /// # Errors
    /// `Forbidden` for guests.
    pub fn require_account(self) -> Result<()> {
        match self.kind {
            UserKind::Guest => Err(Error::Forbidden(
                "Guests can talk with strangers only. Sign in for this.",
            )),
            UserKind::Person | UserKind::Bot => Ok(()),
        }
    }
}

/// The credential behind an [`Actor`]; ending it ends the actor's sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Via {
    /// A browser's session.
    Session(SessionId),
    /// An API token.
    Token(TokenId),
    /// The login and password of one request, which has no sockets; and when that password was set.
    Password(Timestamp),
}

/// A name as shown to others: 1 to 50 visible characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisplayName(String);

impl DisplayName {
    /// Reads a name.
    ///
    /// # Errors
    /// `Invalid` when it is empty, too long, or holds characters that hide or reorder others.
    pub fn parse(text: &str) -> Result<Self> {
        parse_name("name", text, 50).map(Self)
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Ok(name) = DisplayName::parse(text) {
        assert_eq!(DisplayName::parse(name.as_str()).as_ref().ok(), Some(&name));
        assert!((1..=50).contains(&name.as_str().chars().count()));
        assert!(!name.as_str().chars().any(super::is_invisible));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_hide_or_reorder_text_are_refused() {
        for bad in [
            "",
            "  ",
            "a\u{202E}b",
            "a\u{200B}b",
            "a\nb",
            &"x".repeat(51),
        ] {
            assert!(DisplayName::parse(bad).is_err(), "{bad:?}");
        }
        let zalgo = format!("z{}", "\u{0301}".repeat(500));
        assert!(DisplayName::parse(&zalgo).is_err());
        // Not by its length alone: no letter has room for four.
        let marked = |marks| DisplayName::parse(&format!("q{}", "\u{0301}".repeat(marks)));
        assert!(marked(3).is_ok() && marked(4).is_err());
        assert_eq!(DisplayName::parse("  Zoë ").unwrap().as_str(), "Zoë");
    }

    proptest! {
        #[test]
        fn names_read_as_themselves(text in "\\PC{0,60}") {
            promises(&text);
        }
    }
}
