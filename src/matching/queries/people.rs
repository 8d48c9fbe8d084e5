//! What the rules want to know of people.

use crate::error::{Error, Result};
use crate::model::{Timestamp, UserId};
use crate::schema::{match_blocks, users};
use crate::store::{Conn, fixed, on_backend};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// The username of somebody.
///
/// # Errors
/// `NotSignedIn` once there is no such account.
pub(in crate::matching) fn username(conn: &mut Conn, user: UserId) -> Result<String> {
    let name = users::table.find(user).select(users::username);
    on_backend!(conn, |c| name.get_result(c).optional())?.ok_or(Error::NotSignedIn)
}

/// Whether somebody has said that they are of age and follow the rules of talking with strangers.
///
/// # Errors
/// `NotSignedIn` once there is no such account.
pub(in crate::matching) fn follows_rules(conn: &mut Conn, user: UserId) -> Result<bool> {
    let said = users::table.find(user).select(users::match_rules_at);
    let said: Option<Option<Timestamp>> = on_backend!(conn, |c| said.get_result(c).optional())?;
    Ok(said.ok_or(Error::NotSignedIn)?.is_some())
}

/// Whom somebody met and when that ended: the last five, and everybody since `since`. Whoever they are with is
/// one of them, as if they left at `now`.
pub(in crate::matching) fn met(
    conn: &mut Conn,
    user: UserId,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<(UserId, Timestamp)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        user_id: UserId,
        #[diesel(sql_type = BigInt)]
        ended_at: Timestamp,
    }
    let binds = [now.0, user.0, since.0];
    // An open match is one of the five, at most, and the fifth ended before all others that count.
    let met = fixed!(
        "SELECT o.user_id, coalesce(m.ended_at, ?) AS ended_at FROM match_people m
           JOIN match_people o ON o.conversation_id = m.conversation_id AND o.user_id <> m.user_id
          WHERE m.user_id = ? AND (m.ended_at IS NULL OR m.ended_at >= min(
                coalesce((SELECT l.ended_at FROM match_people l
                           WHERE l.user_id = ?2 AND l.ended_at IS NOT NULL
                           ORDER BY l.ended_at DESC LIMIT 1
                           OFFSET 4 - (SELECT count(*) FROM match_people n
                                        WHERE n.user_id = ?2 AND n.ended_at IS NULL)), 0), ?))",
        &binds,
    );
    let rows: Vec<Row> = on_backend!(conn, |c| met.load(c))?;
    Ok(rows
        .into_iter()
        .map(|row| (row.user_id, row.ended_at))
        .collect())
}

/// Whom somebody is never to meet: blocked or reported, in either direction.
pub(in crate::matching) fn apart(conn: &mut Conn, user: UserId) -> Result<Vec<UserId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        other_id: UserId,
    }
    let binds = [user.0];
    let apart = fixed!("SELECT other_id FROM apart WHERE one_id = ?", &binds);
    let rows: Vec<Row> = on_backend!(conn, |c| apart.load(c))?;
    Ok(rows.into_iter().map(|row| row.other_id).collect())
}

/// Keeps two apart, whoever of them it was who wanted it.
pub(in crate::matching) fn block(
    conn: &mut Conn,
    blocker: UserId,
    blocked: UserId,
    now: Timestamp,
) -> Result<()> {
    let values = (
        match_blocks::blocker_id.eq(blocker),
        match_blocks::blocked_id.eq(blocked),
        match_blocks::created_at.eq(now),
    );
    on_backend!(conn, |c| diesel::insert_into(match_blocks::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

pub(in crate::matching) fn unblock(
    conn: &mut Conn,
    blocker: UserId,
    blocked: UserId,
) -> Result<()> {
    diesel::delete(match_blocks::table.find((blocker, blocked))).execute(conn)?;
    Ok(())
}
