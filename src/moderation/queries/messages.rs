//! Messages of rooms, and how many there are of all.

use crate::error::Result;
use crate::model::{ConversationId, MessageId, Timestamp, UserId, like_pattern};
use crate::moderation::messages::RoomLine;
use crate::schema::{conversations, messages, users};
use crate::store::{Conn, folded};
use diesel::dsl::max;
use diesel::prelude::*;

/// The place of the last message of a room; nothing unless that is a room.
pub(in crate::moderation) fn last_seq(
    conn: &mut Conn,
    room: ConversationId,
) -> Result<Option<i64>> {
    Ok(conversations::table
        .find(room)
        // What is being deleted has no name, and may have been a chat of two people.
        .filter(conversations::name_key.is_not_null())
        .select(conversations::last_seq)
        .get_result(conn)
        .optional()?)
}

/// Messages at `from` or later and before `before` that hold a text, the newest first.
pub(in crate::moderation) fn lines(
    conn: &mut Conn,
    room: ConversationId,
    text: &str,
    (from, before): (i64, i64),
    limit: usize,
) -> Result<Vec<RoomLine>> {
    type Row = ((i64, UserId, String, String), (Timestamp, bool, bool));
    let Some(pattern) = like_pattern(text) else {
        return Ok(Vec::new());
    };
    let rows: Vec<Row> = messages::table
        .inner_join(users::table)
        .filter(messages::conversation_id.eq(room))
        .filter(messages::seq.ge(from).and(messages::seq.lt(before)))
        .filter(folded(messages::body).like(pattern).escape('\\'))
        .order(messages::seq.desc())
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((
            (
                messages::seq,
                messages::sender_id,
                users::username,
                messages::body,
            ),
            (
                messages::sent_at,
                messages::edited_at.is_not_null(),
                messages::deleted,
            ),
        ))
        .load(conn)?;
    let line = |((seq, sender, username, body), (sent_at, edited, deleted))| RoomLine {
        seq,
        sender,
        username,
        body,
        sent_at,
        edited,
        deleted,
    };
    Ok(rows.into_iter().map(line).collect())
}

/// How many messages were sent since then, found by halving: ids go up with time, and there is no index
/// by time.
pub(in crate::moderation) fn count_since(conn: &mut Conn, since: Timestamp) -> Result<i64> {
    let last: Option<MessageId> = messages::table.select(max(messages::id)).get_result(conn)?;
    let Some(last) = last else {
        return Ok(0);
    };
    // All up to `old` are older, `new` is not.
    let (mut old, mut new) = (0, last.0 + 1);
    while old + 1 < new {
        let middle = old + (new - old) / 2;
        let sent_at: Option<Timestamp> = messages::table
            .filter(messages::id.ge(MessageId(middle)))
            .order(messages::id)
            .limit(1)
            .select(messages::sent_at)
            .get_result(conn)
            .optional()?;
        if sent_at.is_none_or(|at| at > since) {
            new = middle;
        } else {
            old = middle;
        }
    }
    Ok(last.0 + 1 - new)
}
