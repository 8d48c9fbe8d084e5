//! Who comes into a room, and leaves it.
//!
//! Who comes in *to stay* has it in their list, also when they are not connected; who is *passing* is in it as
//! long as their connection lasts. [`RoomEntry`] is read in the transaction that makes somebody a member, so
//! that everything told before [`Event::MemberJoined`] is in it, and nothing that is told afterwards.

use super::Conversations;
use super::queries::{messages, rooms as rows, views};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Attendance, ConversationId, Event, RoomEntry, RoomKey, Stay, Topic, UserId,
};
use crate::store::{Tx, refuse_suspended};
use smallvec::smallvec;
use std::collections::HashMap;

/// Rooms that somebody can be in.
pub const ROOMS_MAX: usize = 100;
/// Messages that somebody finds who comes into a room.
pub const ENTRY_MAX: i64 = 50;

impl Conversations {
    /// Comes into a room; who is in it is asked for with [`Conversations::members`]. Coming again changes nothing,
    /// except that who was passing can stay.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` for guests and for those who are in [`ROOMS_MAX`] rooms; `Suspended`.
    pub async fn join_room(&self, actor: Actor, room: RoomKey, stay: Stay) -> Result<RoomEntry> {
        let online = self.cluster.is_here(actor.user);
        self.store
            .write(move |tx| enter(tx, actor, &room, stay, online))
            .await
    }

    /// Leaves a room, by whichever connection one came in.
    ///
    /// # Errors
    /// `NotFound` unless one is in it.
    pub async fn leave_room(&self, actor: Actor, room: RoomKey) -> Result<()> {
        let online = self.cluster.is_here(actor.user);
        self.store
            .write(move |tx| {
                let room = rows::find(tx.reads(), &room)?.ok_or(Error::NotFound)?;
                if !rows::delete_member(tx.writes(), actor.user, room.id)? {
                    return Err(Error::NotFound);
                }
                tell_left(tx, actor.user, room.id, online)
            })
            .await
    }

    /// A connection closed by which somebody was in these rooms: where they were passing they leave; where
    /// they stay the others are told, unless they are here by another connection.
    pub fn end_visits(&self, actor: Actor, rooms: Vec<ConversationId>) {
        let online = self.cluster.is_here(actor.user);
        let job = move |tx: &mut Tx<'_>| end_visits(tx, actor.user, &rooms, online);
        self.store.submit(job, |ended| {
            if let Err(error) = ended
                && !matches!(error, Error::Stopping)
            {
                tracing::warn!(%error, "who was passing is still in their rooms, until the next sweep");
            }
        });
    }

    /// Ends the visits that [`Conversations::end_visits`] could not: of whoever is passing without the one
    /// connection by which they could be.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sweep_visits(&self) -> Result<()> {
        let mut visits: HashMap<UserId, Vec<ConversationId>> = HashMap::new();
        for (user, room) in self.store.read(rows::passing).await? {
            visits.entry(user).or_default().push(room);
        }
        for (user, rooms) in visits {
            // Held meanwhile, so that nobody is sent out of a room into which they come at this moment.
            if !self.cluster.take_place(user) {
                continue;
            }
            let online = self.cluster.is_here(user);
            let ended = self
                .store
                .write(move |tx| end_visits(tx, user, &rooms, online))
                .await;
            self.cluster.free_place(user);
            ended?;
        }
        Ok(())
    }
}

fn enter(
    tx: &mut Tx<'_>,
    actor: Actor,
    room: &RoomKey,
    stay: Stay,
    online: bool,
) -> Result<RoomEntry> {
    actor.require_account()?;
    let room = rows::find(tx.reads(), room)?.ok_or(Error::NotFound)?;
    let user = actor.user;
    match (rows::is_passing(tx.reads(), user, room.id)?, stay) {
        (None, _) => {
            refuse_too_many(tx, user)?;
            let now = tx.now();
            refuse_suspended(tx.reads(), user, now)?;
            let passes = stay == Stay::Passing;
            rows::insert_member(tx.writes(), user, &room, passes, now)?;
            tell_joined(tx, user, room.id, online, stay)?;
        }
        (Some(true), Stay::Lasting) => rows::make_lasting(tx.writes(), user, room.id)?,
        (Some(false), Stay::Lasting) => {}
        (Some(_), Stay::Passing) => tell_visit(tx, user, room.id, true)?,
    }
    let mut messages = messages::before(tx.reads(), room.id, None, ENTRY_MAX)?;
    messages.reverse();
    Ok(RoomEntry {
        conversation: views::one(tx.reads(), user, room.id)?.ok_or(Error::NotFound)?,
        messages,
    })
}

/// # Errors
/// `Forbidden` for those who are in [`ROOMS_MAX`] rooms.
pub(super) fn refuse_too_many(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    if rows::of_member(tx.reads(), user)?.len() >= ROOMS_MAX {
        return Err(Error::Forbidden(
            "Nobody can be in more than 100 rooms. Leave one first.",
        ));
    }
    Ok(())
}

fn end_visits(tx: &mut Tx<'_>, user: UserId, rooms: &[ConversationId], online: bool) -> Result<()> {
    for id in rooms {
        match rows::is_passing(tx.reads(), user, *id)? {
            Some(true) => {
                rows::delete_member(tx.writes(), user, *id)?;
                tell_left(tx, user, *id, online)?;
            }
            Some(false) if !online => tell_visit(tx, user, *id, false)?,
            Some(false) | None => {}
        }
    }
    Ok(())
}

/// Ends the visits of everybody who is passing in a room.
pub(super) fn send_off_passing(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
    for user in rows::passing_in(tx.reads(), id)? {
        rows::delete_member(tx.writes(), user, id)?;
        // Who is passing has a connection.
        tell_left(tx, user, id, true)?;
    }
    Ok(())
}

/// First to themselves, so that their sockets listen to the room when it is told.
fn tell_joined(
    tx: &mut Tx<'_>,
    user: UserId,
    id: ConversationId,
    online: bool,
    stay: Stay,
) -> Result<()> {
    let who = attendance(tx, user, id, online)?;
    if let Some(view) = views::one(tx.reads(), user, id)? {
        tx.publish(
            smallvec![Topic::User(user)],
            Event::ConversationAdded(Box::new(view)),
        );
    }
    tx.publish(
        smallvec![Topic::Room(id)],
        Event::MemberJoined { who, stay },
    );
    Ok(())
}

/// First to the room, while their own sockets still listen to it.
fn tell_left(tx: &mut Tx<'_>, user: UserId, id: ConversationId, online: bool) -> Result<()> {
    let who = attendance(tx, user, id, online)?;
    tx.publish(smallvec![Topic::Room(id)], Event::MemberLeft(who));
    tx.publish(smallvec![Topic::User(user)], Event::ConversationRemoved(id));
    Ok(())
}

fn tell_visit(tx: &mut Tx<'_>, user: UserId, id: ConversationId, on: bool) -> Result<()> {
    let who = attendance(tx, user, id, on)?;
    tx.publish(smallvec![Topic::Room(id)], Event::MemberVisits { who, on });
    Ok(())
}

fn attendance(
    tx: &mut Tx<'_>,
    user: UserId,
    conversation_id: ConversationId,
    online: bool,
) -> Result<Attendance> {
    Ok(Attendance {
        conversation_id,
        room: rows::name(tx.reads(), conversation_id)?,
        user: rows::profile(tx.reads(), user)?.ok_or(Error::NotSignedIn)?,
        online,
        at: tx.now(),
    })
}
