//! Conversations: where people talk, what was said, and how far each has read.
//!
//! One set of verbs for direct talks, rooms and matches. Authorisation is part of the look-up: a
//! conversation is found *through* the member, so that not being in it and it not existing look the
//! same. Every change advances the conversation's counter, inside the writer.

mod attendance;
mod chats;
mod keeping;
mod messages;
mod queries;
mod reading;
mod room_lists;
mod rooms;
mod sending;
#[cfg(test)]
mod tests;

pub use attendance::{ENTRY_MAX, ROOMS_MAX};
pub use keeping::Keeping;
pub use reading::{HISTORY_MAX, SYNC_MAX};
pub use room_lists::MEMBERS_MAX;
pub use rooms::ROOMS_MADE_MAX;
pub(crate) use rooms::{Right, alter_room, detach_room, make_room};
pub use sending::Sent;

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::model::{Actor, Conversation, ConversationId, Event, Profile, Topic, UserId};
use crate::store::{Store, Tx, refuse_suspended};
use smallvec::smallvec;

/// The verbs of this context. Clones share what is below.
#[derive(Clone)]
pub struct Conversations {
    store: Store,
    cluster: Cluster,
}

/// Whom a direct conversation is opened with.
#[derive(Clone, Debug)]
pub enum With {
    /// Somebody by id: a contact of the actor's, or somebody they already talk with. Ids can be
    /// guessed, so that anybody else does not exist.
    Known(UserId),
    /// Somebody just found by their username.
    Found(Profile),
}

impl With {
    fn whom(&self) -> UserId {
        match self {
            Self::Known(id) => *id,
            Self::Found(person) => person.id,
        }
    }
}

impl Conversations {
    /// Puts the context together.
    #[must_use]
    pub fn new(store: Store, cluster: Cluster) -> Self {
        Self { store, cluster }
    }

    /// The direct conversation of two people, made if it is missing. The other one sees it with the
    /// first message, not before.
    ///
    /// # Errors
    /// `NotFound` for a stranger's id; `Invalid` for oneself; `Forbidden` for guests; `Suspended`.
    pub async fn open(&self, actor: Actor, with: With) -> Result<Conversation> {
        self.store
            .write(move |tx| {
                let id = match look_for_direct(tx, actor, &with)? {
                    Direct::Entered(id) => id,
                    Direct::Welcome(found) => enter_direct(tx, actor.user, with.whom(), found)?,
                };
                queries::views::one(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)
            })
            .await
    }

    /// Every conversation that one is in, the latest first; of matches, the one that has not ended.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(&self, actor: Actor) -> Result<Vec<Conversation>> {
        self.store
            .read(move |conn| queries::views::all(conn, actor.user))
            .await
    }

    /// [`Conversations::list`], once `enter` was called with the rooms that one is in: what is said there and missing
    /// in the list is published after that call.
    ///
    /// `enter` is called where the database is read, while a reader waits for it, and also where nobody waits for the
    /// list any more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list_after_rooms<E>(&self, actor: Actor, enter: E) -> Result<Vec<Conversation>>
    where
        E: FnOnce(&[ConversationId]) + Send + 'static,
    {
        self.store
            .read_in_steps(move |conn| {
                enter(&queries::rooms::of_member(conn, actor.user)?);
                queries::views::all(conn, actor.user)
            })
            .await
    }

    /// One conversation.
    ///
    /// # Errors
    /// `NotFound` unless one is in it.
    pub async fn get(&self, actor: Actor, id: ConversationId) -> Result<Conversation> {
        self.store
            .read(move |conn| queries::views::one(conn, actor.user, id)?.ok_or(Error::NotFound))
            .await
    }
}

/// The direct conversation of the actor with somebody.
enum Direct {
    /// They are in it.
    Entered(ConversationId),
    /// They may be, in this one or in one that is still to be made.
    Welcome(Option<ConversationId>),
}

/// Looks for the direct conversation of the actor with somebody. Nothing is written.
fn look_for_direct(tx: &mut Tx<'_>, actor: Actor, with: &With) -> Result<Direct> {
    actor.require_account()?;
    let other = with.whom();
    if other == actor.user {
        return Err(Error::invalid(
            "user_id",
            "You cannot open a conversation with yourself.",
        ));
    }
    let found = queries::gate::direct(tx.reads(), actor.user, other)?;
    if let Some(id) = found
        && queries::gate::is_member(tx.reads(), actor.user, id)?
    {
        return Ok(Direct::Entered(id));
    }
    let welcome = match with {
        With::Found(_) => true,
        With::Known(_) => queries::gate::is_contact(tx.reads(), actor.user, other)?,
    };
    if !welcome {
        return Err(Error::NotFound);
    }
    let now = tx.now();
    refuse_suspended(tx.reads(), actor.user, now)?;
    Ok(Direct::Welcome(found))
}

/// Puts somebody into the direct conversation with the other one, which is made if it was not found.
fn enter_direct(
    tx: &mut Tx<'_>,
    user: UserId,
    other: UserId,
    found: Option<ConversationId>,
) -> Result<ConversationId> {
    let now = tx.now();
    let id = match found {
        Some(id) => id,
        None => queries::gate::insert_direct(tx.writes(), user, other, now)?,
    };
    join(tx, user, id)?;
    Ok(id)
}

/// Makes `user` a member, and tells their devices.
fn join(tx: &mut Tx<'_>, user: UserId, id: ConversationId) -> Result<()> {
    let now = tx.now();
    if queries::gate::insert_member(tx.writes(), user, id, now)?
        && let Some(view) = queries::views::one(tx.reads(), user, id)?
    {
        tx.publish(
            smallvec![Topic::User(user)],
            Event::ConversationAdded(Box::new(view)),
        );
    }
    Ok(())
}
