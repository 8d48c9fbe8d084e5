//! The connection itself, as hyper and the Socket.IO library see it.

use super::{Line, Stage, State};
use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::runtime::Handle;
use tokio::time::{Sleep, sleep_until, timeout};

/// How long the peer of a line that we ended may take to read what waits.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(3);
/// How long such a line then stays open for what its peer was still saying.
const LISTEN_FOR: Duration = Duration::from_secs(1);
/// How long a line that we ended stays open at most.
pub const LINGER: Duration = LAST_WORDS_WITHIN.saturating_add(LISTEN_FOR);

/// The connection itself. `place` is held for as long as it lives, upgraded or not.
pub struct Wire<P: Send + 'static> {
    /// There until the wire is dropped. The way out is with the line, where others write as well.
    input: Option<(OwnedReadHalf, P)>,
    line: Line,
    /// Runs while the peer refuses to read.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<P: Send + 'static> Wire<P> {
    /// Wraps a connection; `line` speaks and hangs up on it.
    pub fn new(stream: TcpStream, line: &Line, place: P) -> Self {
        let (input, output) = stream.into_split();
        line.state().output = Some(output);
        Self {
            input: Some((input, place)),
            line: line.clone(),
            patience: None,
        }
    }
}

/// Lets the task of `cx` wait there, and nobody else. Who waited there before has no wire any more that could be dropped
/// with them, and lock the line again.
fn wait(place: &mut Option<Waker>, cx: &Context<'_>) {
    match place {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *place = Some(cx.waker().clone()),
    }
}

impl<P: Send + Unpin + 'static> AsyncRead for Wire<P> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let Some((input, _)) = &mut self.input else {
            return Poll::Ready(Ok(()));
        };
        let outcome = Pin::new(input).poll_read(cx, buf);
        if outcome.is_ready() {
            return outcome;
        }
        let mut state = self.line.state();
        match state.stage {
            Stage::Open => {
                wait(&mut state.reader, cx);
                Poll::Pending
            }
            // Nothing read is the end of what the peer says.
            Stage::Ended => Poll::Ready(Ok(())),
            Stage::HungUp => Poll::Ready(Err(ErrorKind::ConnectionAborted.into())),
        }
    }
}

impl<P: Send + Unpin + 'static> AsyncWrite for Wire<P> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<Result<usize>> {
        let Self { line, patience, .. } = &mut *self;
        let mut state = line.state();
        let outcome = state.poll_write(cx, buf);
        let outcome = state.watch(cx, patience, outcome);
        let is_left = state.is_left();
        drop(state);
        if outcome.is_ready() && is_left {
            // It was said meanwhile.
            line.flush();
        }
        outcome
    }

    /// What is written is never kept back.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let Self { line, patience, .. } = &mut *self;
        let mut state = line.state();
        let outcome = state.poll_shutdown(cx);
        state.watch(cx, patience, outcome)
    }
}

impl State {
    /// Writes for the wire, after what was said before.
    fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        if self.stage == Stage::HungUp {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        self.outbox.give_way();
        ready!(self.poll_write_said(cx))?;
        self.outbox.begin_theirs(buf);
        let Some(output) = &mut self.output else {
            return Poll::Ready(Err(ErrorKind::NotConnected.into()));
        };
        let bytes = ready!(Pin::new(output).poll_write(cx, buf))?;
        self.outbox.end_theirs(bytes == buf.len());
        if let Some(backlog) = &self.backlog {
            backlog.written(bytes);
        }
        Poll::Ready(Ok(bytes))
    }

    fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        self.outbox.give_way();
        ready!(self.poll_write_said(cx))?;
        match &mut self.output {
            Some(output) => Pin::new(output).poll_shutdown(cx),
            None => Poll::Ready(Ok(())),
        }
    }

    /// Writes all that was said before.
    fn poll_write_said(&mut self, cx: &mut Context<'_>) -> Poll<Result<()>> {
        while !self.write()? {
            ready!(self.poll_writable(cx))?;
        }
        // Whoever has come here waits in its place, if there is still something to wait for.
        if let Some(flushing) = self.flushing.take() {
            flushing.abort();
        }
        Poll::Ready(Ok(()))
    }

    /// Passes a write's outcome on, unless the peer has refused to read for too long.
    fn watch<T>(
        &mut self,
        cx: &mut Context<'_>,
        patience: &mut Option<Pin<Box<Sleep>>>,
        outcome: Poll<Result<T>>,
    ) -> Poll<Result<T>> {
        if outcome.is_ready() {
            self.flows();
            *patience = None;
            return outcome;
        }
        let give_up_at = self.waits_for_peer();
        if self.stage == Stage::HungUp {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        wait(&mut self.writer, cx);
        let patience = patience.get_or_insert_with(|| Box::pin(sleep_until(give_up_at)));
        if patience.deadline() < give_up_at {
            // It has read something meanwhile.
            patience.as_mut().reset(give_up_at);
        }
        ready!(patience.as_mut().poll(cx));
        let error = Error::new(ErrorKind::TimedOut, "the peer does not read");
        Poll::Ready(Err(error))
    }
}

impl<P: Send + 'static> Drop for Wire<P> {
    fn drop(&mut self) {
        let mut state = self.line.state();
        let nobody_waits = [state.reader.take(), state.writer.take()];
        let flushing = state.flushing.take();
        let is_ended = state.stage == Stage::Ended;
        let last_words = state.outbox.last_words();
        let output = state.output.take();
        drop(state);
        drop(nobody_waits);
        flushing.inspect(tokio::task::AbortHandle::abort);
        let (Some((input, place)), Some(output)) = (self.input.take(), output) else {
            return;
        };
        if is_ended && let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                // Whoever does not read, or goes on sending, is cut off.
                let _ = linger(input, output, &last_words).await;
                drop(place);
            });
        } else {
            // Without another word: both halves are closed at once.
            output.forget();
        }
    }
}

/// Says the last, closes the way out, and drops what still comes in until the peer has closed theirs. When a connection is
/// closed with bytes that nobody has read, the system resets it, and the peer throws away what it had not
/// read yet: the acknowledgements of what it had sent before.
async fn linger(
    mut input: OwnedReadHalf,
    mut output: OwnedWriteHalf,
    last_words: &[u8],
) -> Result<()> {
    timeout(LAST_WORDS_WITHIN, output.write_all(last_words)).await??;
    output.shutdown().await?;
    let mut dropped = [0; 4_096];
    let listening = async { while input.read(&mut dropped).await.is_ok_and(|bytes| bytes > 0) {} };
    Ok(timeout(LISTEN_FOR, listening).await?)
}
