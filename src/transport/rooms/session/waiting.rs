//! How a connection goes on while something is waited for: what others say is written, pings are sent, and what
//! the client says meanwhile is kept for its turn.

use super::super::connection::Outgoing;
use super::super::frames;
use super::{Over, Session};
use axum::extract::ws::Message;
use chinwag_protocol::rooms::ServerFrame;
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long it may be silent before it is taken for gone, and its person can connect anew.
const GONE_AFTER: Duration = Duration::from_secs(60);
/// How much of what the client sends meanwhile is read, in bytes; the rest waits on the wire.
const EARLY_MAX: usize = 128 * 1024;
/// How long what was done may take to be told, in its place among what others do.
pub(super) const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// What a session waits for.
enum Due {
    Outgoing(Option<Outgoing>),
    Frame(Option<Result<Message, axum::Error>>),
    Ping,
    /// The peer has said nothing for too long.
    Silence,
}

impl Session {
    /// Does the next thing there is to do; what the client said, if it was that. What it said early comes first.
    pub(super) async fn live_on(&mut self) -> Option<Message> {
        if let Some(frame) = self.early.pop_front() {
            return Some(frame);
        }
        let due = self.due(true).await;
        self.live(due).await
    }

    /// Waits for the next thing to do. Nothing is lost when that is given up.
    async fn due(&mut self, reads: bool) -> Due {
        tokio::select! {
            outgoing = self.queue.recv() => Due::Outgoing(outgoing),
            frame = self.socket.recv(), if reads => Due::Frame(frame),
            _ = self.pings.tick() => Due::Ping,
            () = sleep_until(self.heard_at + GONE_AFTER), if reads => Due::Silence,
        }
    }

    /// Does it. What the client says comes back, for somebody to hear.
    async fn live(&mut self, due: Due) -> Option<Message> {
        match due {
            Due::Outgoing(outgoing) => self.pass_on(outgoing).await,
            Due::Frame(frame) => return self.take(frame),
            Due::Ping => self.send(Message::Ping(Default::default())).await,
            Due::Silence => self.over = Some(Over::Gone),
        }
        None
    }

    fn take(&mut self, frame: Option<Result<Message, axum::Error>>) -> Option<Message> {
        self.heard_at = Instant::now();
        match frame {
            Some(Ok(Message::Close(_))) | None => self.over = Some(Over::Gone),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(frame)) => return Some(frame),
            Some(Err(error)) => self.over = Some(Over::of(&error)),
        }
        None
    }

    /// Waits, and lives on meanwhile: only what the client asks for is left for later.
    pub(super) async fn pause(&mut self, length: Duration) {
        let until = Instant::now() + length;
        while self.over.is_none() {
            let early: usize = self.early.iter().map(size).sum();
            let due = tokio::select! {
                () = sleep_until(until) => return,
                due = self.due(early < EARLY_MAX) => due,
            };
            let frame = self.live(due).await;
            self.early.extend(frame);
        }
    }

    /// Waits for a verb, and writes what others say meanwhile.
    pub(super) async fn meanwhile<T>(&mut self, verb: impl Future<Output = T>) -> T {
        let mut verb = pin!(verb);
        loop {
            tokio::select! {
                outcome = verb.as_mut() => return outcome,
                outgoing = self.queue.recv(), if self.over.is_none() && self.entered.is_none() => {
                    self.pass_on(outgoing).await;
                }
            }
        }
    }

    /// Waits for a verb, and then until the client was told of it, in its place among what is told.
    pub(super) async fn confirmed<T, E>(
        &mut self,
        verb: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let before = self.confirmed;
        let outcome = self.meanwhile(verb).await?;
        let until = Instant::now() + TOLD_WITHIN;
        while self.confirmed == before && self.over.is_none() {
            self.pass_next_on(until).await;
        }
        Ok(outcome)
    }

    /// Passes on what is told next. What is waited for has to come by then: a push can be lost, and who waited
    /// for it for ever would answer no ping and keep their person from connecting anew.
    pub(super) async fn pass_next_on(&mut self, until: Instant) {
        let connection = self.connection.clone();
        tokio::select! {
            biased;
            () = sleep_until(until) => self.over = Some(Over::Gone),
            outgoing = self.queue.recv() => self.pass_on(outgoing).await,
            () = connection.ended() => self.over = Some(Over::Gone),
        }
    }

    async fn send(&mut self, message: Message) {
        if self.socket.send(message).await.is_err() {
            self.over = Some(Over::Gone);
        }
    }

    pub(super) async fn say(&mut self, frame: &ServerFrame) {
        if let Some(text) = frames::encode(frame) {
            self.send(Message::Text(text)).await;
        }
    }

    /// Writes what was waiting.
    async fn pass_on(&mut self, outgoing: Option<Outgoing>) {
        match outgoing {
            Some(Outgoing::Frame(text)) => self.send(Message::Text(text)).await,
            Some(Outgoing::Own(text)) => {
                self.confirmed += 1;
                self.send(Message::Text(text)).await;
            }
            Some(Outgoing::Entered { name, at }) => self.entered = Some((name, at)),
            Some(Outgoing::End(end)) => self.over = Some(Over::Ended(end)),
            None => self.over = Some(Over::Gone),
        }
    }
}

/// What a frame takes up that waits.
fn size(frame: &Message) -> usize {
    let said = match frame {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) => bytes.len(),
        Message::Ping(_) | Message::Pong(_) | Message::Close(_) => 0,
    };
    said + size_of::<Message>()
}
