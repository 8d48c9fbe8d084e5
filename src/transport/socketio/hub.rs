//! The sockets of this process, by what they listen to.
//!
//! Kept here rather than in the library's rooms because only who tells one socket learns that *this*
//! one takes no more. Such a socket is hung up on at once, never skipped: its client comes back
//! and syncs. A packet is made once for all of its readers.
//!
//! A socket listens to its person and its credential from the beginning, and to the rooms that its person
//! is in. Those change by what is pushed, in the order in which it is pushed: so what was said in a room
//! after somebody came in reaches them, and nothing after they left. A room's message is one look-up and
//! one payload, however many are in it.

use super::bindings::Bindings;
use super::client::Client;
use super::listener::{Listener, Packet};
use crate::model::{ConversationId, Topic, UserId};
use crate::transport::line::Post;
use serde::Serialize;
use smallvec::SmallVec;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Every listening socket.
pub(super) struct Hub {
    /// For moments only: every push asks it, and a reader's thread enters rooms.
    listeners: Mutex<Listeners>,
    bindings: Arc<Bindings>,
    post: Arc<Post>,
}

/// Some of them; hardly ever more than the two of a chat have.
type Readers = SmallVec<[Arc<Listener>; 4]>;

type Listeners = HashMap<Topic, Vec<Arc<Listener>>>;

/// Lets a listener hear of a room, once.
fn enter(listeners: &mut Listeners, listener: &Arc<Listener>, room: ConversationId) {
    let mut rooms = listener.rooms();
    if !rooms.contains(&room) {
        rooms.push(room);
        let there = listeners.entry(Topic::Room(room)).or_default();
        there.push(listener.clone());
    }
}

fn remove(listeners: &mut Listeners, topic: Topic, sid: Sid) {
    if let Some(all) = listeners.get_mut(&topic) {
        all.retain(|one| one.sid() != sid);
        if all.is_empty() {
            listeners.remove(&topic);
        }
    }
}

fn find(listeners: &Listeners, topic: Topic, sid: Sid) -> Option<Arc<Listener>> {
    let all = listeners.get(&topic)?;
    all.iter().find(|one| one.sid() == sid).cloned()
}

/// Whether it has not left: a session may leave and come again, with the same sid, as another listener.
fn listens(listeners: &Listeners, listener: &Arc<Listener>) -> bool {
    let all = listeners.get(&Topic::User(listener.user));
    all.is_some_and(|all| all.iter().any(|one| Arc::ptr_eq(one, listener)))
}

impl Hub {
    pub(super) fn new(bindings: Arc<Bindings>, post: Arc<Post>) -> Self {
        Self {
            listeners: Mutex::default(),
            bindings,
            post,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a socket listen. What reaches it is held until [`Hub::release`].
    pub(super) fn join(
        &self,
        socket: &SocketRef,
        client: &Client,
        topics: &[Topic],
    ) -> Arc<Listener> {
        let backlog = self.bindings.backlog(socket.id);
        let listener = Arc::new(Listener::new(socket, client, backlog));
        let mut listeners = self.lock();
        for topic in topics {
            listeners.entry(*topic).or_default().push(listener.clone());
        }
        listener
    }

    /// Lets a socket that is not released yet listen to the rooms that its person was in when they were
    /// read, which was after [`Hub::join`]; not to those that they have left since.
    pub(super) fn enter_rooms(&self, listener: &Arc<Listener>, rooms: &[ConversationId]) {
        let mut listeners = self.lock();
        if !listens(&listeners, listener) {
            return;
        }
        for room in rooms {
            let left = listener
                .held()
                .as_ref()
                .is_some_and(|held| held.left.contains(room));
            if !left {
                enter(&mut listeners, listener, *room);
            }
        }
    }

    /// Lets every socket that listens to any of the topics listen to a room as well.
    pub(super) fn enter_room(&self, topics: &[Topic], room: ConversationId) {
        let mut listeners = self.lock();
        for listener in readers(&listeners, topics) {
            if let Some(held) = &mut *listener.held() {
                held.left.retain(|left| *left != room);
            }
            enter(&mut listeners, &listener, room);
        }
    }

    /// No socket that listens to any of the topics listens to that room any more.
    pub(super) fn leave_room(&self, topics: &[Topic], room: ConversationId) {
        let mut listeners = self.lock();
        for listener in readers(&listeners, topics) {
            if let Some(held) = &mut *listener.held() {
                held.left.push(room);
            }
            listener.rooms().retain(|one| *one != room);
            if !topics.contains(&Topic::Room(room)) {
                remove(&mut listeners, Topic::Room(room), listener.sid());
            }
        }
        if topics.contains(&Topic::Room(room)) {
            listeners.remove(&Topic::Room(room));
        }
    }

    /// Tells a socket `first`, then whatever was held for it.
    pub(super) fn release<T: Serialize>(
        &self,
        listener: &Arc<Listener>,
        event: &'static str,
        first: &T,
    ) {
        if !listens(&self.lock(), listener) {
            return;
        }
        let Some(first) = Packet::new(event, first) else {
            return;
        };
        if listener.release(&self.post, &first).is_err() {
            self.bindings.give_up_on(listener.sid());
        }
    }

    /// Hangs up on a socket that cannot be told, unless it has left.
    pub(super) fn hang_up(&self, listener: &Arc<Listener>) {
        if listens(&self.lock(), listener) {
            self.bindings.hang_up(listener.sid());
        }
    }

    /// A socket listens no more, to these topics and to its rooms.
    pub(super) fn leave(&self, sid: Sid, topics: &[Topic]) {
        let mut listeners = self.lock();
        let listener = topics
            .first()
            .and_then(|topic| find(&listeners, *topic, sid));
        let rooms = listener.map(|listener| std::mem::take(&mut *listener.rooms()));
        let rooms = rooms.unwrap_or_default().into_iter().map(Topic::Room);
        for topic in topics.iter().copied().chain(rooms) {
            remove(&mut listeners, topic, sid);
        }
    }

    /// Tells every socket that listens to any of the topics.
    pub(super) fn emit<T: Serialize>(&self, topics: &[Topic], event: &'static str, payload: &T) {
        self.tell(topics, || Packet::new(event, payload));
    }

    /// [`Hub::emit`] of a packet that is made once somebody is found to listen.
    pub(super) fn tell(&self, topics: &[Topic], packet: impl FnOnce() -> Option<Arc<Packet>>) {
        let readers = self.readers(topics);
        if readers.is_empty() {
            return;
        }
        let Some(packet) = packet() else {
            return;
        };
        for reader in &readers {
            if reader.tell(&self.post, &packet).is_err() {
                self.bindings.give_up_on(reader.sid());
            }
        }
    }

    /// Like [`Hub::emit`], for what is worth nothing later: a socket that is busy misses it, and those of
    /// `author` do not hear of it at all.
    pub(super) fn emit_volatile<T: Serialize>(
        &self,
        topics: &[Topic],
        author: UserId,
        event: &'static str,
        payload: &T,
    ) {
        let Some(packet) = Packet::new(event, payload) else {
            return;
        };
        let others = |reader: &Arc<Listener>| reader.user != author;
        for reader in self.readers(topics).into_iter().filter(others) {
            reader.tell_volatile(&self.post, &packet);
        }
    }

    /// Tells the sockets of a topic, then takes them out of the namespace for good.
    pub(super) fn dismiss<T: Serialize>(&self, topics: &[Topic], event: &'static str, last: &T) {
        for reader in self.readers(topics) {
            let told = reader.socket.emit(event, last).is_ok();
            if !told || reader.socket.clone().disconnect().is_err() {
                self.bindings.hang_up(reader.sid());
            }
        }
    }

    /// Tells every socket there is.
    pub(super) fn emit_to_all<T: Serialize>(&self, event: &'static str, payload: &T) {
        let all: Vec<_> = {
            let listeners = self.lock();
            let users = listeners
                .iter()
                .filter(|(topic, _)| matches!(topic, Topic::User(_)));
            users.flat_map(|(_, all)| all.iter().cloned()).collect()
        };
        let Some(packet) = Packet::new(event, payload) else {
            return;
        };
        for reader in all {
            // Who is too slow for it is about to be closed in any case, after what waits for them.
            let _ = reader.tell(&self.post, &packet);
        }
    }

    fn readers(&self, topics: &[Topic]) -> Readers {
        readers(&self.lock(), topics)
    }
}

/// Whoever listens to any of the topics, each once.
fn readers(listeners: &Listeners, topics: &[Topic]) -> Readers {
    let found = topics.iter().filter_map(|topic| listeners.get(topic));
    let mut readers: Readers = found.flatten().cloned().collect();
    if topics.len() > 1 {
        readers.sort_unstable_by_key(Arc::as_ptr);
        readers.dedup_by(|one, other| Arc::ptr_eq(one, other));
    }
    readers
}
