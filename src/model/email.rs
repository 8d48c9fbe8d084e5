//! E-mail addresses.

use super::Username;
use crate::error::{Error, Result};

/// An address as its owner writes it, with the key that it is compared by.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    text: String,
    key: String,
}

impl Email {
    /// The longest an address can be, in characters.
    pub const MAX: usize = 254;

    /// Reads an address by its form alone: whether it exists only a mail can tell.
    ///
    /// # Errors
    /// `Invalid` when no address looks like that.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let looks_right = text.len() <= Self::MAX
            && text
                .rsplit_once('@')
                .is_some_and(|(name, host)| is_mailbox(name) && is_host(host));
        if !looks_right {
            return Err(Error::invalid(
                "email",
                "This does not look like an e-mail address.",
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            // As usernames are compared: neither may be another person's other one.
            key: Username::key_of(text),
        })
    }

    /// As its owner writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// As it is compared: in lower case.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// Nobody's address belongs in a log.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Email(…)")
    }
}

/// Before the `@`: up to 64 letters, digits and marks, with single dots between.
fn is_mailbox(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    let is_part = |part: &str| !part.is_empty() && part.chars().all(allowed);
    name.len() <= 64 && name.split('.').all(is_part)
}

/// After the `@`: two names of a domain or more, the last of which is no number.
fn is_host(host: &str) -> bool {
    let is_name = |name: &str| {
        (1..=63).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !name.starts_with('-')
            && !name.ends_with('-')
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    host.contains('.') && host.split('.').all(is_name) && !last.chars().all(|c| c.is_ascii_digit())
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Ok(email) = Email::parse(text) {
        assert!(email.as_str().len() <= Email::MAX && email.as_str().is_ascii());
        // Nothing that could end a header or begin another address.
        assert!(
            !email
                .as_str()
                .contains(|c: char| c.is_control() || " <>,;:\"()[]\\".contains(c))
        );
        assert_eq!(Email::parse(email.as_str()).as_ref().ok(), Some(&email));
        assert!(Email::parse(email.key()).is_ok_and(|again| again.key() == email.key()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_compared_in_lower_case_and_kept_as_written() {
        let email = Email::parse(" Ana.Sousa+Chat@Example.ORG ").unwrap();
        assert_eq!(email.as_str(), "Ana.Sousa+Chat@Example.ORG");
        assert_eq!(email.key(), "ana.sousa+chat@example.org");
        assert_eq!(format!("{email:?}"), "Email(…)");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ana",
            "@example.org",
            "ana@",
            "ana@example",
            "ana@@example.org",
            "ana sousa@example.org",
            ".ana@example.org",
            "a..na@example.org",
            "ana@-example.org",
            "ana@example..org",
            "ana@192.0.2.1",
            "ana@example.org\r\nBcc: all@example.org",
            "<ana@example.org>",
            &format!("{}@example.org", "a".repeat(65)),
            &format!("ana@{}example.org", "a.".repeat(125)),
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn an_address_is_one_line_of_plain_letters(text in "[a-zA-Z0-9.@+ \r\n<>,-]{0,40}") {
            promises(&text);
        }
    }
}
