//! What was said on a line and is still to be written, and whose turn it is to write.
//!
//! Two write on a line that carries a session: the library, with what it greets, pings and says goodbye by, and
//! whoever [says](super::Line::say) something there. Each writes whole frames, and what comes first is written first.

use std::io::{ErrorKind, Result};
use tokio::net::tcp::OwnedWriteHalf;

/// How the packet begins by which the library lets a client in: Engine.IO's 4, a message, and Socket.IO's 0, CONNECT.
const GREETING: &[u8] = br#"40{"sid":"#;

/// As long as less is held, in bytes, room is made for several times as much: what is said in one turn comes frame by
/// frame.
const LITTLE: usize = 8 * 1_024;

/// What was said, in order.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    frames: Vec<u8>,
    /// How much of them has been written.
    written: usize,
    turn: Turn,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Turn {
    /// Whatever was said can be written.
    #[default]
    Ours,
    /// The library waits to write, after so many bytes that were said before it came.
    OursBefore(usize),
    /// The library has begun with what it has not finished.
    Theirs,
    /// The library has still to greet.
    Greeting,
}

impl Outbox {
    /// Nothing of ours is written before the library has greeted.
    pub(super) fn expect_greeting(&mut self) {
        self.turn = Turn::Greeting;
    }

    /// Adds frames that are whole.
    pub(super) fn push(&mut self, frames: &[u8]) {
        // Moves less than was written since the last time.
        if self.written > self.frames.len() / 2 {
            self.frames.drain(..std::mem::take(&mut self.written));
        }
        let room = self.frames.capacity() - self.frames.len();
        if room < frames.len() && self.frames.len() < LITTLE {
            self.frames.reserve(frames.len().max(3 * self.frames.len()));
        }
        self.frames.extend_from_slice(frames);
    }

    /// How much waits, in bytes.
    pub(super) fn len(&self) -> usize {
        self.frames.len() - self.written
    }

    /// How much memory that takes, in bytes.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.frames.capacity()
    }

    /// What can be written now.
    fn due(&self) -> &[u8] {
        let left = self.frames.get(self.written..).unwrap_or_default();
        match self.turn {
            Turn::Ours => left,
            Turn::OursBefore(bytes) => left.get(..bytes).unwrap_or(left),
            Turn::Theirs | Turn::Greeting => &[],
        }
    }

    /// Whether there is something to write, and it is our turn.
    pub(super) fn is_due(&self) -> bool {
        !self.due().is_empty()
    }

    /// Writes as much of what is due as there is room for. Whether that was all.
    ///
    /// # Errors
    /// Those of the stream.
    pub(super) fn write(&mut self, output: &OwnedWriteHalf) -> Result<bool> {
        while self.is_due() {
            match output.try_write(self.due()) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(bytes) => self.wrote(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    fn wrote(&mut self, bytes: usize) {
        self.written += bytes;
        if let Turn::OursBefore(left) = &mut self.turn {
            *left -= bytes;
        }
        if self.len() == 0 {
            // Most lines are idle, and should hold no memory for what they said once.
            (self.frames, self.written) = (Vec::new(), 0);
        }
    }

    /// The library comes to write. What is said from now on waits for it.
    pub(super) fn give_way(&mut self) {
        if self.turn == Turn::Ours {
            self.turn = Turn::OursBefore(self.len());
        }
    }

    /// The library is about to write all that it has.
    pub(super) fn begin_theirs(&mut self, frames: &[u8]) {
        let greets = || frames.windows(GREETING.len()).any(|part| part == GREETING);
        if self.turn == Turn::Greeting && greets() {
            self.turn = Turn::Theirs;
        }
    }

    /// Of what the library had, the stream took all or a part.
    pub(super) fn end_theirs(&mut self, all: bool) {
        if self.turn != Turn::Greeting {
            self.turn = if all { Turn::Ours } else { Turn::Theirs };
        }
    }

    /// What is left to be written when the library never will again.
    pub(super) fn last_words(&mut self) -> Vec<u8> {
        if matches!(self.turn, Turn::Theirs | Turn::Greeting) {
            return Vec::new();
        }
        let mut frames = std::mem::take(&mut self.frames);
        frames.drain(..std::mem::take(&mut self.written));
        frames
    }
}
