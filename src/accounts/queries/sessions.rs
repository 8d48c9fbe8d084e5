//! Browser sessions.

use crate::accounts::sessions::{SessionRecord, SessionSummary};
use crate::error::Result;
use crate::model::{SessionId, Timestamp, UserId};
use crate::schema::sessions;
use crate::store::{Conn, on_backend};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

type Row = (SessionId, Option<UserId>, String, String, Timestamp);

/// The session of that key, unless its time is over.
pub(in crate::accounts) fn load(
    conn: &mut Conn,
    key: &str,
    now: Timestamp,
) -> Result<Option<(SessionId, SessionRecord)>> {
    let session = sessions::table
        .filter(sessions::key.eq(key).and(sessions::expires_at.gt(now)))
        .select((
            sessions::id,
            sessions::user_id,
            sessions::data,
            sessions::user_agent,
            sessions::expires_at,
        ));
    let row: Option<Row> = on_backend!(conn, |c| session.get_result(c).optional())?;
    Ok(row.map(|(id, user, data, user_agent, expires_at)| {
        let record = SessionRecord {
            user,
            data,
            user_agent,
            expires_at,
        };
        (id, record)
    }))
}

/// Whose session that is, and when it was last used; nothing if nobody is signed in by it.
pub(in crate::accounts) fn find(
    conn: &mut Conn,
    key: &str,
    now: Timestamp,
) -> Result<Option<(SessionId, UserId, Timestamp)>> {
    let session = sessions::table
        .filter(sessions::key.eq(key).and(sessions::expires_at.gt(now)))
        .select((
            sessions::id,
            sessions::user_id.assume_not_null(),
            sessions::last_used_at,
        ))
        .filter(sessions::user_id.is_not_null());
    Ok(on_backend!(conn, |c| session.get_result(c).optional())?)
}

pub(in crate::accounts) fn touch(conn: &mut Conn, id: SessionId, now: Timestamp) -> Result<()> {
    diesel::update(sessions::table.find(id))
        .set(sessions::last_used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Whether the key was free; another session's is never overwritten.
pub(in crate::accounts) fn insert(
    conn: &mut Conn,
    key: &str,
    record: &SessionRecord,
    now: Timestamp,
) -> Result<bool> {
    let values = (
        sessions::key.eq(key),
        sessions::user_id.eq(record.user),
        sessions::data.eq(&record.data),
        sessions::user_agent.eq(&record.user_agent),
        sessions::created_at.eq(now),
        sessions::last_used_at.eq(now),
        sessions::expires_at.eq(record.expires_at),
    );
    let inserted = on_backend!(conn, |c| diesel::insert_into(sessions::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Never brings a session back: a request in flight must not undo a sign-out.
pub(in crate::accounts) fn update(
    conn: &mut Conn,
    key: &str,
    record: &SessionRecord,
    now: Timestamp,
) -> Result<()> {
    diesel::update(sessions::table.filter(sessions::key.eq(key)))
        .set((
            sessions::user_id.eq(record.user),
            sessions::data.eq(&record.data),
            sessions::user_agent.eq(&record.user_agent),
            sessions::last_used_at.eq(now),
            sessions::expires_at.eq(record.expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends the session of that key; says which it was, if it was anybody's.
pub(in crate::accounts) fn delete_by_key(conn: &mut Conn, key: &str) -> Result<Option<SessionId>> {
    Ok(
        diesel::delete(sessions::table.filter(sessions::key.eq(key)))
            .returning(sessions::id)
            .get_result(conn)
            .optional()?,
    )
}

/// Whether there was such a session of `user`'s to end.
pub(in crate::accounts) fn delete_own(
    conn: &mut Conn,
    user: UserId,
    id: SessionId,
) -> Result<bool> {
    let own = sessions::table.filter(sessions::id.eq(id).and(sessions::user_id.eq(user)));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

/// Ends the sessions of `user` but that one; says which they were.
pub(in crate::accounts) fn delete_others(
    conn: &mut Conn,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<Vec<SessionId>> {
    let others = sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::id.ne(keep.unwrap_or(SessionId(0))));
    Ok(diesel::delete(others)
        .returning(sessions::id)
        .get_results(conn)?)
}

/// Ends the sessions whose time is over; says which they were.
pub(in crate::accounts) fn delete_expired(
    conn: &mut Conn,
    now: Timestamp,
) -> Result<Vec<SessionId>> {
    Ok(
        diesel::delete(sessions::table.filter(sessions::expires_at.le(now)))
            .returning(sessions::id)
            .get_results(conn)?,
    )
}

pub(in crate::accounts) fn is_live(conn: &mut Conn, id: SessionId, now: Timestamp) -> Result<bool> {
    let live = sessions::table.filter(sessions::id.eq(id).and(sessions::expires_at.gt(now)));
    Ok(on_backend!(conn, |c| select(exists(live)).get_result(c))?)
}

/// Where `user` is signed in, the latest used first.
pub(in crate::accounts) fn list(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<SessionSummary>> {
    let rows: Vec<(SessionId, String, Timestamp, Timestamp)> = sessions::table
        .filter(sessions::user_id.eq(user).and(sessions::expires_at.gt(now)))
        .select((
            sessions::id,
            sessions::user_agent,
            sessions::created_at,
            sessions::last_used_at,
        ))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, user_agent, created_at, last_used_at)| SessionSummary {
                id,
                user_agent,
                created_at,
                last_used_at,
            },
        )
        .collect())
}
