//! Reports, as two contexts make them: of strangers and of people in chats. What is reported, and what becomes of it,
//! is theirs; how many somebody may make in a day is one number for both.

use super::{Conn, Tx};
use crate::error::{Error, Result};
use crate::model::{Complaint, ConversationId, MessageId, ReportId, Timestamp, UserId};
use crate::schema::reports;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What is reported.
pub(crate) struct Reported<'a> {
    /// Who, and by whom.
    pub(crate) person: UserId,
    pub(crate) reporter: UserId,
    pub(crate) conversation: ConversationId,
    pub(crate) message: Option<MessageId>,
    /// What the conversation is called; a match is called nothing.
    pub(crate) place: Option<&'a str>,
}

/// Whether somebody may make one more today; without a bound, always.
///
/// # Errors
/// `RateLimited` past that many in a day.
pub(crate) fn admit_report(tx: &mut Tx<'_>, reporter: UserId, per_day: Option<i64>) -> Result<()> {
    let Some(per_day) = per_day else {
        return Ok(());
    };
    let now = tx.now();
    let (count, oldest) = made_since(tx.reads(), reporter, now.before(DAY))?;
    if count < per_day {
        return Ok(());
    }
    Err(Error::RateLimited {
        retry_after: oldest.map_or(DAY, |at| at.after(DAY).remaining(now)),
        message: "You have reported many people today. You can still block.".into(),
    })
}

/// How many somebody made since then, and when the first of those.
fn made_since(
    conn: &mut Conn,
    reporter: UserId,
    since: Timestamp,
) -> Result<(i64, Option<Timestamp>)> {
    Ok(reports::table
        .filter(reports::reporter_id.eq(reporter))
        .filter(reports::created_at.gt(since))
        .select((count_star(), min(reports::created_at)))
        .get_result(conn)?)
}

pub(crate) fn insert_report(
    tx: &mut Tx<'_>,
    reported: &Reported<'_>,
    complaint: &Complaint,
) -> Result<ReportId> {
    let now = tx.now();
    Ok(diesel::insert_into(reports::table)
        .values((
            reports::conversation_id.eq(reported.conversation),
            reports::message_id.eq(reported.message),
            reports::reporter_id.eq(reported.reporter),
            reports::reported_id.eq(reported.person),
            reports::reason.eq(complaint.reason()),
            reports::note.eq(complaint.note()),
            reports::created_at.eq(now),
            reports::place.eq(reported.place),
        ))
        .returning(reports::id)
        .get_result(tx.writes())?)
}
