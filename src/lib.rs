//! Chinwag: a self-hosted realtime chat server.
//!
//! Five words carry it. [`model`] is the nouns. A *context* holds the verbs of one subject:
//! [`accounts`], [`conversations`], [`matching`], [`moderation`], [`presence`]. The [`store`] is what is durable, the [`cluster`]
//! what all processes agree on without being durable, and [`transport`] is how the outside reaches
//! the contexts and hears of events. `docs/ARCHITECTURE.md` draws the house.

pub mod accounts;
pub mod app;
pub mod clock;
pub mod cluster;
pub mod config;
pub mod console;
pub mod conversations;
pub mod error;
#[cfg(fuzzing)]
pub mod fuzzing;
mod inbox;
pub mod mail;
pub mod matching;
pub mod metrics;
pub mod model;
pub mod moderation;
pub mod presence;
mod schema;
pub mod server;
pub mod sms;
pub mod store;
pub mod transport;
pub mod upkeep;
