//! One's own list of people.

use super::{ContactId, Profile, parse_name};
use crate::error::Result;

/// Somebody in one's list, under one's own label for them. One-sided: they do not learn of it.
#[derive(Clone, Debug)]
pub struct Contact {
    /// Names the entry to its owner only.
    pub id: ContactId,
    /// Whom it points to.
    pub person: Profile,
    /// What the owner calls them.
    pub label: String,
    /// Whether the owner has blocked them.
    pub blocked: bool,
    /// Whether one of the two has blocked the other: then neither learns whether the other is here.
    pub hidden: bool,
}

/// The owner's name for a contact: 1 to 50 visible characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// Reads a label.
    ///
    /// # Errors
    /// `Invalid` when it is empty, too long, or holds characters that hide or reorder others.
    pub fn parse(text: &str) -> Result<Self> {
        parse_name("name", text, 50).map(Self)
    }

    /// The label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
