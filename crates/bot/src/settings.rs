//! What the operator sets: `FINBOT_…` variables, refused by name.

use crate::address::ServerAddress;
use crate::quotes::QuoteAddress;
use anyhow::{Context, Result};
use std::time::Duration;

const DEFAULT_HOST: &str = "localhost:8000";
const DEFAULT_QUOTE_URL: &str = "https://stooq.com/q/l/?s={symbol}&f=sd2t2ohlcv&h&e=csv";

/// Everything that the bot has to know.
pub struct Settings {
    pub(crate) server: ServerAddress,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) rooms: Rooms,
    pub(crate) quotes: QuoteAddress,
    /// How long it waits for what. No variable sets this.
    pub pace: Pace,
}

/// Where the bot listens.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rooms {
    /// In every room that the server lists, also those that appear later.
    All,
    /// In these.
    Named(Vec<String>),
}

/// The times that the bot keeps to.
#[derive(Clone, Copy)]
pub struct Pace {
    /// Between two looks for rooms that it is not in.
    pub look_around: Duration,
    /// The first pause before it connects again. Each further one is twice as long, up to `longest_pause`.
    pub first_pause: Duration,
    /// The longest of those pauses. A connection that lasted longer starts over with the first.
    pub longest_pause: Duration,
    /// For a price.
    pub quote: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            look_around: Duration::from_secs(30),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            quote: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    /// Names the first setting that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads settings from anywhere: `get` gives the value of a variable. An empty value is none.
    ///
    /// # Errors
    /// Names the first setting that is missing or wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let value = |name: &str| get(name).filter(|value| !value.trim().is_empty());
        let host = value("FINBOT_HOST").unwrap_or_else(|| DEFAULT_HOST.into());
        let quotes = value("FINBOT_QUOTE_URL").unwrap_or_else(|| DEFAULT_QUOTE_URL.into());
        Ok(Self {
            server: ServerAddress::parse(host.trim()).context("FINBOT_HOST")?,
            username: value("FINBOT_USERNAME")
                .context("FINBOT_USERNAME is not set; expected the name of the bot's account")?,
            password: value("FINBOT_PASSWORD").context(
                "FINBOT_PASSWORD is not set; expected the password of the bot's account",
            )?,
            rooms: Rooms::parse(&value("FINBOT_ROOMS").unwrap_or_default()),
            quotes: QuoteAddress::parse(quotes.trim()).context("FINBOT_QUOTE_URL")?,
            pace: Pace::default(),
        })
    }
}

impl Rooms {
    fn parse(text: &str) -> Self {
        let names = text.split(':').map(str::trim).map(str::to_owned);
        let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            Self::All
        } else {
            Self::Named(names)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(set: &[(&str, &str)]) -> Result<Settings> {
        let value = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, v)| *v);
        Settings::read(|name| value(name).map(str::to_owned))
    }

    fn refusal(set: &[(&str, &str)]) -> String {
        let error = read(set).err().expect("it is refused");
        format!("{error:#}")
    }

    const ACCOUNT: [(&str, &str); 2] = [
        ("FINBOT_USERNAME", "finbot"),
        ("FINBOT_PASSWORD", "s3cret!"),
    ];

    #[test]
    fn s2_45_an_account_is_enough() {
        let settings = read(&ACCOUNT).expect("settings");
        assert_eq!(
            settings.server.login().as_str(),
            "http://localhost:8000/login"
        );
        assert_eq!(settings.rooms, Rooms::All);
    }

    #[test]
    fn s2_45_what_is_missing_is_named() {
        assert!(refusal(&ACCOUNT[1..]).starts_with("FINBOT_USERNAME is not set"));
        assert!(refusal(&ACCOUNT[..1]).starts_with("FINBOT_PASSWORD is not set"));
        let blank = [ACCOUNT[0], ("FINBOT_PASSWORD", "")];
        assert!(refusal(&blank).starts_with("FINBOT_PASSWORD is not set"));
    }

    #[test]
    fn s2_45_what_is_wrong_is_named() {
        for (name, value) in [
            ("FINBOT_HOST", "ftp://localhost"),
            ("FINBOT_QUOTE_URL", "https://example.com/no-placeholder"),
        ] {
            let refusal = refusal(&[ACCOUNT[0], ACCOUNT[1], (name, value)]);
            assert!(refusal.starts_with(name), "{refusal}");
        }
    }

    #[test]
    fn s2_45_rooms_are_separated_by_colons() {
        let named = |names: &[&str]| Rooms::Named(names.iter().map(|&name| name.into()).collect());
        assert_eq!(
            Rooms::parse("general:stocks"),
            named(&["general", "stocks"])
        );
        assert_eq!(Rooms::parse(": general ::"), named(&["general"]));
        assert_eq!(Rooms::parse(" : "), Rooms::All);
    }
}
