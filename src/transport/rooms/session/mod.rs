//! One connection: from its greeting to its end, one frame after the other.
//!
//! A frame is done with before the next is read, and what others say is written meanwhile. What the client
//! says in a room comes back to it as it comes to everybody there, once it is on disk: there is no other
//! acknowledgement, and the next frame waits for it.
//!
//! `admission.rs` says who may chat, `requests.rs` and `joining.rs` do what a client asks for, and
//! `waiting.rs` keeps the connection alive meanwhile.

mod admission;
mod joining;
mod requests;
mod waiting;

use self::admission::{Refusal, admit};
use super::connection::{Connection, End, Outgoing};
use super::{Server, frames};
use crate::model::{Actor, ConversationId, Timestamp};
use crate::transport::identity::ChatCredential;
use crate::transport::limiter::{Budget, Limiter};
use crate::transport::line::Line;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use std::collections::VecDeque;
use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

/// How often a peer is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How long a peer may take to say goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(2);

/// Greets, talks, and says goodbye.
pub(super) async fn run(
    server: Arc<Server>,
    mut socket: WebSocket,
    credential: ChatCredential,
    line: Line,
) {
    match admit(&server, &credential, line).await {
        Ok((connection, queue)) => {
            let mut session = Session::new(server, socket, connection, queue);
            let over = session.talk().await;
            session.finish(over).await;
        }
        Err(Refusal::Fatal(code)) => {
            if let Some(text) = frames::encode(&frames::fatal(code)) {
                // Whether they hear it is their concern.
                let _ = socket.send(Message::Text(text)).await;
            }
            say_goodbye(socket, close_code::NORMAL).await;
        }
        Err(Refusal::Later) => say_goodbye(socket, close_code::RESTART).await,
    }
}

/// Why a connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The peer is gone, or has said goodbye.
    Gone,
    /// A frame was larger than any that is taken.
    TooLarge,
    /// The server ends it.
    Ended(End),
}

impl Over {
    /// Why nothing more can be read.
    fn of(error: &axum::Error) -> Self {
        match error.source().and_then(|cause| cause.downcast_ref()) {
            Some(tungstenite::Error::Capacity(_)) => Self::TooLarge,
            _ => Self::Gone,
        }
    }
}

struct Session {
    server: Arc<Server>,
    socket: WebSocket,
    connection: Arc<Connection>,
    queue: mpsc::Receiver<Outgoing>,
    events: Budget,
    patience: Budget,
    pings: Interval,
    heard_at: Instant,
    /// What was read while a join waited for its turn, to be done afterwards.
    early: VecDeque<Message>,
    /// The entry into a room that was told to the others, and not yet to this client. While there is one
    /// nothing more is written: what comes after it belongs after what the client is going to find.
    entered: Option<(String, Timestamp)>,
    /// The room that the client is about to be in.
    entering: Option<ConversationId>,
    /// How much of what the client did itself was told to it.
    confirmed: u64,
    over: Option<Over>,
}

impl Session {
    fn new(
        server: Arc<Server>,
        socket: WebSocket,
        connection: Arc<Connection>,
        queue: mpsc::Receiver<Outgoing>,
    ) -> Self {
        let mut pings = tokio::time::interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            events: server.limiter.event_budget(),
            patience: Limiter::patience(),
            pings,
            heard_at: Instant::now(),
            early: VecDeque::new(),
            server,
            socket,
            connection,
            queue,
            entered: None,
            entering: None,
            confirmed: 0,
            over: None,
        }
    }

    fn actor(&self) -> Actor {
        self.connection.actor
    }

    async fn talk(&mut self) -> Over {
        self.say(&frames::greeting()).await;
        loop {
            if let Some(over) = self.over {
                return over;
            }
            if let Some(frame) = self.live_on().await {
                self.hear(frame).await;
            }
        }
    }

    /// Leaves, and says goodbye.
    async fn finish(mut self, over: Over) {
        self.server.hub.retire(&self.connection);
        if let Some(room) = self.entering {
            // They came in while the connection ended, and nobody has noted that they are there.
            let conversations = &self.server.app.conversations;
            conversations.end_visits(self.actor(), vec![room]);
        }
        self.connection.free_seat();
        match over {
            Over::Gone => say_goodbye(self.socket, close_code::NORMAL).await,
            Over::TooLarge => {
                self.say(&frames::too_long()).await;
                say_goodbye(self.socket, close_code::SIZE).await;
            }
            Over::Ended(End::LoggedOut) => {
                self.say(&frames::logged_out()).await;
                say_goodbye(self.socket, close_code::NORMAL).await;
            }
            Over::Ended(End::Restart) => say_goodbye(self.socket, close_code::RESTART).await,
        }
    }
}

/// Closes, and waits for the peer to do so: bytes that come later would take the last frame from it.
async fn say_goodbye(mut socket: WebSocket, code: u16) {
    let goodbye = async {
        let close = CloseFrame {
            code,
            reason: "".into(),
        };
        if socket.send(Message::Close(Some(close))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    // A peer that does not answer is as good as gone.
    let _ = tokio::time::timeout(GOODBYE_WITHIN, goodbye).await;
}
