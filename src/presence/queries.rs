//! The SQL of this context: who may know that somebody is here.

use crate::error::{Error, Result};
use crate::model::{ConversationId, ConversationKind, Profile, Timestamp, Topic, Topics, UserId};
use crate::schema::{blocks, contacts, conversations, match_people, memberships, users};
use crate::store::{Conn, fixed, on_backend};
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use smallvec::smallvec;

pub(super) fn set_last_seen(conn: &mut Conn, user: UserId, at: Timestamp) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::last_seen_at.eq(at))
        .execute(conn)?;
    Ok(())
}

/// Who shares a room with somebody, as long as it is a small one: where hundreds come and go, nobody
/// wants to hear of each.
const NEIGHBOURS: &str = "SELECT DISTINCT o.user_id AS id
      FROM memberships m
      JOIN conversations c ON c.id = m.conversation_id AND c.kind = 'room'
      JOIN memberships o ON o.conversation_id = c.id
     WHERE m.user_id = ?
       AND (SELECT count(*) FROM (
               SELECT 1 FROM memberships n WHERE n.conversation_id = c.id LIMIT 101) AS counted) <= 100";

#[derive(QueryableByName)]
struct Neighbour {
    #[diesel(sql_type = BigInt)]
    id: UserId,
}

fn neighbours(conn: &mut Conn, user: UserId) -> Result<Vec<UserId>> {
    let binds = [user.0];
    let neighbours = fixed!(NEIGHBOURS, &binds);
    let rows: Vec<Neighbour> = on_backend!(conn, |c| neighbours.load(c))?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Everybody with a direct conversation with `user`, with `user` in their contacts or in a small room
/// with them, unless one of the two has blocked the other.
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
        .chain(neighbours(conn, user)?)
        .filter(|other| *other != user)
        .filter(|other| !parted.contains(&(user, *other)) && !parted.contains(&(*other, user)))
        .collect();
    audience.sort_unstable();
    audience.dedup();
    Ok(audience)
}

/// Who types, and whom to tell; nothing unless `user` is in the conversation.
///
/// # Errors
/// `Blocked` when the two of a direct conversation do not hear each other; `Ended`.
pub(super) fn typing(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<Option<(Profile, Topics)>> {
    type Row = (
        (UserId, String, String),
        (Option<i64>, Option<String>),
        (String, Option<UserId>, Option<UserId>, Option<Timestamp>),
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
                conversations::kind,
                conversations::low_id,
                conversations::high_id,
                conversations::ended_at,
            ),
        ))
        .get_result(conn)
        .optional()?;
    let Some(((id_of_user, username, name), (seat, alias), (kind, low, high, ended_at))) = row
    else {
        return Ok(None);
    };
    if ended_at.is_some() {
        return Err(Error::Ended);
    }
    let topics = match ConversationKind::from_word(&kind) {
        ConversationKind::Room => smallvec![Topic::Room(id)],
        ConversationKind::Direct | ConversationKind::Match => others(conn, user, id)?,
    };
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
    Ok(Some((profile, topics)))
}

fn others(conn: &mut Conn, user: UserId, id: ConversationId) -> Result<Topics> {
    let others: Vec<UserId> = memberships::table
        .filter(
            memberships::conversation_id
                .eq(id)
                .and(memberships::user_id.ne(user)),
        )
        .select(memberships::user_id)
        .load(conn)?;
    Ok(others.into_iter().map(Topic::User).collect())
}
