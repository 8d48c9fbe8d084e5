//! Reporting somebody in a direct talk or a room.

use super::Moderation;
use super::queries::evidence;
use super::queries::reports::{self, Place};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Complaint, ConversationId, ConversationKind, MessageId, ReportId, UserId,
};
use crate::store::Tx;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Moderation {
    /// Which kind of conversation that is: reports of matches are [`Matching`](crate::matching::Matching)'s.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn kind_of(&self, id: ConversationId) -> Result<ConversationKind> {
        self.store
            .read(move |conn| reports::kind_of(conn, id)?.ok_or(Error::NotFound))
            .await
    }

    /// Reports somebody: the other one of a direct talk, or who wrote the message of a room. What was said
    /// last is copied, because they can change and delete it. While a report is open, another one of the
    /// same person is that one.
    ///
    /// # Errors
    /// `NotFound` unless one is in the conversation, and for a message that is not of it; `Invalid` for a
    /// room without a message, or with one's own; `RateLimited` past the reports of a day.
    pub async fn report(
        &self,
        actor: Actor,
        id: ConversationId,
        message: Option<MessageId>,
        complaint: Complaint,
    ) -> Result<ReportId> {
        let this = self.clone();
        self.store
            .write(move |tx| {
                let user = actor.user;
                let place = reports::place_of_member(tx.reads(), user, id)?;
                let place = place.ok_or(Error::NotFound)?;
                let author = match message {
                    Some(message) => {
                        let author = reports::author_in(tx.reads(), message, id)?;
                        Some(author.ok_or(Error::NotFound)?)
                    }
                    None => None,
                };
                let reported = reported_of(&place, author, user)?;
                if let Some(known) = reports::open_one(tx.reads(), id, (user, reported))? {
                    return Ok(known);
                }
                this.admit_report(tx, user)?;
                let now = tx.now();
                let people = (user, reported);
                let report =
                    reports::insert(tx.writes(), people, &place, message, &complaint, now)?;
                evidence::seal(tx.writes(), report, &place, message)?;
                Ok(report)
            })
            .await
    }

    fn admit_report(&self, tx: &mut Tx<'_>, user: UserId) -> Result<()> {
        let now = tx.now();
        let (count, oldest) = reports::count_by(tx.reads(), user, now.before(DAY))?;
        if self.settings.limits_enforced && count >= self.settings.reports_per_day {
            return Err(Error::RateLimited {
                retry_after: oldest.map_or(DAY, |at| at.after(DAY).remaining(now)),
                message: "You have reported many people today. You can still block.".into(),
            });
        }
        Ok(())
    }
}

/// Who is meant.
fn reported_of(place: &Place, author: Option<UserId>, user: UserId) -> Result<UserId> {
    let reported = place.peer_of(user).or(author).ok_or_else(|| {
        Error::invalid("message_id", "Say which message of the room it is about.")
    })?;
    if reported == user {
        return Err(Error::invalid("message_id", "That message is your own."));
    }
    Ok(reported)
}
