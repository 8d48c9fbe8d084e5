//! What the lobby says, asked whether it was allowed, and what the database makes of it.

use super::super::{
    AGAIN, APART, FIRST_COME, HERE, INTERESTS, ONE_MATCH, ONE_PLACE, ONESELF, PARTNERS,
};
use super::{Place, World};
use crate::cluster::{Pair, Turn};
use crate::model::{ConversationId, Seeker, UserId};
use std::time::Duration;

impl World {
    pub(super) fn take(&mut self, turns: Vec<Turn>, chooser: Option<UserId>) {
        for turn in turns {
            match turn {
                Turn::Pair(pair) => self.pair(*pair, chooser),
                Turn::Lost { conversation, .. } => {
                    let (users, open) = self.matches[&conversation];
                    if open {
                        assert!(users.iter().any(|user| self.people[user].tabs == 0));
                        self.seen.lost += 1;
                        self.end(conversation);
                    }
                }
                Turn::Unwanted { conversation, .. } => {
                    if self.matches[&conversation].1 {
                        self.end(conversation);
                    }
                }
                Turn::Tell { .. } => {}
            }
        }
    }

    /// The lobby has chosen two: was that allowed?
    pub(super) fn pair(&mut self, pair: Pair, chooser: Option<UserId>) {
        let users = pair.users();
        let [one, other] = users;
        assert_ne!(one, other, "{ONESELF}");
        for user in users {
            assert!(
                matches!(self.people[&user].place, Place::Waiting { .. }),
                "{ONE_PLACE} {ONE_MATCH}"
            );
            assert!(self.people[&user].tabs > 0, "{HERE}");
        }
        assert!(!self.knew_to_be_apart(one, other), "{APART}");
        assert!(self.suit(one, other), "{INTERESTS}");
        if self.met_lately(one, other) {
            self.seen.again += 1;
            assert!(self.may_meet_again(one, other), "{AGAIN}");
            for user in users {
                let others = self.people.keys().filter(|third| !users.contains(third));
                let new = others.filter(|third| self.may_meet(user, **third));
                assert_eq!(new.count(), 0, "{PARTNERS}");
            }
        } else if let Some(chooser) = chooser {
            let chosen = if chooser == one { other } else { one };
            self.check_order(chooser, chosen);
        }
        self.seen.common += usize::from(self.share(one, other));
        self.seen.widened += usize::from(!self.share(one, other));
        for user in users {
            self.person(user).place = Place::Pairing;
        }
        self.pairing.push(pair);
    }

    fn check_order(&self, chooser: UserId, chosen: UserId) {
        let rank = |user: UserId| (!self.share(chooser, user), self.number(user));
        for rival in self
            .people
            .keys()
            .filter(|user| self.may_meet(chooser, **user))
        {
            assert!(rank(chosen) <= rank(*rival), "{FIRST_COME}");
        }
    }

    pub(super) fn store(&mut self, works: bool) {
        for pair in std::mem::take(&mut self.pairing) {
            let [one, other] = pair.users();
            // The database knows who fell out since they came.
            if self.people[&one].apart.contains(&other) {
                self.give_back(pair, true);
            } else if works {
                self.bring_together(pair.users());
            } else {
                self.give_back(pair, false);
            }
        }
    }

    fn bring_together(&mut self, users: [UserId; 2]) {
        let conversation = ConversationId(i64::try_from(self.matches.len()).unwrap() + 1);
        self.matches.insert(conversation, (users, true));
        for user in users {
            self.person(user).place = Place::Matched(conversation);
        }
        self.seen.matches += 1;
        let turns = self
            .cluster
            .settle(users, conversation, self.now, &self.rules);
        self.take(turns, None);
    }

    fn give_back(&mut self, pair: Pair, apart: bool) {
        let users = pair.users();
        self.seen.failures += usize::from(!apart);
        self.seen.fallen_out += usize::from(apart);
        for ((ticket, seeker), other) in [(&pair.first, users[1]), (&pair.second, users[0])] {
            let is_gone = self.people[&seeker.user].tabs == 0;
            let pause = Duration::from_secs(u64::from(!apart));
            let mut known = seeker.apart.clone();
            known.extend(apart.then_some(other));
            self.person(seeker.user).place = Place::Waiting {
                tags: tags_of(seeker),
                only: seeker.wishes.only_common,
                joined: seeker.joined,
                number: usize::try_from(*ticket).unwrap() - 1,
                gone_since: is_gone.then_some(self.now),
                not_before: self.now + pause,
                apart: known,
            };
        }
        let turns = self.cluster.release(pair, apart, self.now, &self.rules);
        for user in users {
            // Who cancelled meanwhile is out.
            if self.cluster.whereabouts(user).is_none() {
                self.person(user).place = Place::Idle;
            }
        }
        self.take(turns, None);
    }
}

fn tags_of(seeker: &Seeker) -> Vec<u8> {
    let words = seeker.wishes.interests.iter();
    let mut tags: Vec<u8> = words
        .filter_map(|word| word.as_str().strip_prefix("tag ")?.parse().ok())
        .collect();
    tags.sort_unstable();
    tags
}
