//! The lobby: who waits for a stranger, who talks with one, and who of them is not here.
//!
//! Everybody is in exactly one of three places: idle (not in here at all), waiting, or matched. Two who
//! were chosen for each other are *pairing* for as long as their match is being stored: taken by nobody
//! else, and back in their old places if that fails. Each method is one atomic step, and tells in
//! [`Turn`]s what is to be done about it. What the rules are, the lobby does not know.

mod line;

pub use line::Ticket;

use crate::model::{ConversationId, Seeker, UserId};
use line::Line;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Picks the one whom a seeker is to meet now, if anybody, from those that might do, the best first.
pub type Choose = fn(&Seeker, &mut dyn Iterator<Item = &Seeker>, Duration) -> Option<Pick>;

/// The one who was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Who.
    pub user: UserId,
    /// Whether they are only met because nobody else is there.
    pub for_want_of_others: bool,
}

/// What the lobby is told of the rules.
#[derive(Clone, Copy, Debug)]
pub struct HouseRules {
    /// Picks.
    pub choose: Choose,
    /// When that may come out differently, although nobody came or went.
    pub moments: fn(&Seeker) -> Vec<Duration>,
    /// How long somebody may be gone before the other one is told: a reload is not worth a word.
    pub absence_told_after: Duration,
    /// How long they may be gone at all.
    pub absence_max: Duration,
    /// The same, once both have asked to keep in touch: signing in takes a while.
    pub absence_max_kept: Duration,
}

/// Two who are to meet. The first one has waited longer.
#[derive(Debug)]
pub struct Pair {
    /// The one who came first.
    pub first: (Ticket, Seeker),
    /// The other one.
    pub second: (Ticket, Seeker),
}

impl Pair {
    /// Who they are.
    #[must_use]
    pub fn users(&self) -> [UserId; 2] {
        [self.first.1.user, self.second.1.user]
    }
}

/// What is to be done next.
#[derive(Debug)]
pub enum Turn {
    /// Store the match of these two, then [`settle`](super::Cluster::settle) or
    /// [`release`](super::Cluster::release) them.
    Pair(Box<Pair>),
    /// Tell `user` that their partner is not here, or is again.
    Tell {
        /// Whom.
        user: UserId,
        /// In which match.
        conversation: ConversationId,
        /// How long the partner has yet to come back; nothing if they are here.
        time_left: Option<Duration>,
    },
    /// End that match: somebody did not come back.
    Lost(ConversationId),
    /// End that match: somebody changed their mind while it was being made.
    Unwanted(UserId),
}

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Waiting.
    Waiting,
    /// About to be matched.
    Pairing,
    /// Talking.
    Matched(ConversationId),
}

/// What became of somebody who came to find a stranger.
#[derive(Debug)]
pub enum Entered {
    /// They wait.
    Waiting(Box<Seeker>),
    /// There is somebody for them.
    Paired(Box<Pair>),
    /// They are being matched, or are.
    Busy,
}

/// How many are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// People with a connection, in the lobby or not.
    pub online: usize,
    /// People who wait.
    pub waiting: usize,
    /// People who talk with a stranger.
    pub matched: usize,
    /// How often the lobby was found to contradict itself.
    pub faults: u64,
}

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
    absences: BTreeSet<(Duration, UserId)>,
    retries: BTreeSet<(Duration, Ticket)>,
    last_ticket: Ticket,
    /// How many of the places are in the line: counted apart, so that the two can be compared.
    waiting: usize,
    faults: u64,
}

/// When a pair whose match could not be stored is tried again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl Lobby {
    /// Takes the one whom the rules pick for the seeker, or puts the seeker into the line.
    pub(super) fn take_or_wait(
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

    /// The match of a pair is stored. `is_here` tells who still has a connection.
    pub(super) fn settle(
        &mut self,
        pair: [UserId; 2],
        conversation: ConversationId,
        now: Duration,
        is_here: impl Fn(UserId) -> bool,
    ) -> Vec<Turn> {
        let mut turns = Vec::new();
        for (user, partner) in [(pair[0], pair[1]), (pair[1], pair[0])] {
            let matched = Place::Matched {
                conversation,
                partner,
                kept: false,
                absent: None,
            };
            match self.occupy(user, matched) {
                Some(Place::Pairing { unwanted: true }) => turns.push(Turn::Unwanted(user)),
                Some(Place::Pairing { unwanted: false }) => {}
                _ => self.contradict("somebody was matched who was not being paired"),
            }
            if !is_here(user) {
                self.depart(user, now);
            }
        }
        turns
    }

    /// The match of a pair could not be stored: they have their old places again, apart from each other
    /// if they may not meet, and are looked at again in a moment otherwise.
    pub(super) fn release(
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
                absent: None,
            };
            self.occupy(user, matched);
            self.depart(user, now);
        }
    }

    /// Somebody's last connection closed.
    pub(super) fn depart(&mut self, user: UserId, now: Duration) {
        let (Some(Place::Waiting { absent, .. }) | Some(Place::Matched { absent, .. })) =
            self.places.get_mut(&user)
        else {
            return;
        };
        *absent = Some(Absence {
            since: now,
            told: false,
        });
        if let Some(Place::Waiting { ticket, .. }) = self.places.get(&user) {
            self.line.hide(*ticket);
        }
        self.absences.insert((now, user));
    }

    /// Somebody is back.
    pub(super) fn arrive(&mut self, user: UserId, now: Duration, rules: &HouseRules) -> Vec<Turn> {
        match self.places.get_mut(&user) {
            Some(Place::Waiting { ticket, absent }) => {
                *absent = None;
                let ticket = *ticket;
                self.show(ticket, now, rules);
                self.pair_all(&[ticket], now, rules)
            }
            Some(Place::Matched {
                conversation,
                partner,
                absent,
                ..
            }) => {
                let told = absent.take().is_some_and(|absence| absence.told);
                let tell = Turn::Tell {
                    user: *partner,
                    conversation: *conversation,
                    time_left: None,
                };
                if told { vec![tell] } else { Vec::new() }
            }
            Some(Place::Pairing { .. }) | None => Vec::new(),
        }
    }

    /// What the time has brought.
    pub(super) fn due(&mut self, now: Duration, rules: &HouseRules) -> Vec<Turn> {
        let mut tickets = Vec::new();
        while let Some(&(moment, ticket)) = self.retries.first() {
            if moment > now {
                break;
            }
            self.retries.pop_first();
            tickets.extend(self.retry(ticket, now, rules));
        }
        while let Some(ticket) = self.line.next_due(now) {
            tickets.push(ticket);
        }
        let mut turns = self.pair_all(&tickets, now, rules);
        while let Some(&(moment, user)) = self.absences.first() {
            if moment > now {
                break;
            }
            self.absences.pop_first();
            self.look_for(user, now, rules, &mut turns);
        }
        turns
    }

    /// Somebody is known by another id from now on. Who has a place under that one already keeps it.
    pub(super) fn rename(&mut self, old: UserId, new: UserId) {
        if self.places.contains_key(&new) {
            return;
        }
        // Whoever waits, waits for a guest's match: they can begin anew.
        self.cancel(old);
        if !matches!(self.places.get(&old), Some(Place::Matched { .. })) {
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

    /// How long the partner of somebody has yet to come back, once it was told that they are gone.
    pub(super) fn partner_time_left(
        &self,
        user: UserId,
        now: Duration,
        rules: &HouseRules,
    ) -> Option<Duration> {
        let Some(Place::Matched { partner, .. }) = self.places.get(&user) else {
            return None;
        };
        let Some(Place::Matched { kept, absent, .. }) = self.places.get(partner) else {
            return None;
        };
        let absence = absent.filter(|absence| absence.told)?;
        Some((absence.since + rules.absence_max_of(*kept)).saturating_sub(now))
    }

    /// How many are where; `online` is not the lobby's to know.
    pub(super) fn census(&self) -> Census {
        Census {
            online: 0,
            waiting: self.waiting,
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

    fn wait(&mut self, ticket: Ticket, seeker: Seeker, now: Duration, rules: &HouseRules) {
        let absent = None;
        self.occupy(seeker.user, Place::Waiting { ticket, absent });
        self.line.insert(ticket, seeker);
        self.show(ticket, now, rules);
    }

    fn show(&mut self, ticket: Ticket, now: Duration, rules: &HouseRules) {
        if let Some(seeker) = self.line.get(ticket) {
            let moments = (rules.moments)(seeker);
            self.line.show(ticket, now, &moments);
        }
    }

    /// Lets somebody be taken again whose match could not be stored.
    fn retry(&mut self, ticket: Ticket, now: Duration, rules: &HouseRules) -> Option<Ticket> {
        let user = self.line.get(ticket)?.user;
        let Some(Place::Waiting { absent: None, .. }) = self.places.get(&user) else {
            return None;
        };
        self.show(ticket, now, rules);
        Some(ticket)
    }

    /// Looks at everybody who came or changed at once: first for people who are new to each other, so
    /// that nobody meets an old partner who could meet somebody new.
    fn pair_all(&mut self, tickets: &[Ticket], now: Duration, rules: &HouseRules) -> Vec<Turn> {
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

    fn look_for(&mut self, user: UserId, now: Duration, rules: &HouseRules, turns: &mut Vec<Turn>) {
        match self.places.get_mut(&user) {
            Some(Place::Waiting {
                absent: Some(absence),
                ..
            }) => {
                let end = absence.since + rules.absence_max;
                if now >= end {
                    self.cancel(user);
                } else {
                    self.absences.insert((end, user));
                }
            }
            Some(Place::Matched {
                conversation,
                partner,
                kept,
                absent: Some(absence),
            }) => {
                let tell_at = absence.since + rules.absence_told_after;
                let end = absence.since + rules.absence_max_of(*kept);
                if now >= end {
                    turns.push(Turn::Lost(*conversation));
                    // Until it is stored that it has ended.
                    self.absences.insert((now + RETRY_AFTER, user));
                } else if now >= tell_at {
                    if !std::mem::replace(&mut absence.told, true) {
                        turns.push(Turn::Tell {
                            user: *partner,
                            conversation: *conversation,
                            time_left: Some(end - now),
                        });
                    }
                    self.absences.insert((end, user));
                } else {
                    self.absences.insert((tell_at, user));
                }
            }
            _ => {}
        }
    }
}

impl HouseRules {
    fn absence_max_of(&self, kept: bool) -> Duration {
        if kept {
            self.absence_max_kept
        } else {
            self.absence_max
        }
    }
}
