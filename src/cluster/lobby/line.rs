//! Who waits, in the order in which they came, and found without walking the line.
//!
//! Somebody can be taken while they are *shown*: by whoever shares an interest, and once they are wide
//! by whoever is wide. Two whom the rules allow to meet are never both left in the line, so that whoever
//! looks for somebody passes over those alone whom they may not meet: a step costs the logarithm of how
//! many wait, and not their number.

use crate::model::{Interest, Seeker};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

/// A place in the line; lower ones came first.
pub type Ticket = u64;

/// The line.
#[derive(Default)]
pub(super) struct Line {
    places: BTreeMap<Ticket, Place>,
    shown: usize,
    wide: BTreeSet<Ticket>,
    by_interest: HashMap<Interest, BTreeSet<Ticket>>,
    /// When somebody has to be looked at again.
    wakes: BTreeSet<(Duration, Ticket)>,
}

struct Place {
    seeker: Seeker,
    shown: bool,
}

impl Line {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    pub(super) fn get(&self, ticket: Ticket) -> Option<&Seeker> {
        self.places.get(&ticket).map(|place| &place.seeker)
    }

    /// How many can be taken.
    pub(super) fn shown(&self) -> usize {
        self.shown
    }

    /// Puts somebody into the line, not shown yet.
    pub(super) fn insert(&mut self, ticket: Ticket, seeker: Seeker) {
        let shown = false;
        self.places.insert(ticket, Place { seeker, shown });
    }

    /// Takes somebody out.
    pub(super) fn remove(&mut self, ticket: Ticket) -> Option<Seeker> {
        self.hide(ticket);
        self.places.remove(&ticket).map(|place| place.seeker)
    }

    /// Lets somebody be taken, who is to be looked at again at those `moments`.
    pub(super) fn show(&mut self, ticket: Ticket, now: Duration, moments: &[Duration]) {
        let Some(place) = self.places.get_mut(&ticket) else {
            return;
        };
        self.shown += usize::from(!std::mem::replace(&mut place.shown, true));
        for interest in &place.seeker.wishes.interests {
            let sharing = self.by_interest.entry(interest.clone()).or_default();
            sharing.insert(ticket);
        }
        self.widen(ticket, now);
        for moment in moments.iter().filter(|moment| **moment > now) {
            self.wakes.insert((*moment, ticket));
        }
    }

    /// Lets nobody take them.
    pub(super) fn hide(&mut self, ticket: Ticket) {
        let Some(place) = self.places.get_mut(&ticket) else {
            return;
        };
        self.shown -= usize::from(std::mem::replace(&mut place.shown, false));
        for interest in &place.seeker.wishes.interests {
            if let Some(sharing) = self.by_interest.get_mut(interest) {
                sharing.remove(&ticket);
                if sharing.is_empty() {
                    self.by_interest.remove(interest);
                }
            }
        }
        // What is left in `wakes` finds nobody shown.
        self.wide.remove(&ticket);
    }

    /// Who has to be looked at again by now, in the order of that.
    pub(super) fn next_due(&mut self, now: Duration) -> Option<Ticket> {
        while let Some(&(moment, ticket)) = self.wakes.first() {
            if moment > now {
                return None;
            }
            self.wakes.pop_first();
            if self.places.get(&ticket).is_some_and(|place| place.shown) {
                self.widen(ticket, now);
                return Some(ticket);
            }
        }
        None
    }

    /// Whom somebody could take if the rules allow it: those who share an interest, then, for who is
    /// wide, those who are wide; the longest waiting first.
    pub(super) fn candidates<'a>(
        &'a self,
        seeker: &'a Seeker,
        own: Ticket,
    ) -> impl Iterator<Item = &'a Seeker> {
        let mut from = 0;
        let sharing = std::iter::from_fn(move || {
            let next = seeker
                .wishes
                .interests
                .iter()
                .filter_map(|interest| self.by_interest.get(interest))
                .filter_map(|tickets| tickets.range(from..).find(|ticket| **ticket != own))
                .min()?;
            from = next + 1;
            Some(*next)
        });
        let is_wide = self.wide.contains(&own);
        let wide = self
            .wide
            .iter()
            .copied()
            .filter(move |ticket| is_wide && *ticket != own);
        sharing.chain(wide).filter_map(|ticket| self.get(ticket))
    }

    fn widen(&mut self, ticket: Ticket, now: Duration) {
        let wide_from = self.get(ticket).and_then(|seeker| seeker.wide_from);
        if wide_from.is_some_and(|from| from <= now) {
            self.wide.insert(ticket);
        }
    }
}
