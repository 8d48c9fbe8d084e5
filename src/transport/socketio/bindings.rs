//! Which session id belongs to whom.
//!
//! In socketioxide the namespace's `socket.id` is the Engine.IO session id, and whoever knows it can
//! poll and post as that session. So each sid is bound to the credential that opened it, and a
//! request that brings a sid without it is refused before the library sees it.

use crate::transport::line::Line;
use socketioxide::socket::Sid;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// A session that has not entered the namespace by then has been closed by the library.
const ENTER_WITHIN: Duration = Duration::from_secs(30);

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
}

/// All bindings of this process.
#[derive(Default)]
pub(super) struct Bindings {
    sessions: Mutex<HashMap<Sid, Binding>>,
    released: Notify,
}

impl Bindings {
    fn lock(&self) -> MutexGuard<'_, HashMap<Sid, Binding>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Binds a new session.
    pub(super) fn bind(&self, sid: Sid, opening: Opening) {
        let binding = Binding {
            opening,
            opened_at: Instant::now(),
            entered: false,
            hung_up: false,
        };
        self.lock().entry(sid).or_insert(binding);
    }

    /// The session has entered the namespace: from now on it lives until [`Bindings::release`].
    pub(super) fn enter(&self, sid: Sid, opening: Opening) {
        self.bind(sid, opening);
        if let Some(binding) = self.lock().get_mut(&sid) {
            binding.entered = true;
        }
    }

    /// Whether that credential opened that session; nothing if there is no such session any more.
    pub(super) fn belongs(&self, sid: Sid, credential: &Credential) -> Option<bool> {
        self.lock()
            .get(&sid)
            .filter(|binding| !binding.hung_up)
            .map(|binding| binding.opening.credential == *credential)
    }

    /// The session goes on over another connection: the upgrade from polling.
    pub(super) fn move_to(&self, sid: Sid, line: Line) {
        if let Some(binding) = self.lock().get_mut(&sid) {
            binding.opening.websocket = true;
            binding.opening.line = line;
        }
    }

    /// Hangs up on the session, without a goodbye: its client comes back and syncs. A polling client
    /// has no connection of its own; its next request is told that there is no such session.
    pub(super) fn hang_up(&self, sid: Sid) {
        if let Some(binding) = self.lock().get_mut(&sid) {
            binding.hung_up = true;
            binding.opening.line.hang_up();
        }
    }

    /// Forgets a session that ended.
    pub(super) fn release(&self, sid: Sid) {
        self.lock().remove(&sid);
        self.released.notify_waiters();
    }

    /// Ends every WebSocket once what waits for it was written, and waits until they are gone.
    pub(super) async fn end_websockets(&self) {
        loop {
            let released = self.released.notified();
            if !self.end_open_websockets() {
                return;
            }
            released.await;
        }
    }

    /// Whether there were any.
    fn end_open_websockets(&self) -> bool {
        let sessions = self.lock();
        let mut open = sessions
            .values()
            .filter(|one| one.entered && one.opening.websocket)
            .peekable();
        let any = open.peek().is_some();
        open.for_each(|one| one.opening.line.end());
        any
    }

    /// How many sessions are open from that address.
    pub(super) fn open_from(&self, address: IpAddr) -> usize {
        let bindings = self.lock();
        bindings
            .values()
            .filter(|binding| binding.opening.address == address)
            .count()
    }

    /// Forgets sessions that never entered.
    pub(super) fn sweep(&self) {
        self.lock()
            .retain(|_, binding| binding.entered || binding.opened_at.elapsed() < ENTER_WITHIN);
    }
}
