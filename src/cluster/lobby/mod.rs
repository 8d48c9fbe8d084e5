//! The lobby: who waits for a stranger, who talks with one, and who of them is not here.
//!
//! Everybody is in exactly one of three places: idle (not in here at all), waiting, or matched. Two who
//! were chosen for each other are *pairing* for as long as their match is being stored: taken by nobody
//! else, and back in their old places if that fails. Each method is one atomic step, and tells in
//! [`Turn`]s what is to be done about it. What the rules are, the lobby does not know.

mod absence;
mod line;
mod pairing;
#[cfg(test)]
mod tests;
mod turn;

pub use line::Ticket;
pub use turn::{Census, Choose, Entered, HouseRules, Pair, Pick, Turn, Whereabouts};

use crate::metrics::{Fault, metrics};
use crate::model::{ConversationId, Seeker, UserId};
use line::Line;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

#[derive(Debug)]
enum Place {
    Waiting {
        ticket: Ticket,
        absent: Option<Absence>,
    },
    Pairing {
        unwanted: bool,
    },
    Matched {
        conversation: ConversationId,
        partner: UserId,
        kept: bool,
        /// Whether it is to end as soon as that can be stored.
        unwanted: bool,
        absent: Option<Absence>,
    },
}

#[derive(Clone, Copy, Debug)]
struct Absence {
    since: Duration,
    told: bool,
}

/// The lobby of one process.
#[derive(Default)]
pub(super) struct Lobby {
    places: HashMap<UserId, Place>,
    line: Line,
    /// When to look after somebody who is not here, or whose match is to end.
    absences: BTreeSet<(Duration, UserId)>,
    retries: BTreeSet<(Duration, Ticket)>,
    last_ticket: Ticket,
    /// How many of the places are in the line: counted apart, so that the two can be compared.
    waiting: usize,
    faults: u64,
}

impl Lobby {
    /// Takes somebody out of the line; says whether they were in it. Who is just being matched will have
    /// their match ended.
    pub(super) fn cancel(&mut self, user: UserId) -> bool {
        match self.places.get_mut(&user) {
            Some(Place::Waiting { ticket, .. }) => {
                let ticket = *ticket;
                self.line.remove(ticket);
                self.vacate(user);
                true
            }
            Some(Place::Pairing { unwanted }) => {
                *unwanted = true;
                false
            }
            Some(Place::Matched { .. }) | None => false,
        }
    }

    /// A match is over: both are idle.
    pub(super) fn part(&mut self, conversation: ConversationId, users: &[UserId]) {
        for user in users {
            let is_in = |place: &Place| matches!(place, Place::Matched { conversation: c, .. } if *c == conversation);
            if self.places.get(user).is_some_and(is_in) {
                self.vacate(*user);
            }
        }
    }

    /// Both want to keep in touch: they have longer to come back.
    pub(super) fn keep(&mut self, conversation: ConversationId, users: &[UserId]) {
        for user in users {
            if let Some(Place::Matched {
                conversation: c,
                kept,
                ..
            }) = self.places.get_mut(user)
                && *c == conversation
            {
                *kept = true;
            }
        }
    }

    /// A match of before the server started: both are matched, and not here yet.
    pub(super) fn resume(
        &mut self,
        conversation: ConversationId,
        pair: [UserId; 2],
        kept: bool,
        now: Duration,
    ) {
        for (user, partner) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let matched = Place::Matched {
                conversation,
                partner,
                kept,
                unwanted: false,
                absent: None,
            };
            self.occupy(user, matched);
            self.depart(user, now);
        }
    }

    /// Somebody is known by another id from now on. Who has or is about to have a match under that one
    /// already keeps it; who waits under that one has what they wait for.
    pub(super) fn rename(&mut self, old: UserId, new: UserId) {
        // Whoever waits, waits for a guest's match: they can begin anew.
        self.cancel(old);
        if !matches!(self.places.get(&old), Some(Place::Matched { .. })) {
            return;
        }
        if matches!(self.places.get(&new), Some(Place::Waiting { .. })) {
            self.cancel(new);
        }
        if self.places.contains_key(&new) {
            return;
        }
        let Some(place) = self.vacate(old) else {
            return;
        };
        if let Place::Matched { partner, .. } = place
            && let Some(Place::Matched { partner: known, .. }) = self.places.get_mut(&partner)
        {
            *known = new;
        }
        self.occupy(new, place);
    }

    /// Where somebody is, unless they are idle.
    pub(super) fn whereabouts(&self, user: UserId) -> Option<Whereabouts> {
        self.places.get(&user).map(|place| match place {
            Place::Waiting { .. } => Whereabouts::Waiting,
            Place::Pairing { .. } => Whereabouts::Pairing,
            Place::Matched { conversation, .. } => Whereabouts::Matched(*conversation),
        })
    }

    /// Somebody who waits.
    pub(super) fn seeker(&self, user: UserId) -> Option<&Seeker> {
        match self.places.get(&user) {
            Some(Place::Waiting { ticket, .. }) => self.line.get(*ticket),
            _ => None,
        }
    }

    /// How many are where; `online` is not the lobby's to know.
    pub(super) fn census(&self) -> Census {
        Census {
            online: 0,
            connections: 0,
            waiting: self.line.shown(),
            matched: self.places.len() - self.waiting,
            faults: self.faults,
        }
    }

    /// Compares what is counted in two ways; a difference is a fault of ours, logged and counted.
    pub(super) fn check(&mut self) {
        if self.waiting != self.line.len() {
            self.contradict("who waits and who is in the line are not the same");
        }
        if !(self.places.len() - self.waiting).is_multiple_of(2) {
            self.contradict("somebody is matched with nobody");
        }
    }

    fn contradict(&mut self, what: &'static str) {
        self.faults += 1;
        metrics().fault(Fault::Lobby);
        tracing::error!(what, faults = self.faults, "the lobby contradicts itself");
    }

    fn occupy(&mut self, user: UserId, place: Place) -> Option<Place> {
        let before = self.vacate(user);
        self.waiting += usize::from(matches!(place, Place::Waiting { .. }));
        self.places.insert(user, place);
        before
    }

    fn vacate(&mut self, user: UserId) -> Option<Place> {
        let before = self.places.remove(&user);
        self.waiting -= usize::from(matches!(before, Some(Place::Waiting { .. })));
        before
    }
}
