//! The doors of `fuzz/`, and built for it alone: what each parser of what a server sends promises.

use crate::{address, cursors, packet};

/// A frame of the WebSocket.
pub fn packet(frame: &str) {
    packet::promises(frame);
}

/// What is pushed, missed and fetched, in whatever order.
pub fn cursors(steps: &[u8]) {
    cursors::promises::hold(steps);
}

/// Where the server is, as a person writes it.
pub fn address(written: &str) {
    address::promises(written);
}
