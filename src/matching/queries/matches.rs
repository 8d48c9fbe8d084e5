//! Matches: made, seen by one of the two, ended, forgotten.

use crate::error::Result;
use crate::model::{
    ConversationId, ConversationKind, Interest, Match, MatchEnd, PartnerPresence, Seat, Seeker,
    Timestamp, UserId,
};
use crate::schema::{conversations, match_people, matches, memberships};
use crate::store::{Bind, Conn, Fixed, Statement, fixed, on_backend};
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

diesel::define_sql_function! {
    /// The key of the row that this connection inserted last.
    fn last_insert_rowid() -> BigInt;
}

/// Makes the conversation of two strangers. The first one has seat 1.
pub(in crate::matching) fn insert(
    conn: &mut Conn,
    seekers: [&Seeker; 2],
    common: &[Interest],
    now: Timestamp,
) -> Result<ConversationId> {
    let insert = diesel::insert_into(conversations::table).values((
        conversations::kind.eq(ConversationKind::Match.as_str()),
        conversations::created_at.eq(now),
    ));
    // For a `RETURNING` SQLite would fill a table first.
    let id: ConversationId = on_backend!(conn, |c| {
        insert.execute(c)?;
        select(last_insert_rowid()).get_result(c)
    })?;
    let insert = diesel::insert_into(matches::table).values((
        matches::conversation_id.eq(id),
        matches::common_interests.eq(json_of(common)),
    ));
    on_backend!(conn, |c| insert.execute(c))?;
    for (seat, seeker) in (1_i64..).zip(seekers) {
        let insert = diesel::insert_into(match_people::table).values((
            match_people::user_id.eq(seeker.user),
            match_people::conversation_id.eq(id),
            match_people::seat.eq(seat),
            match_people::alias.eq(&seeker.alias),
            match_people::address.eq(&seeker.address),
        ));
        on_backend!(conn, |c| insert.execute(c))?;
        let insert = diesel::insert_into(memberships::table).values((
            memberships::user_id.eq(seeker.user),
            memberships::conversation_id.eq(id),
            memberships::joined_at.eq(now),
        ));
        on_backend!(conn, |c| insert.execute(c))?;
    }
    Ok(id)
}

fn json_of(interests: &[Interest]) -> String {
    let words: Vec<&str> = interests.iter().map(Interest::as_str).collect();
    serde_json::to_string(&words).unwrap_or_default()
}

fn interests_of(json: &str) -> Vec<Interest> {
    let words: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    words
        .iter()
        .filter_map(|word| Interest::parse(word).ok())
        .collect()
}

/// A match and the two in it, seen by one of them.
pub(in crate::matching) struct Found {
    pub(in crate::matching) view: Match,
    pub(in crate::matching) other: UserId,
}

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = BigInt)]
    conversation_id: ConversationId,
    #[diesel(sql_type = Nullable<BigInt>)]
    seat: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    alias: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    asked_at: Option<Timestamp>,
    #[diesel(sql_type = BigInt)]
    other_id: UserId,
    #[diesel(sql_type = Nullable<BigInt>)]
    other_seat: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    other_alias: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    other_asked_at: Option<Timestamp>,
    #[diesel(sql_type = Text)]
    common_interests: String,
    #[diesel(sql_type = BigInt)]
    created_at: Timestamp,
    #[diesel(sql_type = Nullable<BigInt>)]
    ended_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    end_reason: Option<String>,
    #[diesel(sql_type = BigInt)]
    blocked: i64,
    #[diesel(sql_type = BigInt)]
    reported: i64,
}

/// The first binds are the one who looks, then what `rest` says.
macro_rules! found {
    ($rest:literal) => {
        concat!(
            "SELECT c.id AS conversation_id, m.seat, m.alias, m.asked_to_keep_at AS asked_at,
                    o.user_id AS other_id, o.seat AS other_seat, o.alias AS other_alias,
                    o.asked_to_keep_at AS other_asked_at, x.common_interests, c.created_at,
                    c.ended_at, x.end_reason,
                    EXISTS (SELECT 1 FROM match_blocks b
                             WHERE b.blocker_id = m.user_id AND b.blocked_id = o.user_id) AS blocked,
                    EXISTS (SELECT 1 FROM reports r
                             WHERE r.conversation_id = c.id AND r.reporter_id = m.user_id) AS reported
               FROM match_people m
               JOIN match_people o ON o.conversation_id = m.conversation_id AND o.user_id <> m.user_id
               JOIN conversations c ON c.id = m.conversation_id
               JOIN matches x ON x.conversation_id = m.conversation_id
              WHERE m.user_id = ?",
            $rest
        )
    };
}

/// The match that somebody is in.
pub(in crate::matching) fn open_match(conn: &mut Conn, user: UserId) -> Result<Option<Found>> {
    let binds = [user.0];
    let open = fixed!(found!(" AND m.ended_at IS NULL"), &binds);
    found(conn, open)
}

/// The conversation of the match that somebody is in.
pub(in crate::matching) fn open_of(
    conn: &mut Conn,
    user: UserId,
) -> Result<Option<ConversationId>> {
    let open = match_people::table
        .filter(match_people::user_id.eq(user))
        .filter(match_people::ended_at.is_null())
        .select(match_people::conversation_id);
    Ok(on_backend!(conn, |c| open.get_result(c).optional())?)
}

/// A match that somebody is or was in.
pub(in crate::matching) fn match_of(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<Option<Found>> {
    let binds = [user.0, id.0];
    let one = fixed!(found!(" AND m.conversation_id = ?"), &binds);
    found(conn, one)
}

/// The match that somebody is or was in last.
pub(in crate::matching) fn latest_match(conn: &mut Conn, user: UserId) -> Result<Option<Found>> {
    let binds = [user.0];
    let latest = fixed!(found!(" ORDER BY m.conversation_id DESC LIMIT 1"), &binds);
    found(conn, latest)
}

fn found(conn: &mut Conn, statement: Fixed<'_, impl Statement>) -> Result<Option<Found>> {
    let row: Option<FoundRow> = on_backend!(conn, |c| statement.get_result(c).optional())?;
    Ok(row.map(FoundRow::into_found))
}

impl FoundRow {
    fn into_found(self) -> Found {
        let end = self.ended_at.map(|at| (at, self.end()));
        let seat = |number: Option<i64>, alias: Option<String>| Seat {
            number: number.unwrap_or_default(),
            alias: alias.unwrap_or_default(),
        };
        Found {
            other: self.other_id,
            view: Match {
                conversation_id: self.conversation_id,
                partner: seat(self.other_seat, self.other_alias),
                presence: PartnerPresence::Here,
                you: seat(self.seat, self.alias),
                common_interests: interests_of(&self.common_interests),
                started_at: self.created_at,
                asked_to_keep: self.asked_at.is_some(),
                kept: self.asked_at.is_some() && self.other_asked_at.is_some(),
                end,
            },
        }
    }

    /// As the one who looks is told: who was blocked or reported learns that the other one left.
    fn end(&self) -> MatchEnd {
        let reason = MatchEnd::from_word(self.end_reason.as_deref().unwrap_or_default());
        match reason {
            _ if self.reported != 0 => MatchEnd::Reported,
            _ if self.blocked != 0 => MatchEnd::Blocked,
            MatchEnd::Blocked | MatchEnd::Reported => MatchEnd::Left,
            reason => reason,
        }
    }
}

/// Who is in a match that has not ended.
pub(in crate::matching) fn people_of(conn: &mut Conn, id: ConversationId) -> Result<Vec<UserId>> {
    let people = match_people::table
        .filter(match_people::conversation_id.eq(id))
        .filter(match_people::ended_at.is_null())
        .select(match_people::user_id);
    Ok(on_backend!(conn, |c| people.load(c))?)
}

/// Ends a match, for ever.
pub(in crate::matching) fn end(
    conn: &mut Conn,
    id: ConversationId,
    reason: MatchEnd,
    now: Timestamp,
) -> Result<()> {
    let binds = [now.0, id.0];
    let update = fixed!("UPDATE conversations SET ended_at = ? WHERE id = ?", &binds);
    on_backend!(conn, |c| update.execute(c))?;
    let update = fixed!(
        "UPDATE match_people SET ended_at = ? WHERE conversation_id = ? AND ended_at IS NULL",
        &binds,
    );
    on_backend!(conn, |c| update.execute(c))?;
    let binds = [Bind::Text(reason.as_str()), Bind::Integer(id.0)];
    let update = fixed!(
        "UPDATE matches SET end_reason = ? WHERE conversation_id = ?",
        &binds
    );
    on_backend!(conn, |c| update.execute(c))?;
    Ok(())
}

/// Every match that has not ended: its two people, and whether both want to keep in touch.
pub(in crate::matching) fn all_open(
    conn: &mut Conn,
) -> Result<Vec<(ConversationId, [UserId; 2], bool)>> {
    let rows: Vec<(ConversationId, UserId, Option<Timestamp>)> = match_people::table
        .filter(match_people::ended_at.is_null())
        .order(match_people::conversation_id)
        .select((
            match_people::conversation_id,
            match_people::user_id,
            match_people::asked_to_keep_at,
        ))
        .load(conn)?;
    let pairs = rows.chunk_by(|one, other| one.0 == other.0);
    Ok(pairs
        .filter_map(|pair| match pair {
            [(id, one, asked), (_, other, asked_too)] => {
                Some((*id, [*one, *other], asked.is_some() && asked_too.is_some()))
            }
            _ => None,
        })
        .collect())
}

/// Deletes matches that ended before `before`, with their messages; of those that a report has sealed
/// only what lets the two read them. A few at a time, so that nobody waits for it.
pub(in crate::matching) fn forget_ended(conn: &mut Conn, before: Timestamp) -> Result<usize> {
    let deleted = diesel::sql_query(
        "DELETE FROM conversations WHERE id IN (
            SELECT c.id FROM conversations c JOIN matches x ON x.conversation_id = c.id
             WHERE c.ended_at < $1 AND NOT x.sealed LIMIT 200)",
    )
    .bind::<BigInt, _>(before)
    .execute(conn)?;
    let closed = diesel::sql_query(
        "DELETE FROM memberships WHERE conversation_id IN (
            SELECT c.id FROM conversations c JOIN matches x ON x.conversation_id = c.id
             WHERE c.ended_at < $1 AND x.sealed
               AND EXISTS (SELECT 1 FROM memberships m WHERE m.conversation_id = c.id) LIMIT 200)",
    )
    .bind::<BigInt, _>(before)
    .execute(conn)?;
    Ok(deleted + closed)
}

/// Whether somebody may read a conversation.
pub(in crate::matching) fn is_member(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
) -> Result<bool> {
    let member = memberships::table.find((user, id));
    Ok(select(exists(member)).get_result(conn)?)
}
