//! What happens, as one stream.

use crate::error::Error;
use crate::outbox::Draft;
use chinwag_protocol::socketio::{
    Conversation, MemberPush, Message, Presence, Ready, Receipt, RoomCommandPush, TypingPush,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Something happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A connection is being made.
    Connecting,
    /// It is made. What was missed meanwhile follows, and then [`Event::CaughtUp`].
    Ready(Box<Ready>),
    /// All that was said while the connection was away has been told.
    CaughtUp,
    /// There is no connection; another attempt follows.
    Offline {
        /// Why, in words for a person.
        reason: String,
        /// When.
        retry_in: Duration,
    },
    /// The server's data was replaced: forget all conversations and messages. A [`Event::Ready`] follows.
    Forget,
    /// There will be no connection any more. The last event.
    Ended(Ended),
    /// A message is new, edited or deleted. Once per change, per conversation in the order of `rev`.
    Message(Box<Message>),
    /// A conversation is new, or has changed.
    Conversation(Box<Conversation>),
    /// It is gone, or one is no member of it any more.
    ConversationRemoved(i64),
    /// Somebody received or read further.
    Receipt(Receipt),
    /// Somebody writes, or stopped.
    Typing(TypingPush),
    /// Somebody came or went.
    Presence(Presence),
    /// Somebody is in a room now.
    MemberJoined(MemberPush),
    /// Somebody is not in a room any more.
    MemberLeft(MemberPush),
    /// Somebody gave a command in a room.
    RoomCommand(RoomCommandPush),
    /// A message of one's own is on disk. Its [`Event::Message`] may come before or after this.
    Sent {
        /// Which.
        client_id: String,
    },
    /// A message of one's own could not be sent yet, and will be tried again.
    Delayed {
        /// Which.
        client_id: String,
        /// Why, in words for a person.
        reason: String,
    },
    /// A message of one's own will never be sent as it is.
    Unsent {
        /// What was to be said.
        draft: Draft,
        /// Why not.
        error: Error,
    },
}

/// Why there will be no connection any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The token is not, or no longer, good: `not_authenticated`, `signed_out`, `suspended`, `expired`.
    Refused(String),
    /// Every [`crate::Client`] was dropped.
    Closed,
}

/// The stream. A program that does not read it is told nothing twice and nothing too late: the connection waits, is
/// given up by the server, comes back and catches up.
#[derive(Debug)]
pub struct Events {
    pub(crate) told: mpsc::Receiver<Event>,
    pub(crate) era: Era,
}

/// How often the data was replaced, as far as the program has been told: one more with each [`Event::Forget`] that it
/// takes. What it wants is marked with it, since the number of a conversation means another one in another era.
#[derive(Clone, Debug, Default)]
pub(crate) struct Era(Arc<AtomicU64>);

impl Era {
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }
}

impl Events {
    /// The next one; `None` after [`Event::Ended`]. Nothing is lost when this is dropped while it waits.
    pub async fn next(&mut self) -> Option<Event> {
        let event = self.told.recv().await?;
        Some(self.take_note(event))
    }

    /// One that is there already.
    pub fn try_next(&mut self) -> Option<Event> {
        let event = self.told.try_recv().ok()?;
        Some(self.take_note(event))
    }

    fn take_note(&self, event: Event) -> Event {
        if matches!(event, Event::Forget) {
            self.era.0.fetch_add(1, Ordering::AcqRel);
        }
        event
    }
}
