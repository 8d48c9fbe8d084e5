//! Who has an account.

use crate::error::{Error, Result};
use crate::model::{
    Account, DisplayName, Email, Notice, Phone, Profile, Theme, Timestamp, UserId, UserKind,
    Username, until_words,
};
use crate::schema::users;
use crate::store::{Conn, on_backend};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

type ProfileRow = (UserId, String, String);
/// Until when it may not be used and why, and when it was erased.
type Suspension = (Option<Timestamp>, Option<String>, Option<Timestamp>);

pub(in crate::accounts) fn profile_from((id, username, name): ProfileRow) -> Profile {
    Profile { id, username, name }
}

/// Who has an account, and of which kind; nothing if there is none, or none any more. What is asked with every request:
/// [`account`] reads all there is.
///
/// # Errors
/// `Suspended` while it may not be used.
pub(in crate::accounts) fn holder(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Option<(Profile, UserKind)>> {
    let holder = users::table.find(user).select((
        (users::id, users::username, users::name),
        users::kind,
        (
            users::suspended_until,
            users::suspension_reason,
            users::erased_at,
        ),
    ));
    let row: Option<(ProfileRow, String, Suspension)> =
        on_backend!(conn, |c| holder.get_result(c).optional())?;
    let Some((profile, kind, suspension)) = row else {
        return Ok(None);
    };
    let holder = (profile_from(profile), UserKind::from_word(&kind));
    Ok(is_there(suspension, now)?.then_some(holder))
}

/// One's account; nothing if there is none, or none any more.
///
/// # Errors
/// `Suspended` while it may not be used.
pub(in crate::accounts) fn account(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Account>> {
    type Row = (
        ProfileRow,
        String,
        Option<String>,
        (Option<String>, bool, bool),
        String,
        Suspension,
        Timestamp,
        Option<Timestamp>,
        (bool, Option<String>),
    );
    let row: Option<Row> = users::table
        .find(user)
        .select((
            (users::id, users::username, users::name),
            users::kind,
            users::phone,
            (
                users::email,
                users::password.is_not_null(),
                users::is_listed,
            ),
            users::theme,
            (
                users::suspended_until,
                users::suspension_reason,
                users::erased_at,
            ),
            users::created_at,
            users::match_rules_at,
            (users::is_admin, users::notice),
        ))
        .get_result(conn)
        .optional()?;
    let Some(row) = row else {
        return Ok(None);
    };
    let (profile, kind, phone, found_by, theme, suspension, created_at, rules_at, more) = row;
    if !is_there(suspension, now)? {
        return Ok(None);
    }
    let (email, has_password, is_listed) = found_by;
    let (is_admin, notice) = more;
    Ok(Some(Account {
        profile: profile_from(profile),
        kind: UserKind::from_word(&kind),
        phone: phone.as_deref().and_then(Phone::from_e164),
        email: email.and_then(|email| Email::parse(&email).ok()),
        has_password,
        is_listed,
        theme: Theme::parse(&theme).unwrap_or_default(),
        created_at,
        follows_match_rules: rules_at.is_some(),
        is_admin,
        notice: notice.map(Notice),
    }))
}

/// Whether an account has not been erased.
///
/// # Errors
/// `Suspended` while it may not be used.
fn is_there((until, reason, erased_at): Suspension, now: Timestamp) -> Result<bool> {
    match until {
        _ if erased_at.is_some() => Ok(false),
        Some(until) if now < until => Err(Error::Suspended(suspended(until, reason, now))),
        _ => Ok(true),
    }
}

fn suspended(until: Timestamp, reason: Option<String>, now: Timestamp) -> String {
    let until = until_words(until, now);
    let reason = reason.map(|reason| format!(" The reason: {}.", reason.trim_end_matches('.')));
    format!(
        "This account is suspended {until}.{} To appeal, write to whoever runs this server.",
        reason.unwrap_or_default()
    )
}

/// Whose number this is.
pub(in crate::accounts) fn by_phone(conn: &mut Conn, phone: &Phone) -> Result<Option<UserId>> {
    Ok(users::table
        .filter(users::phone.eq(phone.as_str()))
        .select(users::id)
        .get_result(conn)
        .optional()?)
}

/// The person or bot with that number; guests have none.
pub(in crate::accounts) fn profile_by_phone(
    conn: &mut Conn,
    phone: &Phone,
) -> Result<Option<Profile>> {
    let row = users::table
        .filter(users::phone.eq(phone.as_str()))
        .select((users::id, users::username, users::name))
        .get_result(conn)
        .optional()?;
    Ok(row.map(profile_from))
}

/// The person or bot of that username, in whatever case. Guests are never found.
pub(in crate::accounts) fn profile_by_username(
    conn: &mut Conn,
    username: &str,
) -> Result<Option<Profile>> {
    let row = users::table
        .filter(users::username_key.eq(Username::key_of(username)))
        .filter(users::kind.ne(UserKind::Guest.as_str()))
        .select((users::id, users::username, users::name))
        .get_result(conn)
        .optional()?;
    Ok(row.map(profile_from))
}

/// Whether somebody other than `except` has that username, one that it looks like, or has it for an address.
pub(in crate::accounts) fn username_taken(
    conn: &mut Conn,
    username: &Username,
    except: Option<UserId>,
) -> Result<bool> {
    let others = users::table
        .filter(users::id.ne(except.unwrap_or(UserId(0))))
        .filter(
            users::username_key
                .eq(username.key())
                .or(users::username_key.eq_any(username.look_alikes()))
                .or(users::email_key.eq(username.key())),
        );
    Ok(select(exists(others)).get_result(conn)?)
}

/// A username made from a name, with the first number that makes it free.
pub(in crate::accounts) fn free_username(conn: &mut Conn, name: &DisplayName) -> Result<Username> {
    let base = Username::suggested_for(name.as_str());
    let mut candidate = base.clone();
    // The count of look-ups grows with the logarithm of those who share the name.
    let mut step = 1;
    let mut n = 1;
    while username_taken(conn, &candidate, None)? {
        n += rand::random_range(1..=step);
        step *= 2;
        candidate = base.numbered(n);
    }
    Ok(candidate)
}

pub(in crate::accounts) fn insert_person(
    conn: &mut Conn,
    name: &DisplayName,
    username: &Username,
    phone: &Phone,
    now: Timestamp,
) -> Result<Profile> {
    let row = diesel::insert_into(users::table)
        .values((
            users::kind.eq(UserKind::Person.as_str()),
            users::name.eq(name.as_str()),
            users::username.eq(username.as_str()),
            users::username_key.eq(username.key()),
            users::phone.eq(phone.as_str()),
            users::created_at.eq(now),
        ))
        .returning((users::id, users::username, users::name))
        .get_result(conn)?;
    Ok(profile_from(row))
}

pub(in crate::accounts) fn set_profile(
    conn: &mut Conn,
    user: UserId,
    name: &DisplayName,
    username: &Username,
) -> Result<Profile> {
    let row = diesel::update(users::table.find(user))
        .set((
            users::name.eq(name.as_str()),
            users::username.eq(username.as_str()),
            users::username_key.eq(username.key()),
        ))
        .returning((users::id, users::username, users::name))
        .get_result(conn)?;
    Ok(profile_from(row))
}

pub(in crate::accounts) fn set_username(
    conn: &mut Conn,
    user: UserId,
    username: &Username,
) -> Result<()> {
    diesel::update(users::table.find(user))
        .set((
            users::username.eq(username.as_str()),
            users::username_key.eq(username.key()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn set_name(
    conn: &mut Conn,
    user: UserId,
    name: &DisplayName,
) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::name.eq(name.as_str()))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn set_phone(conn: &mut Conn, user: UserId, phone: &Phone) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::phone.eq(phone.as_str()))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn set_theme(conn: &mut Conn, user: UserId, theme: Theme) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::theme.eq(theme.as_str()))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn notice(conn: &mut Conn, user: UserId) -> Result<Option<Notice>> {
    let notice: Option<Option<String>> = users::table
        .find(user)
        .select(users::notice)
        .get_result(conn)
        .optional()?;
    Ok(notice.flatten().map(Notice))
}

/// They have read what they were told.
pub(in crate::accounts) fn forget_notice(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::notice.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}

/// Makes a guest, `User` and a number that is given once.
pub(in crate::accounts) fn insert_guest(conn: &mut Conn, now: Timestamp) -> Result<Profile> {
    #[derive(QueryableByName)]
    struct Last {
        #[diesel(sql_type = diesel::sql_types::Text)]
        value: String,
    }
    let last: Last = diesel::sql_query(
        "INSERT INTO server_facts (name, value) VALUES ('guests', '1')
         ON CONFLICT (name) DO UPDATE SET value = CAST(value AS INTEGER) + 1
         RETURNING value",
    )
    .get_result(conn)?;
    let username = format!("User{}", last.value);
    let row = diesel::insert_into(users::table)
        .values((
            users::kind.eq(UserKind::Guest.as_str()),
            users::name.eq(&username),
            users::username.eq(&username),
            users::username_key.eq(Username::key_of(&username)),
            users::created_at.eq(now),
        ))
        .returning((users::id, users::username, users::name))
        .get_result(conn)?;
    Ok(profile_from(row))
}

pub(in crate::accounts) fn set_match_rules(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::match_rules_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Some of the guests of before `born_before` of whom nothing is left: no credential, no talk (so no word
/// either), no report, no ban. Nobody can become one of them again.
pub(in crate::accounts) fn idle_guests(
    conn: &mut Conn,
    born_before: Timestamp,
) -> Result<Vec<UserId>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        id: UserId,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT g.id FROM users g
          WHERE g.kind = 'guest' AND g.created_at < ?
            AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = g.id)
            AND NOT EXISTS (SELECT 1 FROM api_tokens t WHERE t.user_id = g.id)
            AND NOT EXISTS (SELECT 1 FROM match_people p WHERE p.user_id = g.id)
            AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.reporter_id = g.id)
            AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.reported_id = g.id)
            AND NOT EXISTS (SELECT 1 FROM match_bans b WHERE b.user_id = g.id)
          LIMIT 500",
    )
    .bind::<diesel::sql_types::BigInt, _>(born_before)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

pub(in crate::accounts) fn delete(conn: &mut Conn, ids: &[UserId]) -> Result<()> {
    diesel::delete(users::table.filter(users::id.eq_any(ids))).execute(conn)?;
    Ok(())
}
