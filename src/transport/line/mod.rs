//! The line to one client: a connection that can be spoken on and hung up on, and that gives up on a peer who does
//! not read.
//!
//! The Socket.IO library can say goodbye to a socket, but not drop one whose buffer is full; and a
//! peer that keeps its window shut would hold its buffers for ever. Both are settled here, where the
//! bytes go out; and so is the end of a line, whose last words must arrive also at a peer that is still
//! speaking. And what the library would carry through a queue and a task for each socket, packet by packet, is
//! said here as it is.

mod backlog;
mod outbox;
mod post;
mod wire;

pub(super) use self::backlog::Backlog;
pub(super) use self::post::Post;
pub use self::wire::{LINGER, Wire};

use self::outbox::Outbox;
use std::future::poll_fn;
use std::io::Result;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};

/// How long a peer may refuse to read before it is hung up on.
const READ_WITHIN: Duration = Duration::from_secs(20);

/// A handle on a connection, put on each of its requests.
#[derive(Clone, Debug, Default)]
pub struct Line(Arc<Mutex<State>>);

/// In one piece: every idle connection has one, and every packet that is written looks here.
#[derive(Debug, Default)]
struct State {
    stage: Stage,
    /// Who waits to hear of its end.
    reader: Option<Waker>,
    writer: Option<Waker>,
    /// There for as long as the wire.
    output: Option<OwnedWriteHalf>,
    outbox: Outbox,
    /// Whether the outbox is going to be flushed in any case.
    is_posted: bool,
    /// What flushes the outbox as soon as the peer reads.
    flushing: Option<AbortHandle>,
    /// Since when the peer has not read, although it should.
    stuck: Option<Instant>,
    /// Of the session that it carries, once there is one.
    backlog: Option<Backlog>,
}

/// How far the line has come, in the order in which that comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Open,
    Ended,
    HungUp,
}

impl State {
    /// Notes that the peer takes all that is written.
    fn flows(&mut self) {
        self.stuck = None;
        if let Some(backlog) = &self.backlog {
            backlog.flows(true);
        }
    }

    /// Notes that the peer has to read before more can be written. When it is given up on, unless it does.
    fn waits_for_peer(&mut self) -> Instant {
        if let Some(backlog) = &self.backlog {
            backlog.flows(false);
        }
        *self.stuck.get_or_insert_with(Instant::now) + READ_WITHIN
    }

    /// Writes what was said and is due, as far as it goes. Whether that was all.
    fn write(&mut self) -> Result<bool> {
        let Some(output) = self.output.as_ref().filter(|_| self.outbox.is_due()) else {
            return Ok(true);
        };
        let waiting = self.outbox.len();
        let done = self.outbox.write(output)?;
        let written = waiting - self.outbox.len();
        if let Some(backlog) = &self.backlog {
            backlog.written(written);
        }
        if done || written > 0 {
            self.flows();
        }
        if !done {
            self.waits_for_peer();
        }
        Ok(done)
    }

    /// Whether there is something due that nobody is going to write.
    fn is_left(&self) -> bool {
        self.outbox.is_due() && self.flushing.is_none() && !self.is_posted
    }

    /// Waits until there is room for more. One task is told, the last one that waits: it sees to all that there is.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match &self.output {
            Some(output) => output.as_ref().poll_write_ready(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Writes on where [`State::write`] stopped, once there is room for more. When nothing is due any more, the library
    /// can go on, which may have waited for that.
    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        ready!(self.poll_writable(cx))?;
        let done = self.write()?;
        if done {
            self.flushing = None;
            self.writer.take().into_iter().for_each(Waker::wake);
        }
        Poll::Ready(Ok(done))
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn come_to(&self, stage: Stage) {
        let mut state = self.state();
        if state.stage >= stage {
            return;
        }
        state.stage = stage;
        let reader = state.reader.take();
        // What waits to be written still is when the line was ended.
        let writer = state.writer.take_if(|_| stage == Stage::HungUp);
        if stage == Stage::HungUp {
            state.outbox = Outbox::default();
            state.flushing.take().inspect(AbortHandle::abort);
        }
        drop(state);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    /// Closes the connection without another byte.
    pub fn hang_up(&self) {
        self.come_to(Stage::HungUp);
    }

    /// Whether what was written last still waits for the peer to read.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.state().stuck.is_some()
    }

    /// How much was said and has not been written yet, in bytes.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.state().outbox.len()
    }

    /// From now on, what is written is taken from that backlog. A line that was upgraded carries one session for
    /// its life.
    pub fn carry(&self, backlog: &Backlog) {
        let mut state = self.state();
        let flows = state.stuck.is_none();
        // Nobody asks for a second one.
        state
            .backlog
            .get_or_insert_with(|| backlog.clone())
            .flows(flows);
    }

    /// The library is about to let the client in. From now on one may speak here; what is said is written after the
    /// library's greeting. Not on a line that is about to close: where one has spoken before, it may not be finished.
    #[must_use]
    pub fn expect_greeting(&self) -> bool {
        let mut state = self.state();
        if state.stage == Stage::Open {
            state.outbox.expect_greeting();
        }
        state.stage == Stage::Open
    }

    /// Behaves as if the peer had said its last word: what waits to be written still is, as long as the peer reads it
    /// within [`LINGER`], then the connection closes.
    pub fn end(&self) {
        self.come_to(Stage::Ended);
    }

    /// Takes frames that are whole. Whether the line has to be flushed, and nobody is going to.
    fn say(&self, frames: &[u8]) -> bool {
        let mut state = self.state();
        if state.stage == Stage::HungUp || state.output.is_none() {
            return false;
        }
        state.outbox.push(frames);
        let is_left = state.is_left();
        state.is_posted |= is_left;
        is_left
    }

    /// Writes what was said, now or as soon as the peer reads.
    fn flush(&self) {
        let mut state = self.state();
        state.is_posted = false;
        if state.flushing.is_some() {
            return;
        }
        match state.write() {
            Ok(true) => {}
            Ok(false) => {
                let flushing = tokio::spawn(self.clone().flush_when_writable());
                state.flushing = Some(flushing.abort_handle());
            }
            Err(_) => {
                drop(state);
                self.hang_up();
            }
        }
    }

    async fn flush_when_writable(self) {
        loop {
            let give_up_at = self.state().waits_for_peer();
            let flushing = poll_fn(|cx| self.state().poll_flush(cx));
            match timeout_at(give_up_at, flushing).await {
                Ok(Ok(true)) => return,
                Ok(Ok(false)) => {}
                // It may have read what the library wrote meanwhile.
                Err(_) if self.state().waits_for_peer() > Instant::now() => {}
                Ok(Err(_)) | Err(_) => return self.hang_up(),
            }
        }
    }
}

#[cfg(test)]
mod tests;
