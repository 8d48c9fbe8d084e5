//! The sockets of this process, by what they listen to.
//!
//! Kept here rather than in the library's rooms because only an emit to one socket tells that *this*
//! socket's buffer is full. Such a socket is hung up on at once, never skipped: its client comes back
//! and syncs. A payload is serialised once for all of its readers.
//!
//! A socket listens to its person and its credential from the beginning, and to the rooms that its person
//! is in. Those change by what is pushed, in the order in which it is pushed: so what was said in a room
//! after somebody came in reaches them, and nothing after they left. A room's message is one look-up and
//! one payload, however many are in it.

use super::bindings::Bindings;
use super::encode::json;
use crate::metrics::{Fault, metrics};
use crate::model::{ConversationId, Topic, UserId};
use crate::transport::line::Backlog;
use serde::Serialize;
use serde_json::value::RawValue;
use socketioxide::SendError;
use socketioxide::SocketError;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Pushes that wait until a new socket has been told `ready`; past that it is hung up on.
const HELD_MAX: usize = 256;

/// Every listening socket.
pub(super) struct Hub {
    listeners: Mutex<Listeners>,
    bindings: Arc<Bindings>,
}

/// One socket that listens.
struct Listener {
    user: UserId,
    socket: SocketRef,
    backlog: Backlog,
    held: Mutex<Option<Held>>,
    /// The rooms that it listens to.
    rooms: Mutex<Vec<ConversationId>>,
}

/// What came before `ready`, which has to be the first event of all.
#[derive(Default)]
struct Held {
    pushes: Vec<Push>,
    /// Rooms that were left meanwhile: what is known of them may have been read before.
    left: Vec<ConversationId>,
}

type Listeners = HashMap<Topic, Vec<Arc<Listener>>>;

/// An event, and what it carries, serialised.
type Push = (&'static str, Arc<RawValue>);

impl Listener {
    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rooms(&self) -> MutexGuard<'_, Vec<ConversationId>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
        all.retain(|one| one.socket.id != sid);
        if all.is_empty() {
            listeners.remove(&topic);
        }
    }
}

fn find(listeners: &Listeners, topic: Topic, sid: Sid) -> Option<Arc<Listener>> {
    let all = listeners.get(&topic)?;
    all.iter().find(|one| one.socket.id == sid).cloned()
}

impl Hub {
    pub(super) fn new(bindings: Arc<Bindings>) -> Self {
        Self {
            listeners: Mutex::default(),
            bindings,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a socket of `user` listen. What reaches it is held until [`Hub::release`].
    pub(super) fn join(&self, socket: &SocketRef, user: UserId, topics: &[Topic]) {
        let listener = Arc::new(Listener {
            user,
            socket: socket.clone(),
            backlog: self.bindings.backlog(socket.id),
            held: Mutex::new(Some(Held::default())),
            rooms: Mutex::default(),
        });
        let mut listeners = self.lock();
        for topic in topics {
            listeners.entry(*topic).or_default().push(listener.clone());
        }
    }

    /// Lets a socket that is not released yet listen to the rooms that its person was in when they were
    /// read, which was after [`Hub::join`]; not to those that they have left since.
    pub(super) fn enter_rooms(&self, topic: Topic, sid: Sid, rooms: &[ConversationId]) {
        let mut listeners = self.lock();
        let Some(listener) = find(&listeners, topic, sid) else {
            return;
        };
        for room in rooms {
            let left = listener
                .held()
                .as_ref()
                .is_some_and(|held| held.left.contains(room));
            if !left {
                enter(&mut listeners, &listener, *room);
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
                remove(&mut listeners, Topic::Room(room), listener.socket.id);
            }
        }
        if topics.contains(&Topic::Room(room)) {
            listeners.remove(&Topic::Room(room));
        }
    }

    /// Tells a socket `first`, then whatever was held for it.
    pub(super) fn release<T: Serialize>(
        &self,
        topic: Topic,
        sid: Sid,
        event: &'static str,
        first: &T,
    ) {
        let listener = find(&self.lock(), topic, sid);
        let (Some(listener), Some(first)) = (listener, json(first)) else {
            return;
        };
        let held = listener.held().take();
        self.send(&listener, event, &first);
        // However much that was, who polls fetches it first.
        listener.backlog.clear();
        for (event, payload) in held.unwrap_or_default().pushes {
            self.send(&listener, event, &payload);
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
        let readers = self.readers(topics);
        if readers.is_empty() {
            return;
        }
        let Some(payload) = json(payload) else {
            return;
        };
        for reader in &readers {
            self.tell(reader, event, &payload);
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
        let Some(payload) = json(payload) else {
            return;
        };
        for reader in self.readers(topics) {
            if reader.user == author || reader.held().is_some() {
                continue;
            }
            // Volatile: whether it arrives is nobody's concern.
            let _ = reader.socket.volatile().emit(event, &*payload);
        }
    }

    /// Tells the sockets of a topic, then takes them out of the namespace for good.
    pub(super) fn dismiss<T: Serialize>(&self, topics: &[Topic], event: &'static str, last: &T) {
        for reader in self.readers(topics) {
            let told = reader.socket.emit(event, last).is_ok();
            if !told || reader.socket.clone().disconnect().is_err() {
                self.bindings.hang_up(reader.socket.id);
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
        for reader in all {
            // It is about to be closed in any case.
            let _ = reader.socket.emit(event, payload);
        }
    }

    fn readers(&self, topics: &[Topic]) -> Vec<Arc<Listener>> {
        readers(&self.lock(), topics)
    }

    fn tell(&self, listener: &Listener, event: &'static str, payload: &Arc<RawValue>) {
        if let Some(held) = &mut *listener.held() {
            if held.pushes.len() < HELD_MAX {
                held.pushes.push((event, payload.clone()));
            } else {
                self.bindings.give_up_on(listener.socket.id);
            }
            return;
        }
        self.send(listener, event, payload);
    }

    fn send(&self, listener: &Listener, event: &'static str, payload: &Arc<RawValue>) {
        if !listener.backlog.admit(payload.get().len()) {
            return self.bindings.give_up_on(listener.socket.id);
        }
        match listener.socket.emit(event, &**payload) {
            Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                self.bindings.give_up_on(listener.socket.id);
            }
            Err(SendError::Serialize(error)) => {
                metrics().fault(Fault::NotEncoded);
                tracing::error!(%error, event, "a push was not encoded")
            }
            // Closed: there is nobody to tell.
            Err(SendError::Socket(_)) => {}
            Ok(()) => {
                metrics().pushes.inc();
            }
        }
    }
}

/// Whoever listens to any of the topics, each once.
fn readers(listeners: &Listeners, topics: &[Topic]) -> Vec<Arc<Listener>> {
    let found = topics.iter().filter_map(|topic| listeners.get(topic));
    let mut readers: Vec<_> = found.flatten().cloned().collect();
    if topics.len() > 1 {
        readers.sort_unstable_by_key(Arc::as_ptr);
        readers.dedup_by(|one, other| Arc::ptr_eq(one, other));
    }
    readers
}
