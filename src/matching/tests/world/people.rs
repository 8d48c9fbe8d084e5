//! What people do, and what becomes of it in the books.

use super::super::{NO_THIRD, ONE_MATCH, ONE_PLACE};
use super::{Person, Place, World, widens};
use crate::cluster::Entered;
use crate::matching::rules;
use crate::model::{ConversationId, Seeker, Timestamp, UserId, Wishes};
use std::collections::HashMap;
use std::time::Duration;

impl World {
    pub(super) fn open(&mut self, user: UserId) {
        self.person(user).tabs += 1;
        let _ = self.cluster.arrive(user);
        let now = self.now;
        if let Place::Waiting {
            gone_since,
            not_before,
            ..
        } = &mut self.person(user).place
        {
            *gone_since = None;
            *not_before = now;
        }
        let turns = self.cluster.note_return(user, self.now, &self.rules);
        self.take(turns, None);
    }

    pub(super) fn close(&mut self, user: UserId) {
        if self.person(user).tabs == 0 {
            return;
        }
        self.person(user).tabs -= 1;
        self.cluster.close_connection(user);
        let _ = self.cluster.depart(user);
        self.cluster.note_absence(user, self.now);
        let now = self.now;
        let person = self.person(user);
        if person.tabs == 0
            && let Place::Waiting { gone_since, .. } = &mut person.place
        {
            *gone_since = Some(now);
        }
    }

    pub(super) fn find(&mut self, user: UserId, tags: &[u8], only: bool) {
        if self.person(user).tabs == 0 {
            self.open(user);
        }
        let mut tags = tags.to_vec();
        tags.sort_unstable();
        tags.dedup();
        let seeker = self.seeker(user, &tags, only);
        let number = self.arrivals;
        let now = self.now;
        let before = self.person(user).place.clone();
        let entered = self.cluster.take_or_wait(seeker, self.now, &self.rules);
        match before {
            Place::Idle => {}
            Place::Waiting {
                tags: old,
                only: was,
                ..
            } => {
                if old == tags && was == only {
                    assert!(matches!(entered, Entered::Waiting(_)), "{ONE_PLACE}");
                    return;
                }
            }
            Place::Pairing | Place::Matched(_) => {
                assert!(matches!(entered, Entered::Busy), "{ONE_MATCH}");
                return;
            }
        }
        self.arrivals += 1;
        let apart = self.person(user).apart.clone();
        self.person(user).place = Place::Waiting {
            tags,
            only,
            joined: now,
            number,
            gone_since: None,
            not_before: now,
            apart,
        };
        if let Entered::Paired(pair) = entered {
            self.pair(*pair, Some(user));
        }
    }

    /// As `Matching` puts one together, from what the database knows.
    fn seeker(&mut self, user: UserId, tags: &[u8], only: bool) -> Seeker {
        let now = self.now;
        let person = self.person(user);
        let words: Vec<_> = tags.iter().map(|tag| format!("tag {tag}")).collect();
        let lately = person.partners.iter().rev().enumerate();
        let met = lately
            .filter(|(n, (_, ended))| *n < 5 || *ended + rules::APART_FOR > now)
            .map(|(_, (partner, ended))| (*partner, *ended + rules::APART_FOR));
        Seeker {
            user,
            wishes: Wishes::parse(&words, only, None).expect("wishes"),
            alias: "Stranger".into(),
            address: String::new(),
            joined: now,
            since: Timestamp(0),
            wide_from: widens(tags, only, now),
            apart: person.apart.clone(),
            met: met.fold(HashMap::new(), |mut met, (partner, until)| {
                let latest = met.entry(partner).or_insert(until);
                *latest = until.max(*latest);
                met
            }),
        }
    }

    pub(super) fn cancel(&mut self, user: UserId) {
        self.cluster.cancel(user);
        if matches!(self.person(user).place, Place::Waiting { .. }) {
            self.person(user).place = Place::Idle;
        }
    }

    pub(super) fn leave(&mut self, user: UserId) {
        if let Place::Matched(conversation) = self.person(user).place {
            self.end(conversation);
        }
    }

    pub(super) fn end(&mut self, conversation: ConversationId) {
        let (users, open) = self.matches[&conversation];
        assert!(open, "{NO_THIRD}");
        self.matches.insert(conversation, (users, false));
        self.cluster.part(conversation, &users);
        let now = self.now;
        for (user, partner) in [(users[0], users[1]), (users[1], users[0])] {
            self.person(user).place = Place::Idle;
            self.person(user).partners.push((partner, now));
        }
    }

    pub(super) fn block(&mut self, user: UserId) {
        let Place::Matched(conversation) = self.person(user).place else {
            return;
        };
        let users = self.matches[&conversation].0;
        self.end(conversation);
        self.quarrel(users[0], users[1]);
    }

    pub(super) fn quarrel(&mut self, one: UserId, other: UserId) {
        if one != other {
            self.person(one).apart.insert(other);
            self.person(other).apart.insert(one);
        }
    }

    pub(super) fn wait(&mut self, time: Duration) {
        // In steps, as the lobby is looked after.
        let end = self.now + time;
        let is_gone = |(_, person): &(&UserId, &Person)| {
            matches!(
                person.place,
                Place::Waiting {
                    gone_since: Some(_),
                    ..
                }
            )
        };
        let gone = self.people.iter().filter(is_gone);
        let gone: Vec<UserId> = gone.map(|(user, _)| *user).collect();
        while self.now < end {
            self.now = end.min(self.now + Duration::from_millis(200));
            let (now, rules) = (self.now, self.rules);
            for user in &gone {
                let person = self.person(*user);
                if let Place::Waiting {
                    gone_since: Some(since),
                    ..
                } = &person.place
                    && now >= *since + rules.absence_max
                {
                    person.place = Place::Idle;
                }
            }
            let turns = self.cluster.due(now, &rules);
            self.take(turns, None);
        }
    }
}
