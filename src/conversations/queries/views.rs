//! Conversations as one of their members sees them.

use crate::error::Result;
use crate::model::{
    Conversation, ConversationId, ConversationKind, Message, MessageId, Peer, Profile, Timestamp,
    UserId,
};
use crate::schema::{conversations, memberships};
use crate::store::{Conn, fixed, on_backend};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use std::sync::Arc;

/// In SQL because it says in one statement what the builder needs five for: everything that a list
/// shows comes in one pass, by keys, however many conversations there are. Counting unread
/// messages stops at [`Conversation::UNREAD_MAX`], in the text because SQLite prepares a statement anew
/// when a bind of its `LIMIT` changes, and nothing is counted for whoever has read the last one. The first bind is the
/// member.
macro_rules! view {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.kind, c.title, c.topic, c.counter, c.last_seq, c.ended_at,
           m.read_seq, m.delivered_seq, m.muted,
           (m.mentioned_seq > m.read_seq) AS mentioned,
           CASE WHEN m.read_seq >= c.last_seq THEN 0 ELSE (SELECT count(*) FROM (
               SELECT 1 FROM messages u
                WHERE u.conversation_id = c.id AND u.seq > m.read_seq
                  AND u.sender_id <> m.user_id AND NOT u.deleted
                LIMIT 1000) AS counted) END AS unread,
           p.id AS peer_id, p.username AS peer_username, p.name AS peer_name,
           p.last_seen_at AS peer_last_seen, k.label,
           o.read_seq AS peer_read_seq, o.delivered_seq AS peer_delivered_seq,
           (b.blocked_id IS NOT NULL) AS peer_blocked, (h.blocked_id IS NOT NULL) AS blocked_by_peer,
           l.id AS last_id, l.rev AS last_rev, l.client_id AS last_client_id, l.body AS last_body,
           l.sent_at AS last_sent_at, l.edited_at AS last_edited_at, l.deleted AS last_deleted,
           s.id AS last_sender_id, s.username AS last_sender_username, s.name AS last_sender_name,
           f.alias AS other_alias, g.seat AS last_sender_seat, g.alias AS last_sender_alias
      FROM memberships m
      JOIN conversations c ON c.id = m.conversation_id
      LEFT JOIN users p ON p.id = CASE WHEN c.low_id = m.user_id THEN c.high_id ELSE c.low_id END
      LEFT JOIN contacts k ON k.owner_id = m.user_id AND k.person_id = p.id
      LEFT JOIN memberships o ON o.user_id = p.id AND o.conversation_id = c.id
      LEFT JOIN blocks b ON b.blocker_id = m.user_id AND b.blocked_id = p.id
      LEFT JOIN blocks h ON h.blocker_id = p.id AND h.blocked_id = m.user_id
      LEFT JOIN messages l ON l.conversation_id = c.id AND l.seq = c.last_seq
      LEFT JOIN users s ON s.id = l.sender_id
      LEFT JOIN match_people f ON f.conversation_id = c.id AND f.user_id <> m.user_id
      LEFT JOIN match_people g ON g.user_id = l.sender_id AND g.conversation_id = c.id
     WHERE m.user_id = ?",
            $rest
        )
    };
}

const ALL: &str = view!(
    " AND (c.kind <> 'match' OR c.ended_at IS NULL) ORDER BY coalesce(l.sent_at, c.created_at) DESC, c.id DESC"
);
const ONE: &str = view!(" AND m.conversation_id = ?");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: ConversationId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<Text>)]
    title: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    topic: Option<String>,
    #[diesel(sql_type = BigInt)]
    counter: i64,
    #[diesel(sql_type = BigInt)]
    last_seq: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    ended_at: Option<Timestamp>,
    #[diesel(sql_type = BigInt)]
    read_seq: i64,
    #[diesel(sql_type = BigInt)]
    delivered_seq: i64,
    #[diesel(sql_type = Bool)]
    muted: bool,
    #[diesel(sql_type = Bool)]
    mentioned: bool,
    #[diesel(sql_type = BigInt)]
    unread: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    peer_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    peer_username: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    peer_name: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    peer_last_seen: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    label: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    peer_read_seq: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    peer_delivered_seq: Option<i64>,
    #[diesel(sql_type = Bool)]
    peer_blocked: bool,
    #[diesel(sql_type = Bool)]
    blocked_by_peer: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_id: Option<MessageId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_rev: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    last_client_id: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_body: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_sent_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_edited_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Bool>)]
    last_deleted: Option<bool>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_sender_id: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    last_sender_username: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_sender_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    other_alias: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    last_sender_seat: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    last_sender_alias: Option<String>,
}

/// Every conversation of `user`'s, the latest first.
pub(in crate::conversations) fn all(conn: &mut Conn, user: UserId) -> Result<Vec<Conversation>> {
    let binds = [user.0];
    let all = fixed!(ALL, &binds);
    let rows: Vec<Row> = on_backend!(conn, |c| all.load(c))?;
    Ok(rows.into_iter().map(Row::into_conversation).collect())
}

/// One conversation of `user`'s.
pub(in crate::conversations) fn one(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Conversation>> {
    let binds = [user.0, id.0];
    let one = fixed!(ONE, &binds);
    let row: Option<Row> = on_backend!(conn, |c| one.get_result(c).optional())?;
    Ok(row.map(Row::into_conversation))
}

/// The counters of `user`'s conversations, by id, and whether each has ended.
pub(in crate::conversations) fn counters(
    conn: &mut Conn,
    user: UserId,
) -> Result<Vec<(ConversationId, i64, bool)>> {
    Ok(memberships::table
        .inner_join(conversations::table)
        .filter(memberships::user_id.eq(user))
        .select((
            conversations::id,
            conversations::counter,
            conversations::ended_at.is_not_null(),
        ))
        .order(conversations::id)
        .load(conn)?)
}

impl Row {
    fn into_conversation(mut self) -> Conversation {
        let peer = self.take_peer();
        let label = self
            .label
            .take()
            .or_else(|| peer.as_ref().map(|p| p.person.name.clone()))
            .or_else(|| self.other_alias.take());
        Conversation {
            id: self.id,
            kind: ConversationKind::from_word(&self.kind),
            title: self.title.take().or(label).unwrap_or_default(),
            counter: self.counter,
            last_seq: self.last_seq,
            read_seq: self.read_seq,
            delivered_seq: self.delivered_seq,
            unread: self.unread,
            mentioned: self.mentioned,
            muted: self.muted,
            peer,
            topic: self.topic.take(),
            last_message: self.take_last_message(),
            ended_at: self.ended_at,
        }
    }

    /// Across a block neither learns when the other was here, nor how far they read.
    fn take_peer(&mut self) -> Option<Peer> {
        let hidden = self.peer_blocked || self.blocked_by_peer;
        let shown = |mark: Option<i64>| mark.filter(|_| !hidden).unwrap_or(0);
        Some(Peer {
            person: Profile {
                id: self.peer_id?,
                username: self.peer_username.take()?,
                name: self.peer_name.take()?,
            }
            .shown_as(None, self.other_alias.take()),
            online: false,
            last_seen: self.peer_last_seen.filter(|_| !hidden),
            read_seq: shown(self.peer_read_seq),
            delivered_seq: shown(self.peer_delivered_seq),
            blocked: self.peer_blocked,
            hidden,
        })
    }

    fn take_last_message(&mut self) -> Option<Message> {
        Some(Message {
            id: self.last_id?,
            conversation_id: self.id,
            seq: self.last_seq,
            rev: self.last_rev?,
            author: self.last_sender_id?,
            sender: Arc::new(
                Profile {
                    id: self.last_sender_id?,
                    username: self.last_sender_username.take()?,
                    name: self.last_sender_name.take()?,
                }
                .shown_as(self.last_sender_seat, self.last_sender_alias.take()),
            ),
            body: self.last_body.take()?,
            client_id: self.last_client_id.take(),
            sent_at: self.last_sent_at?,
            edited_at: self.last_edited_at,
            deleted: self.last_deleted?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_stops_where_the_model_says() {
        let limit = format!("LIMIT {}", Conversation::UNREAD_MAX);
        assert!(ALL.contains(&limit) && ONE.contains(&limit));
    }
}
