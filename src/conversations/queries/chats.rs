//! Chats and their messages, as lists that can be searched.

use crate::error::Result;
use crate::model::{
    Chat, ChatMessage, Condition, ConversationId, ConversationKind, Direction, Filter,
    MessageAttribute, MessageId, Part, Timestamp, UserId, Value, like_pattern,
};
use crate::schema::{conversations, memberships, messages};
use crate::store::{Backend, Conn, fixed, folded, on_backend};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::time::Duration;

type Row = (MessageId, UserId, String, Timestamp);
type Said<'a> = messages::BoxedQuery<'a, Backend>;

/// A direct conversation; nothing for rooms and matches.
pub(in crate::conversations) fn find(conn: &mut Conn, id: ConversationId) -> Result<Option<Chat>> {
    let pair: Option<(Option<UserId>, Option<UserId>)> = conversations::table
        .find(id)
        .filter(conversations::kind.eq(ConversationKind::Direct.as_str()))
        .select((conversations::low_id, conversations::high_id))
        .get_result(conn)
        .optional()?;
    Ok(pair.and_then(|(low, high)| chat_from(id, low, high)))
}

/// The direct conversations that somebody is in, by id.
pub(in crate::conversations) fn of_member(conn: &mut Conn, user: UserId) -> Result<Vec<Chat>> {
    let rows: Vec<(ConversationId, Option<UserId>, Option<UserId>)> = memberships::table
        .inner_join(conversations::table)
        .filter(memberships::user_id.eq(user))
        .filter(conversations::kind.eq(ConversationKind::Direct.as_str()))
        .select((
            conversations::id,
            conversations::low_id,
            conversations::high_id,
        ))
        .order(conversations::id)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(id, low, high)| chat_from(id, low, high))
        .collect())
}

/// The database holds no direct conversation without its pair.
fn chat_from(id: ConversationId, low: Option<UserId>, high: Option<UserId>) -> Option<Chat> {
    let (low, high) = low.zip(high)?;
    Some(Chat { id, low, high })
}

/// A message that was not deleted, as one of `chat`, and the conversation that it is of.
pub(in crate::conversations) fn message(
    conn: &mut Conn,
    chat: &Chat,
    id: MessageId,
) -> Result<Option<(ConversationId, ChatMessage)>> {
    let row: Option<(ConversationId, Row)> = messages::table
        .find(id)
        .filter(diesel::dsl::not(messages::deleted))
        .select((
            messages::conversation_id,
            (
                messages::id,
                messages::sender_id,
                messages::body,
                messages::sent_at,
            ),
        ))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(place, row)| (place, message_from(chat, row))))
}

fn message_from(chat: &Chat, (id, sender, body, sent_at): Row) -> ChatMessage {
    ChatMessage {
        id,
        sender,
        receiver: chat.peer_of(sender),
        body,
        sent_at,
    }
}

/// The messages of a chat that the filter wants, the first and as many more as fit into `text_max` bytes.
pub(in crate::conversations) fn messages(
    conn: &mut Conn,
    chat: &Chat,
    filter: &Filter<MessageAttribute>,
    text_max: usize,
) -> Result<Part<ChatMessage>> {
    let rows = list(chat, filter)
        .select((
            messages::id,
            messages::sender_id,
            messages::body,
            messages::sent_at,
        ))
        .load_iter::<Row, DefaultLoadingMode>(conn)?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut left = text_max;
    let mut found: Vec<ChatMessage> = Vec::new();
    for row in rows {
        let message = message_from(chat, row?);
        let is_full = !found.is_empty() && message.body.len() > left;
        if is_full || found.len() == limit {
            return Ok(Part {
                rows: found,
                more: true,
            });
        }
        left = left.saturating_sub(message.body.len());
        found.push(message);
    }
    Ok(Part {
        rows: found,
        more: false,
    })
}

fn list<'a>(chat: &Chat, filter: &'a Filter<MessageAttribute>) -> Said<'a> {
    let all = messages::table
        .filter(messages::conversation_id.eq(chat.id))
        .filter(diesel::dsl::not(messages::deleted))
        .into_boxed();
    let wanted = filter
        .conditions
        .iter()
        .fold(all, |said, condition| narrowed(said, chat, condition));
    // With one more, which says that there is more.
    ordered(wanted, filter)
        .limit(filter.limit + 1)
        .offset(filter.offset)
}

fn narrowed<'a>(
    said: Said<'a>,
    chat: &Chat,
    condition: &'a Condition<MessageAttribute>,
) -> Said<'a> {
    use Condition::{Holds, Is};
    use MessageAttribute::{Body, Id, Receiver, Sender, SentAt};
    // There are two people, so one of them is whoever is not the other. Said like that, no index of all that
    // somebody ever wrote comes into question.
    let by = |said: Said<'a>, who: i64| match UserId(who) {
        who if who == chat.low || who == chat.high => {
            said.filter(messages::sender_id.ne(chat.peer_of(who)))
        }
        _ => nothing_of(said),
    };
    match condition {
        Is(Id, Value::Number(id)) => said.filter(messages::id.eq(*id)),
        Is(Sender, Value::Number(who)) => by(said, *who),
        Is(Receiver, Value::Number(who)) => match UserId(*who) {
            who if who == chat.low || who == chat.high => by(said, chat.peer_of(who).0),
            _ => nothing_of(said),
        },
        Is(Body, Value::Text(text)) => said.filter(messages::body.eq(text)),
        Is(SentAt, Value::Second(at)) => said
            .filter(messages::sent_at.ge(*at))
            .filter(messages::sent_at.lt(at.after(Duration::from_secs(1)))),
        Is(Id | SentAt | Body | Sender | Receiver, _) => nothing_of(said),
        Holds(attribute, part) => match (attribute, like_pattern(part)) {
            (Body, Some(pattern)) => said.filter(folded(messages::body).like(pattern).escape('\\')),
            (Id | SentAt | Sender | Receiver, _) | (Body, None) => nothing_of(said),
        },
    }
}

fn nothing_of(said: Said<'_>) -> Said<'_> {
    said.filter(false.into_sql::<Bool>())
}

/// Ids, places and times rise together in a conversation: whatever begins with one of these is the order of an
/// index, and a list of a hundred reads a hundred rows. Everything else is sorted.
fn ordered<'a>(said: Said<'a>, filter: &Filter<MessageAttribute>) -> Said<'a> {
    use Direction::{Ascending, Descending};
    use MessageAttribute::{Body, Id, Receiver, Sender, SentAt};
    match place_order(filter) {
        Some(Ascending) => return said.order(messages::seq.asc()),
        Some(Descending) => return said.order(messages::seq.desc()),
        None => {}
    }
    let by = |said: Said<'a>, by: &(MessageAttribute, Direction)| match by {
        (Id, Ascending) => said.then_order_by(messages::id.asc()),
        (Id, Descending) => said.then_order_by(messages::id.desc()),
        (SentAt, Ascending) => said.then_order_by(messages::sent_at.asc()),
        (SentAt, Descending) => said.then_order_by(messages::sent_at.desc()),
        (Body, Ascending) => said.then_order_by(messages::body.asc()),
        (Body, Descending) => said.then_order_by(messages::body.desc()),
        // The receiver is whoever is not the sender.
        (Sender, Ascending) | (Receiver, Descending) => {
            said.then_order_by(messages::sender_id.asc())
        }
        (Sender, Descending) | (Receiver, Ascending) => {
            said.then_order_by(messages::sender_id.desc())
        }
    };
    let said = filter.order.iter().fold(said, by);
    by(said, &(Id, filter.last_direction()))
}

/// The direction of the places, if the order of the list is theirs.
fn place_order(filter: &Filter<MessageAttribute>) -> Option<Direction> {
    let by_place = |attribute: &MessageAttribute| {
        matches!(attribute, MessageAttribute::Id | MessageAttribute::SentAt)
    };
    match filter.order.first() {
        None => Some(Direction::Ascending),
        // No two have the same id: what else is asked for does not matter.
        Some((MessageAttribute::Id, direction)) => Some(*direction),
        Some((_, direction)) => filter
            .order
            .iter()
            .all(|(attribute, other)| by_place(attribute) && other == direction)
            .then_some(*direction),
    }
}

/// Takes the two people from a conversation, and everything by which it could be found: what is left is like a
/// detached room, and is cleared like one.
pub(in crate::conversations) fn detach(conn: &mut Conn, id: ConversationId) -> Result<()> {
    let binds = [id.0];
    let release = fixed!(
        "UPDATE conversations SET kind = 'room', low_id = NULL, high_id = NULL WHERE id = ?",
        &binds,
    );
    on_backend!(conn, |c| release.execute(c))?;
    super::rooms::detach(conn, id)
}

#[cfg(test)]
mod tests;
