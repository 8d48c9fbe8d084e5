//! Which session id belongs to whom.
//!
//! In socketioxide the namespace's `socket.id` is the Engine.IO session id, and whoever knows it can
//! poll and post as that session. So each sid is bound to the credential that opened it, and a
//! request that brings a sid without it is refused before the library sees it.

use crate::transport::line::Line;
use socketioxide::socket::Sid;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A session that has not entered the namespace by then has been closed by the library.
const ENTER_WITHIN: Duration = Duration::from_secs(30);
/// Long answers that a polling client may have asked for without fetching any.
const UNFETCHED_MAX: usize = 8;

/// What a request proves itself by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Credential {
    /// The hash of the token in its header.
    Token(String),
    /// The hash of its session cookie.
    Session(String),
    /// Nothing: the token is going to come in the CONNECT packet. Then the address has to do.
    Address(IpAddr),
}

/// How a session was opened.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    pub(super) credential: Credential,
    pub(super) address: IpAddr,
    /// The connection that carries it now.
    pub(super) line: Line,
    /// Whether that is a WebSocket; a polling session has a connection per request.
    pub(super) websocket: bool,
}

struct Binding {
    opening: Opening,
    opened_at: Instant,
    entered: bool,
    hung_up: bool,
    /// Whether it counts against its address.
    counted: bool,
    /// Whether a polling client has fetched what there was to say before the end.
    told: bool,
    /// Long answers since a polling client last fetched anything.
    unfetched: usize,
}

/// The bindings, and how many each address has.
#[derive(Default)]
struct State {
    sessions: HashMap<Sid, Binding>,
    open: HashMap<IpAddr, usize>,
    draining: bool,
}

impl State {
    fn insert(&mut self, sid: Sid, binding: Binding) {
        if let Entry::Vacant(place) = self.sessions.entry(sid) {
            *self.open.entry(binding.opening.address).or_default() += 1;
            place.insert(binding);
        }
    }

    fn remove(&mut self, sid: Sid) {
        self.discount(sid);
        self.sessions.remove(&sid);
    }

    /// The session has entered the namespace; also one that was refused before counts again.
    fn enter(&mut self, sid: Sid) {
        let Some(binding) = self.sessions.get_mut(&sid) else {
            return;
        };
        binding.entered = true;
        if !binding.counted {
            binding.counted = true;
            *self.open.entry(binding.opening.address).or_default() += 1;
        }
    }

    /// Counts a session no more.
    fn discount(&mut self, sid: Sid) {
        let Some(binding) = self.sessions.get_mut(&sid).filter(|one| one.counted) else {
            return;
        };
        binding.counted = false;
        if let Entry::Occupied(mut count) = self.open.entry(binding.opening.address) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// All bindings of this process.
#[derive(Default)]
pub(super) struct Bindings {
    state: Mutex<State>,
    /// Told when a session ended or was polled.
    changed: Notify,
}

impl Bindings {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Binds a new session.
    pub(super) fn bind(&self, sid: Sid, opening: Opening) {
        let binding = Binding {
            opening,
            opened_at: Instant::now(),
            entered: false,
            hung_up: false,
            counted: true,
            told: false,
            unfetched: 0,
        };
        self.lock().insert(sid, binding);
    }

    /// The session has entered the namespace: from now on it lives until [`Bindings::leave`].
    pub(super) fn enter(&self, sid: Sid, opening: Opening) {
        self.bind(sid, opening);
        self.lock().enter(sid);
    }

    /// Whether that credential opened that session; nothing if there is no such session any more.
    pub(super) fn belongs(&self, sid: Sid, credential: &Credential) -> Option<bool> {
        self.lock()
            .sessions
            .get(&sid)
            .filter(|binding| !binding.hung_up)
            .map(|binding| binding.opening.credential == *credential)
    }

    /// The session goes on over another connection: the upgrade from polling.
    pub(super) fn move_to(&self, sid: Sid, line: Line) {
        if let Some(binding) = self.lock().sessions.get_mut(&sid) {
            binding.opening.websocket = true;
            binding.opening.line = line;
        }
    }

    /// Hangs up on the session, without a goodbye: its client comes back and syncs. A polling client
    /// has no connection of its own; its next request is told that there is no such session.
    pub(super) fn hang_up(&self, sid: Sid) {
        if let Some(binding) = self.lock().sessions.get_mut(&sid) {
            binding.hung_up = true;
            binding.opening.line.hang_up();
        }
    }

    /// A client was not let in. Its session counts no more, but is kept: over polling it has still to
    /// fetch the reason.
    pub(super) fn refuse(&self, sid: Sid) {
        self.lock().discount(sid);
    }

    /// A polling client has fetched what waited for it.
    pub(super) fn polled(&self, sid: Sid) {
        let mut state = self.lock();
        let draining = state.draining;
        if let Some(binding) = state.sessions.get_mut(&sid) {
            binding.told = draining;
            binding.unfetched = 0;
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Whether a long answer may be prepared: not for a client that does not read those it asked for.
    pub(super) fn admit_long_answer(&self, sid: Sid) -> bool {
        let mut state = self.lock();
        let Some(binding) = state.sessions.get_mut(&sid) else {
            return false;
        };
        if binding.opening.websocket {
            return !binding.opening.line.is_stuck();
        }
        binding.unfetched += 1;
        binding.unfetched <= UNFETCHED_MAX
    }

    /// From now on, whoever polls has been told that the server stops.
    pub(super) fn begin_to_drain(&self) {
        self.lock().draining = true;
    }

    /// The session has left the namespace, and with it the server: nothing else is here. A WebSocket
    /// ends once what waits for it was written; a polling client has a while to fetch it.
    pub(super) fn leave(&self, sid: Sid) {
        let mut state = self.lock();
        if let Some(binding) = state.sessions.get_mut(&sid) {
            if binding.opening.websocket {
                binding.opening.line.end();
                state.remove(sid);
            } else {
                binding.entered = false;
                binding.opened_at = Instant::now();
            }
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// Ends every WebSocket once what waits for it was written, and waits until they are gone and every
    /// polling client has fetched what waits for it.
    pub(super) async fn drain(&self) {
        loop {
            let changed = self.changed.notified();
            if !self.end_open() {
                return;
            }
            changed.await;
        }
    }

    /// Whether anybody has still to be told.
    fn end_open(&self) -> bool {
        let state = self.lock();
        let entered = state
            .sessions
            .values()
            .filter(|one| one.entered && !one.hung_up);
        let mut open = entered
            .filter(|one| one.opening.websocket || !one.told)
            .peekable();
        let any = open.peek().is_some();
        let websockets = open.filter(|one| one.opening.websocket);
        websockets.for_each(|one| one.opening.line.end());
        any
    }

    /// How many sessions are open from that address.
    pub(super) fn open_from(&self, address: IpAddr) -> usize {
        self.lock().open.get(&address).copied().unwrap_or(0)
    }

    /// Forgets sessions that never entered.
    pub(super) fn sweep(&self) {
        let mut state = self.lock();
        let gone: Vec<Sid> = state
            .sessions
            .iter()
            .filter(|(_, one)| !one.entered && one.opened_at.elapsed() >= ENTER_WITHIN)
            .map(|(sid, _)| *sid)
            .collect();
        gone.into_iter().for_each(|sid| state.remove(sid));
    }
}
