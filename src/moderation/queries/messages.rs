//! Messages of rooms, and how many there are of all.

use crate::error::Result;
use crate::model::{ConversationId, ConversationKind, MessageId, Timestamp, UserId};
use crate::moderation::messages::{RoomLine, RoomName};
use crate::schema::{conversations, messages, users};
use crate::store::Conn;
use diesel::dsl::max;
use diesel::prelude::*;

/// Every room, by name.
pub(in crate::moderation) fn rooms(conn: &mut Conn) -> Result<Vec<RoomName>> {
    let rows: Vec<(ConversationId, Option<String>)> = conversations::table
        .filter(conversations::name_key.is_not_null())
        .order(conversations::name_key)
        .select((conversations::id, conversations::title))
        .load(conn)?;
    let room = |(id, title): (_, Option<String>)| RoomName {
        id,
        name: title.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(room).collect())
}

/// The place of the last message of a room; nothing unless that is a room.
pub(in crate::moderation) fn last_seq(
    conn: &mut Conn,
    room: ConversationId,
) -> Result<Option<i64>> {
    Ok(conversations::table
        .find(room)
        .filter(conversations::kind.eq(ConversationKind::Room.as_str()))
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
    let rows: Vec<Row> = messages::table
        .inner_join(users::table)
        .filter(messages::conversation_id.eq(room))
        .filter(messages::seq.ge(from).and(messages::seq.lt(before)))
        .filter(messages::body.like(containing(text)).escape('\\'))
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

/// The pattern of what holds a text, in which nothing but the text is looked for.
fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_itself_is_looked_for() {
        assert_eq!(containing("100%_\\"), "%100\\%\\_\\\\%");
        assert_eq!(containing(""), "%%");
    }
}
