//! Addresses and passwords, and what mails open.

use super::users::profile_from;
use crate::accounts::password_login::NewAccount;
use crate::error::Result;
use crate::model::{Email, Profile, Timestamp, UserId, UserKind, Username};
use crate::schema::{password_resets, users};
use crate::store::Conn;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

/// What is stored for whom.
#[derive(Clone)]
pub(in crate::accounts) struct Credential {
    pub(in crate::accounts) user: UserId,
    /// Nothing for who signs in by phone only.
    pub(in crate::accounts) hash: Option<String>,
    /// When, so that one password is told from the next.
    pub(in crate::accounts) set_at: Timestamp,
}

type CredentialRow = (UserId, Option<String>, Option<Timestamp>);

fn credential_from((user, hash, set_at): CredentialRow) -> Credential {
    Credential {
        user,
        hash,
        set_at: set_at.unwrap_or(Timestamp(0)),
    }
}

/// Whom that login names. With an `@` it is an address before it is a username.
pub(in crate::accounts) fn by_login(conn: &mut Conn, login: &str) -> Result<Option<Credential>> {
    let key = Username::key_of(login);
    if login.contains('@') {
        let by_email: Option<CredentialRow> = users::table
            .filter(users::email_key.eq(&key))
            .filter(users::kind.ne(UserKind::Guest.as_str()))
            .select((users::id, users::password, users::password_set_at))
            .get_result(conn)
            .optional()?;
        if let Some(found) = by_email {
            return Ok(Some(credential_from(found)));
        }
    }
    let by_username: Option<CredentialRow> = users::table
        .filter(users::username_key.eq(&key))
        .filter(users::kind.ne(UserKind::Guest.as_str()))
        .select((users::id, users::password, users::password_set_at))
        .get_result(conn)
        .optional()?;
    Ok(by_username.map(credential_from))
}

/// What is stored for somebody; nothing if they are gone.
pub(in crate::accounts) fn credential(conn: &mut Conn, user: UserId) -> Result<Option<Credential>> {
    let found: Option<CredentialRow> = users::table
        .find(user)
        .select((users::id, users::password, users::password_set_at))
        .get_result(conn)
        .optional()?;
    Ok(found.map(credential_from))
}

/// Whether somebody other than `except` has that address, or has it for a username.
pub(in crate::accounts) fn email_taken(
    conn: &mut Conn,
    email: &Email,
    except: Option<UserId>,
) -> Result<bool> {
    let others = users::table
        .filter(users::id.ne(except.unwrap_or(UserId(0))))
        .filter(
            users::email_key
                .eq(email.key())
                .or(users::username_key.eq(email.key())),
        );
    Ok(select(exists(others)).get_result(conn)?)
}

/// Somebody with a password, whom others find by name.
pub(in crate::accounts) fn insert_person(
    conn: &mut Conn,
    new: &NewAccount,
    hash: &str,
    now: Timestamp,
) -> Result<Profile> {
    let row = diesel::insert_into(users::table)
        .values((
            users::kind.eq(UserKind::Person.as_str()),
            users::name.eq(new.name.as_str()),
            users::username.eq(new.username.as_str()),
            users::username_key.eq(new.username.key()),
            users::email.eq(new.email.as_ref().map(Email::as_str)),
            users::email_key.eq(new.email.as_ref().map(Email::key)),
            users::password.eq(hash),
            users::password_set_at.eq(now),
            users::is_listed.eq(true),
            users::created_at.eq(now),
        ))
        .returning((users::id, users::username, users::name))
        .get_result(conn)?;
    Ok(profile_from(row))
}

pub(in crate::accounts) fn set(
    conn: &mut Conn,
    user: UserId,
    hash: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::update(users::table.find(user))
        .set((users::password.eq(hash), users::password_set_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn set_email(
    conn: &mut Conn,
    user: UserId,
    email: Option<&Email>,
) -> Result<()> {
    diesel::update(users::table.find(user))
        .set((
            users::email.eq(email.map(Email::as_str)),
            users::email_key.eq(email.map(Email::key)),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn forget_resets(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(password_resets::table.filter(password_resets::user_id.eq(user)))
        .execute(conn)?;
    Ok(())
}

/// Whose address that is, and the address as they write it.
pub(in crate::accounts) fn by_email(
    conn: &mut Conn,
    email: &Email,
) -> Result<Option<(UserId, String)>> {
    Ok(users::table
        .filter(users::email_key.eq(email.key()))
        .select((users::id, users::email.assume_not_null()))
        .get_result(conn)
        .optional()?)
}

/// Somebody's address.
pub(in crate::accounts) fn email_of(conn: &mut Conn, user: UserId) -> Result<Option<String>> {
    Ok(users::table
        .find(user)
        .select(users::email)
        .get_result(conn)?)
}

pub(in crate::accounts) fn insert_reset(
    conn: &mut Conn,
    user: UserId,
    key: &str,
    expires_at: Timestamp,
) -> Result<()> {
    diesel::insert_into(password_resets::table)
        .values((
            password_resets::key.eq(key),
            password_resets::user_id.eq(user),
            password_resets::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whom the token of that key is for, and until when.
pub(in crate::accounts) fn reset(
    conn: &mut Conn,
    key: &str,
) -> Result<Option<(Profile, Timestamp)>> {
    let row: Option<((UserId, String, String), Timestamp)> = password_resets::table
        .inner_join(users::table)
        .filter(password_resets::key.eq(key))
        .select((
            (users::id, users::username, users::name),
            password_resets::expires_at,
        ))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(owner, expires_at)| (profile_from(owner), expires_at)))
}

pub(in crate::accounts) fn forget_resets_before(conn: &mut Conn, moment: Timestamp) -> Result<()> {
    diesel::delete(password_resets::table.filter(password_resets::expires_at.lt(moment)))
        .execute(conn)?;
    Ok(())
}
