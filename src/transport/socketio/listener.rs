//! One socket that listens, and how it is told.

use super::client::Client;
use super::encode::not_encoded;
use super::frame::Frame;
use crate::metrics::metrics;
use crate::model::{ConversationId, UserId};
use crate::transport::line::{Backlog, Line, Post};
use chinwag_protocol::socketio::MessagePush;
use serde::Serialize;
use serde_json::value::RawValue;
use socketioxide::extract::SocketRef;
use socketioxide::socket::Sid;
use socketioxide::{SendError, SocketError};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

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
    packets: Vec<Arc<Packet>>,
    /// Rooms that were left meanwhile: what is known of them may have been read before.
    pub(super) left: Vec<ConversationId>,
}

/// An event, for all who are told of it.
pub(super) struct Packet {
    event: &'static str,
    frame: Frame,
    /// What it carries, once somebody listens for whom the library writes it.
    payload: OnceLock<Option<Box<RawValue>>>,
}

impl Packet {
    /// Nothing where the payload cannot be encoded, which is logged.
    pub(super) fn new<T: Serialize>(event: &'static str, payload: &T) -> Option<Arc<Self>> {
        let (frame, payload) = (Frame::event(event, payload)?, OnceLock::new());
        Some(Arc::new(Self {
            event,
            frame,
            payload,
        }))
    }

    /// The message that a [`MessagePush`] carries, as JSON; nothing in any other packet.
    pub(super) fn message(&self) -> Option<&[u8]> {
        let [before, after] = MessagePush::AROUND.map(str::as_bytes);
        self.frame.json().strip_prefix(before)?.strip_suffix(after)
    }

    fn payload(&self) -> Option<&RawValue> {
        self.payload.get_or_init(|| self.frame.payload()).as_deref()
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
    pub(super) fn release(&self, post: &Arc<Post>, first: &Packet) -> Result<(), TooSlow> {
        let held = self.held().take();
        self.send(post, first)?;
        // However much that was, who polls fetches it first.
        self.backlog.clear();
        let packets = held.unwrap_or_default().packets;
        packets
            .iter()
            .try_for_each(|packet| self.send(post, packet))
    }

    /// Tells it of an event, once it is released.
    ///
    /// # Errors
    /// When it takes no more.
    pub(super) fn tell(&self, post: &Arc<Post>, packet: &Arc<Packet>) -> Result<(), TooSlow> {
        match &mut *self.held() {
            Some(held) if held.packets.len() < HELD_MAX => {
                held.packets.push(packet.clone());
                Ok(())
            }
            Some(_) => Err(TooSlow),
            None => self.send(post, packet),
        }
    }

    /// Tells it what is worth nothing later, unless it is busy.
    pub(super) fn tell_volatile(&self, post: &Arc<Post>, packet: &Packet) {
        if self.held().is_some() {
            return;
        }
        match &self.line {
            Some(line) if line.is_stuck() => {}
            Some(line) => self.say(post, line, packet),
            None => {
                if let Some(payload) = packet.payload() {
                    // Whether it arrives is nobody's concern.
                    let _ = self.socket.volatile().emit(packet.event, payload);
                }
            }
        }
    }

    fn send(&self, post: &Arc<Post>, packet: &Packet) -> Result<(), TooSlow> {
        if !self.backlog.admit(packet.frame.as_bytes().len()) {
            return Err(TooSlow);
        }
        match &self.line {
            Some(line) => self.say(post, line, packet),
            None => self.emit(packet)?,
        }
        metrics().pushes.inc();
        Ok(())
    }

    fn say(&self, post: &Arc<Post>, line: &Line, packet: &Packet) {
        // Whoever was dismissed hears nothing that comes after.
        if self.socket.connected() {
            post.say(line, packet.frame.as_bytes());
        }
    }

    /// Tells it by the library.
    fn emit(&self, packet: &Packet) -> Result<(), TooSlow> {
        let Some(payload) = packet.payload() else {
            return Ok(());
        };
        match self.socket.emit(packet.event, payload) {
            Err(SendError::Socket(SocketError::InternalChannelFull)) => Err(TooSlow),
            Err(SendError::Serialize(error)) => {
                not_encoded(&error);
                Ok(())
            }
            // Closed: there is nobody to tell.
            Err(SendError::Socket(_)) | Ok(()) => Ok(()),
        }
    }
}
