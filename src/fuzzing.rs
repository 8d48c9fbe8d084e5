//! The doors of `fuzz/`, and built for it alone: what each parser that meets the network promises of whatever comes.
//!
//! A promise stands beside its parser, where a property test asks it of random texts with every run of the checks.

use crate::{config, model, transport};

/// A message, and the id that a client gave it.
pub fn message(text: &str) {
    model::promises::message(text);
}

/// A name, and a username and what is suggested for it.
pub fn names(text: &str) {
    model::promises::name(text);
    model::promises::username(text);
}

/// The name and the topic of a room, and a command in it.
pub fn room(text: &str) {
    model::promises::room(text);
}

/// What somebody likes to talk about, and a complaint about whom they met.
pub fn wishes(text: &str) {
    model::promises::wishes(text);
}

/// A number, and an SMS to it.
pub fn phone(text: &str) {
    model::promises::phone(text);
}

/// An e-mail address.
pub fn email(text: &str) {
    model::promises::email(text);
}

/// The query of a list: its filter, and the dates and patterns in it.
pub fn query(text: &str) {
    transport::promises::filter(text);
    transport::promises::date(text);
    model::promises::pattern(text);
}

/// The body of a request that says to be of that kind.
pub fn body(kind: &str, body: &[u8]) {
    transport::promises::fields(kind, body);
}

/// `Authorization`, and what `Basic` holds.
pub fn authorization(value: &[u8]) {
    transport::promises::authorization(value);
    if let Ok(text) = str::from_utf8(value) {
        transport::promises::basic(text);
    }
}

/// Where a request comes from: `X-Forwarded-For`.
pub fn address(forwarded: &[u8]) {
    transport::promises::address(forwarded);
}

/// From whose page a request comes, and where to go afterwards.
pub fn places(text: &str) {
    transport::promises::origin(text);
    transport::promises::next(text);
}

/// A frame of the plain WebSocket.
pub fn frame(text: &str) {
    transport::promises::frame(text);
}

/// The query of a Socket.IO request, and the packet that tells a session's id.
pub fn sid(text: &str) {
    transport::promises::sid(text);
}

/// Settings, as lines of `NAME=value`.
pub fn settings(text: &str) {
    config::promises(text);
}
