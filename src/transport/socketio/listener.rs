//! One socket that listens, and how it is told.

use super::client::Client;
use super::frame::Frame;
use crate::metrics::metrics;
use crate::model::{ConversationId, UserId};
use crate::transport::line::{Backlog, Line, Post};
use serde::Serialize;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;
use socketioxide::{SendError, SocketError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Pushes that wait until a new socket has been told `ready`.
const HELD_MAX: usize = 256;

/// One socket that listens.
pub(super) struct Listener {
    pub(super) user: UserId,
    pub(super) socket: SocketRef,
    /// Where to speak to it; else by the library.
    line: Option<Line>,
    backlog: Backlog,
    held: Mutex<Option<Held>>,
    /// The rooms that it listens to.
    rooms: Mutex<Vec<ConversationId>>,
}

/// What came before `ready`, which has to be the first event of all.
#[derive(Default)]
pub(super) struct Held {
    pushes: Vec<Arc<Push>>,
    /// Rooms that were left meanwhile: what is known of them may have been read before.
    pub(super) left: Vec<ConversationId>,
}

/// An event, and the packet that tells of it.
pub(super) struct Push {
    event: &'static str,
    frame: Frame,
}

impl Push {
    /// Nothing where the payload cannot be encoded, which is logged.
    pub(super) fn new<T: Serialize>(event: &'static str, payload: &T) -> Option<Arc<Self>> {
        let frame = Frame::event(event, payload)?;
        Some(Arc::new(Self { event, frame }))
    }
}

/// A socket reads too slowly, and is to be hung up on.
#[derive(Debug)]
pub(super) struct TooSlow;

impl Listener {
    /// What it is told is held until it is [released](Listener::release).
    pub(super) fn new(socket: &SocketRef, client: &Client, backlog: Backlog) -> Self {
        Self {
            user: client.actor.user,
            socket: socket.clone(),
            line: client.line.clone(),
            backlog,
            held: Mutex::new(Some(Held::default())),
            rooms: Mutex::default(),
        }
    }

    pub(super) fn sid(&self) -> Sid {
        self.socket.id
    }

    pub(super) fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn rooms(&self) -> MutexGuard<'_, Vec<ConversationId>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells it `first`, then whatever was held for it.
    ///
    /// # Errors
    /// When it takes no more.
    pub(super) fn release(&self, post: &Arc<Post>, first: &Push) -> Result<(), TooSlow> {
        let held = self.held().take();
        self.send(post, first)?;
        // However much that was, who polls fetches it first.
        self.backlog.clear();
        let pushes = held.unwrap_or_default().pushes;
        pushes.iter().try_for_each(|push| self.send(post, push))
    }

    /// Tells it of an event, once it is released.
    ///
    /// # Errors
    /// When it takes no more.
    pub(super) fn tell(&self, post: &Arc<Post>, push: &Arc<Push>) -> Result<(), TooSlow> {
        match &mut *self.held() {
            Some(held) if held.pushes.len() < HELD_MAX => {
                held.pushes.push(push.clone());
                Ok(())
            }
            Some(_) => Err(TooSlow),
            None => self.send(post, push),
        }
    }

    /// Tells it what is worth nothing later, unless it is busy.
    pub(super) fn tell_volatile(&self, post: &Arc<Post>, push: &Push) {
        match &self.line {
            _ if self.held().is_some() => {}
            Some(line) if line.is_stuck() => {}
            Some(line) => self.say(post, line, push),
            None => {
                if let Some(payload) = push.frame.payload() {
                    // Whether it arrives is nobody's concern.
                    let _ = self.socket.volatile().emit(push.event, payload);
                }
            }
        }
    }

    fn send(&self, post: &Arc<Post>, push: &Push) -> Result<(), TooSlow> {
        if !self.backlog.admit(push.frame.as_bytes().len()) {
            return Err(TooSlow);
        }
        if let Some(line) = &self.line {
            self.say(post, line, push);
            return Ok(());
        }
        let Some(payload) = push.frame.payload() else {
            return Ok(());
        };
        match self.socket.emit(push.event, payload) {
            Err(SendError::Socket(SocketError::InternalChannelFull)) => return Err(TooSlow),
            Err(SendError::Serialize(error)) => {
                super::encode::or_fault::<(), _>(Err(error));
            }
            // Closed: there is nobody to tell.
            Err(SendError::Socket(_)) => {}
            Ok(()) => {
                metrics().pushes.inc();
            }
        }
        Ok(())
    }

    fn say(&self, post: &Arc<Post>, line: &Line, push: &Push) {
        // Whoever was dismissed hears nothing that comes after.
        if self.socket.connected() {
            post.say(line, push.frame.as_bytes());
            metrics().pushes.inc();
        }
    }
}
