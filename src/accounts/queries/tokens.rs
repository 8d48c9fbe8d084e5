//! API tokens.

use crate::accounts::tokens::TokenSummary;
use crate::error::Result;
use crate::model::{Label, Timestamp, TokenId, UserId};
use crate::schema::api_tokens;
use crate::store::Conn;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

pub(in crate::accounts) fn insert(
    conn: &mut Conn,
    user: UserId,
    label: &Label,
    key: &str,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<TokenSummary> {
    let id = diesel::insert_into(api_tokens::table)
        .values((
            api_tokens::key.eq(key),
            api_tokens::user_id.eq(user),
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

/// Whose token that is, and when it was last used; nothing once its time is over.
pub(in crate::accounts) fn find(
    conn: &mut Conn,
    key: &str,
    now: Timestamp,
) -> Result<Option<(TokenId, UserId, Option<Timestamp>)>> {
    Ok(api_tokens::table
        .filter(api_tokens::key.eq(key).and(api_tokens::expires_at.gt(now)))
        .select((
            api_tokens::id,
            api_tokens::user_id,
            api_tokens::last_used_at,
        ))
        .get_result(conn)
        .optional()?)
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

/// Ends the tokens whose time is over; says which they were.
pub(in crate::accounts) fn delete_expired(conn: &mut Conn, now: Timestamp) -> Result<Vec<TokenId>> {
    Ok(
        diesel::delete(api_tokens::table.filter(api_tokens::expires_at.le(now)))
            .returning(api_tokens::id)
            .get_results(conn)?,
    )
}

pub(in crate::accounts) fn is_live(conn: &mut Conn, id: TokenId, now: Timestamp) -> Result<bool> {
    let live = api_tokens::table.filter(api_tokens::id.eq(id).and(api_tokens::expires_at.gt(now)));
    Ok(select(exists(live)).get_result(conn)?)
}

/// The tokens of `user`, the newest first.
pub(in crate::accounts) fn list(
    conn: &mut Conn,
    user: UserId,
    now: Timestamp,
) -> Result<Vec<TokenSummary>> {
    let rows: Vec<(TokenId, String, Timestamp, Option<Timestamp>, Timestamp)> = api_tokens::table
        .filter(
            api_tokens::user_id
                .eq(user)
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
