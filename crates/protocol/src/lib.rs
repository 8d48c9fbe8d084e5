//! The wire types of Chinwag: what travels between the server and its clients, and nothing else.
//!
//! `docs/PROTOCOL.md` describes each with an example. Unknown fields are ignored by both sides.

pub mod api;
pub mod room_accounts;
pub mod rooms;
pub mod socketio;
