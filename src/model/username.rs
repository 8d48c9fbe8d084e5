//! Usernames: by what people sign in, are found and are named, and what keeps one from passing for another.

use super::is_invisible;
use crate::error::{Error, Result};
use unicode_normalization::UnicodeNormalization;
use unicode_security::MixedScript;
use unicode_security::skeleton;

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

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    let key = Username::key_of(text);
    assert_eq!(Username::key_of(&key), key);
    if let Ok(username) = Username::parse(text) {
        assert_eq!(
            Username::parse(username.as_str()).as_ref().ok(),
            Some(&username)
        );
        assert_eq!(Username::key_of(username.as_str()), username.key());
        assert!(username.as_str().chars().count() <= Username::MAX);
        assert!(!username.as_str().contains(char::is_whitespace));
        assert!(username.look_alikes().iter().all(|other| other.is_ascii()));
    }
    let suggestion = Username::suggested_for(text);
    assert_eq!(
        Username::parse(suggestion.as_str()).as_ref().ok(),
        Some(&suggestion)
    );
    assert!(Username::parse(suggestion.numbered(7).as_str()).is_ok());
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

    proptest! {
        #[test]
        fn usernames_read_as_themselves_and_suggestions_are_usernames(text in "\\PC{0,60}") {
            promises(&text);
        }
    }
}
