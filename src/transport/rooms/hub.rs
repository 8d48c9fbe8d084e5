//! The connections of this process: one per person, and the rooms that each is in.
//!
//! Who is in which room changes where events are pushed, in their order: a connection is in a room from the
//! moment at which its own entry is told. So what it is given then, and what it is told afterwards, meet
//! without a gap and without anything twice.

use super::connection::{Connection, End, Outgoing, Seat};
use super::frames;
use crate::app::App;
use crate::metrics::metrics;
use crate::model::{Actor, ConversationId, RoomName, Timestamp, Topic, UserId};
use crate::transport::line::Line;
use chinwag_protocol::rooms::ServerFrame;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

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
        let mut state = self.lock();
        if state.draining {
            return None;
        }
        let (connection, outgoing) = Connection::open(&self.app, actor, username, line, seat);
        state.people.insert(actor.user, connection.clone());
        Some((connection, outgoing))
    }

    /// Ends a connection, as far as others are concerned: it hears nothing more, its person has left the
    /// rooms that they were in by it, and can connect anew. Doing it twice is doing it once.
    pub(super) fn retire(&self, connection: &Arc<Connection>) {
        let Some(stay) = connection.end() else {
            return;
        };
        let rooms: Vec<_> = {
            let mut state = self.lock();
            state.people.remove(&connection.actor.user);
            let rooms = connection.take_rooms();
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
        if !connection.is_entering() {
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
        connection.note_room(key.key(), id);
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
                connection.forget_room(id);
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
            one.forget_room(id);
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
            connection.hang_up();
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
    use crate::model::{TokenId, UserKind, Via};
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
