//! What all processes of a deployment must agree on without being durable: events in flight, who is
//! connected, who has the one connection of its kind that they may have, and who waits for a stranger.
//!
//! The contract: [`Cluster::publish`] queues and returns, nobody waits for it. Envelopes published by
//! one process reach every process's subscriber in that order, at most once. What was lost, a client
//! recovers by `sync`: the store is the truth. Each method is one atomic step: two processes never
//! take the same person out of the lobby. A second deployment is a second variant, which has to pass
//! the same tests.

mod lobby;
mod memory;

pub use lobby::{Census, Choose, Entered, HouseRules, Pair, Pick, Ticket, Turn, Whereabouts};

use crate::model::{ConversationId, Envelope, Seeker, UserId};
use std::collections::HashSet;
use std::time::Duration;
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

    /// A connection of `user` closed: it counts until [`Cluster::depart`], but is not here any more.
    pub fn close_connection(&self, user: UserId) {
        let Self::Memory(memory) = self;
        memory.close_connection(user);
    }

    /// Counts one closed connection less; returns how many are left.
    #[must_use]
    pub fn depart(&self, user: UserId) -> usize {
        let Self::Memory(memory) = self;
        memory.depart(user)
    }

    /// How many connections `user` has, or had a moment ago.
    #[must_use]
    pub fn connections(&self, user: UserId) -> usize {
        let Self::Memory(memory) = self;
        memory.connections(user)
    }

    /// How many connections `user` has right now.
    #[must_use]
    pub fn open_connections(&self, user: UserId) -> usize {
        let Self::Memory(memory) = self;
        memory.open_connections(user)
    }

    /// Whether `user` has a connection right now.
    #[must_use]
    pub fn is_here(&self, user: UserId) -> bool {
        let Self::Memory(memory) = self;
        memory.is_here(user)
    }

    /// Who has a connection right now.
    #[must_use]
    pub fn here(&self) -> HashSet<UserId> {
        let Self::Memory(memory) = self;
        memory.here()
    }

    /// Takes the one place that `user` has where only one connection is let in; whether it was free.
    #[must_use]
    pub fn take_place(&self, user: UserId) -> bool {
        let Self::Memory(memory) = self;
        memory.take_place(user)
    }

    /// Gives that place back.
    pub fn free_place(&self, user: UserId) {
        let Self::Memory(memory) = self;
        memory.free_place(user);
    }

    /// How many are online, wait and talk with strangers.
    #[must_use]
    pub fn census(&self) -> Census {
        let Self::Memory(memory) = self;
        memory.census()
    }

    /// Takes the one whom the rules pick for the seeker out of the line, or puts the seeker into it.
    #[must_use]
    pub fn take_or_wait(&self, seeker: Seeker, now: Duration, rules: &HouseRules) -> Entered {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, is_here| lobby.take_or_wait(seeker, now, rules, is_here))
    }

    /// Takes somebody out of the line; says whether they were in it.
    pub fn cancel(&self, user: UserId) -> bool {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.cancel(user))
    }

    /// The match of a pair is stored.
    #[must_use]
    pub fn settle(
        &self,
        pair: [UserId; 2],
        conversation: ConversationId,
        now: Duration,
        rules: &HouseRules,
    ) -> Vec<Turn> {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, is_here| lobby.settle(pair, conversation, now, rules, is_here))
    }

    /// The match of a pair could not be stored; `apart` if because the two may not meet.
    #[must_use]
    pub fn release(&self, pair: Pair, apart: bool, now: Duration, rules: &HouseRules) -> Vec<Turn> {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, is_here| lobby.release(pair, apart, now, rules, is_here))
    }

    /// A match is over: the two are idle.
    pub fn part(&self, conversation: ConversationId, users: &[UserId]) {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.part(conversation, users));
    }

    /// The two of a match want to keep in touch: who is lost has longer to come back.
    pub fn keep(&self, conversation: ConversationId, users: &[UserId]) {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.keep(conversation, users));
    }

    /// A match of before the start goes on: both have as long to come back as after a lost connection.
    pub fn resume(
        &self,
        conversation: ConversationId,
        pair: [UserId; 2],
        kept: bool,
        now: Duration,
    ) {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.resume(conversation, pair, kept, now));
    }

    /// Notes in the lobby that somebody has no connection any more; nothing if they have.
    pub fn note_absence(&self, user: UserId, now: Duration) {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, is_here| {
            if !is_here(user) {
                lobby.depart(user, now);
            }
        });
    }

    /// Notes in the lobby that somebody has a connection again.
    #[must_use]
    pub fn note_return(&self, user: UserId, now: Duration, rules: &HouseRules) -> Vec<Turn> {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.arrive(user, now, rules))
    }

    /// What the time has brought in the lobby.
    #[must_use]
    pub fn due(&self, now: Duration, rules: &HouseRules) -> Vec<Turn> {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.due(now, rules))
    }

    /// A guest is known by their account from now on.
    pub fn rename(&self, guest: UserId, account: UserId) {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.rename(guest, account));
    }

    /// Where in the lobby somebody is, unless they are idle.
    #[must_use]
    pub fn whereabouts(&self, user: UserId) -> Option<Whereabouts> {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.whereabouts(user))
    }

    /// Somebody who waits.
    #[must_use]
    pub fn seeker(&self, user: UserId) -> Option<Seeker> {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.seeker(user).cloned())
    }

    /// How long the partner of somebody has yet to come back, if they are known to be gone.
    #[must_use]
    pub fn partner_time_left(
        &self,
        user: UserId,
        now: Duration,
        rules: &HouseRules,
    ) -> Option<Duration> {
        let Self::Memory(memory) = self;
        memory.in_lobby(|lobby, _| lobby.partner_time_left(user, now, rules))
    }
}
