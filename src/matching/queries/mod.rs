//! The SQL of this context: one function per question, returning nouns. Everything is found by key;
//! nothing grows with the number of matches there are.

pub(super) mod matches;
pub(super) mod people;
pub(super) mod reports;
