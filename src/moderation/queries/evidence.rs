//! What was said where a report comes from: all of a match, a copy of the end of a chat.

use super::reports::Place;
use crate::error::Result;
use crate::model::{MessageId, ReportId, Timestamp, UserId};
use crate::moderation::reports::EvidenceLine;
use crate::schema::report_evidence;
use crate::store::Conn;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

/// Messages that are copied.
const SEALED: i64 = 50;

/// Copies the last messages of a chat, and the one that the report is about if it is older, with the
/// names that their authors have now.
pub(in crate::moderation) fn seal(
    conn: &mut Conn,
    report: ReportId,
    place: &Place,
    message: Option<MessageId>,
) -> Result<()> {
    let message = message.map_or(0, |id| id.0);
    diesel::sql_query(
        "INSERT INTO report_evidence (report_id, seq, sender_id, sender, body, sent_at, is_subject)
         SELECT ?, m.seq, m.sender_id, u.name || ' @' || u.username, m.body, m.sent_at, m.id = ?
           FROM messages m JOIN users u ON u.id = m.sender_id
          WHERE m.conversation_id = ? AND m.seq > ?
         UNION
         SELECT ?, m.seq, m.sender_id, u.name || ' @' || u.username, m.body, m.sent_at, TRUE
           FROM messages m JOIN users u ON u.id = m.sender_id
          WHERE m.id = ?",
    )
    .bind::<BigInt, _>(report)
    .bind::<BigInt, _>(message)
    .bind::<BigInt, _>(place.id)
    .bind::<BigInt, _>(place.last_seq - SEALED)
    .bind::<BigInt, _>(report)
    .bind::<BigInt, _>(message)
    .execute(conn)?;
    Ok(())
}

/// The copy, the last message first.
pub(in crate::moderation) fn of_chat(
    conn: &mut Conn,
    report: ReportId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<EvidenceLine>> {
    use report_evidence as e;
    type Row = (i64, UserId, String, String, Timestamp, bool);
    let rows: Vec<Row> = e::table
        .filter(e::report_id.eq(report))
        .filter(e::seq.lt(before.unwrap_or(i64::MAX)))
        .order(e::seq.desc())
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((
            e::seq,
            e::sender_id,
            e::sender,
            e::body,
            e::sent_at,
            e::is_subject,
        ))
        .load(conn)?;
    let line = |(seq, sender, name, body, sent_at, is_subject)| EvidenceLine {
        seq,
        sender,
        name,
        body,
        sent_at,
        is_subject,
    };
    Ok(rows.into_iter().map(line).collect())
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    seq: i64,
    #[diesel(sql_type = BigInt)]
    sender_id: UserId,
    #[diesel(sql_type = Text)]
    sender: String,
    #[diesel(sql_type = Text)]
    body: String,
    #[diesel(sql_type = BigInt)]
    sent_at: Timestamp,
    #[diesel(sql_type = Bool)]
    is_subject: bool,
}

/// The match itself, the last message first: nobody can change what was said there.
pub(in crate::moderation) fn of_match(
    conn: &mut Conn,
    report: ReportId,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<EvidenceLine>> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT m.seq, m.sender_id, u.name || ' @' || u.username AS sender, m.body, m.sent_at,
                COALESCE(m.id = r.message_id, FALSE) AS is_subject
           FROM reports r
           JOIN messages m ON m.conversation_id = r.conversation_id
           JOIN users u ON u.id = m.sender_id
          WHERE r.id = ? AND m.seq < ?
          ORDER BY m.seq DESC LIMIT ?",
    )
    .bind::<BigInt, _>(report)
    .bind::<BigInt, _>(before.unwrap_or(i64::MAX))
    .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
    .load(conn)?;
    let line = |row: Row| EvidenceLine {
        seq: row.seq,
        sender: row.sender_id,
        name: row.sender,
        body: row.body,
        sent_at: row.sent_at,
        is_subject: row.is_subject,
    };
    Ok(rows.into_iter().map(line).collect())
}
