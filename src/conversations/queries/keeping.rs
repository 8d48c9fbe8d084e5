//! A match on its way to a direct conversation, and what becomes of a guest's talks.

use crate::error::Result;
use crate::model::{ConversationId, ConversationKind, Timestamp, UserId, UserKind};
use crate::schema::{
    blocks, conversations, match_blocks, match_people, matches, memberships, reports, users,
};
use crate::store::{Conn, are_apart};
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// The two of a match.
pub(in crate::conversations) struct People {
    pub(in crate::conversations) users: [UserId; 2],
    /// Whether both have asked to keep in touch.
    pub(in crate::conversations) kept: bool,
    /// Whether neither is a guest.
    pub(in crate::conversations) have_accounts: bool,
    /// Whether one has blocked or reported the other, or a report holds the match as its evidence.
    pub(in crate::conversations) apart: bool,
    /// Whether they know each other by now.
    pub(in crate::conversations) are_direct: bool,
}

/// Where somebody talked with a stranger last, as long as they can read it: a match, or what has become
/// of it.
pub(in crate::conversations) fn latest_talk(
    conn: &mut Conn,
    user: UserId,
) -> Result<Option<ConversationId>> {
    Ok(match_people::table
        .filter(match_people::user_id.eq(user))
        .filter(exists(
            memberships::table.find((user, match_people::conversation_id)),
        ))
        .order(match_people::conversation_id.desc())
        .select(match_people::conversation_id)
        .limit(1)
        .get_result(conn)
        .optional()?)
}

/// The two who met there as strangers; nothing where nobody did.
pub(in crate::conversations) fn people(
    conn: &mut Conn,
    id: ConversationId,
) -> Result<Option<People>> {
    let rows: Vec<(UserId, String, Option<Timestamp>)> = match_people::table
        .inner_join(users::table)
        .filter(match_people::conversation_id.eq(id))
        .select((users::id, users::kind, match_people::asked_to_keep_at))
        .load(conn)?;
    let [(one, one_kind, one_asked), (other, other_kind, other_asked)] = rows.as_slice() else {
        return Ok(None);
    };
    let sealed: Option<bool> = matches::table
        .find(id)
        .select(matches::sealed)
        .get_result(conn)
        .optional()?;
    let is_guest = |kind: &str| kind == UserKind::Guest.as_str();
    Ok(Some(People {
        users: [*one, *other],
        kept: one_asked.is_some() && other_asked.is_some(),
        have_accounts: !is_guest(one_kind) && !is_guest(other_kind),
        apart: sealed == Some(true) || are_apart(conn, *one, *other)?,
        are_direct: sealed.is_none(),
    }))
}

/// Whether somebody has blocked or reported the other one of a pair.
pub(in crate::conversations) fn has_parted(
    conn: &mut Conn,
    user: UserId,
    [one, other]: [UserId; 2],
) -> Result<bool> {
    let from = if one == user { other } else { one };
    let by_block = exists(blocks::table.find((user, from)));
    let by_match_block = exists(match_blocks::table.find((user, from)));
    let by_report = exists(
        reports::table.filter(
            reports::reporter_id
                .eq(user)
                .and(reports::reported_id.eq(from)),
        ),
    );
    Ok(select(by_block.or(by_match_block).or(by_report)).get_result(conn)?)
}

/// Notes that somebody wants to keep in touch, and under which name.
pub(in crate::conversations) fn ask(
    conn: &mut Conn,
    user: UserId,
    id: ConversationId,
    name: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    diesel::update(match_people::table.find((user, id)))
        .set((
            match_people::asked_to_keep_at.eq(now),
            match_people::keep_name.eq(name),
        ))
        .execute(conn)?;
    Ok(())
}

/// The name under which somebody last asked to keep in touch.
pub(in crate::conversations) fn chosen_name(
    conn: &mut Conn,
    user: UserId,
) -> Result<Option<String>> {
    let name: Option<Option<String>> = match_people::table
        .filter(match_people::user_id.eq(user))
        .filter(match_people::keep_name.is_not_null())
        .order(match_people::conversation_id.desc())
        .select(match_people::keep_name)
        .limit(1)
        .get_result(conn)
        .optional()?;
    Ok(name.flatten())
}

/// From a match to the direct conversation of a pair, with all that was said in it.
pub(in crate::conversations) fn turn_direct(
    conn: &mut Conn,
    id: ConversationId,
    low: UserId,
    high: UserId,
    now: Timestamp,
) -> Result<()> {
    diesel::update(conversations::table.find(id))
        .set((
            conversations::kind.eq(ConversationKind::Direct.as_str()),
            conversations::low_id.eq(low),
            conversations::high_id.eq(high),
            conversations::ended_at.eq(None::<Timestamp>),
        ))
        .execute(conn)?;
    diesel::delete(matches::table.find(id)).execute(conn)?;
    let mine = match_people::table.filter(match_people::conversation_id.eq(id));
    diesel::update(mine)
        .set((
            match_people::alias.eq(match_people::keep_name),
            match_people::seat.eq(None::<i64>),
        ))
        .execute(conn)?;
    diesel::update(mine.filter(match_people::ended_at.is_null()))
        .set(match_people::ended_at.eq(now))
        .execute(conn)?;
    Ok(())
}

/// Moves all that was said in a match to the end of a conversation that its two people have already, and
/// with it that they have met; then deletes the match. Nothing in a match was ever edited or deleted, so
/// each message has one revision.
pub(in crate::conversations) fn merge(
    conn: &mut Conn,
    from: ConversationId,
    to: ConversationId,
    now: Timestamp,
) -> Result<()> {
    let place = conversations::table.find(to).select(conversations::counter);
    let base: i64 = place.get_result(conn)?;
    let place = conversations::table
        .find(from)
        .select(conversations::last_seq);
    let count: i64 = place.get_result(conn)?;
    diesel::sql_query(
        "UPDATE messages SET conversation_id = ?1, seq = seq + ?2, rev = rev + ?2 WHERE conversation_id = ?3",
    )
    .bind::<BigInt, _>(to)
    .bind::<BigInt, _>(base)
    .bind::<BigInt, _>(from)
    .execute(conn)?;
    if count > 0 {
        diesel::update(conversations::table.find(to))
            .set((
                conversations::counter.eq(base + count),
                conversations::last_seq.eq(base + count),
            ))
            .execute(conn)?;
    }
    // Names there stay as they are. Who met so before is in there already.
    diesel::sql_query(
        "INSERT INTO match_people (user_id, conversation_id, address, asked_to_keep_at, ended_at)
            SELECT user_id, ?1, address, asked_to_keep_at, coalesce(ended_at, ?2)
              FROM match_people WHERE conversation_id = ?3
            ON CONFLICT (user_id, conversation_id) DO UPDATE
                SET address = excluded.address, ended_at = excluded.ended_at",
    )
    .bind::<BigInt, _>(to)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(from)
    .execute(conn)?;
    diesel::delete(conversations::table.find(from)).execute(conn)?;
    Ok(())
}

/// Gives an account what a guest was part of: talks and what was said in them, blocks, reports and bans.
/// Where the two talked with each other the guest stays a guest. Says which talks it gave.
pub(in crate::conversations) fn adopt(
    conn: &mut Conn,
    guest: UserId,
    account: UserId,
) -> Result<Vec<ConversationId>> {
    let known: Vec<ConversationId> = match_people::table
        .filter(match_people::user_id.eq(account))
        .select(match_people::conversation_id)
        .load(conn)?;
    let is_busy: bool = select(exists(
        match_people::table
            .filter(match_people::user_id.eq(account))
            .filter(match_people::ended_at.is_null()),
    ))
    .get_result(conn)?;
    let talks: Vec<(ConversationId, Option<Timestamp>)> = match_people::table
        .filter(match_people::user_id.eq(guest))
        .select((match_people::conversation_id, match_people::ended_at))
        .load(conn)?;
    let talks: Vec<ConversationId> = talks
        .into_iter()
        .filter(|(id, ended_at)| !known.contains(id) && (ended_at.is_some() || !is_busy))
        .map(|(id, _)| id)
        .collect();
    for id in &talks {
        for statement in [
            "UPDATE match_people SET user_id = ?1 WHERE user_id = ?2 AND conversation_id = ?3",
            "UPDATE memberships SET user_id = ?1 WHERE user_id = ?2 AND conversation_id = ?3",
            // Two clients may have numbered alike; what is moved is sent again by nobody.
            "UPDATE messages SET sender_id = ?1, client_id = CASE
                    WHEN EXISTS (SELECT 1 FROM messages o WHERE o.client_id = messages.client_id AND o.sender_id = ?1)
                    THEN client_id || ':' || id ELSE client_id END
              WHERE sender_id = ?2 AND conversation_id = ?3",
        ] {
            diesel::sql_query(statement)
                .bind::<BigInt, _>(account)
                .bind::<BigInt, _>(guest)
                .bind::<BigInt, _>(id)
                .execute(conn)?;
        }
    }
    for statement in [
        "UPDATE match_blocks SET blocker_id = ?1 WHERE blocker_id = ?2 AND blocked_id <> ?1
            AND blocked_id NOT IN (SELECT blocked_id FROM match_blocks WHERE blocker_id = ?1)",
        "UPDATE match_blocks SET blocked_id = ?1 WHERE blocked_id = ?2 AND blocker_id <> ?1
            AND blocker_id NOT IN (SELECT blocker_id FROM match_blocks WHERE blocked_id = ?1)",
        // Whoever was kept apart from the guest stays apart from the account: a report of what is gone
        // counts as well, and its conversation is null.
        "UPDATE reports SET reporter_id = ?1 WHERE reporter_id = ?2
            AND NOT EXISTS (SELECT 1 FROM reports r WHERE r.reporter_id = ?1
                AND r.conversation_id = reports.conversation_id AND r.reported_id = reports.reported_id)",
        "UPDATE reports SET reported_id = ?1 WHERE reported_id = ?2",
        "UPDATE match_bans SET user_id = ?1 WHERE user_id = ?2",
        "UPDATE users SET match_rules_at = coalesce(match_rules_at,
            (SELECT g.match_rules_at FROM users g WHERE g.id = ?2)) WHERE id = ?1",
    ] {
        diesel::sql_query(statement)
            .bind::<BigInt, _>(account)
            .bind::<BigInt, _>(guest)
            .execute(conn)?;
    }
    Ok(talks)
}
