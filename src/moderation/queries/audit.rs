//! The audit log: lines are added, and never changed.

use crate::error::Result;
use crate::model::{Timestamp, UserId};
use crate::moderation::audit::{Entry, LogLine};
use crate::schema::audit_log;
use crate::store::Conn;
use diesel::prelude::*;

pub(in crate::moderation) fn insert(
    conn: &mut Conn,
    admin: Option<UserId>,
    name: &str,
    entry: &Entry,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::admin_id.eq(admin),
            audit_log::admin.eq(name),
            audit_log::act.eq(entry.act.as_str()),
            audit_log::subject.eq(&entry.subject),
            audit_log::subject_id.eq(entry.subject_id),
            audit_log::detail.eq(&entry.detail),
            audit_log::done_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The newest first.
pub(in crate::moderation) fn lines(
    conn: &mut Conn,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<LogLine>> {
    type Row = (
        i64,
        Option<UserId>,
        String,
        String,
        String,
        Option<UserId>,
        String,
        Timestamp,
    );
    let rows: Vec<Row> = audit_log::table
        .filter(audit_log::id.lt(before.unwrap_or(i64::MAX)))
        .order(audit_log::id.desc())
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((
            audit_log::id,
            audit_log::admin_id,
            audit_log::admin,
            audit_log::act,
            audit_log::subject,
            audit_log::subject_id,
            audit_log::detail,
            audit_log::done_at,
        ))
        .load(conn)?;
    let line = |(id, admin_id, admin, act, subject, subject_id, detail, done_at)| LogLine {
        id,
        admin_id,
        admin,
        act,
        subject,
        subject_id,
        detail,
        done_at,
    };
    Ok(rows.into_iter().map(line).collect())
}
