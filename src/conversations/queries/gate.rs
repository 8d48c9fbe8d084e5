//! Who is in a conversation and what may happen there. On the path of every message: everything
//! here is found by primary key, and nothing grows with the number of messages or conversations.
//!
//! One row is asked for with `get_result`, here and elsewhere, not with `first`: that binds a `LIMIT`,
//! and SQLite prepares a statement anew when a bind of its `LIMIT` changes, the same value or not.

use crate::error::Result;
use crate::model::{ConversationId, ConversationKind, Profile, Receipt, Timestamp, UserId};
use crate::schema::{blocks, contacts, conversations, match_people, memberships, users};
use crate::store::{Conn, fixed, on_backend};
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use std::sync::Arc;

/// A conversation as the verbs see it when a member comes to do something.
pub(in crate::conversations) struct Gate {
    pub(in crate::conversations) id: ConversationId,
    pub(in crate::conversations) kind: ConversationKind,
    pub(in crate::conversations) counter: i64,
    pub(in crate::conversations) last_seq: i64,
    pub(in crate::conversations) ended: bool,
    /// The two of a direct conversation, the smaller id first.
    pub(in crate::conversations) pair: Option<(UserId, UserId)>,
    /// The two of a match; read only there.
    pub(in crate::conversations) members: Vec<UserId>,
    /// Whether one of the pair has blocked the other.
    pub(in crate::conversations) blocked: bool,
    /// The member who came, as the others see them.
    pub(in crate::conversations) member: Arc<Profile>,
    pub(in crate::conversations) read_seq: i64,
    pub(in crate::conversations) delivered_seq: i64,
}

impl Gate {
    /// The other one of a direct conversation.
    pub(in crate::conversations) fn peer_of(&self, user: UserId) -> Option<UserId> {
        self.pair
            .map(|(low, high)| if low == user { high } else { low })
    }
}

/// The block of one person by another, by the columns that hold them.
macro_rules! parts {
    ($blocker:expr, $blocked:expr) => {
        blocks::table
            .filter(blocks::blocker_id.nullable().eq($blocker))
            .filter(blocks::blocked_id.nullable().eq($blocked))
    };
}

/// The conversation, found through its member; nothing unless they are in it.
pub(in crate::conversations) fn of_member(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Gate>> {
    type Row = (
        (
            String,
            i64,
            i64,
            Option<Timestamp>,
            Option<UserId>,
            Option<UserId>,
        ),
        (String, String),
        (Option<i64>, Option<String>),
        (i64, i64),
        bool,
    );
    let found = memberships::table
        .inner_join(conversations::table)
        .inner_join(users::table)
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
            (
                conversations::kind,
                conversations::counter,
                conversations::last_seq,
                conversations::ended_at,
                conversations::low_id,
                conversations::high_id,
            ),
            (users::username, users::name),
            (
                match_people::seat.nullable(),
                match_people::alias.nullable(),
            ),
            (memberships::read_seq, memberships::delivered_seq),
            exists(parts!(conversations::low_id, conversations::high_id)).or(exists(parts!(
                conversations::high_id,
                conversations::low_id
            ))),
        ));
    let row: Option<Row> = on_backend!(conn, |c| found.get_result(c).optional())?;
    let Some((
        (kind, counter, last_seq, ended_at, low, high),
        (username, name),
        alias,
        marks,
        blocked,
    )) = row
    else {
        return Ok(None);
    };
    let kind = ConversationKind::from_word(&kind);
    let pair = low.zip(high);
    let members = match kind {
        ConversationKind::Match => members(conn, id)?,
        // A room is told as one, however many are in it.
        ConversationKind::Direct | ConversationKind::Room => Vec::new(),
    };
    Ok(Some(Gate {
        id,
        kind,
        counter,
        last_seq,
        ended: ended_at.is_some(),
        pair,
        members,
        blocked,
        member: Arc::new(
            Profile {
                id: user,
                username,
                name,
            }
            .shown_as(alias.0, alias.1),
        ),
        read_seq: marks.0,
        delivered_seq: marks.1,
    }))
}

pub(in crate::conversations) fn is_parted(
    conn: &mut Conn,
    one: UserId,
    other: UserId,
) -> Result<bool> {
    let parted = blocks::table.filter(
        (blocks::blocker_id.eq(one).and(blocks::blocked_id.eq(other)))
            .or(blocks::blocker_id.eq(other).and(blocks::blocked_id.eq(one))),
    );
    Ok(on_backend!(conn, |c| select(exists(parted)).get_result(c))?)
}

fn members(conn: &mut Conn, id: ConversationId) -> Result<Vec<UserId>> {
    let members = memberships::table
        .filter(memberships::conversation_id.eq(id))
        .select(memberships::user_id);
    Ok(on_backend!(conn, |c| members.load(c))?)
}

pub(in crate::conversations) fn is_member(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<bool> {
    let member = memberships::table.find((user, id));
    Ok(select(exists(member)).get_result(conn)?)
}

pub(in crate::conversations) fn is_contact(
    conn: &mut Conn,
    owner: UserId,
    person: UserId,
) -> Result<bool> {
    let listed = contacts::table.filter(
        contacts::owner_id
            .eq(owner)
            .and(contacts::person_id.eq(person)),
    );
    Ok(select(exists(listed)).get_result(conn)?)
}

/// The conversation of a pair.
pub(in crate::conversations) fn direct(
    conn: &mut Conn,
    one: UserId,
    other: UserId,
) -> Result<Option<ConversationId>> {
    Ok(conversations::table
        .filter(
            conversations::low_id
                .eq(one.min(other))
                .and(conversations::high_id.eq(one.max(other))),
        )
        .select(conversations::id)
        .get_result(conn)
        .optional()?)
}

pub(in crate::conversations) fn insert_direct(
    conn: &mut Conn,
    one: UserId,
    other: UserId,
    now: Timestamp,
) -> Result<ConversationId> {
    Ok(diesel::insert_into(conversations::table)
        .values((
            conversations::kind.eq(ConversationKind::Direct.as_str()),
            conversations::low_id.eq(one.min(other)),
            conversations::high_id.eq(one.max(other)),
            conversations::created_at.eq(now),
        ))
        .returning(conversations::id)
        .get_result(conn)?)
}

/// Whether they were not in it before.
pub(in crate::conversations) fn insert_member(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
    now: Timestamp,
) -> Result<bool> {
    let values = (
        memberships::user_id.eq(user),
        memberships::conversation_id.eq(id),
        memberships::joined_at.eq(now),
    );
    let inserted = on_backend!(conn, |c| diesel::insert_into(memberships::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(inserted == 1)
}

/// Moves the counter on.
pub(in crate::conversations) fn set_counter(
    conn: &mut Conn,
    id: ConversationId,
    counter: i64,
) -> Result<()> {
    let binds = [counter, id.0];
    let update = fixed!("UPDATE conversations SET counter = ? WHERE id = ?", &binds);
    on_backend!(conn, |c| update.execute(c))?;
    Ok(())
}

/// Moves the counter on to a new message, which is the last one now.
pub(in crate::conversations) fn set_last(
    conn: &mut Conn,
    id: ConversationId,
    seq: i64,
) -> Result<()> {
    let binds = [seq, id.0];
    let update = fixed!(
        "UPDATE conversations SET counter = ?, last_seq = ?1 WHERE id = ?",
        &binds,
    );
    on_backend!(conn, |c| update.execute(c))?;
    Ok(())
}

/// Notes that the message at `seq` names these members.
pub(in crate::conversations) fn set_mentioned(
    conn: &mut Conn,
    id: ConversationId,
    users: &[UserId],
    seq: i64,
) -> Result<()> {
    for user in users {
        let binds = [seq, user.0, id.0];
        let update = fixed!(
            "UPDATE memberships SET mentioned_seq = ? WHERE user_id = ? AND conversation_id = ?",
            &binds,
        );
        on_backend!(conn, |c| update.execute(c))?;
    }
    Ok(())
}

pub(in crate::conversations) fn set_marks(conn: &mut Conn, receipt: &Receipt) -> Result<()> {
    let binds = [
        receipt.delivered_seq,
        receipt.read_seq,
        receipt.user_id.0,
        receipt.conversation_id.0,
    ];
    let update = fixed!(
        "UPDATE memberships SET delivered_seq = ?, read_seq = ? WHERE user_id = ? AND conversation_id = ?",
        &binds,
    );
    on_backend!(conn, |c| update.execute(c))?;
    Ok(())
}
