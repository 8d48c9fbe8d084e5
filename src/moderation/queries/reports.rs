//! Reports: made in chats and rooms, and read, whatever they are about.

use crate::error::Result;
use crate::model::{
    ConversationId, ConversationKind, MessageId, ReportId, Timestamp, UserId, UserKind,
};
use crate::moderation::reports::{Handled, Party, ReportLine};
use crate::schema::{conversations, memberships, messages, reports};
use crate::store::Conn;
use diesel::dsl::min;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

/// Earlier reports that are shown of somebody.
const EARLIER_MAX: i64 = 10;
/// Where counting those that wait stops.
const WAITING_MAX: i64 = 100;

/// Where something happened that is reported.
pub(in crate::moderation) struct Place {
    pub(in crate::moderation) id: ConversationId,
    /// The two of a direct conversation.
    pair: Option<(UserId, UserId)>,
    pub(in crate::moderation) title: Option<String>,
    pub(in crate::moderation) last_seq: i64,
}

impl Place {
    /// The other one of a direct conversation.
    pub(in crate::moderation) fn peer_of(&self, user: UserId) -> Option<UserId> {
        self.pair
            .map(|(low, high)| if low == user { high } else { low })
    }
}

pub(in crate::moderation) fn kind_of(
    conn: &mut Conn,
    id: ConversationId,
) -> Result<Option<ConversationKind>> {
    let word: Option<String> = conversations::table
        .find(id)
        .select(conversations::kind)
        .get_result(conn)
        .optional()?;
    Ok(word.as_deref().map(ConversationKind::from_word))
}

/// A direct conversation or room, found through its member.
pub(in crate::moderation) fn place_of_member(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Place>> {
    type Row = (Option<UserId>, Option<UserId>, Option<String>, i64);
    let row: Option<Row> = memberships::table
        .find((user, id))
        .inner_join(conversations::table)
        .filter(conversations::kind.ne(ConversationKind::Match.as_str()))
        .select((
            conversations::low_id,
            conversations::high_id,
            conversations::title,
            conversations::last_seq,
        ))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(low, high, title, last_seq)| Place {
        id,
        pair: low.zip(high),
        title,
        last_seq,
    }))
}

/// Who wrote a message of that conversation.
pub(in crate::moderation) fn author_in(
    conn: &mut Conn,
    message: MessageId,
    id: ConversationId,
) -> Result<Option<UserId>> {
    Ok(messages::table
        .find(message)
        .filter(messages::conversation_id.eq(id))
        .select(messages::sender_id)
        .get_result(conn)
        .optional()?)
}

/// The open report of somebody about somebody, if there is one.
pub(in crate::moderation) fn open_one(
    conn: &mut Conn,
    id: ConversationId,
    (reporter, reported): (UserId, UserId),
) -> Result<Option<ReportId>> {
    Ok(reports::table
        .filter(reports::conversation_id.eq(id))
        .filter(reports::reporter_id.eq(reporter))
        .filter(reports::reported_id.eq(reported))
        .filter(reports::handled_at.is_null())
        .select(reports::id)
        .get_result(conn)
        .optional()?)
}

/// Who is reported, and whether the report is open.
pub(in crate::moderation) fn state(
    conn: &mut Conn,
    id: ReportId,
) -> Result<Option<(UserId, bool)>> {
    Ok(reports::table
        .find(id)
        .select((reports::reported_id, reports::handled_at.is_null()))
        .get_result(conn)
        .optional()?)
}

pub(in crate::moderation) fn close(
    conn: &mut Conn,
    id: ReportId,
    outcome: &str,
    by: UserId,
    now: Timestamp,
) -> Result<()> {
    diesel::update(reports::table.find(id))
        .set((
            reports::outcome.eq(outcome),
            reports::handled_by.eq(by),
            reports::handled_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// How many wait, up to a bound, and since when the oldest does.
pub(in crate::moderation) fn waiting(conn: &mut Conn) -> Result<(i64, Option<Timestamp>)> {
    let open: Vec<i64> = reports::table
        .filter(reports::handled_at.is_null())
        .order(reports::id)
        .select(reports::id)
        .limit(WAITING_MAX)
        .load(conn)?;
    let oldest = match open.first() {
        Some(id) => reports::table
            .filter(reports::id.eq(id))
            .select(min(reports::created_at))
            .get_result(conn)?,
        None => None,
    };
    Ok((i64::try_from(open.len()).unwrap_or(WAITING_MAX), oldest))
}

/// The open reports after and before one.
pub(in crate::moderation) fn neighbours(
    conn: &mut Conn,
    id: ReportId,
) -> Result<(Option<ReportId>, Option<ReportId>)> {
    let open = || reports::table.filter(reports::handled_at.is_null());
    let next = open()
        .filter(reports::id.gt(id))
        .order(reports::id)
        .select(reports::id)
        .limit(1)
        .get_result(conn)
        .optional()?;
    let previous = open()
        .filter(reports::id.lt(id))
        .order(reports::id.desc())
        .select(reports::id)
        .limit(1)
        .get_result(conn)
        .optional()?;
    Ok((next, previous))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: ReportId,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    place: Option<String>,
    #[diesel(sql_type = BigInt)]
    reporter_id: UserId,
    #[diesel(sql_type = Text)]
    reporter_username: String,
    #[diesel(sql_type = Text)]
    reporter_name: String,
    #[diesel(sql_type = Text)]
    reporter_kind: String,
    #[diesel(sql_type = BigInt)]
    reported_id: UserId,
    #[diesel(sql_type = Text)]
    reported_username: String,
    #[diesel(sql_type = Text)]
    reported_name: String,
    #[diesel(sql_type = Text)]
    reported_kind: String,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Text)]
    note: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    message_id: Option<MessageId>,
    #[diesel(sql_type = BigInt)]
    created_at: Timestamp,
    #[diesel(sql_type = Nullable<Text>)]
    outcome: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    handler: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    handled_at: Option<Timestamp>,
}

impl Row {
    fn into_line(self) -> ReportLine {
        let handled = self.outcome.zip(self.handled_at);
        ReportLine {
            id: self.id,
            kind: self.kind.as_deref().map(ConversationKind::from_word),
            place: self.place,
            reporter: Party {
                id: self.reporter_id,
                username: self.reporter_username,
                name: self.reporter_name,
                kind: UserKind::from_word(&self.reporter_kind),
            },
            reported: Party {
                id: self.reported_id,
                username: self.reported_username,
                name: self.reported_name,
                kind: UserKind::from_word(&self.reported_kind),
            },
            reason: self.reason,
            created_at: self.created_at,
            handled: handled.map(|(outcome, at)| Handled {
                outcome,
                by: self.handler,
                at,
            }),
        }
    }
}

/// Reports with the names of their two people.
macro_rules! lines {
    ($rest:literal) => {
        diesel::sql_query(concat!(
            "SELECT r.id, c.kind, COALESCE(c.title, r.place) AS place, r.reporter_id,
                    one.username AS reporter_username, one.name AS reporter_name,
                    one.kind AS reporter_kind, r.reported_id,
                    other.username AS reported_username, other.name AS reported_name,
                    other.kind AS reported_kind, r.reason, r.note, r.message_id, r.created_at,
                    r.outcome, h.username AS handler, r.handled_at
               FROM reports r
               JOIN users one ON one.id = r.reporter_id
               JOIN users other ON other.id = r.reported_id
               LEFT JOIN conversations c ON c.id = r.conversation_id
               LEFT JOIN users h ON h.id = r.handled_by
              WHERE ",
            $rest
        ))
    };
}

fn load<Q>(conn: &mut Conn, query: Q) -> Result<Vec<ReportLine>>
where
    Q: for<'a> diesel::query_dsl::LoadQuery<'a, Conn, Row>,
{
    let rows: Vec<Row> = query.load(conn)?;
    Ok(rows.into_iter().map(Row::into_line).collect())
}

/// Those that wait, the oldest first.
pub(in crate::moderation) fn queue(
    conn: &mut Conn,
    after: i64,
    limit: usize,
) -> Result<Vec<ReportLine>> {
    let query = lines!("r.handled_at IS NULL AND r.id > ? ORDER BY r.id LIMIT ?")
        .bind::<BigInt, _>(after)
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX));
    load(conn, query)
}

/// One report, with its note and its message.
pub(in crate::moderation) fn one(
    conn: &mut Conn,
    id: ReportId,
) -> Result<Option<(ReportLine, String, Option<MessageId>)>> {
    let row: Option<Row> = lines!("r.id = ?")
        .bind::<BigInt, _>(id)
        .get_result(conn)
        .optional()?;
    Ok(row.map(|mut row| {
        let (note, message) = (std::mem::take(&mut row.note), row.message_id);
        (row.into_line(), note, message)
    }))
}

/// Reports against somebody, but for one.
pub(in crate::moderation) fn against(
    conn: &mut Conn,
    user: UserId,
    except: Option<ReportId>,
) -> Result<Vec<ReportLine>> {
    let query = lines!("r.reported_id = ? AND r.id <> ? ORDER BY r.created_at DESC LIMIT ?")
        .bind::<BigInt, _>(user)
        .bind::<BigInt, _>(except.map_or(0, |id| id.0))
        .bind::<BigInt, _>(EARLIER_MAX);
    load(conn, query)
}

/// Reports by somebody, but for one.
pub(in crate::moderation) fn by(
    conn: &mut Conn,
    user: UserId,
    except: Option<ReportId>,
) -> Result<Vec<ReportLine>> {
    let query = lines!("r.reporter_id = ? AND r.id <> ? ORDER BY r.created_at DESC LIMIT ?")
        .bind::<BigInt, _>(user)
        .bind::<BigInt, _>(except.map_or(0, |id| id.0))
        .bind::<BigInt, _>(EARLIER_MAX);
    load(conn, query)
}
