//! Reports, and the bans that bind somebody.

use crate::error::Result;
use crate::model::{Complaint, ConversationId, MessageId, ReportId, Timestamp, UserId};
use crate::schema::{match_bans, matches, messages, reports};
use crate::store::Conn;
use diesel::dsl::{count_star, min};
use diesel::prelude::*;

/// What somebody said of a conversation before, if anything.
pub(in crate::matching) fn by(
    conn: &mut Conn,
    reporter: UserId,
    id: ConversationId,
) -> Result<Option<ReportId>> {
    Ok(reports::table
        .filter(reports::conversation_id.eq(id))
        .filter(reports::reporter_id.eq(reporter))
        .select(reports::id)
        .get_result(conn)
        .optional()?)
}

/// How many somebody made since then, and when the first of those.
pub(in crate::matching) fn count_by(
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

/// When somebody was reported last.
pub(in crate::matching) fn last_against(
    conn: &mut Conn,
    reported: UserId,
) -> Result<Option<Timestamp>> {
    Ok(reports::table
        .filter(reports::reported_id.eq(reported))
        .select(diesel::dsl::max(reports::created_at))
        .get_result(conn)?)
}

/// Whether a message was said in that conversation.
pub(in crate::matching) fn is_in(
    conn: &mut Conn,
    message: MessageId,
    id: ConversationId,
) -> Result<bool> {
    let found: Option<ConversationId> = messages::table
        .find(message)
        .select(messages::conversation_id)
        .get_result(conn)
        .optional()?;
    Ok(found == Some(id))
}

/// Stores a report, and seals what was said.
pub(in crate::matching) fn insert(
    conn: &mut Conn,
    (reporter, reported): (UserId, UserId),
    id: ConversationId,
    message: Option<MessageId>,
    complaint: &Complaint,
    now: Timestamp,
) -> Result<ReportId> {
    let report = diesel::insert_into(reports::table)
        .values((
            reports::conversation_id.eq(id),
            reports::message_id.eq(message),
            reports::reporter_id.eq(reporter),
            reports::reported_id.eq(reported),
            reports::reason.eq(complaint.reason()),
            reports::note.eq(complaint.note()),
            reports::created_at.eq(now),
        ))
        .returning(reports::id)
        .get_result(conn)?;
    diesel::update(matches::table.find(id))
        .set(matches::sealed.eq(true))
        .execute(conn)?;
    Ok(report)
}

/// The ban that binds somebody for the longest: until when, and why.
pub(in crate::matching) fn ban_of(
    conn: &mut Conn,
    user: UserId,
    address: &str,
    now: Timestamp,
) -> Result<Option<(Timestamp, String)>> {
    let binds_them = match_bans::user_id
        .eq(user)
        .or(match_bans::address.eq(address));
    let mut bans: Vec<(Timestamp, String)> = match_bans::table
        .filter(match_bans::expires_at.gt(now))
        .filter(binds_them)
        .select((match_bans::expires_at, match_bans::reason))
        .load(conn)?;
    bans.sort();
    Ok(bans.pop())
}

pub(in crate::matching) fn forget_bans(conn: &mut Conn, now: Timestamp) -> Result<()> {
    diesel::delete(match_bans::table.filter(match_bans::expires_at.lt(now))).execute(conn)?;
    Ok(())
}
