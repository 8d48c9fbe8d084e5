//! Rooms: found by name, made, changed, come into and left.

use crate::error::Result;
use crate::model::{
    ConversationId, ConversationKind, Profile, RoomKey, RoomName, RoomTopic, Timestamp, UserId,
};
use crate::schema::{blocks, conversations, memberships, users};
use crate::store::{Conn, fixed, on_backend};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use std::collections::HashSet;

/// A room as the verbs see it.
pub(in crate::conversations) struct Room {
    pub(in crate::conversations) id: ConversationId,
    pub(in crate::conversations) key: String,
    pub(in crate::conversations) counter: i64,
    pub(in crate::conversations) last_seq: i64,
    pub(in crate::conversations) created_by: Option<UserId>,
}

pub(in crate::conversations) fn find(conn: &mut Conn, room: &RoomKey) -> Result<Option<Room>> {
    type Row = (ConversationId, Option<String>, i64, i64, Option<UserId>);
    let named = conversations::table
        .filter(conversations::name_key.is_not_null())
        .select((
            conversations::id,
            conversations::name_key,
            conversations::counter,
            conversations::last_seq,
            conversations::created_by,
        ));
    let row: Option<Row> = match room {
        RoomKey::Id(id) => named
            .filter(conversations::id.eq(id))
            .get_result(conn)
            .optional()?,
        RoomKey::Name(text) => match RoomName::parse(text) {
            Ok(name) => named
                .filter(conversations::name_key.eq(name.key()))
                .get_result(conn)
                .optional()?,
            Err(_) => None,
        },
    };
    Ok(row.map(|(id, key, counter, last_seq, created_by)| Room {
        id,
        key: key.unwrap_or_default(),
        counter,
        last_seq,
        created_by,
    }))
}

/// Makes a room; nothing if its name is taken.
pub(in crate::conversations) fn insert(
    conn: &mut Conn,
    name: &RoomName,
    topic: &RoomTopic,
    creator: UserId,
    now: Timestamp,
) -> Result<Option<ConversationId>> {
    let values = (
        conversations::kind.eq(ConversationKind::Room.as_str()),
        conversations::title.eq(name.as_str()),
        conversations::name_key.eq(name.key()),
        conversations::topic.eq(topic.as_deref()),
        conversations::created_by.eq(creator),
        conversations::created_at.eq(now),
    );
    Ok(on_backend!(conn, |c| diesel::insert_into(
        conversations::table
    )
    .values(values)
    .on_conflict_do_nothing()
    .returning(conversations::id)
    .get_result(c)
    .optional())?)
}

/// How many rooms there are that somebody made.
pub(in crate::conversations) fn made_by(conn: &mut Conn, user: UserId) -> Result<i64> {
    Ok(conversations::table
        .filter(conversations::created_by.eq(user))
        .filter(conversations::name_key.is_not_null())
        .count()
        .get_result(conn)?)
}

/// Whether another room has that name.
pub(in crate::conversations) fn is_taken(
    conn: &mut Conn,
    name: &RoomName,
    except: ConversationId,
) -> Result<bool> {
    let other = conversations::table.filter(
        conversations::name_key
            .eq(name.key())
            .and(conversations::id.ne(except)),
    );
    Ok(diesel::select(exists(other)).get_result(conn)?)
}

pub(in crate::conversations) fn set_name(
    conn: &mut Conn,
    id: ConversationId,
    name: &RoomName,
) -> Result<()> {
    diesel::update(conversations::table.find(id))
        .set((
            conversations::title.eq(name.as_str()),
            conversations::name_key.eq(name.key()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::conversations) fn set_topic(
    conn: &mut Conn,
    id: ConversationId,
    topic: &RoomTopic,
) -> Result<()> {
    diesel::update(conversations::table.find(id))
        .set(conversations::topic.eq(topic.as_deref()))
        .execute(conn)?;
    Ok(())
}

/// Notes a change: whoever catches up sees it by the counter.
pub(in crate::conversations) fn note_change(
    conn: &mut Conn,
    room: &Room,
    now: Timestamp,
) -> Result<()> {
    diesel::update(conversations::table.find(room.id))
        .set((
            conversations::counter.eq(room.counter + 1),
            conversations::changed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes the name from a room, and everybody out of it: it cannot be found any more.
pub(in crate::conversations) fn detach(conn: &mut Conn, id: ConversationId) -> Result<()> {
    let members = memberships::table.filter(memberships::conversation_id.eq(id));
    diesel::delete(members).execute(conn)?;
    diesel::update(conversations::table.find(id))
        .set(conversations::name_key.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}

/// The rooms that were detached and are not deleted yet.
pub(in crate::conversations) fn detached(conn: &mut Conn) -> Result<Vec<ConversationId>> {
    Ok(conversations::table
        .filter(conversations::kind.eq(ConversationKind::Room.as_str()))
        .filter(conversations::name_key.is_null())
        .select(conversations::id)
        .load(conn)?)
}

/// Deletes some of what was said in a detached room, and once nothing is left the room; whether it has.
pub(in crate::conversations) fn clear(conn: &mut Conn, id: ConversationId) -> Result<bool> {
    let binds = [id.0];
    let some = fixed!(
        "DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE conversation_id = ? LIMIT 1000)",
        &binds,
    );
    let deleted = on_backend!(conn, |c| some.execute(c))?;
    if deleted > 0 {
        return Ok(false);
    }
    diesel::delete(conversations::table.find(id)).execute(conn)?;
    Ok(true)
}

/// Puts somebody into a room, who has read all of it; whether they were not in it before.
pub(in crate::conversations) fn insert_member(
    conn: &mut Conn,
    user: UserId,
    room: &Room,
    is_passing: bool,
    now: Timestamp,
) -> Result<bool> {
    let values = (
        memberships::user_id.eq(user),
        memberships::conversation_id.eq(room.id),
        memberships::read_seq.eq(room.last_seq),
        memberships::delivered_seq.eq(room.last_seq),
        memberships::joined_at.eq(now),
        memberships::is_passing.eq(is_passing),
    );
    let inserted = on_backend!(conn, |c| diesel::insert_into(memberships::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Whoever was passing stays from now on.
pub(in crate::conversations) fn make_lasting(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<()> {
    diesel::update(memberships::table.find((user, id)))
        .set(memberships::is_passing.eq(false))
        .execute(conn)?;
    Ok(())
}

/// Whether somebody is in a room for as long as their connection lasts; nothing if they are not in it.
pub(in crate::conversations) fn is_passing(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<Option<bool>> {
    Ok(memberships::table
        .find((user, id))
        .select(memberships::is_passing)
        .get_result(conn)
        .optional()?)
}

/// Takes somebody out of a room; whether they were in it.
pub(in crate::conversations) fn delete_member(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<bool> {
    let deleted = diesel::delete(memberships::table.find((user, id))).execute(conn)?;
    Ok(deleted == 1)
}

/// Takes everybody out of rooms who was there for as long as a connection lasted.
pub(in crate::conversations) fn delete_passing(conn: &mut Conn) -> Result<usize> {
    let passing = memberships::table.filter(memberships::is_passing);
    Ok(diesel::delete(passing).execute(conn)?)
}

/// Everybody who is in a room for as long as a connection lasts, and in which.
pub(in crate::conversations) fn passing(conn: &mut Conn) -> Result<Vec<(UserId, ConversationId)>> {
    Ok(memberships::table
        .filter(memberships::is_passing)
        .select((memberships::user_id, memberships::conversation_id))
        .load(conn)?)
}

/// Who is in that room for as long as a connection lasts.
pub(in crate::conversations) fn passing_in(
    conn: &mut Conn,
    id: ConversationId,
) -> Result<Vec<UserId>> {
    Ok(memberships::table
        .filter(memberships::conversation_id.eq(id))
        .filter(memberships::is_passing)
        .select(memberships::user_id)
        .load(conn)?)
}

/// The rooms that somebody is in.
pub(in crate::conversations) fn of_member(
    conn: &mut Conn,
    user: UserId,
) -> Result<Vec<ConversationId>> {
    Ok(memberships::table
        .inner_join(conversations::table)
        .filter(memberships::user_id.eq(user))
        .filter(conversations::name_key.is_not_null())
        .select(conversations::id)
        .load(conn)?)
}

/// Whom somebody has blocked, and who has blocked them.
pub(in crate::conversations) fn parted(conn: &mut Conn, user: UserId) -> Result<HashSet<UserId>> {
    let rows: Vec<(UserId, UserId)> = blocks::table
        .filter(blocks::blocker_id.eq(user).or(blocks::blocked_id.eq(user)))
        .select((blocks::blocker_id, blocks::blocked_id))
        .load(conn)?;
    let other = |(one, other)| if one == user { other } else { one };
    Ok(rows.into_iter().map(other).collect())
}

pub(in crate::conversations) fn name(conn: &mut Conn, id: ConversationId) -> Result<String> {
    let title: Option<String> = conversations::table
        .find(id)
        .select(conversations::title)
        .get_result(conn)?;
    Ok(title.unwrap_or_default())
}

pub(in crate::conversations) fn topic(conn: &mut Conn, id: ConversationId) -> Result<String> {
    let topic: Option<String> = conversations::table
        .find(id)
        .select(conversations::topic)
        .get_result(conn)?;
    Ok(topic.unwrap_or_default())
}

pub(in crate::conversations) fn profile(conn: &mut Conn, user: UserId) -> Result<Option<Profile>> {
    let row = users::table
        .find(user)
        .select((users::id, users::username, users::name))
        .get_result(conn)
        .optional()?;
    Ok(row.map(profile_from))
}

pub(in crate::conversations) fn is_admin(conn: &mut Conn, user: UserId) -> Result<bool> {
    let is_admin = users::table
        .find(user)
        .select(users::is_admin)
        .get_result(conn)
        .optional()?;
    Ok(is_admin.unwrap_or(false))
}

/// Those of a room, other than the sender, who have one of these usernames and whom no block parts from
/// the sender.
pub(in crate::conversations) fn named(
    conn: &mut Conn,
    id: ConversationId,
    sender: UserId,
    keys: &[String],
) -> Result<Vec<UserId>> {
    let parted = blocks::table.filter(
        (blocks::blocker_id
            .eq(sender)
            .and(blocks::blocked_id.eq(users::id)))
        .or(blocks::blocker_id
            .eq(users::id)
            .and(blocks::blocked_id.eq(sender))),
    );
    Ok(memberships::table
        .inner_join(users::table)
        .filter(memberships::conversation_id.eq(id))
        .filter(users::username_key.eq_any(keys))
        .filter(users::id.ne(sender))
        .filter(not(exists(parted)))
        .select(users::id)
        .load(conn)?)
}

pub(super) fn profile_from((id, username, name): (UserId, String, String)) -> Profile {
    Profile { id, username, name }
}
