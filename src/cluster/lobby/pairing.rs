//! Bringing two people together: taken out of the line, matched once that is stored, or given back.

use super::{Entered, HouseRules, Lobby, Pair, Place, Ticket, Turn};
use crate::model::{ConversationId, Seeker, UserId};
use std::time::Duration;

/// When a pair whose match could not be stored is tried again.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Lobby {
    /// Takes the one whom the rules pick for the seeker, or puts the seeker into the line.
    pub(in crate::cluster) fn take_or_wait(
        &mut self,
        seeker: Seeker,
        now: Duration,
        rules: &HouseRules,
        is_here: impl Fn(UserId) -> bool,
    ) -> Entered {
        let user = seeker.user;
        match self.places.get(&user) {
            Some(Place::Waiting { ticket, .. }) => {
                let waiting = self.line.get(*ticket);
                if let Some(waiting) = waiting.filter(|known| known.wishes == seeker.wishes) {
                    return Entered::Waiting(Box::new(waiting.clone()));
                }
                self.cancel(user);
            }
            Some(_) => return Entered::Busy,
            None => {}
        }
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        self.wait(ticket, seeker.clone(), now, rules);
        if !is_here(user) {
            self.depart(user, now);
            return Entered::Waiting(Box::new(seeker));
        }
        match self.evaluate(ticket, now, rules, false) {
            Some(pair) => Entered::Paired(Box::new(pair)),
            None => Entered::Waiting(Box::new(seeker)),
        }
    }

    /// The match of a pair is stored. `is_here` tells who still has a connection.
    pub(in crate::cluster) fn settle(
        &mut self,
        pair: [UserId; 2],
        conversation: ConversationId,
        now: Duration,
        rules: &HouseRules,
        is_here: impl Fn(UserId) -> bool,
    ) -> Vec<Turn> {
        let mut turns = Vec::new();
        for (user, partner) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let unwanted = match self.places.get(&user) {
                Some(Place::Pairing { unwanted }) => *unwanted,
                _ => {
                    self.contradict("somebody was matched who was not being paired");
                    false
                }
            };
            let matched = Place::Matched {
                conversation,
                partner,
                kept: false,
                unwanted,
                absent: None,
            };
            self.occupy(user, matched);
            if unwanted {
                self.look_for(user, now, rules, &mut turns);
            }
            if !is_here(user) {
                self.depart(user, now);
            }
        }
        turns
    }

    /// The match of a pair could not be stored: they have their old places again, apart from each other
    /// if they may not meet, and are looked at again in a moment otherwise.
    pub(in crate::cluster) fn release(
        &mut self,
        pair: Pair,
        apart: bool,
        now: Duration,
        rules: &HouseRules,
        is_here: impl Fn(UserId) -> bool,
    ) -> Vec<Turn> {
        let users = pair.users();
        let mut released = Vec::new();
        for ((ticket, mut seeker), other) in [(pair.first, users[1]), (pair.second, users[0])] {
            let user = seeker.user;
            match self.vacate(user) {
                Some(Place::Pairing { unwanted: true }) => continue,
                Some(Place::Pairing { unwanted: false }) => {}
                _ => self.contradict("somebody was released who was not being paired"),
            }
            if apart {
                seeker.apart.insert(other);
            }
            self.wait(ticket, seeker, now, rules);
            if !is_here(user) {
                self.depart(user, now);
            } else if apart {
                released.push(ticket);
            } else {
                self.line.hide(ticket);
                self.retries.insert((now + RETRY_AFTER, ticket));
            }
        }
        self.pair_all(&released, now, rules)
    }

    /// Lets somebody be taken again whose match could not be stored.
    pub(super) fn retry(
        &mut self,
        ticket: Ticket,
        now: Duration,
        rules: &HouseRules,
    ) -> Option<Ticket> {
        let user = self.line.get(ticket)?.user;
        let Some(Place::Waiting { absent: None, .. }) = self.places.get(&user) else {
            return None;
        };
        self.show(ticket, now, rules);
        Some(ticket)
    }

    /// Looks at everybody who came or changed at once: first for people who are new to each other, so
    /// that nobody meets an old partner who could meet somebody new.
    pub(super) fn pair_all(
        &mut self,
        tickets: &[Ticket],
        now: Duration,
        rules: &HouseRules,
    ) -> Vec<Turn> {
        let mut turns = Vec::new();
        for want_others in [true, false] {
            for ticket in tickets {
                let pair = self.evaluate(*ticket, now, rules, want_others);
                turns.extend(pair.map(Box::new).map(Turn::Pair));
            }
        }
        turns
    }

    /// Takes somebody out of the line together with the one whom the rules pick for them, if anybody.
    fn evaluate(
        &mut self,
        ticket: Ticket,
        now: Duration,
        rules: &HouseRules,
        want_others: bool,
    ) -> Option<Pair> {
        let seeker = self.line.get(ticket)?;
        let mut candidates = self.line.candidates(seeker, ticket);
        let pick = (rules.choose)(seeker, &mut candidates, now)?;
        drop(candidates);
        if want_others && pick.for_want_of_others {
            return None;
        }
        let Some(Place::Waiting { ticket: other, .. }) = self.places.get(&pick.user) else {
            self.contradict("somebody was picked who does not wait");
            return None;
        };
        let (first, second) = (ticket.min(*other), ticket.max(*other));
        Some(Pair {
            first: (first, self.pair_up(first)?),
            second: (second, self.pair_up(second)?),
        })
    }

    fn pair_up(&mut self, ticket: Ticket) -> Option<Seeker> {
        let seeker = self.line.remove(ticket)?;
        self.occupy(seeker.user, Place::Pairing { unwanted: false });
        Some(seeker)
    }

    pub(super) fn wait(
        &mut self,
        ticket: Ticket,
        seeker: Seeker,
        now: Duration,
        rules: &HouseRules,
    ) {
        let absent = None;
        self.occupy(seeker.user, Place::Waiting { ticket, absent });
        self.line.insert(ticket, seeker);
        self.show(ticket, now, rules);
    }

    pub(super) fn show(&mut self, ticket: Ticket, now: Duration, rules: &HouseRules) {
        if let Some(seeker) = self.line.get(ticket) {
            let moments = (rules.moments)(seeker);
            self.line.show(ticket, now, &moments);
        }
    }
}
