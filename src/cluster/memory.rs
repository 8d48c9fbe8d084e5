//! The cluster of one process.

use crate::model::{Envelope, UserId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the processes would share, were there several.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

/// Behind a std mutex: it is held for a few instructions and never across an await.
#[derive(Default)]
struct State {
    subscriber: Option<UnboundedSender<Envelope>>,
    connections: HashMap<UserId, usize>,
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held cannot have left a count half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, envelope: Envelope) {
        if let Some(subscriber) = &self.state().subscriber {
            // The subscriber is gone at shutdown only, and with it everybody who could be told.
            let _ = subscriber.send(envelope);
        }
    }

    pub(super) fn subscribe(&self) -> UnboundedReceiver<Envelope> {
        let (sender, receiver) = unbounded_channel();
        self.state().subscriber = Some(sender);
        receiver
    }

    pub(super) fn close(&self) {
        self.state().subscriber = None;
    }

    pub(super) fn arrive(&self, user: UserId) -> usize {
        let mut state = self.state();
        let count = state.connections.entry(user).or_default();
        *count += 1;
        *count
    }

    pub(super) fn depart(&self, user: UserId) -> usize {
        let mut state = self.state();
        let Some(count) = state.connections.get_mut(&user) else {
            return 0;
        };
        *count -= 1;
        let left = *count;
        if left == 0 {
            state.connections.remove(&user);
        }
        left
    }

    pub(super) fn connections(&self, user: UserId) -> usize {
        self.state().connections.get(&user).copied().unwrap_or(0)
    }
}
