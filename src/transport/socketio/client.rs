//! One connected client: its identity, its budgets, and how it is answered.

use super::frame::Frame;
use super::{Server, encode};
use crate::error::{Error, Result};
use crate::model::{Actor, ConversationId};
use crate::transport::errors;
use crate::transport::limiter::{Budget, Limiter};
use crate::transport::line::Line;
use chinwag_protocol::socketio::{MessageSent, Yes};
use serde::Serialize;
use serde_json::value::RawValue;
use socketioxide::extract::{AckSender, SocketRef};
use socketioxide::socket::Sid;
use socketioxide::{ParserError, SendError, SocketError};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Answers that may wait for a client that does not read them, in bytes: as much as it has asked for in one go. More
/// than of pushes, which come unasked.
const ANSWERS_MAX: usize = 4 * 1024 * 1024;

/// A client that was authenticated.
pub(super) struct Client {
    pub(super) server: Arc<Server>,
    pub(super) actor: Actor,
    pub(super) sid: Sid,
    /// Where the client comes from.
    pub(super) address: IpAddr,
    /// Where to speak to it; else by the library.
    pub(super) line: Option<Line>,
    events: Budget,
    patience: Budget,
    typing: Budget,
    /// Where this client said last that it types.
    typing_in: Mutex<Option<ConversationId>>,
    /// Whether it is going to leave, once it has entered.
    welcomed: AtomicBool,
    gone: AtomicBool,
    /// Resolves when the last of the verbs that act in turn is done.
    last_turn: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Client {
    pub(super) fn new(
        server: Arc<Server>,
        actor: Actor,
        sid: Sid,
        address: IpAddr,
        line: Option<Line>,
    ) -> Self {
        Self {
            events: server.limiter.event_budget(),
            patience: Limiter::patience(),
            typing: Limiter::typing_budget(),
            typing_in: Mutex::default(),
            welcomed: AtomicBool::default(),
            gone: AtomicBool::default(),
            last_turn: Mutex::default(),
            server,
            actor,
            sid,
            address,
            line,
        }
    }

    /// # Errors
    /// `RateLimited` when typing is told too often.
    pub(super) fn admit_typing(&self) -> Result<()> {
        self.server.limiter.admit_event(&self.typing)
    }

    /// # Errors
    /// `Overloaded` when the client does not read the long answers that it asked for.
    pub(super) fn admit_long_answer(&self) -> Result<()> {
        if self.server.bindings.admit_long_answer(self.sid) {
            Ok(())
        } else {
            Err(Error::Overloaded)
        }
    }

    /// Queues behind the last verb that acts in turn: what to wait for, and what to drop when done.
    fn take_turn(&self) -> (Option<oneshot::Receiver<()>>, oneshot::Sender<()>) {
        let (done, next) = oneshot::channel();
        let mut last = self
            .last_turn
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        (last.replace(next), done)
    }

    /// Notes that the library tells when the socket is closed.
    pub(super) fn welcome(&self) {
        self.welcomed.store(true, Ordering::Relaxed);
    }

    /// Notes that the socket is closed.
    pub(super) fn leave(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }

    /// Whether the socket is closed: nobody hears an answer any more.
    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Relaxed)
    }

    /// Where the client types, as it said last.
    pub(super) fn typing_in(&self) -> Option<ConversationId> {
        *self
            .typing_in
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes where the client types now, if anywhere; says where it did before.
    pub(super) fn types_in(&self, now: Option<ConversationId>) -> Option<ConversationId> {
        let mut typing_in = self
            .typing_in
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut typing_in, now)
    }

    /// One more event. One who keeps overspending is hung up on.
    ///
    /// # Errors
    /// `RateLimited` when they come too fast.
    pub(super) fn admit(&self) -> Result<()> {
        self.server
            .limiter
            .admit_event(&self.events)
            .inspect_err(|_| {
                if self.server.limiter.admit_event(&self.patience).is_err() {
                    self.server.bindings.hang_up(self.sid);
                }
            })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Whoever was gone before the library could let them in is not told to have left.
        if !*self.welcomed.get_mut() {
            self.server.bindings.leave(self.sid);
        }
    }
}

/// Where the answer to one event goes.
pub(super) struct Reply {
    way: Way,
    client: Arc<Client>,
}

enum Way {
    /// On the client's line, to the event with that id.
    Line(Line, i64),
    Library(AckSender),
    /// The client wants none.
    Nowhere,
}

impl Reply {
    /// The answer to an event that came with an id, if its client wants one.
    pub(super) fn new(
        client: &Arc<Client>,
        id: Option<i64>,
        library: impl FnOnce() -> AckSender,
    ) -> Self {
        let way = match (client.line.clone(), id) {
            (Some(line), Some(id)) => Way::Line(line, id),
            (Some(_), None) => Way::Nowhere,
            (None, _) => Way::Library(library()),
        };
        Self {
            way,
            client: client.clone(),
        }
    }

    /// Acknowledges with `answer`.
    pub(super) fn answer<T: Serialize>(self, answer: &T) {
        self.say(|id| Frame::ack(id, answer), |ack| ack.send(answer));
    }

    /// Acknowledges a new message, which is JSON already: what its push carries.
    pub(super) fn answer_sent(self, message: &[u8]) {
        let [before, after] = MessageSent::AROUND_NEW.map(str::as_bytes);
        self.say(
            |id| Frame::ack_of(id, [before, message, after]),
            |ack| {
                let message = serde_json::from_slice::<&RawValue>(message);
                ack.send(&MessageSent {
                    ok: Yes,
                    message: message.map_err(ParserError::new)?,
                    duplicate: false,
                })
            },
        );
    }

    fn say(
        self,
        frame: impl FnOnce(i64) -> Option<Frame>,
        by_library: impl FnOnce(AckSender) -> Result<(), SendError>,
    ) {
        let server = &self.client.server;
        // Closed, in any way: the client asks again, and finds what was done.
        match self.way {
            Way::Line(line, _) if line.is_stuck() && line.unwritten() > ANSWERS_MAX => {
                server.bindings.give_up_on(self.client.sid);
            }
            Way::Line(line, id) => {
                if let Some(frame) = frame(id) {
                    server.post.say(&line, frame.as_bytes());
                }
            }
            Way::Nowhere => {}
            Way::Library(ack) => match by_library(ack) {
                Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                    server.bindings.give_up_on(self.client.sid);
                }
                Err(SendError::Serialize(error)) => encode::not_encoded(&error),
                Err(SendError::Socket(_)) | Ok(()) => {}
            },
        }
    }

    /// Acknowledges with the reason why not.
    ///
    /// The one exception from answering everything: when the server stops. The connection is about to
    /// end, and a client that retries what was never acknowledged, as the stock ones do, sends it again
    /// to the next server; a refusal it would take for the end of the matter.
    pub(super) fn refuse(self, error: &Error) {
        if matches!(error, Error::Stopping) {
            return;
        }
        self.answer(&errors::refusal(error));
    }

    /// Acknowledges with the outcome of a verb.
    pub(super) fn finish<T: Serialize>(self, outcome: Result<T>) {
        match outcome {
            Ok(answer) => self.answer(&answer),
            Err(error) => self.refuse(&error),
        }
    }

    /// Runs a verb that waits, and acknowledges with its outcome.
    pub(super) fn wait_for<T, F>(self, verb: F)
    where
        T: Serialize,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        tokio::spawn(async move { self.finish(verb.await) });
    }

    /// [`Reply::wait_for`], after all that this client asked for in the same way before: who looks for
    /// somebody and then thinks better of it must not be overtaken by what they asked first.
    pub(super) fn wait_in_turn<T, F>(self, verb: F)
    where
        T: Serialize,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (before, done) = self.client.take_turn();
        tokio::spawn(async move {
            if let Some(before) = before {
                // It only ever ends by being dropped.
                let _ = before.await;
            }
            self.finish(verb.await);
            drop(done);
        });
    }
}

/// What is known of a socket once it was authenticated.
pub(super) fn of_socket(socket: &SocketRef) -> Option<Arc<Client>> {
    socket.extensions.get::<Arc<Client>>()
}
