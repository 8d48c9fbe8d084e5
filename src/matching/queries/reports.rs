//! Reports, and the bans that bind somebody.

use crate::error::Result;
use crate::model::{ConversationId, MessageId, ReportId, Timestamp, UserId};
use crate::schema::{match_bans, matches, messages, reports};
use crate::store::{Conn, on_backend};
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

/// When somebody was reported last.
pub(in crate::matching) fn last_against(
    conn: &mut Conn,
    reported: UserId,
) -> Result<Option<Timestamp>> {
    let last = reports::table
        .filter(reports::reported_id.eq(reported))
        .select(diesel::dsl::max(reports::created_at));
    Ok(on_backend!(conn, |c| last.get_result(c))?)
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

/// Keeps what was said in a match.
pub(in crate::matching) fn seal(conn: &mut Conn, id: ConversationId) -> Result<()> {
    diesel::update(matches::table.find(id))
        .set(matches::sealed.eq(true))
        .execute(conn)?;
    Ok(())
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
    let bans = match_bans::table
        .filter(match_bans::expires_at.gt(now))
        .filter(binds_them)
        .select((match_bans::expires_at, match_bans::reason));
    let mut bans: Vec<(Timestamp, String)> = on_backend!(conn, |c| bans.load(c))?;
    bans.sort();
    Ok(bans.pop())
}

pub(in crate::matching) fn forget_bans(conn: &mut Conn, now: Timestamp) -> Result<()> {
    diesel::delete(match_bans::table.filter(match_bans::expires_at.lt(now))).execute(conn)?;
    Ok(())
}
