//! Rooms: where many talk. Everybody with an account sees all of them and may come in.
//!
//! A room is a conversation: what is said in it goes through the verbs of all conversations. Here is
//! what only rooms have: a name, a maker, and commands. Who comes and goes is `attendance.rs`, who is in a room
//! and the list of them `room_lists.rs`.

use super::Conversations;
use super::attendance::{refuse_too_many, send_off_passing};
use super::queries::{gate, rooms as rows, views};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Command, Conversation, ConversationId, ConversationKind, Event, Profile, RoomKey,
    RoomName, RoomTopic, Topic, UserId,
};
use crate::store::{Tx, refuse_suspended};
use smallvec::smallvec;

/// Rooms that somebody can have made.
pub const ROOMS_MADE_MAX: i64 = 20;

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
    /// `Forbidden` for guests, for those who are in [`ROOMS_MAX`](super::ROOMS_MAX) rooms, and for those who have made
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
    tx.publish(smallvec![Topic::Room(room.id)], changed);
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
        smallvec![Topic::Room(room.id)],
        Event::ConversationRemoved(room.id),
    );
    Ok((room.id, called))
}

fn relay(tx: &mut Tx<'_>, actor: Actor, id: ConversationId, command: &Command) -> Result<()> {
    let gate = gate::of_member(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)?;
    if gate.kind != ConversationKind::Room {
        return Err(Error::NotFound);
    }
    let sent = Event::RoomCommand {
        conversation_id: id,
        user: Profile::clone(&gate.member),
        command: command.clone(),
        sent_at: tx.now(),
    };
    tx.publish(gate.topics(), sent);
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
