//! What all processes of a deployment must agree on without being durable: events in flight, and who
//! is connected.
//!
//! The contract: [`Cluster::publish`] queues and returns, nobody waits for it. Envelopes published by
//! one process reach every process's subscriber in that order, at most once. What was lost, a client
//! recovers by `sync`: the store is the truth. A second deployment is a second variant, which has to
//! pass the same tests.

mod memory;

use crate::model::{Envelope, UserId};
use tokio::sync::mpsc::UnboundedReceiver;

/// A handle to the cluster; clones share it.
#[derive(Clone)]
pub enum Cluster {
    /// One process.
    Memory(memory::Memory),
}

impl Cluster {
    /// A cluster of this process alone.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(memory::Memory::default())
    }

    /// Sends an envelope to every process's subscriber, this one's included.
    pub fn publish(&self, envelope: Envelope) {
        let Self::Memory(memory) = self;
        memory.publish(envelope);
    }

    /// What is published from now on. One subscriber per process: a second takes the place of the first.
    #[must_use]
    pub fn subscribe(&self) -> UnboundedReceiver<Envelope> {
        let Self::Memory(memory) = self;
        memory.subscribe()
    }

    /// Publishes nothing any more; the subscriber's stream ends after what was published.
    pub fn close(&self) {
        let Self::Memory(memory) = self;
        memory.close();
    }

    /// Counts one more connection of `user`; returns how many there are now.
    #[must_use]
    pub fn arrive(&self, user: UserId) -> usize {
        let Self::Memory(memory) = self;
        memory.arrive(user)
    }

    /// Counts one connection less; returns how many are left.
    #[must_use]
    pub fn depart(&self, user: UserId) -> usize {
        let Self::Memory(memory) = self;
        memory.depart(user)
    }

    /// How many connections `user` has.
    #[must_use]
    pub fn connections(&self, user: UserId) -> usize {
        let Self::Memory(memory) = self;
        memory.connections(user)
    }
}
