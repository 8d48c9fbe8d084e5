//! The connections of this process: one per person, and the rooms that each is in.
//!
//! Who is in which room changes where events are pushed, in their order: a connection is in a room from the
//! moment at which its own entry is told. So what it is given then, and what it is told afterwards, meet
//! without a gap and without anything twice.

use super::frames;
use crate::app::App;
use crate::metrics::{Counted, Door, metrics};
use crate::model::{Actor, ConversationId, RoomName, Timestamp, Topic, UserId, Via};
use crate::presence::Visit;
use crate::transport::line::Line;
use axum::extract::ws::Utf8Bytes;
use chinwag_protocol::rooms::ServerFrame;
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
struct Stay {
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
    fn rooms(&self) -> MutexGuard<'_, HashMap<String, ConversationId>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The room of that name, if it is in it.
    pub(super) fn room(&self, name: &str) -> Option<ConversationId> {
        let name = RoomName::parse(name).ok()?;
        self.rooms().get(name.key()).copied()
    }

    /// It is not in that room any more, whatever is still to be told of it.
    pub(super) fn forget(&self, room: ConversationId) {
        self.rooms().retain(|_, one| *one != room);
    }

    /// Notes that its session comes into a room, or has done so; says whether the connection has ended.
    pub(super) fn enters(&self, entering: bool) -> bool {
        self.is_entering.store(entering, Ordering::SeqCst);
        self.ended.is_cancelled()
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

    /// Puts something in line; whether there was room.
    fn push(&self, outgoing: Outgoing) -> bool {
        self.queue.try_send(outgoing).is_ok()
    }

    fn holds(&self, topic: Topic) -> bool {
        match topic {
            Topic::User(user) => self.actor.user == user,
            Topic::Session(id) => self.actor.via == Via::Session(id),
            Topic::Token(id) => self.actor.via == Via::Token(id),
            Topic::Room(_) => false,
        }
    }
}

/// Who is connected, and who of them is where.
pub(super) struct Hub {
    app: App,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    people: HashMap<UserId, Arc<Connection>>,
    rooms: HashMap<ConversationId, Room>,
    draining: bool,
}

/// A room with anybody of this process in it.
struct Room {
    name: String,
    people: Vec<Arc<Connection>>,
}

impl Hub {
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a connection, and gives what is to be written on it; nothing while the server stops.
    pub(super) fn enter(
        &self,
        actor: Actor,
        username: String,
        line: Line,
        seat: Seat,
    ) -> Option<(Arc<Connection>, mpsc::Receiver<Outgoing>)> {
        let (queue, outgoing) = mpsc::channel(QUEUE_MAX);
        let mut state = self.lock();
        if state.draining {
            return None;
        }
        let connection = Arc::new(Connection {
            actor,
            username,
            line,
            queue,
            rooms: Mutex::default(),
            stay: Mutex::new(Some(Stay::new(&self.app, actor.user))),
            seat: Mutex::new(Some(seat)),
            is_entering: AtomicBool::default(),
            ended: CancellationToken::new(),
        });
        state.people.insert(actor.user, connection.clone());
        Some((connection, outgoing))
    }

    /// Ends a connection, as far as others are concerned: it hears nothing more, its person has left the
    /// rooms that they were in by it, and can connect anew. Doing it twice is doing it once.
    pub(super) fn retire(&self, connection: &Arc<Connection>) {
        let stay = connection
            .stay
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if stay.is_none() {
            return;
        }
        connection.ended.cancel();
        let rooms: Vec<_> = {
            let mut state = self.lock();
            state.people.remove(&connection.actor.user);
            let rooms: Vec<_> = connection.rooms().drain().map(|(_, id)| id).collect();
            for id in &rooms {
                state.leave(*id, connection.actor.user);
            }
            rooms
        };
        // Not here any more, when the rooms are told.
        drop(stay);
        if !rooms.is_empty() {
            self.app.conversations.end_visits(connection.actor, rooms);
        }
        // Last: who comes back leaves the rooms before they can enter them again. One whose session is
        // coming into a room at this moment has that to leave as well, so it is left to the session.
        if !connection.is_entering.load(Ordering::SeqCst) {
            connection.free_seat();
        }
    }

    /// Somebody came into a room by their connection, if they have it still.
    pub(super) fn came_in(&self, user: UserId, id: ConversationId, name: &str, at: Timestamp) {
        let mut state = self.lock();
        let Some(connection) = state.people.get(&user).cloned() else {
            return;
        };
        let Ok(key) = RoomName::parse(name) else {
            return;
        };
        connection.rooms().insert(key.key().to_owned(), id);
        let room = state.rooms.entry(id).or_insert_with(|| Room {
            name: name.to_owned(),
            people: Vec::new(),
        });
        room.name = name.to_owned();
        if !room.people.iter().any(|one| Arc::ptr_eq(one, &connection)) {
            room.people.push(connection.clone());
        }
        drop(state);
        let name = name.to_owned();
        self.push(&connection, Outgoing::Entered { name, at });
    }

    /// Somebody is not in a room any more, and everybody who was in it with them is told, they included.
    ///
    /// In this order: once they have read that they are out, nothing takes them for being in.
    pub(super) fn went_out(
        &self,
        user: UserId,
        id: ConversationId,
        frame: impl Fn(bool, &str) -> ServerFrame,
    ) {
        let audience = {
            let mut state = self.lock();
            let audience = state.audience(id);
            if let Some(connection) = state.people.get(&user) {
                connection.forget(id);
            }
            state.leave(id, user);
            audience
        };
        self.tell_all(audience, user, frame);
    }

    /// Everybody is told that they left, and does: the room is gone, or has another name.
    pub(super) fn empty(&self, id: ConversationId, at: Timestamp) {
        let Some(room) = self.lock().rooms.remove(&id) else {
            return;
        };
        for one in &room.people {
            one.forget(id);
            self.say(one, &frames::parted(true, &one.username, &room.name, at));
        }
    }

    /// A room has another name. Nobody here would know by which to speak in it, so they leave it; but the same
    /// in other letters names it still.
    pub(super) fn rename(&self, id: ConversationId, name: &str, at: Timestamp) {
        if let Some(room) = self.lock().rooms.get_mut(&id)
            && room.name.eq_ignore_ascii_case(name)
        {
            room.name = name.to_owned();
            return;
        }
        self.empty(id, at);
    }

    /// Tells everybody in a room. `frame` gets whether it is for `author`, and what the room is called; it
    /// is asked twice at most.
    pub(super) fn tell(
        &self,
        id: ConversationId,
        author: UserId,
        frame: impl Fn(bool, &str) -> ServerFrame,
    ) {
        let audience = self.lock().audience(id);
        self.tell_all(audience, author, frame);
    }

    fn tell_all(
        &self,
        audience: Option<(String, Vec<Arc<Connection>>)>,
        author: UserId,
        frame: impl Fn(bool, &str) -> ServerFrame,
    ) {
        let Some((name, people)) = audience else {
            return;
        };
        let mut shared = None;
        for one in &people {
            if one.actor.user == author {
                self.say(one, &frame(true, &name));
                continue;
            }
            let text = shared.get_or_insert_with(|| frames::encode(&frame(false, &name)));
            if let Some(text) = text.clone() {
                self.push(one, Outgoing::Frame(text));
            }
        }
    }

    /// Ends the connections of a credential or person.
    pub(super) fn dismiss(&self, topics: &[Topic]) {
        let gone: Vec<_> = {
            let state = self.lock();
            let all = state.people.values();
            all.filter(|one| topics.iter().any(|topic| one.holds(*topic)))
                .cloned()
                .collect()
        };
        for one in gone {
            self.retire(&one);
            self.push(&one, Outgoing::End(End::LoggedOut));
        }
    }

    /// Ends all connections, and lets nobody in any more.
    pub(super) fn drain(&self) {
        let all: Vec<_> = {
            let mut state = self.lock();
            state.draining = true;
            state.people.values().cloned().collect()
        };
        for one in all {
            self.push(&one, Outgoing::End(End::Restart));
        }
    }

    fn say(&self, connection: &Arc<Connection>, frame: &ServerFrame) {
        if let Some(text) = frames::encode(frame) {
            self.push(connection, Outgoing::Own(text));
        }
    }

    fn push(&self, connection: &Arc<Connection>, outgoing: Outgoing) {
        if connection.push(outgoing) {
            metrics().pushes.inc();
        } else {
            metrics().slow_readers.inc();
            tracing::info!("a reader was too slow and was hung up on");
            connection.line.hang_up();
            self.retire(connection);
        }
    }
}

impl State {
    /// What a room is called, and who of this process is in it.
    fn audience(&self, id: ConversationId) -> Option<(String, Vec<Arc<Connection>>)> {
        let room = self.rooms.get(&id)?;
        Some((room.name.clone(), room.people.clone()))
    }

    fn leave(&mut self, id: ConversationId, user: UserId) {
        if let Some(room) = self.rooms.get_mut(&id) {
            room.people.retain(|one| one.actor.user != user);
            if room.people.is_empty() {
                self.rooms.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::model::{TokenId, UserKind};
    use std::time::Duration;

    #[tokio::test]
    async fn who_is_told_that_they_left_is_out_already() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("c.db").display());
        let setting = |name: &str| (name == "DATABASE_URL").then(|| database.clone());
        let config = Config::read(setting).unwrap();
        let app = App::open_with(config, Clock::System, Duration::ZERO).unwrap();
        let hub = Hub::new(app.clone());
        let (user, room, at) = (UserId(7), ConversationId(1), Timestamp(0));
        let actor = Actor {
            user,
            kind: UserKind::Person,
            via: Via::Token(TokenId(1)),
        };
        let seat = Seat::take(&app, user).unwrap();
        let entered = hub.enter(actor, "ana".into(), Line::default(), seat);
        let (connection, mut queue) = entered.unwrap();
        hub.came_in(user, room, "general", at);
        assert_eq!(connection.room("general"), Some(room), "the premise");

        hub.went_out(user, room, |you, name| {
            assert_eq!(connection.room("general"), None);
            frames::parted(you, "ana", name, at)
        });

        assert!(matches!(queue.try_recv(), Ok(Outgoing::Entered { .. })));
        assert!(matches!(queue.try_recv(), Ok(Outgoing::Own(_))), "told");
    }
}
