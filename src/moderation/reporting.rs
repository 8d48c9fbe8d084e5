//! Reporting somebody in a direct talk or a room.

use super::Moderation;
use super::queries::evidence;
use super::queries::reports::{self, Place};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Complaint, ConversationId, ConversationKind, MessageId, ReportId, UserId,
};
use crate::store::{Reported, admit_report, insert_report};

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
        let per_day = self.settings.reports_per_day;
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
                admit_report(tx, user, per_day)?;
                let reported = Reported {
                    person: reported,
                    reporter: user,
                    conversation: id,
                    message,
                    place: place.title.as_deref(),
                };
                let report = insert_report(tx, &reported, &complaint)?;
                evidence::seal(tx.writes(), report, &place, message)?;
                Ok(report)
            })
            .await
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
