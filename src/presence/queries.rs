//! The SQL of this context: who may know that somebody is here.

use crate::error::{Error, Result};
use crate::model::{ConversationId, Profile, Timestamp, UserId};
use crate::schema::{blocks, contacts, conversations, match_people, memberships, users};
use crate::store::Conn;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

pub(super) fn set_last_seen(conn: &mut Conn, user: UserId, at: Timestamp) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::last_seen_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Everybody with a direct conversation with `user` or with `user` in their contacts, unless one of
/// the two has blocked the other.
pub(super) fn audience(conn: &mut Conn, user: UserId) -> Result<Vec<UserId>> {
    let listed_by: Vec<UserId> = contacts::table
        .filter(contacts::person_id.eq(user))
        .select(contacts::owner_id)
        .load(conn)?;
    let talks: Vec<(Option<UserId>, Option<UserId>)> = memberships::table
        .inner_join(conversations::table)
        .filter(
            memberships::user_id
                .eq(user)
                .and(conversations::last_seq.gt(0)),
        )
        .select((conversations::low_id, conversations::high_id))
        .load(conn)?;
    let parted: Vec<(UserId, UserId)> = blocks::table
        .filter(blocks::blocker_id.eq(user).or(blocks::blocked_id.eq(user)))
        .select((blocks::blocker_id, blocks::blocked_id))
        .load(conn)?;
    let mut audience: Vec<UserId> = talks
        .into_iter()
        .flat_map(|(low, high)| [low, high])
        .flatten()
        .chain(listed_by)
        .filter(|other| *other != user)
        .filter(|other| !parted.contains(&(user, *other)) && !parted.contains(&(*other, user)))
        .collect();
    audience.sort_unstable();
    audience.dedup();
    Ok(audience)
}

/// Who types, and who else is in the conversation; nothing unless `user` is.
///
/// # Errors
/// `Blocked` when the two of a direct conversation do not hear each other; `Ended`.
pub(super) fn typing(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<Option<(Profile, Vec<UserId>)>> {
    type Row = (
        (UserId, String, String),
        (Option<i64>, Option<String>),
        (Option<UserId>, Option<UserId>, Option<Timestamp>),
    );
    let row: Option<Row> = memberships::table
        .inner_join(users::table)
        .inner_join(conversations::table)
        .left_join(
            match_people::table.on(match_people::user_id
                .eq(memberships::user_id)
                .and(match_people::conversation_id.eq(memberships::conversation_id))),
        )
        .filter(
            memberships::user_id
                .eq(user)
                .and(memberships::conversation_id.eq(id)),
        )
        .select((
            (users::id, users::username, users::name),
            (
                match_people::seat.nullable(),
                match_people::alias.nullable(),
            ),
            (
                conversations::low_id,
                conversations::high_id,
                conversations::ended_at,
            ),
        ))
        .get_result(conn)
        .optional()?;
    let Some(((id_of_user, username, name), (seat, alias), (low, high, ended_at))) = row else {
        return Ok(None);
    };
    if ended_at.is_some() {
        return Err(Error::Ended);
    }
    let others: Vec<UserId> = memberships::table
        .filter(
            memberships::conversation_id
                .eq(id)
                .and(memberships::user_id.ne(user)),
        )
        .select(memberships::user_id)
        .load(conn)?;
    if let (Some(low), Some(high)) = (low, high) {
        let parted = blocks::table.filter(
            (blocks::blocker_id.eq(low).and(blocks::blocked_id.eq(high)))
                .or(blocks::blocker_id.eq(high).and(blocks::blocked_id.eq(low))),
        );
        if select(exists(parted)).get_result(conn)? {
            return Err(Error::Blocked);
        }
    }
    let profile = Profile {
        id: id_of_user,
        username,
        name,
    }
    .shown_as(seat, alias);
    Ok(Some((profile, others)))
}
