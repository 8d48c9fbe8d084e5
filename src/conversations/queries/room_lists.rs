//! Rooms as they are listed, and some of those who are in one.

use crate::error::Result;
use crate::model::{ConversationId, Profile, Timestamp, UserId};
use crate::schema::{conversations, memberships, messages, users};
use crate::store::Conn;
use diesel::dsl::count_star;
use diesel::prelude::*;
use std::collections::HashMap;

/// People who are asked for in one statement.
const AT_ONCE: usize = 500;

/// One line of the list, without who is here.
pub(in crate::conversations) struct Listed {
    pub(in crate::conversations) id: ConversationId,
    pub(in crate::conversations) name: String,
    pub(in crate::conversations) topic: Option<String>,
    /// Who made it, with the username.
    pub(in crate::conversations) created_by: Option<(UserId, String)>,
    pub(in crate::conversations) created_at: Timestamp,
    pub(in crate::conversations) changed_at: Option<Timestamp>,
    pub(in crate::conversations) last_at: Option<Timestamp>,
    /// How many are in it.
    pub(in crate::conversations) members: usize,
}

/// Every room, or only that one, by name. One without a name is on its way out.
pub(in crate::conversations) fn all(
    conn: &mut Conn,
    only: Option<ConversationId>,
) -> Result<Vec<Listed>> {
    type Row = (
        ConversationId,
        Option<String>,
        Option<String>,
        Option<(UserId, String)>,
        (Timestamp, Option<Timestamp>),
        Option<Timestamp>,
        Option<i64>,
    );
    let last = messages::conversation_id
        .eq(conversations::id)
        .and(messages::seq.eq(conversations::last_seq));
    let members = memberships::table
        .filter(memberships::conversation_id.eq(conversations::id))
        .count()
        .single_value();
    let all = conversations::table
        .left_join(messages::table.on(last))
        .left_join(users::table.on(conversations::created_by.eq(users::id.nullable())))
        .filter(conversations::name_key.is_not_null())
        .order(conversations::name_key)
        .select((
            conversations::id,
            conversations::title,
            conversations::topic,
            (users::id, users::username).nullable(),
            (conversations::created_at, conversations::changed_at),
            messages::sent_at.nullable(),
            members,
        ));
    let rows: Vec<Row> = match only {
        Some(id) => all.filter(conversations::id.eq(id)).load(conn)?,
        None => all.load(conn)?,
    };
    let listed =
        |(id, name, topic, created_by, (created_at, changed_at), last_at, members): Row| Listed {
            id,
            name: name.unwrap_or_default(),
            topic,
            created_by,
            created_at,
            changed_at,
            last_at,
            members: number(members.unwrap_or(0)),
        };
    Ok(rows.into_iter().map(listed).collect())
}

/// What every room is called, in that order.
pub(in crate::conversations) fn names(conn: &mut Conn) -> Result<Vec<(ConversationId, String)>> {
    let rows: Vec<(ConversationId, Option<String>)> = conversations::table
        .filter(conversations::name_key.is_not_null())
        .order(conversations::name_key)
        .select((conversations::id, conversations::title))
        .load(conn)?;
    let named = |(id, name): (_, Option<_>)| (id, name.unwrap_or_default());
    Ok(rows.into_iter().map(named).collect())
}

/// How many of these people are in each room; nothing of rooms with none of them.
pub(in crate::conversations) fn online(
    conn: &mut Conn,
    people: &[UserId],
) -> Result<HashMap<ConversationId, usize>> {
    let mut online: HashMap<_, usize> = HashMap::new();
    for some in people.chunks(AT_ONCE) {
        let rows: Vec<(ConversationId, i64)> = memberships::table
            .inner_join(conversations::table)
            .filter(memberships::user_id.eq_any(some))
            .filter(conversations::name_key.is_not_null())
            .group_by(memberships::conversation_id)
            .select((memberships::conversation_id, count_star()))
            .load(conn)?;
        for (id, count) in rows {
            *online.entry(id).or_default() += number(count);
        }
    }
    Ok(online)
}

/// How many are in a room.
pub(in crate::conversations) fn count(conn: &mut Conn, id: ConversationId) -> Result<usize> {
    let count: i64 = memberships::table
        .filter(memberships::conversation_id.eq(id))
        .count()
        .get_result(conn)?;
    Ok(number(count))
}

/// Which of these people are in a room.
pub(in crate::conversations) fn members_among(
    conn: &mut Conn,
    id: ConversationId,
    people: &[UserId],
) -> Result<Vec<UserId>> {
    let mut members = Vec::new();
    for some in people.chunks(AT_ONCE) {
        let found: Vec<UserId> = memberships::table
            .filter(memberships::conversation_id.eq(id))
            .filter(memberships::user_id.eq_any(some))
            .select(memberships::user_id)
            .load(conn)?;
        members.extend(found);
    }
    Ok(members)
}

/// Those who are in a room, or that many of them.
pub(in crate::conversations) fn some_members(
    conn: &mut Conn,
    id: ConversationId,
    most: usize,
) -> Result<Vec<UserId>> {
    Ok(memberships::table
        .filter(memberships::conversation_id.eq(id))
        .limit(i64::try_from(most).unwrap_or(i64::MAX))
        .select(memberships::user_id)
        .load(conn)?)
}

/// Who these people are, a few hundred at most, by username.
pub(in crate::conversations) fn profiles(
    conn: &mut Conn,
    people: &[UserId],
) -> Result<Vec<Profile>> {
    let rows: Vec<(UserId, String, String)> = users::table
        .filter(users::id.eq_any(people))
        .order(users::username_key)
        .select((users::id, users::username, users::name))
        .load(conn)?;
    Ok(rows.into_iter().map(super::rooms::profile_from).collect())
}

fn number(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}
