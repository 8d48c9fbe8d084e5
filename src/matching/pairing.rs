//! Two who are to meet: their match is stored, and only then are they told.

use super::Matching;
use super::queries::{matches, reports};
use crate::cluster::{Pair, Turn};
use crate::error::{Error, Result};
use crate::metrics::metrics;
use crate::model::{
    ConversationId, Event, Interest, Match, MatchEnd, MatchState, PartnerPresence, Seat, Seeker,
    Timestamp, Topic, UserId,
};
use crate::store::{Tx, are_apart};
use smallvec::smallvec;
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
    /// resolves once the lobby knows how it went, to the match if there is one.
    pub(super) fn store_match(&self, pair: Pair) -> impl Future<Output = Option<Views>> + use<> {
        let (tell, told) = oneshot::channel();
        let (first, second) = (pair.first.1.clone(), pair.second.1.clone());
        let this = self.clone();
        self.store.submit(
            move |tx| make_match(tx, &first, &second),
            move |outcome| {
                // Nobody waits for a pair that time has brought together.
                let _ = tell.send(this.settle(pair, outcome));
            },
        );
        // An error means that the server stops; whoever waits learns it elsewhere.
        async { told.await.ok().flatten() }
    }

    fn settle(&self, pair: Pair, outcome: Result<Made>) -> Option<Views> {
        let now = self.clock.elapsed();
        let mut made = None;
        let turns = match outcome {
            Ok(Made::Match(views)) => {
                metrics().matches.inc();
                let id = views.conversation_id();
                made = Some(views);
                self.cluster.settle(pair.users(), id, now, &self.rules)
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
        made
    }
}

/// A new match, as each of the two sees it.
pub(super) struct Views(Box<[(UserId, Match); 2]>);

impl Views {
    /// The first one has seat 1.
    fn new(
        id: ConversationId,
        [first, second]: [&Seeker; 2],
        common: &[Interest],
        now: Timestamp,
    ) -> Self {
        let seat = |number, seeker: &Seeker| Seat {
            number,
            alias: seeker.alias.clone(),
        };
        let (one, other) = (seat(1, first), seat(2, second));
        let view = |you: &Seat, partner: &Seat| Match {
            conversation_id: id,
            partner: partner.clone(),
            presence: PartnerPresence::Here,
            you: you.clone(),
            common_interests: common.to_vec(),
            started_at: now,
            asked_to_keep: false,
            kept: false,
            end: None,
        };
        Self(Box::new([
            (first.user, view(&one, &other)),
            (second.user, view(&other, &one)),
        ]))
    }

    fn conversation_id(&self) -> ConversationId {
        self.0[0].1.conversation_id
    }

    /// As one of them sees it.
    pub(super) fn seen_by(self, user: UserId) -> Option<Match> {
        let mut views = self.0.into_iter();
        views.find_map(|(who, view)| (who == user).then_some(view))
    }
}

/// What came of two who were chosen for each other.
enum Made {
    Match(Views),
    /// These have been banned since they came.
    Banned(Vec<UserId>),
}

/// # Errors
/// `Blocked` when one of the two has blocked or reported the other since they came.
fn make_match(tx: &mut Tx<'_>, first: &Seeker, second: &Seeker) -> Result<Made> {
    let banned = banned_of(tx, [first, second])?;
    if !banned.is_empty() {
        return Ok(Made::Banned(banned));
    }
    if are_apart(tx.reads(), first.user, second.user)? {
        return Err(Error::Blocked);
    }
    let (one, other) = (&first.wishes.interests, &second.wishes.interests);
    let common: Vec<Interest> = one.intersection(other).cloned().collect();
    let now = tx.now();
    let id = matches::insert(tx.writes(), [first, second], &common, now)?;
    tx.changes_only(id);
    let views = Views::new(id, [first, second], &common, now);
    for (user, view) in views.0.iter() {
        let found = Event::MatchFound(MatchState::Matched(Box::new(view.clone())));
        tx.publish(smallvec![Topic::User(*user)], found);
    }
    Ok(Made::Match(views))
}

/// Those who have been banned since they came.
fn banned_of(tx: &mut Tx<'_>, seekers: [&Seeker; 2]) -> Result<Vec<UserId>> {
    let (mut banned, now) = (Vec::new(), tx.now());
    for seeker in seekers {
        if reports::ban_of(tx.reads(), seeker.user, &seeker.address, now)?.is_some() {
            banned.push(seeker.user);
        }
    }
    Ok(banned)
}
