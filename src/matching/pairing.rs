//! Two who are to meet: their match is stored, and only then are they told.

use super::Matching;
use super::queries::{matches, reports};
use crate::cluster::{Pair, Turn};
use crate::error::{Error, Result};
use crate::metrics::metrics;
use crate::model::{
    ConversationId, Event, Interest, Match, MatchEnd, MatchState, PartnerPresence, Seat, Seeker,
    Topic, UserId,
};
use crate::store::{Tx, are_apart};
use tokio::sync::oneshot;

impl Matching {
    /// Does what the lobby asks for. Nothing waits: what is stored is stored by jobs.
    pub(super) fn take(&self, turns: Vec<Turn>) {
        for turn in turns {
            match turn {
                // Whoever wants to know how it went waits for it; here nobody does.
                Turn::Pair(pair) => drop(self.store_match(*pair)),
                Turn::Tell {
                    user,
                    conversation,
                    time_left,
                } => self.tell(
                    user,
                    Event::MatchPartner {
                        conversation_id: conversation,
                        presence: self.presence(time_left),
                    },
                ),
                Turn::Lost {
                    conversation,
                    people,
                } => self.end_later(conversation, people, MatchEnd::Lost),
                Turn::Unwanted {
                    conversation,
                    people,
                } => self.end_later(conversation, people, MatchEnd::Left),
            }
        }
    }

    /// Stores the match of a pair and tells both. The job is submitted before this returns; the future
    /// resolves once the lobby knows how it went.
    pub(super) fn store_match(&self, pair: Pair) -> impl Future<Output = ()> + use<> {
        let (tell, told) = oneshot::channel();
        let (first, second) = (pair.first.1.clone(), pair.second.1.clone());
        let this = self.clone();
        self.store.submit(
            move |tx| make_match(tx, &first, &second),
            move |outcome| {
                this.settle(pair, outcome);
                // Nobody waits for a pair that time has brought together.
                let _ = tell.send(());
            },
        );
        async {
            // An error means that the server stops; whoever waits learns it elsewhere.
            let _ = told.await;
        }
    }

    fn settle(&self, pair: Pair, outcome: Result<Made>) {
        let now = self.clock.elapsed();
        let turns = match outcome {
            Ok(Made::Match(conversation)) => {
                metrics().matches.inc();
                self.cluster
                    .settle(pair.users(), conversation, now, &self.rules)
            }
            Ok(Made::Banned(banned)) => {
                for user in banned {
                    // Out of the line, whatever the answer: they are being paired.
                    self.cluster.cancel(user);
                    self.tell(user, Event::MatchCancelled);
                }
                self.cluster.release(pair, true, now, &self.rules)
            }
            Err(Error::Blocked) => self.cluster.release(pair, true, now, &self.rules),
            Err(error) => {
                tracing::warn!(%error, "a match could not be stored");
                self.cluster.release(pair, false, now, &self.rules)
            }
        };
        self.take(turns);
    }
}

/// What came of two who were chosen for each other.
enum Made {
    Match(ConversationId),
    /// These have been banned since they came.
    Banned(Vec<UserId>),
}

/// # Errors
/// `Blocked` when one of the two has blocked or reported the other since they came.
fn make_match(tx: &mut Tx<'_>, first: &Seeker, second: &Seeker) -> Result<Made> {
    let (mut banned, now) = (Vec::new(), tx.now());
    for seeker in [first, second] {
        if reports::ban_of(tx.reads(), seeker.user, &seeker.address, now)?.is_some() {
            banned.push(seeker.user);
        }
    }
    if !banned.is_empty() {
        return Ok(Made::Banned(banned));
    }
    if are_apart(tx.reads(), first.user, second.user)? {
        return Err(Error::Blocked);
    }
    let (one, other) = (&first.wishes.interests, &second.wishes.interests);
    let common: Vec<Interest> = one.intersection(other).cloned().collect();
    let id = matches::insert(tx.writes(), [first, second], &common, now)?;
    let seat = |number, seeker: &Seeker| Seat {
        number,
        alias: seeker.alias.clone(),
    };
    let (one, other) = (seat(1, first), seat(2, second));
    for (seeker, you, partner) in [(first, &one, &other), (second, &other, &one)] {
        let view = Match {
            conversation_id: id,
            partner: partner.clone(),
            presence: PartnerPresence::Here,
            you: you.clone(),
            common_interests: common.clone(),
            started_at: now,
            asked_to_keep: false,
            kept: false,
            end: None,
        };
        let found = Event::MatchFound(MatchState::Matched(Box::new(view)));
        tx.publish(vec![Topic::User(seeker.user)], found);
    }
    Ok(Made::Match(id))
}
