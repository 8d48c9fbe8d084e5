//! The end of a match: at once, for both, and for ever.

use super::Matching;
use super::queries::{matches, people};
use crate::error::{Error, Result};
use crate::model::{Actor, ConversationId, Event, MatchEnd, MatchState, Topic, UserId};
use crate::store::{Tx, are_apart, outcome};
use smallvec::smallvec;

/// A match that has just ended.
pub(super) struct Ended {
    id: ConversationId,
    people: Vec<UserId>,
}

impl Matching {
    /// Leaves the match that one is in, if there is one.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn leave(&self, actor: Actor) -> Result<()> {
        self.write_end(move |tx| Ok(((), part(tx, actor.user, MatchEnd::Left)?)))
            .await
    }

    /// Never meets the stranger of that match again, and ends it if it has not ended.
    ///
    /// # Errors
    /// `NotFound` unless one is in it.
    pub async fn block(&self, actor: Actor, id: ConversationId) -> Result<()> {
        let user = actor.user;
        self.write_end(move |tx| {
            let found = matches::match_of(tx.reads(), user, id)?.ok_or(Error::NotFound)?;
            let now = tx.now();
            people::block(tx.writes(), user, found.other, now)?;
            Ok(((), end(tx, id, MatchEnd::Blocked, Some(user))?))
        })
        .await
    }

    /// Takes [`Matching::block`] back; what ended stays ended.
    ///
    /// # Errors
    /// `NotFound` unless one is in it.
    pub async fn unblock(&self, actor: Actor, id: ConversationId) -> Result<()> {
        self.store
            .write(move |tx| {
                let found =
                    matches::match_of(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)?;
                people::unblock(tx.writes(), actor.user, found.other)
            })
            .await
    }

    /// Ends the match that somebody is in if the two are never to meet: what a guest did not know of the
    /// other one, their account may.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn end_if_apart(&self, user: UserId) -> Result<()> {
        self.write_end(move |tx| {
            let Some(found) = matches::open_match(tx.reads(), user)? else {
                return Ok(((), None));
            };
            if !are_apart(tx.reads(), user, found.other)? {
                return Ok(((), None));
            }
            let id = found.view.conversation_id;
            Ok(((), end(tx, id, MatchEnd::Left, None)?))
        })
        .await
    }

    /// Both want to keep in touch, or do already: the lobby is told.
    pub fn note_kept(&self, id: ConversationId, people: &[UserId], is_over: bool) {
        if is_over {
            self.cluster.part(id, people);
        } else {
            self.cluster.keep(id, people);
        }
    }

    /// A guest is known by their account from now on. All tabs of the account show the match that it has
    /// thereby.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn rename(&self, guest: UserId, account: UserId) -> Result<()> {
        let was_busy = self.is_busy(account);
        self.cluster.rename(guest, account);
        if self.cluster.is_here(account) {
            self.arrived(account);
        } else {
            self.departed(account);
        }
        if !was_busy && let Some(state @ MatchState::Matched(_)) = self.state_of(account).await? {
            self.tell(account, Event::MatchFound(state));
        }
        Ok(())
    }

    /// Ends a match that somebody did not come back to, or did not want any more when it was made. The two
    /// who have a place in it are free thereafter, also where the database knows of others in it.
    pub(super) fn end_later(&self, id: ConversationId, people: [UserId; 2], reason: MatchEnd) {
        let this = self.clone();
        self.store.submit(
            move |tx| {
                tx.changes_only(id);
                end(tx, id, reason, None)
            },
            move |outcome| match outcome {
                Ok(ended) => {
                    this.free(ended);
                    this.cluster.part(id, &people);
                }
                // The lobby asks again.
                Err(error) => tracing::warn!(%error, "the end of a match could not be stored"),
            },
        );
    }

    /// Runs a job that may end a match; the lobby knows of it before anybody else does.
    pub(super) async fn write_end<T, J>(&self, job: J) -> Result<T>
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Result<(T, Option<Ended>)> + Send + 'static,
    {
        let (done, outcome) = outcome();
        let this = self.clone();
        self.store.submit(job, move |outcome| {
            done(outcome.map(|(answer, ended)| {
                this.free(ended);
                answer
            }));
        });
        outcome.await
    }

    /// The lobby knows that it is over.
    fn free(&self, ended: Option<Ended>) {
        if let Some(ended) = ended {
            self.cluster.part(ended.id, &ended.people);
        }
    }
}

/// Ends the match that somebody is in, if there is one.
pub(super) fn part(tx: &mut Tx<'_>, user: UserId, reason: MatchEnd) -> Result<Option<Ended>> {
    let Some(id) = matches::open_of(tx.reads(), user)? else {
        return Ok(None);
    };
    tx.changes_only(id);
    end(tx, id, reason, None)
}

/// Ends a match unless it has ended, and tells both. Only the one who blocked or reported is told so; the
/// other one learns that they left.
pub(super) fn end(
    tx: &mut Tx<'_>,
    id: ConversationId,
    reason: MatchEnd,
    by: Option<UserId>,
) -> Result<Option<Ended>> {
    let people = matches::people_of(tx.reads(), id)?;
    if people.is_empty() {
        return Ok(None);
    }
    let now = tx.now();
    matches::end(tx.writes(), id, reason, now)?;
    for user in &people {
        let told = match reason {
            MatchEnd::Blocked | MatchEnd::Reported if by != Some(*user) => MatchEnd::Left,
            reason => reason,
        };
        let ended = Event::MatchEnded {
            conversation_id: id,
            reason: told,
        };
        tx.publish(smallvec![Topic::User(*user)], ended);
    }
    Ok(Some(Ended { id, people }))
}
