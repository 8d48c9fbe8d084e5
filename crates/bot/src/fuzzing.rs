//! The door of `fuzz/`, and built for it alone.

/// What somebody asks for, and what the quote service answers.
pub fn quotes(text: &str) {
    crate::quotes::promises(text);
}
