//! What makes a password easy to guess. The dialect of the rooms asks for all of it; elsewhere the length
//! alone counts.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Patterns and words that come first to everybody's mind, one a line, in lower case.
static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("common_passwords.txt").lines().collect());

/// From which share of common characters on two texts are alike.
const ALIKE: f64 = 0.7;

/// Why a password is easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordFault {
    /// It is nearly the username.
    LikeUsername,
    /// It is nearly the e-mail address, or a part of it.
    LikeEmail,
    /// It has fewer characters than a password has.
    Short,
    /// Many people have it.
    Common,
    /// It is a number.
    Numeric,
}

/// All that is wrong with a password, in this order.
#[must_use]
pub fn password_faults(password: &str, username: &str, email: &str) -> Vec<PasswordFault> {
    let lower = password.to_lowercase();
    let mut faults = Vec::new();
    if is_alike(&lower, username) {
        faults.push(PasswordFault::LikeUsername);
    } else if is_alike(&lower, email) {
        faults.push(PasswordFault::LikeEmail);
    }
    if super::Password::is_short(password) {
        faults.push(PasswordFault::Short);
    }
    if COMMON.contains(lower.trim()) {
        faults.push(PasswordFault::Common);
    }
    if !password.is_empty() && password.chars().all(char::is_numeric) {
        faults.push(PasswordFault::Numeric);
    }
    faults
}

/// Whether a password is nearly `name`, or one of the words in it.
fn is_alike(password: &str, name: &str) -> bool {
    let name = name.to_lowercase();
    let words = name.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words
        .chain([name.as_str()])
        .filter(|word| !word.is_empty())
        .any(|word| ratio(password, word) >= ALIKE)
}

/// The characters that both have, in whatever order, among all that they have: `quick_ratio` of Python's difflib.
fn ratio(one: &str, other: &str) -> f64 {
    let mut left: HashMap<char, usize> = HashMap::new();
    for c in other.chars() {
        *left.entry(c).or_default() += 1;
    }
    let in_both = one.chars().filter(|c| {
        left.get_mut(c)
            .filter(|count| **count > 0)
            .map(|count| *count -= 1)
            .is_some()
    });
    let in_both = in_both.count() as f64;
    2.0 * in_both / (one.chars().count() + other.chars().count()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use PasswordFault::{Common, LikeEmail, LikeUsername, Numeric, Short};

    fn faults(password: &str) -> Vec<PasswordFault> {
        password_faults(password, "alice.wonder", "lewis@carroll-books.org")
    }

    #[test]
    fn everything_that_is_wrong_is_found_in_order() {
        assert_eq!(faults("Wonder.Alice"), [LikeUsername]);
        assert_eq!(faults("alice1"), [LikeUsername, Short]);
        assert_eq!(faults("carroll1"), [LikeEmail]);
        assert_eq!(faults("12345678"), [Common, Numeric]);
        assert_eq!(faults("1234"), [Short, Common, Numeric]);
        assert_eq!(faults("PASSWORD"), [Common]);
        assert_eq!(faults("82736455291"), [Numeric]);
        assert_eq!(faults(""), [Short]);
        assert_eq!(faults("correct horse battery"), []);
    }

    #[test]
    fn the_list_is_in_lower_case_and_holds_each_entry_once() {
        let lines: Vec<_> = include_str!("common_passwords.txt").lines().collect();
        assert!(lines.len() > 3_000);
        assert_eq!(lines.len(), COMMON.len());
        assert!(lines.iter().all(|line| *line == line.to_lowercase().trim()));
    }
}
