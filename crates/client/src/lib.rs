//! A client of Chinwag for programs that stay connected: the terminal, and whatever else is written in Rust.
//!
//! [`Rest`] signs in and does what needs no connection. [`connect`] gives a [`Client`], to act, and [`Events`], the one
//! stream of all that happens, the state of the connection included. The promises:
//!
//! - A connection that is lost comes back by itself, at jittered intervals, and as soon as a server that is about to
//!   stop has asked for. Only a credential that is no longer good ends the stream.
//! - Every message of every conversation is told once per change, in the order of its `rev`, without a gap, however
//!   often the connection broke meanwhile.
//! - What was given to [`Client::send`] is sent until it is acknowledged, in order, and stored once. What the server
//!   will never take, what is longer than a packet, what was on its way whenever one of many connections broke, and what
//!   was written for data that have been replaced is given back with its reason.
//!
//! Read `driver.rs` for the life of a connection, `cursors.rs` for catching up, `outbox.rs` for sending again.

mod address;
mod backoff;
mod cursors;
mod driver;
mod error;
mod event;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handle;
mod online;
mod outbox;
mod packet;
mod rest;
mod socket;

pub use address::ServerAddress;
pub use backoff::Backoff;
pub use driver::connect;
pub use error::{Error, Result};
pub use event::{Ended, Event, Events};
pub use handle::Client;
pub use outbox::Draft;
pub use rest::{NamedRoom, Rest, SignedIn, Verified};

pub use chinwag_protocol::{api, socketio as wire};
