//! Who is not here: told to the other one after a moment, and given up on after a while.

use super::pairing::RETRY_AFTER;
use super::{Absence, HouseRules, Lobby, Place, Turn};
use crate::model::UserId;
use std::time::Duration;

impl Lobby {
    /// Somebody's last connection closed.
    pub(in crate::cluster) fn depart(&mut self, user: UserId, now: Duration) {
        let (Some(Place::Waiting { absent, .. }) | Some(Place::Matched { absent, .. })) =
            self.places.get_mut(&user)
        else {
            return;
        };
        // Who was gone already is gone since then: a guest who signs in has been told to be, and is told to
        // be back under their new name.
        absent.get_or_insert(Absence {
            since: now,
            told: false,
        });
        if let Some(Place::Waiting { ticket, .. }) = self.places.get(&user) {
            self.line.hide(*ticket);
        }
        self.absences.insert((now, user));
    }

    /// Somebody is back.
    pub(in crate::cluster) fn arrive(
        &mut self,
        user: UserId,
        now: Duration,
        rules: &HouseRules,
    ) -> Vec<Turn> {
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
    pub(in crate::cluster) fn due(&mut self, now: Duration, rules: &HouseRules) -> Vec<Turn> {
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

    /// How long the partner of somebody has yet to come back, once it was told that they are gone.
    pub(in crate::cluster) fn partner_time_left(
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

    pub(super) fn look_for(
        &mut self,
        user: UserId,
        now: Duration,
        rules: &HouseRules,
        turns: &mut Vec<Turn>,
    ) {
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
                unwanted: true,
                ..
            }) => {
                turns.push(Turn::Unwanted {
                    conversation: *conversation,
                    people: [user, *partner],
                });
                // Until it is stored that it has ended.
                self.absences.insert((now + RETRY_AFTER, user));
            }
            Some(Place::Matched {
                conversation,
                partner,
                kept,
                absent: Some(absence),
                ..
            }) => {
                let tell_at = absence.since + rules.absence_told_after;
                let end = absence.since + rules.absence_max_of(*kept);
                if now >= end {
                    turns.push(Turn::Lost {
                        conversation: *conversation,
                        people: [user, *partner],
                    });
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
