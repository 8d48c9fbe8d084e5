//! The line to one client: a connection that can be hung up on, and that gives up on a peer who does
//! not read.
//!
//! The Socket.IO library can say goodbye to a socket, but not drop one whose buffer is full; and a
//! peer that keeps its window shut would hold its buffers for ever. Both are settled here, where the
//! bytes go out; and so is the end of a line, whose last words must arrive also at a peer that is still
//! speaking.

use std::io::{Error, ErrorKind, Result};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep_until};

/// How long a peer may refuse to read before it is hung up on.
const READ_WITHIN: Duration = Duration::from_secs(20);
/// How long a line that we ended stays open for what its peer was still saying.
pub const LINGER: Duration = Duration::from_secs(1);

/// What may wait for a client that does not read, in bytes as they are told. In memory it is up to half as much again:
/// each packet has its place in a queue, and buffers grow by doubling.
const BACKLOG_MAX: usize = 256 * 1024;

/// What a client was told and has not been written yet, in bytes: counted up by who tells it, and down by the
/// line that carries it. An estimate: less than there is where a line also writes what nobody counts, and more
/// where what was counted could not be told after all.
#[derive(Clone, Debug, Default)]
pub struct Backlog(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    /// Whether a line carries it whose peer reads.
    flows: AtomicBool,
}

impl Backlog {
    /// Counts what is to be told. Whether it may wait: always where the client reads, since much can come at
    /// once before the line has had its turn, and where nothing waits yet; else within [`BACKLOG_MAX`].
    #[must_use]
    pub fn admit(&self, bytes: usize) -> bool {
        let waiting = self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        waiting == 0 || waiting + bytes <= BACKLOG_MAX || self.0.flows.load(Ordering::Relaxed)
    }

    /// Nothing waits any more.
    pub fn clear(&self) {
        self.0.bytes.store(0, Ordering::Relaxed);
    }

    fn written(&self, bytes: usize) {
        let less = |waiting: usize| Some(waiting.saturating_sub(bytes));
        // It always changes, so there is no refusal to look at.
        let _ = self
            .0
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    fn flows(&self, flows: bool) {
        self.0.flows.store(flows, Ordering::Relaxed);
    }
}

/// A handle on a connection, put on each of its requests.
#[derive(Clone, Debug, Default)]
pub struct Line(Arc<State>);

/// In one piece: every idle connection has one, and every packet that is written looks here.
#[derive(Debug, Default)]
struct State {
    course: Mutex<Course>,
    /// Whether the peer has stopped reading.
    stuck: AtomicBool,
    /// Of the session that it carries, once there is one.
    backlog: OnceLock<Backlog>,
}

/// How far the line has come, and who waits to hear of its end.
#[derive(Debug, Default)]
struct Course {
    stage: Stage,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// In the order in which they come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    #[default]
    Open,
    Ended,
    HungUp,
}

impl Line {
    fn course(&self) -> MutexGuard<'_, Course> {
        self.0.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn come_to(&self, stage: Stage) {
        let mut course = self.course();
        if course.stage >= stage {
            return;
        }
        course.stage = stage;
        let reader = course.reader.take();
        // What waits to be written still is when the line was ended.
        let writer = course.writer.take_if(|_| stage == Stage::HungUp);
        drop(course);
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    /// Closes the connection without another byte.
    pub fn hang_up(&self) {
        self.come_to(Stage::HungUp);
    }

    /// Whether what was written last still waits for the peer to read.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.0.stuck.load(Ordering::Relaxed)
    }

    /// From now on, what is written is taken from that backlog. A line that was upgraded carries one session for
    /// its life.
    pub fn carry(&self, backlog: &Backlog) {
        // Nobody asks for a second one.
        let _ = self.0.backlog.set(backlog.clone());
        backlog.flows(!self.is_stuck());
    }

    /// Behaves as if the peer had said its last word: what waits to be written still is, then the
    /// connection closes.
    pub fn end(&self) {
        self.come_to(Stage::Ended);
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

/// What a wire can be made of.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for S {}

/// The connection itself. `place` is held for as long as it lives, upgraded or not.
pub struct Wire<S: Io, P: Send + 'static> {
    /// There until the wire is dropped.
    io: Option<(S, P)>,
    line: Line,
    /// How long the peer may refuse to read.
    read_within: Duration,
    /// Runs while it does.
    patience: Option<Pin<Box<Sleep>>>,
}

impl<S: Io, P: Send + 'static> Wire<S, P> {
    /// Wraps a connection; `line` hangs up on it.
    pub fn new(io: S, line: &Line, place: P) -> Self {
        Self {
            io: Some((io, place)),
            line: line.clone(),
            read_within: READ_WITHIN,
            patience: None,
        }
    }

    fn io(&mut self) -> Pin<&mut S> {
        let (io, _) = self.io.as_mut().expect("it is taken when this is dropped");
        Pin::new(io)
    }

    /// Passes a write's outcome on, unless the peer has refused to read for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<Result<T>>) -> Poll<Result<T>> {
        let State { stuck, backlog, .. } = &*self.line.0;
        stuck.store(outcome.is_pending(), Ordering::Relaxed);
        if let Some(backlog) = backlog.get() {
            backlog.flows(outcome.is_ready());
        }
        if outcome.is_ready() {
            self.patience = None;
            return outcome;
        }
        let mut course = self.line.course();
        if course.stage == Stage::HungUp {
            return Poll::Ready(Err(ErrorKind::ConnectionAborted.into()));
        }
        wait(&mut course.writer, cx);
        drop(course);
        let deadline = Instant::now() + self.read_within;
        let patience = self
            .patience
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        match patience.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(Error::new(
                ErrorKind::TimedOut,
                "the peer does not read",
            ))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: Io, P: Send + Unpin + 'static> AsyncRead for Wire<S, P> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let outcome = self.io().poll_read(cx, buf);
        if outcome.is_ready() {
            return outcome;
        }
        let mut course = self.line.course();
        match course.stage {
            Stage::Open => {
                wait(&mut course.reader, cx);
                Poll::Pending
            }
            // Nothing read is the end of what the peer says.
            Stage::Ended => Poll::Ready(Ok(())),
            Stage::HungUp => Poll::Ready(Err(ErrorKind::ConnectionAborted.into())),
        }
    }
}

impl<S: Io, P: Send + 'static> Drop for Wire<S, P> {
    fn drop(&mut self) {
        let mut course = self.line.course();
        let is_ended = course.stage == Stage::Ended;
        let nobody_waits = [course.reader.take(), course.writer.take()];
        drop(course);
        drop(nobody_waits);
        if let Some((io, place)) = self.io.take()
            && is_ended
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(async move {
                // Whoever goes on sending for longer is cut off.
                let _ = tokio::time::timeout(LINGER, linger(io)).await;
                drop(place);
            });
        }
    }
}

/// Closes the way out, and drops what still comes in until the peer has closed theirs. When a connection is
/// closed with bytes that nobody has read, the system resets it, and the peer throws away what it had not
/// read yet: the acknowledgements of what it had sent before.
async fn linger(mut io: impl Io) -> Result<()> {
    io.shutdown().await?;
    let mut dropped = [0; 4_096];
    while io.read(&mut dropped).await? > 0 {}
    Ok(())
}

impl<S: Io, P: Send + Unpin + 'static> AsyncWrite for Wire<S, P> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<Result<usize>> {
        let outcome = self.io().poll_write(cx, buf);
        if let Poll::Ready(Ok(bytes)) = outcome
            && let Some(backlog) = self.line.0.backlog.get()
        {
            backlog.written(bytes);
        }
        self.watch(cx, outcome)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = self.io().poll_flush(cx);
        self.watch(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let outcome = self.io().poll_shutdown(cx);
        self.watch(cx, outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::duplex;
    use tokio::net::{TcpListener, TcpStream};

    #[tokio::test]
    async fn a_line_that_is_hung_up_wakes_its_reader() {
        let (near, _far) = duplex(64);
        let line = Line::default();
        let mut wire = Wire::new(near, &line, ());
        let reading = tokio::spawn(async move { wire.read_u8().await });
        tokio::task::yield_now().await;
        line.hang_up();
        assert_eq!(
            reading.await.unwrap().unwrap_err().kind(),
            ErrorKind::ConnectionAborted
        );
    }

    #[tokio::test]
    async fn a_line_that_is_ended_wakes_its_reader() {
        let (near, _far) = duplex(64);
        let line = Line::default();
        let mut wire = Wire::new(near, &line, ());
        let reading = tokio::spawn(async move { wire.read(&mut [0; 8]).await });
        tokio::task::yield_now().await;
        line.end();
        assert_eq!(reading.await.unwrap().unwrap(), 0);
    }

    #[tokio::test]
    async fn a_line_that_is_hung_up_wakes_its_writer_also_after_its_end() {
        let (near, _far) = duplex(4);
        let line = Line::default();
        let mut wire = Wire::new(near, &line, ());
        let writing = tokio::spawn(async move { wire.write_all(b"too much").await });
        tokio::task::yield_now().await;
        line.end();
        tokio::task::yield_now().await;
        assert!(!writing.is_finished());
        line.hang_up();
        line.end();
        assert_eq!(
            writing.await.unwrap().unwrap_err().kind(),
            ErrorKind::ConnectionAborted
        );
    }

    #[tokio::test]
    async fn a_line_that_is_ended_still_writes_what_waits() {
        let (near, mut far) = duplex(64);
        let line = Line::default();
        let mut wire = Wire::new(near, &line, ());
        line.end();
        assert_eq!(wire.read(&mut [0; 8]).await.unwrap(), 0);
        wire.write_all(b"bye").await.unwrap();
        drop(wire);
        let mut heard = String::new();
        far.read_to_string(&mut heard).await.unwrap();
        assert_eq!(heard, "bye");
    }

    #[tokio::test]
    async fn a_peer_that_is_still_speaking_hears_the_end_of_a_line() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (near, far) = tokio::join!(listener.accept(), TcpStream::connect(address));
        let (near, mut far) = (near.unwrap().0, far.unwrap());
        let line = Line::default();
        far.write_all(b"one more thing").await.unwrap();
        near.readable().await.unwrap();
        let mut wire = Wire::new(near, &line, ());
        wire.write_all(b"bye").await.unwrap();
        line.end();
        drop(wire);

        let mut heard = String::new();
        far.read_to_string(&mut heard)
            .await
            .expect("it is no reset");

        assert_eq!(heard, "bye");
    }

    #[tokio::test]
    async fn much_may_wait_for_a_peer_who_reads_and_a_measure_for_one_who_does_not() {
        let (near, mut far) = duplex(100);
        let (line, backlog) = (Line::default(), Backlog::default());
        line.carry(&backlog);
        let mut wire = Wire::new(near, &line, ());
        wire.read_within = Duration::from_millis(10);
        assert!(backlog.admit(BACKLOG_MAX) && backlog.admit(BACKLOG_MAX));
        backlog.clear();

        assert!(backlog.admit(BACKLOG_MAX + 100), "a large one alone");
        wire.write_all(&[0; 100]).await.unwrap();
        let full = wire.write_all(&[0]).await.unwrap_err();
        assert_eq!(full.kind(), ErrorKind::TimedOut);
        assert!(!backlog.admit(1), "the peer does not read");
        backlog.clear();
        assert!(backlog.admit(1));

        far.read_exact(&mut [0; 100]).await.unwrap();
        wire.write_all(b"what nobody counted").await.unwrap();
        assert!(backlog.admit(BACKLOG_MAX) && backlog.admit(BACKLOG_MAX));
    }

    #[test]
    fn a_measure_may_wait_for_whoever_fetches_it_later() {
        let backlog = Backlog::default();
        assert!(backlog.admit(BACKLOG_MAX));
        assert!(!backlog.admit(1));
    }

    #[tokio::test]
    async fn a_peer_that_does_not_read_is_given_up_on() {
        let (near, _far) = duplex(4);
        let mut wire = Wire::new(near, &Line::default(), ());
        wire.read_within = Duration::from_millis(10);
        wire.write_all(b"full").await.unwrap();
        let error = wire.write_all(b"more").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
