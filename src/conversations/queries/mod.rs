//! The SQL of this context: one function per question, returning nouns.

pub(super) mod chats;
pub(super) mod gate;
pub(super) mod keeping;
pub(super) mod messages;
pub(super) mod room_lists;
pub(super) mod rooms;
pub(super) mod views;
