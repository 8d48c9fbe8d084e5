//! One connection as others see it: who chats by it, the rooms that it is in, and what waits to be written on it.

use crate::app::App;
use crate::metrics::{Counted, Door, metrics};
use crate::model::{Actor, ConversationId, RoomName, Timestamp, Topic, UserId, Via};
use crate::presence::Visit;
use crate::transport::line::Line;
use axum::extract::ws::Utf8Bytes;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Frames that may wait for a slow reader; one more and it is hung up on.
const QUEUE_MAX: usize = 256;

/// What waits to be written on a connection.
pub(super) enum Outgoing {
    /// A frame for many.
    Frame(Utf8Bytes),
    /// A frame about what the client did itself.
    Own(Utf8Bytes),
    /// It is in a room from here on, which is called so since then.
    Entered { name: String, at: Timestamp },
    /// The end.
    End(End),
}

/// Why the server ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Its credential ended.
    LoggedOut,
    /// The server stops.
    Restart,
}

/// Somebody who chats.
pub(super) struct Connection {
    pub(super) actor: Actor,
    pub(super) username: String,
    line: Line,
    queue: mpsc::Sender<Outgoing>,
    /// By key.
    rooms: Mutex<HashMap<String, ConversationId>>,
    /// Taken by whoever ends the connection first.
    stay: Mutex<Option<Stay>>,
    seat: Mutex<Option<Seat>>,
    /// Whether its session is coming into a room.
    is_entering: AtomicBool,
    ended: CancellationToken,
}

/// A connection's share in whether somebody is here.
pub(super) struct Stay {
    app: App,
    user: UserId,
    visit: Option<Visit>,
    _counted: Counted,
}

/// The one place of somebody, over all processes.
pub(super) struct Seat {
    app: App,
    user: UserId,
}

impl Seat {
    /// Nothing if it is taken.
    pub(super) fn take(app: &App, user: UserId) -> Option<Self> {
        app.cluster.take_place(user).then(|| Self {
            app: app.clone(),
            user,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.app.cluster.free_place(self.user);
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        // First the visit, so that nobody is here whom the lobby is told to be gone.
        self.visit.take();
        self.app.matching.departed(self.user);
    }
}

impl Stay {
    fn new(app: &App, user: UserId) -> Self {
        let visit = Some(app.presence.arrive(user));
        app.matching.arrived(user);
        Self {
            app: app.clone(),
            user,
            visit,
            _counted: metrics().connected(Door::Chat),
        }
    }
}

impl Connection {
    /// A connection, and what is to be written on it.
    pub(super) fn open(
        app: &App,
        actor: Actor,
        username: String,
        line: Line,
        seat: Seat,
    ) -> (Arc<Self>, mpsc::Receiver<Outgoing>) {
        let (queue, outgoing) = mpsc::channel(QUEUE_MAX);
        let connection = Arc::new(Self {
            actor,
            username,
            line,
            queue,
            rooms: Mutex::default(),
            stay: Mutex::new(Some(Stay::new(app, actor.user))),
            seat: Mutex::new(Some(seat)),
            is_entering: AtomicBool::default(),
            ended: CancellationToken::new(),
        });
        (connection, outgoing)
    }

    /// Its stay, for whoever ends it first.
    pub(super) fn end(&self) -> Option<Stay> {
        let held = self
            .stay
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let stay = held?;
        self.ended.cancel();
        Some(stay)
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<String, ConversationId>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of that name, if it is in it.
    pub(super) fn room(&self, name: &str) -> Option<ConversationId> {
        let name = RoomName::parse(name).ok()?;
        self.rooms().get(name.key()).copied()
    }

    /// It is in a room from here on.
    pub(super) fn note_room(&self, key: &str, room: ConversationId) {
        self.rooms().insert(key.to_owned(), room);
    }

    /// The rooms that it was in until now.
    pub(super) fn take_rooms(&self) -> Vec<ConversationId> {
        self.rooms().drain().map(|(_, id)| id).collect()
    }

    /// It is not in that room any more, whatever is still to be told of it.
    pub(super) fn forget_room(&self, room: ConversationId) {
        self.rooms().retain(|_, one| *one != room);
    }

    /// Notes that its session comes into a room, or has done so; says whether the connection has ended.
    pub(super) fn enters(&self, entering: bool) -> bool {
        self.is_entering.store(entering, Ordering::SeqCst);
        self.ended.is_cancelled()
    }

    /// Whether its session comes into a room at this moment.
    pub(super) fn is_entering(&self) -> bool {
        self.is_entering.load(Ordering::SeqCst)
    }

    /// Lets the person connect anew.
    pub(super) fn free_seat(&self) {
        let mut seat = self.seat.lock().unwrap_or_else(PoisonError::into_inner);
        seat.take();
    }

    /// Resolves when the connection has ended, as far as others are concerned.
    pub(super) async fn ended(&self) {
        self.ended.cancelled().await;
    }

    /// Ends it without a word.
    pub(super) fn hang_up(&self) {
        self.line.hang_up();
    }

    /// Puts something in line; whether there was room.
    pub(super) fn push(&self, outgoing: Outgoing) -> bool {
        self.queue.try_send(outgoing).is_ok()
    }

    /// Whether it is among those that a topic names; of rooms the hub knows.
    pub(super) fn holds(&self, topic: Topic) -> bool {
        match topic {
            Topic::User(user) => self.actor.user == user,
            Topic::Session(id) => self.actor.via == Via::Session(id),
            Topic::Token(id) => self.actor.via == Via::Token(id),
            Topic::Room(_) => false,
        }
    }
}
