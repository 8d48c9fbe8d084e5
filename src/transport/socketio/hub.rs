//! The sockets of this process, by what they listen to.
//!
//! Kept here rather than in the library's rooms because only an emit to one socket tells that *this*
//! socket's buffer is full. Such a socket is hung up on at once, never skipped: its client comes back
//! and syncs. A payload is serialised once for all of its readers.

use super::bindings::Bindings;
use crate::model::Topic;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
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
    listeners: Mutex<HashMap<Topic, Vec<Arc<Listener>>>>,
    bindings: Arc<Bindings>,
}

/// One socket that listens.
struct Listener {
    socket: SocketRef,
    /// What came before `ready`, which has to be the first event of all.
    held: Mutex<Option<Vec<Push>>>,
}

/// An event, and what it carries, serialised.
type Push = (&'static str, Arc<RawValue>);

impl Listener {
    fn is_held(&self) -> bool {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.is_some()
    }
}

impl Hub {
    pub(super) fn new(bindings: Arc<Bindings>) -> Self {
        Self {
            listeners: Mutex::default(),
            bindings,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Topic, Vec<Arc<Listener>>>> {
        self.listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a socket listen. What reaches it is held until [`Hub::release`].
    pub(super) fn join(&self, socket: &SocketRef, topics: &[Topic]) {
        let listener = Arc::new(Listener {
            socket: socket.clone(),
            held: Mutex::new(Some(Vec::new())),
        });
        let mut listeners = self.lock();
        for topic in topics {
            listeners.entry(*topic).or_default().push(listener.clone());
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
        let listener = self
            .lock()
            .get(&topic)
            .and_then(|all| all.iter().find(|one| one.socket.id == sid).cloned());
        let (Some(listener), Some(first)) = (listener, encode(first)) else {
            return;
        };
        let held = listener
            .held
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        self.send(&listener, event, &first);
        for (event, payload) in held.unwrap_or_default() {
            self.send(&listener, event, &payload);
        }
    }

    /// A socket listens no more.
    pub(super) fn leave(&self, sid: Sid, topics: &[Topic]) {
        let mut listeners = self.lock();
        for topic in topics {
            if let Some(all) = listeners.get_mut(topic) {
                all.retain(|one| one.socket.id != sid);
                if all.is_empty() {
                    listeners.remove(topic);
                }
            }
        }
    }

    /// How many sockets listen to a topic.
    pub(super) fn count(&self, topic: Topic) -> usize {
        self.lock().get(&topic).map_or(0, Vec::len)
    }

    /// Tells every socket that listens to any of the topics.
    pub(super) fn emit<T: Serialize>(&self, topics: &[Topic], event: &'static str, payload: &T) {
        let readers = self.readers(topics);
        if readers.is_empty() {
            return;
        }
        let Some(payload) = encode(payload) else {
            return;
        };
        for reader in &readers {
            self.tell(reader, event, &payload);
        }
    }

    /// Like [`Hub::emit`], for what is worth nothing later: a socket that is busy misses it.
    pub(super) fn emit_volatile<T: Serialize>(
        &self,
        topics: &[Topic],
        event: &'static str,
        payload: &T,
    ) {
        for reader in self.readers(topics) {
            if reader.is_held() {
                continue;
            }
            // Volatile: whether it arrives is nobody's concern.
            let _ = reader.socket.volatile().emit(event, payload);
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
        let listeners = self.lock();
        topics
            .iter()
            .filter_map(|topic| listeners.get(topic))
            .flatten()
            .cloned()
            .collect()
    }

    fn tell(&self, listener: &Listener, event: &'static str, payload: &Arc<RawValue>) {
        if let Some(held) = &mut *listener.held.lock().unwrap_or_else(PoisonError::into_inner) {
            if held.len() < HELD_MAX {
                held.push((event, payload.clone()));
            } else {
                self.bindings.hang_up(listener.socket.id);
            }
            return;
        }
        self.send(listener, event, payload);
    }

    fn send(&self, listener: &Listener, event: &'static str, payload: &Arc<RawValue>) {
        match listener.socket.emit(event, &**payload) {
            Err(SendError::Socket(SocketError::InternalChannelFull)) => {
                tracing::info!("a reader was too slow and was hung up on");
                self.bindings.hang_up(listener.socket.id);
            }
            Err(SendError::Serialize(error)) => {
                tracing::error!(%error, event, "a push was not encoded")
            }
            // Closed: there is nobody to tell.
            Err(SendError::Socket(_)) | Ok(()) => {}
        }
    }
}

fn encode<T: Serialize>(payload: &T) -> Option<Arc<RawValue>> {
    to_raw_value(payload)
        .inspect_err(|error| tracing::error!(%error, "a push was not encoded"))
        .ok()
        .map(Into::into)
}
