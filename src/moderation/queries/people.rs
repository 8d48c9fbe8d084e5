//! People: found, looked at, kept out and let in again.

use crate::error::Result;
use crate::model::{Phone, Timestamp, UserId, UserKind};
use crate::moderation::people::{Ban, PersonFile, PersonLine, SignIn};
use crate::schema::{api_tokens, match_bans, match_people, sessions, users};
use crate::store::Conn;
use diesel::dsl::count_star;
use diesel::prelude::*;

/// Sessions that are shown of somebody.
const SESSIONS_MAX: i64 = 50;

#[derive(Queryable)]
struct Row {
    id: UserId,
    username: String,
    name: String,
    kind: String,
    phone: Option<String>,
    created_at: Timestamp,
    suspended_until: Option<Timestamp>,
    is_admin: bool,
}

impl Row {
    fn into_line(self) -> PersonLine {
        let phone = self.phone.as_deref().and_then(Phone::from_e164);
        PersonLine {
            id: self.id,
            username: self.username,
            name: self.name,
            kind: UserKind::from_word(&self.kind),
            phone: phone.map(|phone| phone.masked()),
            created_at: self.created_at,
            suspended_until: self.suspended_until,
            is_admin: self.is_admin,
        }
    }
}

/// The columns of a [`Row`].
macro_rules! columns {
    () => {
        (
            users::id,
            users::username,
            users::name,
            users::kind,
            users::phone,
            users::created_at,
            users::suspended_until,
            users::is_admin,
        )
    };
}

fn lines(rows: Vec<Row>) -> Vec<PersonLine> {
    rows.into_iter().map(Row::into_line).collect()
}

/// Anybody, the newest first.
pub(in crate::moderation) fn newest(
    conn: &mut Conn,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<PersonLine>> {
    let rows = users::table
        .filter(users::id.lt(UserId(before.unwrap_or(i64::MAX))))
        .order(users::id.desc())
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(columns!())
        .load(conn)?;
    Ok(lines(rows))
}

/// Those whose username begins like this, in its order, after the one of that id. A range of the index,
/// which `LIKE` would not use.
pub(in crate::moderation) fn by_start(
    conn: &mut Conn,
    start: &str,
    after: Option<i64>,
    limit: usize,
) -> Result<Vec<PersonLine>> {
    let after: Option<String> = match after {
        Some(id) => users::table
            .find(UserId(id))
            .select(users::username_key)
            .get_result(conn)
            .optional()?,
        None => None,
    };
    let rows = users::table
        .filter(users::username_key.ge(start))
        .filter(users::username_key.lt(format!("{start}{}", char::MAX)))
        .filter(users::username_key.gt(after.unwrap_or_default()))
        .order(users::username_key)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(columns!())
        .load(conn)?;
    Ok(lines(rows))
}

pub(in crate::moderation) fn by_phone(
    conn: &mut Conn,
    phone: &Phone,
) -> Result<Option<PersonLine>> {
    let row: Option<Row> = users::table
        .filter(users::phone.eq(phone.as_str()))
        .select(columns!())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Row::into_line))
}

pub(in crate::moderation) fn by_email(conn: &mut Conn, key: &str) -> Result<Option<PersonLine>> {
    let row: Option<Row> = users::table
        .filter(users::email_key.eq(key))
        .select(columns!())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Row::into_line))
}

/// Somebody, without what is in other tables.
pub(in crate::moderation) fn file(conn: &mut Conn, user: UserId) -> Result<Option<PersonFile>> {
    type More = (
        bool,
        bool,
        Option<Timestamp>,
        Option<String>,
        Option<String>,
    );
    let row: Option<(Row, More)> = users::table
        .find(user)
        .select((
            columns!(),
            (
                users::email.is_not_null(),
                users::password.is_not_null(),
                users::last_seen_at,
                users::notice,
                users::suspension_reason,
            ),
        ))
        .get_result(conn)
        .optional()?;
    Ok(row.map(
        |(line, (has_email, has_password, last_seen_at, notice, suspension_reason))| PersonFile {
            line: line.into_line(),
            has_email,
            has_password,
            last_seen_at,
            notice,
            suspension_reason,
            bans: Vec::new(),
            sessions: Vec::new(),
            tokens: 0,
            against: Vec::new(),
            by: Vec::new(),
        },
    ))
}

pub(in crate::moderation) fn username(conn: &mut Conn, user: UserId) -> Result<Option<String>> {
    Ok(users::table
        .find(user)
        .select(users::username)
        .get_result(conn)
        .optional()?)
}

/// Where somebody is signed in, the latest used first.
pub(in crate::moderation) fn sessions(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<SignIn>> {
    let rows: Vec<(String, Timestamp, Timestamp)> = sessions::table
        .filter(sessions::user_id.eq(user).and(sessions::expires_at.gt(now)))
        .order((sessions::last_used_at.desc(), sessions::id.desc()))
        .limit(SESSIONS_MAX)
        .select((
            sessions::user_agent,
            sessions::created_at,
            sessions::last_used_at,
        ))
        .load(conn)?;
    let sign_in = |(user_agent, created_at, last_used_at)| SignIn {
        user_agent,
        created_at,
        last_used_at,
    };
    Ok(rows.into_iter().map(sign_in).collect())
}

pub(in crate::moderation) fn count_tokens(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<i64> {
    Ok(api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::expires_at.gt(now))
        .select(count_star())
        .get_result(conn)?)
}

pub(in crate::moderation) fn set_suspended(
    conn: &mut Conn,
    user: UserId,
    until: Option<(Timestamp, &str)>,
) -> Result<()> {
    let (until, reason) = until.unzip();
    diesel::update(users::table.find(user))
        .set((
            users::suspended_until.eq(until),
            users::suspension_reason.eq(reason),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::moderation) fn suspended_until(
    conn: &mut Conn,
    user: UserId,
) -> Result<Option<Timestamp>> {
    Ok(users::table
        .find(user)
        .select(users::suspended_until)
        .get_result(conn)?)
}

/// Tells somebody something, after all that they have not read yet.
pub(in crate::moderation) fn add_notice(conn: &mut Conn, user: UserId, text: &str) -> Result<()> {
    let unread: Option<String> = users::table
        .find(user)
        .select(users::notice)
        .get_result(conn)?;
    let notice = unread.map_or_else(|| text.to_owned(), |unread| format!("{unread}\n{text}"));
    diesel::update(users::table.find(user))
        .set(users::notice.eq(notice))
        .execute(conn)?;
    Ok(())
}

pub(in crate::moderation) fn delete_sessions(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user))).execute(conn)?;
    Ok(())
}

pub(in crate::moderation) fn delete_tokens(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(api_tokens::table.filter(api_tokens::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// What keeps somebody from being matched, what binds longest first.
pub(in crate::moderation) fn bans(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<Ban>> {
    let rows: Vec<(Timestamp, String, bool)> = match_bans::table
        .filter(match_bans::user_id.eq(user))
        .filter(match_bans::expires_at.gt(now))
        .order(match_bans::expires_at.desc())
        .select((
            match_bans::expires_at,
            match_bans::reason,
            match_bans::address.is_not_null(),
        ))
        .load(conn)?;
    let ban = |(until, reason, network)| Ban {
        until,
        reason,
        network,
    };
    Ok(rows.into_iter().map(ban).collect())
}

pub(in crate::moderation) fn insert_ban(
    conn: &mut Conn,
    user: UserId,
    address: Option<&str>,
    reason: &str,
    (now, until): (Timestamp, Timestamp),
) -> Result<()> {
    diesel::insert_into(match_bans::table)
        .values((
            match_bans::user_id.eq(user),
            match_bans::address.eq(address),
            match_bans::reason.eq(reason),
            match_bans::created_at.eq(now),
            match_bans::expires_at.eq(until),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::moderation) fn delete_bans(conn: &mut Conn, user: UserId) -> Result<()> {
    diesel::delete(match_bans::table.filter(match_bans::user_id.eq(user))).execute(conn)?;
    Ok(())
}

/// Where somebody was when they were matched last, as a keyed hash.
pub(in crate::moderation) fn last_address(conn: &mut Conn, user: UserId) -> Result<Option<String>> {
    Ok(match_people::table
        .filter(match_people::user_id.eq(user))
        .order(match_people::conversation_id.desc())
        .select(match_people::address)
        .limit(1)
        .get_result(conn)
        .optional()?)
}
