//! Who looks after this server.

use crate::error::{Error, Result};
use crate::model::{Timestamp, UserId, UserKind};
use crate::schema::users;
use crate::store::Conn;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

/// Whether there is anybody.
pub(in crate::moderation) fn has_any(conn: &mut Conn) -> Result<bool> {
    Ok(select(exists(users::table.filter(users::is_admin))).get_result(conn)?)
}

/// The username of an administrator.
///
/// # Errors
/// `NotFound` for everybody else, and while they are suspended.
pub(in crate::moderation) fn require(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<String> {
    let found: Option<(String, Option<Timestamp>)> = users::table
        .find(user)
        .filter(users::is_admin)
        .select((users::username, users::suspended_until))
        .get_result(conn)
        .optional()?;
    match found {
        Some((username, until)) if until.is_none_or(|until| until <= now) => Ok(username),
        _ => Err(Error::NotFound),
    }
}

/// The username of a person, and whether they are an administrator already.
pub(in crate::moderation) fn candidate(
    conn: &mut Conn,
    user: UserId,
) -> Result<Option<(String, bool)>> {
    Ok(users::table
        .find(user)
        .filter(users::kind.eq(UserKind::Person.as_str()))
        .select((users::username, users::is_admin))
        .get_result(conn)
        .optional()?)
}

pub(in crate::moderation) fn appoint(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::is_admin.eq(true))
        .execute(conn)?;
    Ok(())
}
