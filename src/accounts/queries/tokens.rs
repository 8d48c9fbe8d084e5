//! API tokens.

use crate::accounts::tokens::{TokenKind, TokenSummary};
use crate::error::Result;
use crate::model::{Label, Timestamp, TokenId, UserId};
use crate::schema::api_tokens;
use crate::store::{Conn, on_backend};
use diesel::dsl::{exists, select};
use diesel::prelude::*;

/// A token about to be stored.
pub(in crate::accounts) struct NewToken<'a> {
    pub(in crate::accounts) user: UserId,
    pub(in crate::accounts) kind: TokenKind,
    pub(in crate::accounts) label: &'a Label,
    pub(in crate::accounts) key: &'a str,
    /// By which token it is made, if by one.
    pub(in crate::accounts) parent: Option<TokenId>,
    pub(in crate::accounts) expires_at: Timestamp,
}

pub(in crate::accounts) fn insert(
    conn: &mut Conn,
    new: &NewToken<'_>,
    now: Timestamp,
) -> Result<TokenSummary> {
    let id = diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::key.eq(new.key),
            api_tokens::user_id.eq(new.user),
            api_tokens::kind.eq(new.kind.as_str()),
            api_tokens::label.eq(new.label.as_str()),
            api_tokens::parent_id.eq(new.parent),
            api_tokens::created_at.eq(now),
            api_tokens::expires_at.eq(new.expires_at),
        ))
        .returning(api_tokens::id)
        .get_result(conn)?;
    Ok(TokenSummary {
        id,
        label: new.label.as_str().to_owned(),
        created_at: now,
        last_used_at: None,
        expires_at: new.expires_at,
    })
}

/// The token that stands behind this one, or this one itself, and its end.
pub(in crate::accounts) fn root(conn: &mut Conn, id: TokenId) -> Result<(TokenId, Timestamp)> {
    let (parent, expires_at): (Option<TokenId>, Timestamp) = api_tokens::table
        .find(id)
        .select((api_tokens::parent_id, api_tokens::expires_at))
        .get_result(conn)?;
    let Some(parent) = parent else {
        return Ok((id, expires_at));
    };
    let expires_at = api_tokens::table
        .find(parent)
        .select(api_tokens::expires_at)
        .get_result(conn)?;
    Ok((parent, expires_at))
}

/// A token as it is found by its key.
pub(in crate::accounts) struct Found {
    pub(in crate::accounts) id: TokenId,
    pub(in crate::accounts) user: UserId,
    pub(in crate::accounts) last_used_at: Option<Timestamp>,
    pub(in crate::accounts) expires_at: Timestamp,
}

/// The token of that key, also for a while after its time is over.
pub(in crate::accounts) fn find(conn: &mut Conn, key: &str) -> Result<Option<Found>> {
    let token = api_tokens::table.filter(api_tokens::key.eq(key)).select((
        api_tokens::id,
        api_tokens::user_id,
        api_tokens::last_used_at,
        api_tokens::expires_at,
    ));
    let row: Option<(TokenId, UserId, Option<Timestamp>, Timestamp)> =
        on_backend!(conn, |c| token.get_result(c).optional())?;
    Ok(row.map(|(id, user, last_used_at, expires_at)| Found {
        id,
        user,
        last_used_at,
        expires_at,
    }))
}

/// A token that stands for its kind.
pub(in crate::accounts) struct Standing {
    pub(in crate::accounts) id: TokenId,
    pub(in crate::accounts) key: String,
    pub(in crate::accounts) expires_at: Timestamp,
}

/// The newest token of that kind, also after its time is over.
pub(in crate::accounts) fn newest(
    conn: &mut Conn,
    user: UserId,
    kind: TokenKind,
) -> Result<Option<Standing>> {
    let row: Option<(TokenId, String, Timestamp)> = api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::kind.eq(kind.as_str()))
        .select((api_tokens::id, api_tokens::key, api_tokens::expires_at))
        .order(api_tokens::id.desc())
        .limit(1)
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(id, key, expires_at)| Standing {
        id,
        key,
        expires_at,
    }))
}

pub(in crate::accounts) fn set_key(conn: &mut Conn, id: TokenId, key: &str) -> Result<()> {
    diesel::update(api_tokens::table.find(id))
        .set(api_tokens::key.eq(key))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn prolong(
    conn: &mut Conn,
    id: TokenId,
    expires_at: Timestamp,
) -> Result<()> {
    diesel::update(api_tokens::table.find(id))
        .set(api_tokens::expires_at.eq(expires_at))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn touch(conn: &mut Conn, id: TokenId, now: Timestamp) -> Result<()> {
    diesel::update(api_tokens::table.find(id))
        .set(api_tokens::last_used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Ends that token of `user`'s, and what was made by it; says which they were.
pub(in crate::accounts) fn delete_own(
    conn: &mut Conn,
    user: UserId,
    id: TokenId,
) -> Result<Vec<TokenId>> {
    let own = api_tokens::table
        .filter(api_tokens::id.eq(id).and(api_tokens::user_id.eq(user)))
        .select(api_tokens::id)
        .load(conn)?;
    delete(conn, own)
}

/// Ends all tokens of `user`; says which they were.
pub(in crate::accounts) fn delete_all(conn: &mut Conn, user: UserId) -> Result<Vec<TokenId>> {
    let all = api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .select(api_tokens::id)
        .load(conn)?;
    diesel::delete(api_tokens::table.filter(api_tokens::user_id.eq(user))).execute(conn)?;
    Ok(all)
}

/// Ends the tokens of that kind, and what was made by them; says which they were.
pub(in crate::accounts) fn delete_kind(
    conn: &mut Conn,
    user: UserId,
    kind: TokenKind,
) -> Result<Vec<TokenId>> {
    let of_kind = api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::kind.eq(kind.as_str()))
        .select(api_tokens::id)
        .load(conn)?;
    delete(conn, of_kind)
}

/// Ends the oldest tokens of that kind but the last `kept`, and what was made by them; says which they were.
pub(in crate::accounts) fn delete_oldest(
    conn: &mut Conn,
    user: UserId,
    kind: TokenKind,
    kept: i64,
) -> Result<Vec<TokenId>> {
    let oldest = api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::kind.eq(kind.as_str()))
        .select(api_tokens::id)
        .order(api_tokens::id.desc())
        .offset(kept)
        .limit(kept)
        .load(conn)?;
    delete(conn, oldest)
}

/// Those made by them are asked for first: the database deletes them by itself, and tells of none.
fn delete(conn: &mut Conn, mut ids: Vec<TokenId>) -> Result<Vec<TokenId>> {
    if ids.is_empty() {
        return Ok(ids);
    }
    let made: Vec<TokenId> = api_tokens::table
        .filter(api_tokens::parent_id.eq_any(&ids))
        .select(api_tokens::id)
        .load(conn)?;
    diesel::delete(api_tokens::table.filter(api_tokens::id.eq_any(&ids))).execute(conn)?;
    ids.extend(made);
    Ok(ids)
}

/// The tokens whose time was over after `since` and is by now.
pub(in crate::accounts) fn expired_since(
    conn: &mut Conn,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<TokenId>> {
    Ok(api_tokens::table
        .filter(api_tokens::expires_at.gt(since))
        .filter(api_tokens::expires_at.le(now))
        .select(api_tokens::id)
        .load(conn)?)
}

/// Forgets the tokens whose time was over before `moment`.
pub(in crate::accounts) fn forget_before(conn: &mut Conn, moment: Timestamp) -> Result<()> {
    diesel::delete(api_tokens::table.filter(api_tokens::expires_at.lt(moment))).execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn is_live(conn: &mut Conn, id: TokenId, now: Timestamp) -> Result<bool> {
    let live = api_tokens::table.filter(api_tokens::id.eq(id).and(api_tokens::expires_at.gt(now)));
    Ok(on_backend!(conn, |c| select(exists(live)).get_result(c))?)
}

/// The tokens of `user`, the newest first; without those that end with another one.
pub(in crate::accounts) fn list(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<TokenSummary>> {
    let rows: Vec<(TokenId, String, Timestamp, Option<Timestamp>, Timestamp)> = api_tokens::table
        .filter(
            api_tokens::user_id
                .eq(user)
                .and(api_tokens::parent_id.is_null())
                .and(api_tokens::expires_at.gt(now)),
        )
        .select((
            api_tokens::id,
            api_tokens::label,
            api_tokens::created_at,
            api_tokens::last_used_at,
            api_tokens::expires_at,
        ))
        .order(api_tokens::id.desc())
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, label, created_at, last_used_at, expires_at)| TokenSummary {
                id,
                label,
                created_at,
                last_used_at,
                expires_at,
            },
        )
        .collect())
}
