//! People's lists of people, and whom they blocked.

use super::users::profile_from;
use crate::accounts::limits::Lately;
use crate::error::Result;
use crate::model::{Contact, ContactId, Label, Profile, Timestamp, UserId};
use crate::schema::{blocks, contact_lookups, contacts, conversations, memberships, users};
use crate::store::{Conn, on_backend};
use diesel::dsl::{count_star, exists, min, select};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::time::Duration;

type Row = (
    ContactId,
    String,
    (UserId, String, String),
    Option<UserId>,
    Option<UserId>,
);

diesel::alias!(blocks as blocks_of_owner: BlocksOfOwner, blocks as blocks_of_person: BlocksOfPerson);

/// What `Row` selects, of the contacts of `$owner`.
macro_rules! rows {
    ($owner:expr) => {
        contacts::table
            .inner_join(users::table.on(users::id.eq(contacts::person_id)))
            .left_join(
                blocks_of_owner.on(blocks_of_owner
                    .field(blocks::blocker_id)
                    .eq(contacts::owner_id)
                    .and(
                        blocks_of_owner
                            .field(blocks::blocked_id)
                            .eq(contacts::person_id),
                    )),
            )
            .left_join(
                blocks_of_person.on(blocks_of_person
                    .field(blocks::blocker_id)
                    .eq(contacts::person_id)
                    .and(
                        blocks_of_person
                            .field(blocks::blocked_id)
                            .eq(contacts::owner_id),
                    )),
            )
            .filter(contacts::owner_id.eq($owner))
            .select((
                contacts::id,
                contacts::label,
                (users::id, users::username, users::name),
                blocks_of_owner.field(blocks::blocked_id).nullable(),
                blocks_of_person.field(blocks::blocked_id).nullable(),
            ))
    };
}

fn contact_from((id, label, person, blocked, blocked_by): Row) -> Contact {
    Contact {
        id,
        person: profile_from(person),
        label,
        blocked: blocked.is_some(),
        hidden: blocked.is_some() || blocked_by.is_some(),
    }
}

/// All contacts of `owner`, by label.
pub(in crate::accounts) fn list(conn: &mut Conn, owner: UserId) -> Result<Vec<Contact>> {
    let rows: Vec<Row> = rows!(owner)
        .order((contacts::label, contacts::id))
        .load(conn)?;
    Ok(rows.into_iter().map(contact_from).collect())
}

/// One contact of `owner`'s.
pub(in crate::accounts) fn one(
    conn: &mut Conn,
    owner: UserId,
    id: ContactId,
) -> Result<Option<Contact>> {
    let row: Option<Row> = rows!(owner)
        .filter(contacts::id.eq(id))
        .get_result(conn)
        .optional()?;
    Ok(row.map(contact_from))
}

/// Whom `id` points to, if it is an entry of `owner`'s.
pub(in crate::accounts) fn person_of(
    conn: &mut Conn,
    owner: UserId,
    id: ContactId,
) -> Result<Option<UserId>> {
    Ok(contacts::table
        .filter(contacts::id.eq(id).and(contacts::owner_id.eq(owner)))
        .select(contacts::person_id)
        .get_result(conn)
        .optional()?)
}

pub(in crate::accounts) fn is_listed(
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

pub(in crate::accounts) fn insert(
    conn: &mut Conn,
    owner: UserId,
    person: UserId,
    label: &Label,
    now: Timestamp,
) -> Result<ContactId> {
    Ok(diesel::insert_into(contacts::table)
        .values((
            contacts::owner_id.eq(owner),
            contacts::person_id.eq(person),
            contacts::label.eq(label.as_str()),
            contacts::created_at.eq(now),
        ))
        .returning(contacts::id)
        .get_result(conn)?)
}

/// Whether there was such an entry of `owner`'s to rename.
pub(in crate::accounts) fn rename(
    conn: &mut Conn,
    owner: UserId,
    id: ContactId,
    label: &Label,
) -> Result<bool> {
    let own = contacts::table.filter(contacts::id.eq(id).and(contacts::owner_id.eq(owner)));
    let renamed = diesel::update(own)
        .set(contacts::label.eq(label.as_str()))
        .execute(conn)?;
    Ok(renamed == 1)
}

/// Whether there was such an entry of `owner`'s to delete.
pub(in crate::accounts) fn delete(conn: &mut Conn, owner: UserId, id: ContactId) -> Result<bool> {
    let own = contacts::table.filter(contacts::id.eq(id).and(contacts::owner_id.eq(owner)));
    Ok(diesel::delete(own).execute(conn)? == 1)
}

/// How often `owner` asked for somebody within `span`.
pub(in crate::accounts) fn lookups(
    conn: &mut Conn,
    owner: UserId,
    span: Duration,
    now: Timestamp,
) -> Result<Lately> {
    let found = contact_lookups::table
        .filter(contact_lookups::owner_id.eq(owner))
        .filter(contact_lookups::asked_at.gt(now.before(span)))
        .select((count_star(), min(contact_lookups::asked_at)))
        .get_result(conn)?;
    Ok(Lately::new(found, span, now))
}

pub(in crate::accounts) fn record_lookup(
    conn: &mut Conn,
    owner: UserId,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(contact_lookups::table)
        .values((
            contact_lookups::owner_id.eq(owner),
            contact_lookups::asked_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn forget_lookups(conn: &mut Conn, moment: Timestamp) -> Result<()> {
    diesel::delete(contact_lookups::table.filter(contact_lookups::asked_at.lt(moment)))
        .execute(conn)?;
    Ok(())
}

/// Whether `user` has met `other`: as a contact, either way, in a direct conversation or in a room that
/// both are in.
pub(in crate::accounts) fn know_each_other(
    conn: &mut Conn,
    user: UserId,
    other: UserId,
) -> Result<bool> {
    let (low, high) = (user.min(other), user.max(other));
    let talk = conversations::table
        .filter(conversations::low_id.eq(low))
        .filter(conversations::high_id.eq(high));
    Ok(is_listed(conn, user, other)?
        || is_listed(conn, other, user)?
        || select(exists(talk)).get_result(conn)?
        || share_a_room(conn, user, other)?)
}

fn share_a_room(conn: &mut Conn, user: UserId, other: UserId) -> Result<bool> {
    let theirs = diesel::alias!(memberships as theirs);
    let (member, place) = (
        theirs.field(memberships::user_id),
        theirs.field(memberships::conversation_id),
    );
    let shared = memberships::table
        .inner_join(conversations::table)
        .inner_join(theirs.on(place.eq(memberships::conversation_id)))
        .filter(memberships::user_id.eq(user))
        .filter(member.eq(other))
        .filter(conversations::name_key.is_not_null());
    Ok(select(exists(shared)).get_result(conn)?)
}

pub(in crate::accounts) fn block(
    conn: &mut Conn,
    blocker: UserId,
    blocked: UserId,
    now: Timestamp,
) -> Result<()> {
    let values = (
        blocks::blocker_id.eq(blocker),
        blocks::blocked_id.eq(blocked),
        blocks::created_at.eq(now),
    );
    on_backend!(conn, |c| diesel::insert_into(blocks::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}

pub(in crate::accounts) fn unblock(
    conn: &mut Conn,
    blocker: UserId,
    blocked: UserId,
) -> Result<()> {
    diesel::delete(blocks::table.find((blocker, blocked))).execute(conn)?;
    Ok(())
}

/// Whom `blocker` has blocked, by name: by the one that they chose for who met them as a stranger, where
/// the blocker did.
pub(in crate::accounts) fn blocked_by(conn: &mut Conn, blocker: UserId) -> Result<Vec<Profile>> {
    #[derive(QueryableByName)]
    struct Blocked {
        #[diesel(sql_type = BigInt)]
        id: UserId,
        #[diesel(sql_type = Text)]
        username: String,
        #[diesel(sql_type = Text)]
        shown: String,
    }
    let rows: Vec<Blocked> = diesel::sql_query(
        "SELECT u.id, u.username, coalesce(p.alias, u.name) AS shown
           FROM blocks b
           JOIN users u ON u.id = b.blocked_id
           LEFT JOIN conversations c
             ON c.low_id = CASE WHEN u.id < b.blocker_id THEN u.id ELSE b.blocker_id END
            AND c.high_id = CASE WHEN u.id < b.blocker_id THEN b.blocker_id ELSE u.id END
           LEFT JOIN match_people p ON p.conversation_id = c.id AND p.user_id = u.id
          WHERE b.blocker_id = ?1
          ORDER BY shown, u.id",
    )
    .bind::<BigInt, _>(blocker)
    .load(conn)?;
    let profiles = rows.into_iter().map(|row| Profile {
        id: row.id,
        username: row.username,
        name: row.shown,
    });
    Ok(profiles.collect())
}
