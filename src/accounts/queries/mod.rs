//! The SQL of this context: one function per question, returning nouns.

pub(super) mod contacts;
pub(super) mod directory;
pub(super) mod passwords;
pub(super) mod people;
pub(super) mod phone;
pub(super) mod sessions;
pub(super) mod sms;
pub(super) mod tokens;
pub(super) mod users;
