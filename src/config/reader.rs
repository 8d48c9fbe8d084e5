//! Reading variables, and saying in one line what is wrong with one.

use std::fmt;
use std::str::FromStr;

/// A setting that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(String);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}

/// Looks variables up.
pub(super) struct Reader<'a>(&'a dyn Fn(&str) -> Option<String>);

impl<'a> Reader<'a> {
    pub(super) fn new(get: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self(get)
    }

    /// The value; an empty one is none.
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        (self.0)(name)
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn or(&self, name: &str, default: &str) -> String {
        self.optional(name).unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn required(
        &self,
        name: &'static str,
        expected: &str,
    ) -> Result<String, ConfigError> {
        self.optional(name)
            .ok_or_else(|| self.missing(name, expected))
    }

    pub(super) fn parsed<T: FromStr>(
        &self,
        name: &'static str,
        default: &str,
        expected: &str,
    ) -> Result<T, ConfigError> {
        self.or(name, default)
            .parse()
            .map_err(|_| self.wrong(name, expected))
    }

    pub(super) fn missing(&self, name: &str, expected: &str) -> ConfigError {
        ConfigError(format!("{name} is not set; expected {expected}"))
    }

    /// Names the variable and its value, masked where it is a secret.
    pub(super) fn wrong(&self, name: &str, expected: &str) -> ConfigError {
        let secret =
            name.contains("SECRET") || name.contains("TOKEN") || name.ends_with("PASSWORD");
        let value = match self.optional(name) {
            Some(_) if secret => "***".into(),
            Some(value) => format!("\"{}\"", value.escape_debug()),
            None => "its default".into(),
        };
        ConfigError(format!("{name} is {value}; expected {expected}"))
    }
}
