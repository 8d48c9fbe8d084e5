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
use tokio::time::timeout;

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
    /// Whether the peer has stopped reading.
    stuck: bool,
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
    /// Notes whether the peer takes what is written.
    fn is_read(&mut self, flows: bool) {
        self.stuck = !flows;
        if let Some(backlog) = &self.backlog {
            backlog.flows(flows);
        }
    }

    /// Writes what was said, as far as it goes. Whether there is nothing left to do for now.
    fn write(&mut self) -> Result<bool> {
        let Some(output) = &self.output else {
            return Ok(true);
        };
        let waiting = self.outbox.len();
        let done = self.outbox.write(output)?;
        if let Some(backlog) = &self.backlog {
            backlog.written(waiting - self.outbox.len());
        }
        self.is_read(done);
        Ok(done)
    }

    /// Waits until there is room for more. One task is told, the last one that waits: it sees to all that there is.
    fn poll_writable(&self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        match &self.output {
            Some(output) => output.as_ref().poll_write_ready(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Writes on where [`State::write`] stopped, once there is room for more.
    fn poll_write_on(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool>> {
        ready!(self.poll_writable(cx))?;
        Poll::Ready(self.write())
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
        self.state().stuck
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
        let flows = !state.stuck;
        // Nobody asks for a second one.
        state
            .backlog
            .get_or_insert_with(|| backlog.clone())
            .flows(flows);
    }

    /// The library is about to let the client in. From now on one may speak here; what is said is written after the
    /// library's greeting.
    pub fn expect_greeting(&self) {
        self.state().outbox.expect_greeting();
    }

    /// Behaves as if the peer had said its last word: what waits to be written still is, then the
    /// connection closes.
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
        let is_due = state.outbox.is_due() && state.flushing.is_none() && !state.is_posted;
        state.is_posted |= is_due;
        is_due
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
            let writing = poll_fn(|cx| self.state().poll_write_on(cx));
            match timeout(READ_WITHIN, writing).await {
                Ok(Ok(false)) => {}
                Ok(Ok(true)) => return self.flushed(),
                Ok(Err(_)) | Err(_) => return self.hang_up(),
            }
        }
    }

    /// Lets the library go on, which may have waited for that.
    fn flushed(&self) {
        let mut state = self.state();
        state.flushing = None;
        let writer = state.writer.take();
        drop(state);
        writer.into_iter().for_each(Waker::wake);
    }
}

#[cfg(test)]
mod tests;
