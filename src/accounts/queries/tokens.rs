//! API tokens.

use crate::accounts::tokens::{TokenKind, TokenSummary};
use crate::error::Result;
use crate::model::{Label, Timestamp, TokenId, UserId};
use crate::schema::api_tokens;
use crate::store::Conn;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

pub(in crate::accounts) fn insert(
    conn: &mut Conn,
    user: UserId,
    kind: TokenKind,
    label: &Label,
    key: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<TokenSummary> {
    let id = diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::key.eq(key),
            api_tokens::user_id.eq(user),
            api_tokens::kind.eq(kind.as_str()),
            api_tokens::label.eq(label.as_str()),
            api_tokens::created_at.eq(now),
            api_tokens::expires_at.eq(expires_at),
        ))
        .returning(api_tokens::id)
        .get_result(conn)?;
    Ok(TokenSummary {
        id,
        label: label.as_str().to_owned(),
        created_at: now,
        last_used_at: None,
        expires_at,
    })
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
    let row: Option<(TokenId, UserId, Option<Timestamp>, Timestamp)> = api_tokens::table
        .filter(api_tokens::key.eq(key))
        .select((
            api_tokens::id,
            api_tokens::user_id,
            api_tokens::last_used_at,
            api_tokens::expires_at,
        ))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(id, user, last_used_at, expires_at)| Found {
        id,
        user,
        last_used_at,
        expires_at,
    }))
}

pub(in crate::accounts) fn touch(conn: &mut Conn, id: TokenId, now: Timestamp) -> Result<()> {
    diesel::update(api_tokens::table.find(id))
        .set(api_tokens::last_used_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Whether there was such a token of `user`'s to delete.
pub(in crate::accounts) fn delete_own(conn: &mut Conn, user: UserId, id: TokenId) -> Result<bool> {
    let own = api_tokens::table.filter(api_tokens::id.eq(id).and(api_tokens::user_id.eq(user)));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

/// Ends all tokens of `user`; says which they were.
pub(in crate::accounts) fn delete_all(conn: &mut Conn, user: UserId) -> Result<Vec<TokenId>> {
    Ok(
        diesel::delete(api_tokens::table.filter(api_tokens::user_id.eq(user)))
            .returning(api_tokens::id)
            .get_results(conn)?,
    )
}

/// Ends the tokens of that kind; says which they were.
pub(in crate::accounts) fn delete_kind(
    conn: &mut Conn,
    user: UserId,
    kind: TokenKind,
) -> Result<Vec<TokenId>> {
    let of_kind = api_tokens::table.filter(
        api_tokens::user_id
            .eq(user)
            .and(api_tokens::kind.eq(kind.as_str())),
    );
    Ok(diesel::delete(of_kind)
        .returning(api_tokens::id)
        .get_results(conn)?)
}

/// Ends the oldest tokens of that kind but the last `kept`; says which they were.
pub(in crate::accounts) fn delete_oldest(
    conn: &mut Conn,
    user: UserId,
    kind: TokenKind,
    kept: i64,
) -> Result<Vec<TokenId>> {
    let oldest_kept: Option<TokenId> = api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::kind.eq(kind.as_str()))
        .select(api_tokens::id)
        .order(api_tokens::id.desc())
        .offset(kept - 1)
        .limit(1)
        .get_result(conn)
        .optional()?;
    let Some(oldest_kept) = oldest_kept else {
        return Ok(Vec::new());
    };
    let older = api_tokens::table
        .filter(api_tokens::user_id.eq(user))
        .filter(api_tokens::kind.eq(kind.as_str()))
        .filter(api_tokens::id.lt(oldest_kept));
    Ok(diesel::delete(older)
        .returning(api_tokens::id)
        .get_results(conn)?)
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
    Ok(select(exists(live)).get_result(conn)?)
}

/// The tokens that `user` made in the settings, the newest first.
pub(in crate::accounts) fn list(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<TokenSummary>> {
    let rows: Vec<(TokenId, String, Timestamp, Option<Timestamp>, Timestamp)> = api_tokens::table
        .filter(
            api_tokens::user_id
                .eq(user)
                .and(api_tokens::kind.eq(TokenKind::Api.as_str()))
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
