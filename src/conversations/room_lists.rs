//! Rooms as they are looked at: the list of them, and who is in one.
//!
//! All of it is read, outside the writer, and nothing of it grows without a bound: a room may have everybody
//! as a member. How many are in it is counted; of its people, those who are here come first, up to
//! [`MEMBERS_MAX`].

use super::Conversations;
use super::queries::{gate, room_lists as lists, rooms as rows};
use crate::error::{Error, Result};
use crate::model::{
    Actor, ConversationId, Member, Members, Profile, RoomKey, RoomName, RoomSummary, UserId,
};
use crate::store::Conn;
use std::collections::HashSet;

/// People of a room who are shown at once.
pub const MEMBERS_MAX: usize = 500;

impl Conversations {
    /// Every room, by name.
    ///
    /// # Errors
    /// `Forbidden` for guests.
    pub async fn rooms(&self, actor: Actor) -> Result<Vec<RoomSummary>> {
        actor.require_account()?;
        let here = self.cluster.here();
        self.store
            .read(move |conn| {
                let online = lists::online(conn, &here.iter().copied().collect::<Vec<_>>())?;
                let joined = rows::of_member(conn, actor.user)?;
                let is_admin = rows::is_admin(conn, actor.user)?;
                let summary = |room: lists::Listed| {
                    let online = online.get(&room.id).copied().unwrap_or(0);
                    let joined = joined.contains(&room.id);
                    summary(room, actor, online, joined, is_admin)
                };
                Ok(lists::all(conn, None)?.into_iter().map(summary).collect())
            })
            .await
    }

    /// What every room is called, in order, for those who want to know no more of them.
    ///
    /// # Errors
    /// `Forbidden` for guests.
    pub async fn room_names(&self, actor: Actor) -> Result<Vec<(ConversationId, String)>> {
        actor.require_account()?;
        self.store.read(lists::names).await
    }

    /// One room, whether one is in it or not.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for guests.
    pub async fn room(&self, actor: Actor, room: RoomKey) -> Result<RoomSummary> {
        actor.require_account()?;
        let here = self.cluster.here();
        self.store
            .read(move |conn| {
                let id = rows::find(conn, &room)?.ok_or(Error::NotFound)?.id;
                let room = lists::all(conn, Some(id))?.pop().ok_or(Error::NotFound)?;
                let online = here_in(conn, id, room.members, &here)?.len();
                let joined = gate::is_member(conn, actor.user, id)?;
                let is_admin = rows::is_admin(conn, actor.user)?;
                Ok(summary(room, actor, online, joined, is_admin))
            })
            .await
    }

    /// Which room that is, and whether one is in it: two look-ups by key, however large it is.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for guests.
    pub async fn find_room(&self, actor: Actor, room: RoomKey) -> Result<(ConversationId, bool)> {
        actor.require_account()?;
        self.store
            .read(move |conn| {
                let id = rows::find(conn, &room)?.ok_or(Error::NotFound)?.id;
                Ok((id, gate::is_member(conn, actor.user, id)?))
            })
            .await
    }

    /// Who is in a room; oneself in any case.
    ///
    /// # Errors
    /// `NotFound` unless one is in it.
    pub async fn members(&self, actor: Actor, room: RoomKey) -> Result<Members> {
        let here = self.cluster.here();
        self.store
            .read(move |conn| {
                let room = rows::find(conn, &room)?.ok_or(Error::NotFound)?;
                if !gate::is_member(conn, actor.user, room.id)? {
                    return Err(Error::NotFound);
                }
                members(conn, actor.user, room.id, &here)
            })
            .await
    }
}

fn summary(
    room: lists::Listed,
    actor: Actor,
    online: usize,
    joined: bool,
    is_admin: bool,
) -> RoomSummary {
    let (maker, created_by) = room.created_by.unzip();
    let is_own = maker == Some(actor.user) || is_admin;
    RoomSummary {
        id: room.id,
        may_delete: is_own && !room.name.eq_ignore_ascii_case(RoomName::GENERAL),
        name: room.name,
        topic: room.topic.unwrap_or_default(),
        created_by,
        members: room.members,
        online,
        joined,
        created_at: room.created_at,
        changed_at: room.changed_at.unwrap_or(room.created_at),
        last_at: room.last_at,
    }
}

fn members(
    conn: &mut Conn,
    me: UserId,
    id: ConversationId,
    here: &HashSet<UserId>,
) -> Result<Members> {
    let count = lists::count(conn, id)?;
    let parted = rows::parted(conn, me)?;
    let mut here = here_in(conn, id, count, here)?;
    // Across a block nobody is here: neither what is said of them nor where they stand tells it.
    here.retain(|user| !parted.contains(user));
    here.sort_unstable_by_key(|user| (*user != me, *user));
    here.truncate(MEMBERS_MAX);
    let mut shown = attending(lists::profiles(conn, &here)?, true);
    if shown.len() < MEMBERS_MAX {
        let mut others = lists::some_members(conn, id, MEMBERS_MAX)?;
        others.push(me);
        others.sort_unstable_by_key(|user| (*user != me, *user));
        others.dedup();
        others.retain(|user| !here.contains(user));
        others.truncate(MEMBERS_MAX - shown.len());
        shown.extend(attending(lists::profiles(conn, &others)?, false));
    }
    Ok(Members { shown, count })
}

fn attending(people: Vec<Profile>, online: bool) -> Vec<Member> {
    let member = |profile| Member { profile, online };
    people.into_iter().map(member).collect()
}

/// Who of a room of that many is here. Whichever are fewer are looked through: its members, or all who are
/// here.
fn here_in(
    conn: &mut Conn,
    id: ConversationId,
    members: usize,
    here: &HashSet<UserId>,
) -> Result<Vec<UserId>> {
    if members > here.len() {
        let here: Vec<_> = here.iter().copied().collect();
        return lists::members_among(conn, id, &here);
    }
    let mut people = lists::some_members(conn, id, members)?;
    people.retain(|user| here.contains(user));
    Ok(people)
}
