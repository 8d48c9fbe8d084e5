//! People, guests and bots: who they are, what others may see of them, and who is acting.

use super::{SessionId, Timestamp, TokenId, UserId, is_invisible, parse_name};
use crate::error::{Error, Result};
use std::hash::{DefaultHasher, Hash, Hasher};
use unicode_normalization::UnicodeNormalization;
use unicode_security::MixedScript;
use unicode_security::skeleton;

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

/// A username as its owner writes it, with the key that it is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username {
    text: String,
    key: String,
}

impl Username {
    /// The longest a username can be, in characters.
    pub const MAX: usize = 150;

    /// 1 to 150 letters, digits and `_ . @ + -`, not only dots, and the letters of one script (UTS 39: Japanese
    /// writes with three that count as one). `user<digits>` is kept for guests.
    ///
    /// # Errors
    /// `Invalid` when the text breaks the rule.
    pub fn parse(text: &str) -> Result<Self> {
        let text: String = text.trim().nfkc().collect();
        let allowed = |c: char| (c.is_alphanumeric() && !is_invisible(c)) || "_.@+-".contains(c);
        let length = text.chars().count();
        if length == 0 || length > Self::MAX || !text.chars().all(allowed) {
            return Err(Error::invalid(
                "username",
                "A username has 1 to 150 letters, digits and _ . @ + - and no spaces.",
            ));
        }
        if text.chars().all(|c| c == '.') {
            return Err(Error::invalid(
                "username",
                "A username needs more than dots.",
            ));
        }
        if !text.is_single_script() {
            return Err(Error::invalid(
                "username",
                "The letters of a username are of one alphabet: some look alike and are not the same.",
            ));
        }
        let key = Self::key_of(&text);
        let guest = key
            .strip_prefix("user")
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(char::is_numeric));
        if guest {
            return Err(Error::invalid(
                "username",
                "Names like User123 are kept for guests. Please choose another.",
            ));
        }
        Ok(Self { text, key })
    }

    /// What two spellings of one username have in common: NFKC, lower case.
    #[must_use]
    pub fn key_of(text: &str) -> String {
        let folded: String = text
            .nfkc()
            .collect::<String>()
            .to_lowercase()
            .nfkc()
            .collect();
        // Last, because composing can bring a space to the front.
        folded.trim().to_owned()
    }

    /// As its owner writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As it is compared.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The keys of usernames in plain letters that this one looks like, such as `aydin` for `aydın`: it is taken
    /// where they are. What looks alike in two ways is a look-alike in capitals or in small letters.
    #[must_use]
    pub fn look_alikes(&self) -> Vec<String> {
        let plain = |c: char| match c {
            c if c.is_ascii() => Some(c),
            // One plain character that this one is drawn like.
            c => {
                let mut drawn = skeleton(c.encode_utf8(&mut [0; 4]))
                    .collect::<Vec<_>>()
                    .into_iter();
                drawn.next().filter(|c| c.is_ascii() && drawn.len() == 0)
            }
        };
        let mut keys: Vec<String> = [self.text.as_str(), self.key.as_str()]
            .into_iter()
            .filter_map(|text| text.chars().map(plain).collect::<Option<String>>())
            .map(|text| text.to_lowercase())
            .filter(|key| *key != self.key)
            .collect();
        keys.dedup();
        keys
    }

    /// A first proposal for somebody of that name; `person` where the name has no letter to use.
    #[must_use]
    pub fn suggested_for(name: &str) -> Self {
        let joined = name.split_whitespace().collect::<Vec<_>>().join(".");
        let usable: String = joined
            .to_lowercase()
            .chars()
            .filter(|c| (c.is_alphanumeric() && !is_invisible(*c)) || "_.-".contains(*c))
            .take(24)
            .collect();
        Self::parse(&usable).unwrap_or_else(|_| Self {
            text: "person".into(),
            key: "person".into(),
        })
    }

    /// This username with a number after it, for when it is taken.
    #[must_use]
    pub fn numbered(&self, n: u32) -> Self {
        Self {
            text: format!("{}-{n}", self.text),
            key: format!("{}-{n}", self.key),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn usernames_are_compared_without_case_and_width() {
        let plain = Username::parse("Ana.Sousa").unwrap();
        let wide = Username::parse("ＡＮＡ.sousa").unwrap();
        assert_eq!(plain.key(), wide.key());
        assert_eq!(plain.as_str(), "Ana.Sousa");
    }

    #[test]
    fn usernames_that_break_the_rule_are_refused() {
        for bad in [
            "",
            "..",
            "a b",
            "a/b",
            "User12",
            "user٣",
            "ad\u{200B}min",
            "<b>",
        ] {
            assert!(Username::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Username::parse(&"a".repeat(151)).is_err());
        assert!(Username::parse("username").is_ok());
    }

    #[test]
    fn usernames_are_of_one_alphabet() {
        for mixed in ["\u{430}dmin", "p\u{430}ypal", "\u{3b1}na", "иванov"] {
            assert!(Username::parse(mixed).is_err(), "{mixed:?}");
        }
        for one in [
            "иван.2",
            "Ζωή",
            "zoë",
            "山田たろう",
            "김철수",
            "محمد_1",
            "Aydın",
        ] {
            assert!(Username::parse(one).is_ok(), "{one:?}");
        }
    }

    #[test]
    fn a_username_says_which_plain_one_it_looks_like() {
        let look_alikes = |text| Username::parse(text).unwrap().look_alikes();
        assert_eq!(look_alikes("Aydın"), ["aydin"]);
        // Cyrillic throughout.
        assert_eq!(look_alikes("сора"), ["copa"]);
        assert_eq!(look_alikes("\u{251}dmin"), ["admin"]);
        for own in ["admin", "zoë", "иван"] {
            assert!(look_alikes(own).is_empty(), "{own}");
        }
    }

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
        assert_eq!(DisplayName::parse("  Zoë ").unwrap().as_str(), "Zoë");
    }

    proptest! {
        #[test]
        fn every_suggestion_is_a_username(name in "\\PC{0,60}") {
            let suggestion = Username::suggested_for(&name);
            prop_assert_eq!(&Username::parse(suggestion.as_str()).unwrap(), &suggestion);
            prop_assert!(Username::parse(suggestion.numbered(7).as_str()).is_ok());
        }

        #[test]
        fn the_key_of_a_username_is_its_own_key(text in "\\PC{1,40}") {
            let key = Username::key_of(&text);
            prop_assert_eq!(Username::key_of(&key), key);
        }
    }
}
