//! What somebody wants to see of a list: which rows, in which order, how many.
//!
//! Attributes are values of a type of their own per list, so that what a list does not show cannot be asked
//! about either. How they are called outside is the transport's business.

use super::{Body, Timestamp};

/// A question to a list whose rows have attributes `A`.
#[derive(Clone, Debug)]
pub struct Filter<A> {
    /// What holds of every row wanted.
    pub conditions: Vec<Condition<A>>,
    /// By the first of these, then by the next, at last by id in the direction of the last.
    pub order: Vec<(A, Direction)>,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows to pass over first.
    pub offset: i64,
}

/// What a list answers.
#[derive(Clone, Debug)]
pub struct Part<T> {
    /// The rows, as many as were wanted, or as fit into an answer.
    pub rows: Vec<T>,
    /// Whether there is more behind them that is wanted of the list.
    pub more: bool,
}

/// Something that holds of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition<A> {
    /// The attribute has that value.
    Is(A, Value),
    /// The attribute, a text, holds this one, in whatever case.
    Holds(A, String),
}

/// A value that an attribute is compared with. One of another kind than the attribute's equals none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of an id.
    Number(i64),
    /// Of a text, and of whatever is none of the others.
    Text(String),
    /// Of a time: any moment within the second that begins here.
    Second(Timestamp),
}

/// Which end of a list comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The smallest, the oldest.
    Ascending,
    /// The largest, the latest.
    Descending,
}

/// What the list of people shows of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonAttribute {
    /// The id.
    Id,
    /// The username.
    Username,
    /// The name.
    Name,
    /// When the account was made.
    JoinedAt,
}

/// What the list of a chat's messages shows of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageAttribute {
    /// The id.
    Id,
    /// When it was stored.
    SentAt,
    /// The text.
    Body,
    /// Who said it.
    Sender,
    /// To whom.
    Receiver,
}

impl<A: Copy> Filter<A> {
    /// The most rows that one answer has.
    pub const LIMIT_MAX: i64 = 1_000;

    /// The direction in which rows that are alike otherwise are told apart by id.
    #[must_use]
    pub fn last_direction(&self) -> Direction {
        self.order
            .last()
            .map_or(Direction::Ascending, |(_, direction)| *direction)
    }
}

/// Everything, as it comes, as far as one answer goes.
impl<A> Default for Filter<A> {
    fn default() -> Self {
        Self {
            conditions: Vec::new(),
            order: Vec::new(),
            limit: Filter::<PersonAttribute>::LIMIT_MAX,
            offset: 0,
        }
    }
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `part` anywhere in a folded text; nothing where no text that is
/// stored could hold it, and the database would rather not be asked.
#[must_use]
pub fn like_pattern(part: &str) -> Option<String> {
    if part.len() > Body::MAX_BYTES || part.contains('\0') {
        return None;
    }
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Some(pattern)
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    let Some(pattern) = like_pattern(text) else {
        return;
    };
    // Taken as LIKE takes it, it finds the text itself and has no wildcard but the two.
    let inner = pattern
        .strip_prefix('%')
        .and_then(|rest| rest.strip_suffix('%'));
    let mut letters = inner.expect("it begins and ends with one").chars();
    let mut found = String::new();
    while let Some(letter) = letters.next() {
        assert!(!matches!(letter, '%' | '_'));
        found.extend(if letter == '\\' {
            letters.next()
        } else {
            Some(letter)
        });
    }
    assert_eq!(found, text.to_lowercase());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_means_something_to_like_is_an_ordinary_character() {
        assert_eq!(like_pattern("Ann").unwrap(), "%ann%");
        assert_eq!(like_pattern(r"50%_\").unwrap(), r"%50\%\_\\%");
        assert_eq!(like_pattern("").unwrap(), "%%");
        assert_eq!(like_pattern("a\0b"), None);
        assert_eq!(like_pattern(&"x".repeat(Body::MAX_BYTES + 1)), None);
    }

    proptest! {
        #[test]
        fn a_pattern_finds_what_it_was_made_of(text in "(\\PC|[%_\\\\]){0,30}") {
            promises(&text);
        }
    }
}
