//! What the rules say, once more and simply.

use super::{Place, World, widens};
use crate::matching::rules;
use crate::model::UserId;
use std::time::Duration;

impl World {
    /// New to each other, and nothing in the way.
    pub(super) fn may_meet(&self, one: UserId, other: UserId) -> bool {
        self.can_meet_at_all(one, other) && self.suit(one, other) && !self.met_lately(one, other)
    }

    pub(super) fn can_meet_at_all(&self, one: UserId, other: UserId) -> bool {
        one != other
            && self.is_here(one)
            && self.is_here(other)
            && !self.knew_to_be_apart(one, other)
    }

    pub(super) fn is_here(&self, user: UserId) -> bool {
        let person = &self.people[&user];
        matches!(person.place, Place::Waiting { not_before, .. } if person.tabs > 0 && not_before <= self.now)
    }

    pub(super) fn knew_to_be_apart(&self, one: UserId, other: UserId) -> bool {
        let knew = |one, other| matches!(&self.people[&one].place, Place::Waiting { apart, .. } if apart.contains(&other));
        knew(one, other) || knew(other, one)
    }

    pub(super) fn met_lately(&self, one: UserId, other: UserId) -> bool {
        let knows = |a: UserId, b: UserId| {
            let lately = self.people[&a].partners.iter().rev().enumerate();
            // What counts is what was so when they came.
            let joined = self.joined(a);
            let mut met =
                lately.filter(|(n, (_, ended))| *n < 5 || *ended + rules::APART_FOR > joined);
            met.any(|(_, (partner, _))| *partner == b)
        };
        knows(one, other) || knows(other, one)
    }

    pub(super) fn may_meet_again(&self, one: UserId, other: UserId) -> bool {
        let last = self.people[&one].partners.iter().rev();
        let ended = last
            .clone()
            .find(|(partner, _)| *partner == other)
            .map(|(_, ended)| *ended);
        let long_ago = ended.is_none_or(|ended| ended + Duration::from_secs(600) <= self.now);
        let patient = |user| self.now >= self.joined(user) + Duration::from_secs(30);
        long_ago || (patient(one) && patient(other))
    }

    pub(super) fn share(&self, one: UserId, other: UserId) -> bool {
        let tags = |user| match &self.people[&user].place {
            Place::Waiting { tags, .. } => tags.clone(),
            _ => Vec::new(),
        };
        let (ours, theirs) = (tags(one), tags(other));
        ours.iter().any(|tag| theirs.contains(tag))
    }

    pub(super) fn suit(&self, one: UserId, other: UserId) -> bool {
        let wide = |user| match &self.people[&user].place {
            Place::Waiting {
                tags, only, joined, ..
            } => widens(tags, *only, *joined).is_some_and(|from| from <= self.now),
            _ => false,
        };
        self.share(one, other) || (wide(one) && wide(other))
    }

    fn joined(&self, user: UserId) -> Duration {
        match &self.people[&user].place {
            Place::Waiting { joined, .. } => *joined,
            _ => self.now,
        }
    }

    pub(super) fn number(&self, user: UserId) -> usize {
        match &self.people[&user].place {
            Place::Waiting { number, .. } => *number,
            _ => usize::MAX,
        }
    }
}
