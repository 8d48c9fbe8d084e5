//! Messages: one row each, found by key, paged by key.

use crate::error::Result;
use crate::model::{
    Body, ClientId, ConversationId, Draft, Message, MessageId, Profile, Timestamp, UserId,
};
use crate::schema::{match_people, memberships, messages, users};
use crate::store::{Bind, Conn, NO_BINDS, fixed, on_backend};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::sync::Arc;

type Row = (
    (MessageId, ConversationId, i64, i64),
    (UserId, String, String),
    (Option<i64>, Option<String>),
    (String, String, Timestamp, Option<Timestamp>, bool),
);

/// Messages with their senders, and with the aliases that these have in the conversation: a stranger's
/// name cannot be forgotten to be hidden.
macro_rules! messages_with_senders {
    () => {
        messages::table.inner_join(users::table).left_join(
            match_people::table.on(match_people::user_id
                .eq(messages::sender_id)
                .and(match_people::conversation_id.eq(messages::conversation_id))),
        )
    };
}

/// What `Row` selects.
macro_rules! columns {
    () => {
        (
            (
                messages::id,
                messages::conversation_id,
                messages::seq,
                messages::rev,
            ),
            (users::id, users::username, users::name),
            (
                match_people::seat.nullable(),
                match_people::alias.nullable(),
            ),
            (
                messages::client_id,
                messages::body,
                messages::sent_at,
                messages::edited_at,
                messages::deleted,
            ),
        )
    };
}

fn message_from(((id, conversation_id, seq, rev), sender, (seat, alias), said): Row) -> Message {
    let (client_id, body, sent_at, edited_at, deleted) = said;
    Message {
        id,
        conversation_id,
        seq,
        rev,
        author: sender.0,
        sender: Arc::new(
            Profile {
                id: sender.0,
                username: sender.1,
                name: sender.2,
            }
            .shown_as(seat, alias),
        ),
        body,
        client_id: Some(client_id),
        sent_at,
        edited_at,
        deleted,
    }
}

/// The newest of all messages, there or gone: the next one's id follows it.
pub(in crate::conversations) fn newest(conn: &mut Conn) -> Result<MessageId> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: MessageId,
    }
    let newest = fixed!(
        "SELECT max(coalesce((SELECT max(id) FROM messages), 0),
                    coalesce((SELECT CAST(value AS INTEGER) FROM server_facts
                               WHERE name = 'newest_message_gone'), 0)) AS id",
        NO_BINDS,
    );
    let row: Row = on_backend!(conn, |c| newest.get_result(c))?;
    Ok(row.id)
}

/// Stores a message as `id`; nothing if its sender used that `client_id` before.
pub(in crate::conversations) fn insert(
    conn: &mut Conn,
    id: MessageId,
    sender: UserId,
    conversation: ConversationId,
    seq: i64,
    draft: &Draft,
    now: Timestamp,
) -> Result<Option<MessageId>> {
    let digest = Body::digest_of(draft.body.as_str().as_bytes());
    let values = [
        Bind::Integer(id.0),
        Bind::Integer(conversation.0),
        Bind::Integer(seq),
        Bind::Integer(sender.0),
        Bind::Text(draft.client_id.as_str()),
        Bind::Bytes(&digest),
        Bind::Text(draft.body.as_str()),
        Bind::Integer(now.0),
    ];
    // `RETURNING` would make SQLite keep a journal of the statement, at a third of the price of the insert.
    let insert = fixed!(
        "INSERT INTO messages (id, conversation_id, seq, rev, sender_id, client_id, digest, body, sent_at) \
         VALUES (?, ?, ?, ?3, ?, ?, ?, ?, ?) ON CONFLICT (client_id, sender_id) DO NOTHING",
        &values,
    );
    let inserted = on_backend!(conn, |c| insert.execute(c))?;
    Ok((inserted == 1).then_some(id))
}

/// What the sender first sent under that id, with its digest.
pub(in crate::conversations) fn by_client_id(
    conn: &mut Conn,
    sender: UserId,
    client_id: &ClientId,
) -> Result<Option<(Message, Vec<u8>)>> {
    let row: Option<(Row, Vec<u8>)> = messages_with_senders!()
        .filter(messages::sender_id.eq(sender))
        .filter(messages::client_id.eq(client_id.as_str()))
        .select((columns!(), messages::digest))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(row, digest)| (message_from(row), digest)))
}

/// A message of a conversation that `member` is in.
pub(in crate::conversations) fn of_member(
    conn: &mut Conn,
    member: UserId,
    id: MessageId,
) -> Result<Option<Message>> {
    let through = memberships::conversation_id
        .eq(messages::conversation_id)
        .and(memberships::user_id.eq(member));
    let row: Option<Row> = messages_with_senders!()
        .inner_join(memberships::table.on(through))
        .filter(messages::id.eq(id))
        .select(columns!())
        .get_result(conn)
        .optional()?;
    Ok(row.map(message_from))
}

pub(in crate::conversations) fn set_body(
    conn: &mut Conn,
    message: &Message,
    rev: i64,
    body: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::update(messages::table.find(message.id))
        .set((
            messages::rev.eq(rev),
            messages::body.eq(body),
            messages::edited_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// What was said is overwritten, not hidden.
pub(in crate::conversations) fn bury(conn: &mut Conn, message: &Message, rev: i64) -> Result<()> {
    diesel::update(messages::table.find(message.id))
        .set((
            messages::rev.eq(rev),
            messages::body.eq(""),
            messages::deleted.eq(true),
        ))
        .execute(conn)?;
    Ok(())
}

/// The messages before a place, the newest first.
pub(in crate::conversations) fn before(
    conn: &mut Conn,
    conversation: ConversationId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Message>> {
    let before = messages_with_senders!()
        .filter(messages::conversation_id.eq(conversation))
        .filter(messages::seq.lt(before.unwrap_or(i64::MAX)))
        .order(messages::seq.desc())
        .limit(limit)
        .select(columns!());
    let rows: Vec<Row> = on_backend!(conn, |c| before.load(c))?;
    Ok(rows.into_iter().map(message_from).collect())
}

/// The messages changed after a revision, in the order of their changes.
///
/// Those that stand as they were sent are found by their place, which is their revision, and the changed
/// ones by an index that holds them alone.
pub(in crate::conversations) fn changed_since(
    conn: &mut Conn,
    conversation: ConversationId,
    rev: i64,
    limit: i64,
) -> Result<Vec<Message>> {
    let added = messages_with_senders!()
        .filter(messages::conversation_id.eq(conversation))
        .filter(messages::seq.gt(rev))
        .filter(messages::rev.eq(messages::seq))
        .order(messages::seq.asc())
        .limit(limit)
        .select(columns!());
    let changed = messages_with_senders!()
        .filter(messages::conversation_id.eq(conversation))
        .filter(messages::rev.gt(rev))
        .filter(messages::rev.ne(messages::seq))
        .order(messages::rev.asc())
        .limit(limit)
        .select(columns!());
    let mut rows: Vec<Row> = on_backend!(conn, |c| added.load(c))?;
    let changed: Vec<Row> = on_backend!(conn, |c| changed.load(c))?;
    rows.extend(changed);
    let mut messages: Vec<Message> = rows.into_iter().map(message_from).collect();
    messages.sort_unstable_by_key(|message| message.rev);
    messages.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(messages)
}
