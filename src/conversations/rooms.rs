//! Rooms: where many talk. Everybody with an account sees all of them and may come in.
//!
//! A room is a conversation: what is said in it goes through the verbs of all conversations. Here is
//! what only rooms have: a name, people who come and go, and commands. Who comes in *to stay* has it in
//! their list, also when they are not connected; who is *passing* is in it as long as their connection
//! lasts. Who is in a room, and the list of them, is `room_lists.rs`. [`RoomEntry`] is read in the transaction that makes somebody a member, so that everything told
//! before [`Event::MemberJoined`] is in it, and nothing that is told afterwards.

use super::queries::{gate, messages, rooms as rows, views};
use super::{Conversations, queries};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Attendance, Command, Conversation, ConversationId, ConversationKind, Event, RoomEntry,
    RoomKey, RoomName, RoomTopic, Stay, Topic, UserId,
};
use crate::store::{Tx, refuse_suspended};
use std::collections::HashMap;

/// Rooms that somebody can be in.
pub const ROOMS_MAX: usize = 100;
/// Rooms that somebody can have made.
pub const ROOMS_MADE_MAX: i64 = 20;
/// Messages that somebody finds who comes into a room.
pub const ENTRY_MAX: i64 = 50;

/// By which right a room is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Its maker's.
    Maker,
    /// An administrator's: who grants it has looked, and writes down what is done by it.
    Administrator,
}

impl Conversations {
    /// Makes a room, and its creator a member.
    ///
    /// # Errors
    /// `Forbidden` for guests, for those who are in [`ROOMS_MAX`] rooms, and for those who have made
    /// [`ROOMS_MADE_MAX`], unless they are administrators; `Conflict` when the name is taken.
    pub async fn create_room(
        &self,
        actor: Actor,
        name: RoomName,
        topic: RoomTopic,
    ) -> Result<Conversation> {
        self.store
            .write(move |tx| make_room(tx, actor, &name, &topic))
            .await
    }

    /// Deletes a room with all that was said in it. It is gone at once for everybody; its messages are
    /// deleted in portions, so that nobody's have to wait for them.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` unless one made it, and for `general`.
    pub async fn delete_room(&self, actor: Actor, room: RoomKey) -> Result<()> {
        let (id, _) = self
            .store
            .write(move |tx| detach_room(tx, actor, &room, Right::Maker))
            .await?;
        self.clear_away(id);
        Ok(())
    }

    /// Deletes what is left of a room, or of a chat, that nobody can find any more. In a task of its own:
    /// whoever deleted it has not to wait, and does not end it by hanging up.
    pub(crate) fn clear_away(&self, id: ConversationId) {
        let this = self.clone();
        tokio::spawn(async move { this.clear(id).await });
    }

    async fn clear(&self, id: ConversationId) {
        let clear = || self.store.write(move |tx| rows::clear(tx.writes(), id));
        loop {
            match clear().await {
                Ok(false) => {}
                Ok(true) => return,
                Err(error) => {
                    tracing::warn!(%error, "what was deleted is cleared at the next start");
                    return;
                }
            }
        }
    }

    /// Comes into a room; who is in it is asked for with [`Conversations::members`]. Coming again changes nothing, except that who was passing can stay.
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

    /// Ends what cannot have outlived the last run: the visits of those who were passing, and rooms that
    /// were being deleted. Before anybody comes in.
    pub fn tidy_rooms(&self) {
        let this = self.clone();
        let job = |tx: &mut Tx<'_>| {
            rows::delete_passing(tx.writes())?;
            rows::detached(tx.reads())
        };
        self.store.submit(job, move |detached| match detached {
            Ok(detached) => {
                tokio::spawn(async move {
                    for id in detached {
                        this.clear(id).await;
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "the rooms of before could not be tidied"),
        });
    }

    /// Tells a room of a command, in its place among what the same person says, then calls `done`. It is
    /// stored nowhere.
    ///
    /// `done` gets `NotFound` unless one is in the room, or the store's errors.
    pub fn command(
        &self,
        actor: Actor,
        id: ConversationId,
        command: Command,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) {
        self.store
            .submit(move |tx| relay(tx, actor, id, &command), done);
    }

    /// [`Conversations::command`] for those who wait.
    ///
    /// # Errors
    /// As told there.
    pub async fn command_and_wait(
        &self,
        actor: Actor,
        id: ConversationId,
        command: Command,
    ) -> Result<()> {
        self.store
            .write(move |tx| relay(tx, actor, id, &command))
            .await
    }
}

/// [`Conversations::create_room`] as part of a job that does more.
pub(crate) fn make_room(
    tx: &mut Tx<'_>,
    actor: Actor,
    name: &RoomName,
    topic: &RoomTopic,
) -> Result<Conversation> {
    actor.require_account()?;
    refuse_too_many(tx, actor.user)?;
    refuse_too_many_made(tx, actor.user)?;
    let now = tx.now();
    refuse_suspended(tx.reads(), actor.user, now)?;
    let made = tx.tries(|conn| rows::insert(conn, name, topic, actor.user, now))?;
    let id = made.ok_or_else(taken)?;
    super::join(tx, actor.user, id)?;
    views::one(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)
}

/// Gives a room another name or topic, as part of a job that has looked whether that is somebody's right.
/// Whoever is passing came by the name that it had, and leaves with it, unless the new one is the same in
/// other letters. What it was called until then.
///
/// # Errors
/// `NotFound`; `Forbidden` for the name of `general`; `Conflict` when the name is taken.
pub(crate) fn alter_room(
    tx: &mut Tx<'_>,
    room: &RoomKey,
    name: Option<&RoomName>,
    topic: Option<&RoomTopic>,
) -> Result<String> {
    let room = rows::find(tx.reads(), room)?.ok_or(Error::NotFound)?;
    let called = rows::name(tx.reads(), room.id)?;
    if let Some(name) = name {
        if room.key == RoomName::GENERAL && name.key() != room.key {
            return Err(general_stays());
        }
        if rows::is_taken(tx.reads(), name, room.id)? {
            return Err(taken());
        }
        rows::set_name(tx.writes(), room.id, name)?;
    }
    if let Some(topic) = topic {
        rows::set_topic(tx.writes(), room.id, topic)?;
    }
    let now = tx.now();
    rows::note_change(tx.writes(), &room, now)?;
    let changed = Event::RoomChanged {
        conversation_id: room.id,
        name: rows::name(tx.reads(), room.id)?,
        topic: rows::topic(tx.reads(), room.id)?,
    };
    tx.publish(vec![Topic::Room(room.id)], changed);
    if name.is_some_and(|name| name.key() != room.key) {
        send_off_passing(tx, room.id)?;
    }
    Ok(called)
}

/// [`Conversations::delete_room`] as part of a job that does more: which it is, and what it was called. What
/// was said in it is left to [`Conversations::clear_away`].
pub(crate) fn detach_room(
    tx: &mut Tx<'_>,
    actor: Actor,
    room: &RoomKey,
    right: Right,
) -> Result<(ConversationId, String)> {
    actor.require_account()?;
    let room = rows::find(tx.reads(), room)?.ok_or(Error::NotFound)?;
    if right == Right::Maker && room.created_by != Some(actor.user) {
        return Err(Error::Forbidden(
            "Only who made a room, or an administrator, can delete it.",
        ));
    }
    let called = rows::name(tx.reads(), room.id)?;
    if room.key == RoomName::GENERAL {
        return Err(general_stays());
    }
    rows::detach(tx.writes(), room.id)?;
    tx.publish(
        vec![Topic::Room(room.id)],
        Event::ConversationRemoved(room.id),
    );
    Ok((room.id, called))
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

fn relay(tx: &mut Tx<'_>, actor: Actor, id: ConversationId, command: &Command) -> Result<()> {
    let gate = gate::of_member(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)?;
    if gate.kind != ConversationKind::Room {
        return Err(Error::NotFound);
    }
    let sent = Event::RoomCommand {
        conversation_id: id,
        user: gate.member.clone(),
        command: command.clone(),
        sent_at: tx.now(),
    };
    tx.publish(gate.topics(), sent);
    Ok(())
}

fn refuse_too_many(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    if rows::of_member(tx.reads(), user)?.len() >= ROOMS_MAX {
        return Err(Error::Forbidden(
            "Nobody can be in more than 100 rooms. Leave one first.",
        ));
    }
    Ok(())
}

/// Rooms stay when nobody is in them, and everybody sees them all.
fn refuse_too_many_made(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let made = rows::made_by(tx.reads(), user)?;
    if made >= ROOMS_MADE_MAX && !rows::is_admin(tx.reads(), user)? {
        return Err(Error::Forbidden(
            "Nobody can make more than 20 rooms. Delete one first.",
        ));
    }
    Ok(())
}

fn taken() -> Error {
    Error::conflict("name", "There is a room of that name already.")
}

fn general_stays() -> Error {
    Error::Forbidden("This room is always there, under its name.")
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
fn send_off_passing(tx: &mut Tx<'_>, id: ConversationId) -> Result<()> {
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
            vec![Topic::User(user)],
            Event::ConversationAdded(Box::new(view)),
        );
    }
    tx.publish(vec![Topic::Room(id)], Event::MemberJoined { who, stay });
    Ok(())
}

/// First to the room, while their own sockets still listen to it.
fn tell_left(tx: &mut Tx<'_>, user: UserId, id: ConversationId, online: bool) -> Result<()> {
    let who = attendance(tx, user, id, online)?;
    tx.publish(vec![Topic::Room(id)], Event::MemberLeft(who));
    tx.publish(vec![Topic::User(user)], Event::ConversationRemoved(id));
    Ok(())
}

fn tell_visit(tx: &mut Tx<'_>, user: UserId, id: ConversationId, on: bool) -> Result<()> {
    let who = attendance(tx, user, id, on)?;
    tx.publish(vec![Topic::Room(id)], Event::MemberVisits { who, on });
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
        room: queries::rooms::name(tx.reads(), conversation_id)?,
        user: queries::rooms::profile(tx.reads(), user)?.ok_or(Error::NotSignedIn)?,
        online,
        at: tx.now(),
    })
}
