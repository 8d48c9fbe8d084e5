//! Which session id belongs to whom.
//!
//! In socketioxide the namespace's `socket.id` is the Engine.IO session id, and whoever knows it can
//! poll and post as that session. So each sid is bound to the credential that opened it, and a
//! request that brings a sid without it is refused before the library sees it.

use crate::metrics::metrics;
use crate::transport::limiter::Limiter;
use crate::transport::line::{Backlog, Line};
use crate::transport::sockets::Counted;
use socketioxide::socket::Sid;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

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
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) credential: Credential,
    pub(super) address: IpAddr,
    /// The connection, where the request asks to make a WebSocket of it.
    pub(super) upgrade: Option<Line>,
}

struct Binding {
    opening: Arc<Opening>,
    /// What carries it, unless it polls: then it has a connection per request.
    websocket: Option<Line>,
    /// Whether it polled before.
    upgraded: bool,
    opened_at: Instant,
    entered: bool,
    hung_up: bool,
    /// While it counts against its address.
    counted: Option<Counted>,
    /// Whether a polling client has fetched what there was to say before the end.
    told: bool,
    /// Long answers since a polling client last fetched anything.
    unfetched: usize,
    backlog: Backlog,
}

#[derive(Default)]
struct State {
    sessions: HashMap<Sid, Binding>,
    draining: bool,
}

/// All bindings of this process.
pub(super) struct Bindings {
    state: Mutex<State>,
    limiter: Arc<Limiter>,
    /// Told when a session ended or was polled.
    changed: Notify,
}

impl Bindings {
    pub(super) fn new(limiter: &Arc<Limiter>) -> Self {
        Self {
            state: Mutex::default(),
            limiter: limiter.clone(),
            changed: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Binds a new session, which polls unless it has a WebSocket.
    pub(super) fn bind(&self, sid: Sid, opening: Arc<Opening>, websocket: Option<Line>) {
        self.lock().sessions.entry(sid).or_insert_with(|| {
            let backlog = Backlog::default();
            if let Some(line) = &websocket {
                line.carry(&backlog);
            }
            Binding {
                counted: Some(self.limiter.count_socket(opening.address)),
                opening,
                websocket,
                upgraded: false,
                opened_at: Instant::now(),
                entered: false,
                hung_up: false,
                told: false,
                unfetched: 0,
                backlog,
            }
        });
    }

    /// The session is about to enter the namespace: from now on it lives until [`Bindings::leave`]. Also one
    /// that was refused before counts again. The line where it can be spoken to, after the library's greeting: of one
    /// that polled before, nobody knows what the library has still to say.
    pub(super) fn enter(&self, sid: Sid, opening: Arc<Opening>) -> Option<Line> {
        let websocket = opening.upgrade.clone();
        self.bind(sid, opening, websocket);
        let mut state = self.lock();
        let binding = state.sessions.get_mut(&sid)?;
        binding.entered = true;
        let address = binding.opening.address;
        let count = || self.limiter.count_socket(address);
        binding.counted.get_or_insert_with(count);
        let line = binding.websocket.clone().filter(|_| !binding.upgraded)?;
        line.expect_greeting().then_some(line)
    }

    /// Whether that credential opened that session; nothing if there is no such session any more.
    pub(super) fn belongs(&self, sid: Sid, credential: &Credential) -> Option<bool> {
        self.lock()
            .sessions
            .get(&sid)
            .filter(|binding| !binding.hung_up)
            .map(|binding| binding.opening.credential == *credential)
    }

    /// The session goes on over a WebSocket: the upgrade from polling, once in its life. Not where it has one: that
    /// one stays, and with it the line that has to be cut to hang up.
    pub(super) fn move_to(&self, sid: Sid, line: Line) -> bool {
        let mut state = self.lock();
        let binding = state.sessions.get_mut(&sid);
        let Some(binding) = binding.filter(|binding| binding.websocket.is_none()) else {
            return false;
        };
        line.carry(&binding.backlog);
        binding.websocket = Some(line);
        binding.upgraded = true;
        true
    }

    /// What the session was told and has not read yet.
    pub(super) fn backlog(&self, sid: Sid) -> Backlog {
        let state = self.lock();
        let binding = state.sessions.get(&sid);
        binding.map_or_else(Backlog::default, |binding| binding.backlog.clone())
    }

    /// Hangs up on the session, without a goodbye: its client comes back and syncs. A polling client
    /// has no connection of its own, and behind a proxy may share each with others; its next request is told
    /// that there is no such session. Whether this was the first time.
    pub(super) fn hang_up(&self, sid: Sid) -> bool {
        let mut state = self.lock();
        let Some(binding) = state.sessions.get_mut(&sid) else {
            return false;
        };
        if let Some(line) = &binding.websocket {
            line.hang_up();
        }
        !std::mem::replace(&mut binding.hung_up, true)
    }

    /// Hangs up on who does not read. Until the library has closed the socket it is told more, which must
    /// neither count nor be logged again.
    pub(super) fn give_up_on(&self, sid: Sid) {
        if self.hang_up(sid) {
            metrics().slow_readers.inc();
            tracing::info!("a reader was too slow and was hung up on");
        }
    }

    /// A client was not let in. Its session counts no more, but is kept: over polling it has still to
    /// fetch the reason.
    pub(super) fn refuse(&self, sid: Sid) {
        if let Some(binding) = self.lock().sessions.get_mut(&sid) {
            binding.counted = None;
        }
    }

    /// A polling client has fetched what waited for it, and has been `told` or not that the server stops.
    pub(super) fn polled(&self, sid: Sid, told: bool) {
        let mut state = self.lock();
        if let Some(binding) = state.sessions.get_mut(&sid) {
            binding.told |= told;
            binding.unfetched = 0;
            binding.backlog.clear();
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
        if let Some(line) = &binding.websocket {
            return !line.is_stuck();
        }
        binding.unfetched += 1;
        binding.unfetched <= UNFETCHED_MAX
    }

    /// From now on, it matters whether whoever polls is told that the server stops.
    pub(super) fn begin_to_drain(&self) {
        self.lock().draining = true;
    }

    pub(super) fn is_draining(&self) -> bool {
        self.lock().draining
    }

    /// The session has left the namespace, and with it the server: nothing else is here. A WebSocket
    /// ends once what waits for it was written; a polling client has a while to fetch it.
    pub(super) fn leave(&self, sid: Sid) {
        let mut state = self.lock();
        if let Some(binding) = state.sessions.get_mut(&sid) {
            if let Some(line) = &binding.websocket {
                line.end();
                state.sessions.remove(&sid);
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
            .filter(|one| one.websocket.is_some() || !one.told)
            .peekable();
        let any = open.peek().is_some();
        open.filter_map(|one| one.websocket.as_ref())
            .for_each(Line::end);
        any
    }

    /// Forgets sessions that never entered.
    pub(super) fn sweep(&self) {
        let is_gone = |one: &Binding| !one.entered && one.opened_at.elapsed() >= ENTER_WITHIN;
        self.lock().sessions.retain(|_, one| !is_gone(one));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn opening(address: IpAddr) -> Arc<Opening> {
        Arc::new(Opening {
            credential: Credential::Address(address),
            address,
            upgrade: None,
        })
    }

    #[test]
    fn a_session_is_hung_up_on_once() {
        let limits = Config::read(|_| None).expect("the defaults").limits;
        let bindings = Bindings::new(&Arc::new(Limiter::new(&limits)));
        let (sid, address) = (Sid::new(), IpAddr::from([192, 0, 2, 1]));
        assert!(!bindings.hang_up(sid), "there is none");
        bindings.bind(sid, opening(address), None);
        assert!(bindings.hang_up(sid));
        assert!(!bindings.hang_up(sid));
        assert_eq!(bindings.belongs(sid, &Credential::Address(address)), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_gets_back_what_it_began_and_never_entered() {
        let config = Config::read(|name| (name == "LIMIT_SOCKETS_PER_ADDRESS").then(|| "3".into()));
        let limiter = Arc::new(Limiter::new(&config.expect("a setting").limits));
        let bindings = Bindings::new(&limiter);
        let address = IpAddr::from([192, 0, 2, 1]);
        let sids = [Sid::new(), Sid::new(), Sid::new()];
        for sid in sids {
            bindings.bind(sid, opening(address), None);
        }
        let [entered, left, never] = sids;
        bindings.enter(entered, opening(address));
        bindings.enter(left, opening(address));
        assert!(!limiter.admits_handshake(address));

        tokio::time::advance(ENTER_WITHIN - Duration::from_secs(1)).await;
        bindings.leave(left);
        bindings.sweep();
        assert!(
            !limiter.admits_handshake(address),
            "they have a second more"
        );
        tokio::time::advance(Duration::from_secs(1)).await;
        bindings.sweep();

        assert!(limiter.admits_handshake(address));
        let known = |sid| {
            bindings
                .belongs(sid, &Credential::Address(address))
                .is_some()
        };
        assert_eq!([entered, left, never].map(known), [true, true, false]);
        tokio::time::advance(ENTER_WITHIN).await;
        bindings.sweep();
        assert_eq!([entered, left, never].map(known), [true, false, false]);
    }

    #[test]
    fn a_session_that_polled_is_spoken_to_by_the_library() {
        let limits = Config::read(|_| None).expect("the defaults").limits;
        let bindings = Bindings::new(&Arc::new(Limiter::new(&limits)));
        let address = IpAddr::from([192, 0, 2, 1]);
        let (polling, websocket) = (Sid::new(), Sid::new());
        bindings.bind(polling, opening(address), None);
        assert!(bindings.move_to(polling, Line::default()));
        assert!(bindings.enter(polling, opening(address)).is_none());

        let opening = Arc::new(Opening {
            credential: Credential::Address(address),
            address,
            upgrade: Some(Line::default()),
        });
        assert!(bindings.enter(websocket, opening.clone()).is_some());
        // Who left and comes back finds the line about to close.
        bindings.leave(websocket);
        assert!(bindings.enter(websocket, opening).is_none());
    }
}
