//! A program in the rooms of a Chinwag that answers commands.
//!
//! It needs an ordinary account and the documented interfaces, nothing else of the server: it signs in
//! (`login.rs`), talks over `/ws/chat` (`line.rs`, `chat.rs`) and comes back when the connection is lost
//! (`bot.rs`). What it can answer is in `commands.rs`; a new command is one function there. `docs/BOTS.md`
//! tells how to run it and how to write another.

mod address;
mod backoff;
mod bot;
mod chat;
mod commands;
mod desk;
#[cfg(fuzzing)]
pub mod fuzzing;
mod line;
mod login;
mod quotes;
pub mod settings;

pub use bot::run;
