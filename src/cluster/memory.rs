//! The cluster of one process.

use super::lobby::{Census, Lobby};
use crate::metrics::{Queue, metrics};
use crate::model::{Envelope, UserId};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the processes would share, were there several.
#[derive(Clone, Default)]
pub struct Memory(Arc<Mutex<State>>);

/// Behind a std mutex: it is held for a few instructions and never across an await.
#[derive(Default)]
struct State {
    subscriber: Option<UnboundedSender<Envelope>>,
    connections: HashMap<UserId, Connections>,
    /// Who has taken their one place.
    places: HashSet<UserId>,
    lobby: Lobby,
}

/// Of one user.
#[derive(Clone, Copy, Default)]
struct Connections {
    open: u32,
    /// Closed a moment ago: a reload is no departure.
    lingering: u32,
}

impl Connections {
    fn count(self) -> usize {
        (self.open + self.lingering) as usize
    }
}

impl State {
    /// One step in the lobby, which may ask who has a connection.
    fn in_lobby<T>(&mut self, step: impl FnOnce(&mut Lobby, &dyn Fn(UserId) -> bool) -> T) -> T {
        let connections = &self.connections;
        let is_here = |user| connections.get(&user).is_some_and(|c| c.open > 0);
        let outcome = step(&mut self.lobby, &is_here);
        self.lobby.check();
        outcome
    }
}

impl Memory {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held cannot have left a count half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, envelope: Envelope) {
        if let Some(subscriber) = &self.state().subscriber {
            // The subscriber is gone at shutdown only, and with it everybody who could be told.
            metrics().queue(Queue::Push).inc();
            if subscriber.send(envelope).is_err() {
                metrics().queue(Queue::Push).dec();
            }
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
        let connections = state.connections.entry(user).or_default();
        connections.open += 1;
        connections.count()
    }

    pub(super) fn close_connection(&self, user: UserId) {
        if let Some(connections) = self.state().connections.get_mut(&user) {
            connections.open -= 1;
            connections.lingering += 1;
        }
    }

    pub(super) fn depart(&self, user: UserId) -> usize {
        let mut state = self.state();
        let Some(connections) = state.connections.get_mut(&user) else {
            return 0;
        };
        connections.lingering -= 1;
        let left = connections.count();
        if left == 0 {
            state.connections.remove(&user);
        }
        left
    }

    pub(super) fn connections(&self, user: UserId) -> usize {
        let state = self.state();
        state.connections.get(&user).map_or(0, |c| c.count())
    }

    pub(super) fn open_connections(&self, user: UserId) -> usize {
        let state = self.state();
        state.connections.get(&user).map_or(0, |c| c.open as usize)
    }

    pub(super) fn is_here(&self, user: UserId) -> bool {
        self.open_connections(user) > 0
    }

    pub(super) fn here(&self) -> HashSet<UserId> {
        let state = self.state();
        let here = state.connections.iter().filter(|(_, c)| c.open > 0);
        here.map(|(user, _)| *user).collect()
    }

    pub(super) fn take_place(&self, user: UserId) -> bool {
        self.state().places.insert(user)
    }

    pub(super) fn free_place(&self, user: UserId) {
        self.state().places.remove(&user);
    }

    pub(super) fn in_lobby<T>(
        &self,
        step: impl FnOnce(&mut Lobby, &dyn Fn(UserId) -> bool) -> T,
    ) -> T {
        self.state().in_lobby(step)
    }

    pub(super) fn census(&self) -> Census {
        let state = self.state();
        Census {
            online: state.connections.len(),
            connections: state.connections.values().map(|c| c.count()).sum(),
            ..state.lobby.census()
        }
    }
}
