//! Direct conversations as programs see them that know nothing else: by id, with two people from the beginning, and
//! with lists that can be searched.
//!
//! Here it is no secret whether a chat or a message exists, only what is in it: the refusals say which of the
//! two is missing. What changes goes through the same verbs as everywhere, so that everybody hears of it.

use super::messages::{delete, edit};
use super::queries::{chats, gate, messages};
use super::sending::{Sending, Sent};
use super::{Conversations, enter_direct, join};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Body, Chat, ChatMessage, ClientId, ConversationId, Draft, Event, Filter,
    MessageAttribute, MessageId, Part, Target, Topic, UserId,
};
use crate::store::{Conn, Tx};

/// Bytes of text in one list, past the first message: an answer waits in memory until its reader takes it.
const TEXT_MAX: usize = 4 * 1024 * 1024;

impl Conversations {
    /// One's chats, by id.
    ///
    /// # Errors
    /// `Forbidden` for guests.
    pub async fn chats(&self, actor: Actor) -> Result<Vec<Chat>> {
        actor.require_account()?;
        self.store
            .read(move |conn| chats::of_member(conn, actor.user))
            .await
    }

    /// One chat.
    ///
    /// # Errors
    /// `Missing`; `NotYours` unless one is in it.
    pub async fn chat(&self, actor: Actor, id: ConversationId) -> Result<Chat> {
        self.store.read(move |conn| entered(conn, actor, id)).await
    }

    /// Makes the chat of two people, for both of them at once. `other` is somebody whom the actor can find.
    ///
    /// # Errors
    /// `Conflict` when there is one; `Blocked`; `Invalid` for oneself; `Forbidden` for guests.
    pub async fn begin_chat(&self, actor: Actor, other: UserId) -> Result<Chat> {
        actor.require_account()?;
        self.store
            .write(move |tx| begin(tx, actor.user, other))
            .await
    }

    /// Deletes a chat for both, and all that was said in it. It is gone at once; its messages are deleted in
    /// portions, as those of a room.
    ///
    /// # Errors
    /// As [`Conversations::chat`].
    pub async fn delete_chat(&self, actor: Actor, id: ConversationId) -> Result<()> {
        self.store
            .write(move |tx| {
                let chat = entered(tx.reads(), actor, id)?;
                chats::detach(tx.writes(), id)?;
                let both = [chat.low, chat.high].map(Topic::User);
                tx.publish(both.into(), Event::ConversationRemoved(id));
                Ok(())
            })
            .await?;
        self.clear_away(id);
        Ok(())
    }

    /// The messages of a chat that the filter wants. Deleted ones are not there.
    ///
    /// # Errors
    /// As [`Conversations::chat`].
    pub async fn chat_messages(
        &self,
        actor: Actor,
        id: ConversationId,
        filter: Filter<MessageAttribute>,
    ) -> Result<Part<ChatMessage>> {
        self.store
            .read(move |conn| {
                let chat = entered(conn, actor, id)?;
                chats::messages(conn, &chat, &filter, TEXT_MAX)
            })
            .await
    }

    /// One message of a chat.
    ///
    /// # Errors
    /// As [`Conversations::chat`]; `Missing` when there is no such message, or it was deleted; `NotYours` when it is of
    /// another conversation.
    pub async fn chat_message(
        &self,
        actor: Actor,
        id: ConversationId,
        message: MessageId,
    ) -> Result<ChatMessage> {
        self.store
            .read(move |conn| {
                let chat = entered(conn, actor, id)?;
                said_in(conn, &chat, message)
            })
            .await
    }

    /// Says several things at once, all of them or none. They are known by `key` and, from the second on, its
    /// parts: a retry with the same key and texts stores nothing, and is answered alike.
    ///
    /// # Errors
    /// As [`Conversations::chat`]; `Blocked`; `ClientIdConflict` when the key names something else.
    pub async fn send_all(
        &self,
        actor: Actor,
        id: ConversationId,
        bodies: Vec<Body>,
        key: ClientId,
    ) -> Result<()> {
        self.store
            .write_to(move |tx, sending: &mut Sending| {
                entered(tx.reads(), actor, id)?;
                let sent = (1..)
                    .zip(&bodies)
                    .map(|(n, body)| sending.send(tx, actor, &draft(id, body, key.of_part(n))))
                    .collect::<Result<Vec<_>>>()?;
                same_as_before(tx.reads(), actor, &sent, &key)
            })
            .await
    }

    /// Gives one's own message of a chat another body.
    ///
    /// # Errors
    /// As [`Conversations::chat_message`]; `NotYours` also for what somebody else said; `Blocked`.
    pub async fn edit_in_chat(
        &self,
        actor: Actor,
        id: ConversationId,
        message: MessageId,
        body: Body,
    ) -> Result<()> {
        self.store
            .write(move |tx| {
                own_in(tx.reads(), actor, id, message)?;
                edit(tx, actor, message, &body).map(drop)
            })
            .await
    }

    /// Takes back one's own message of a chat.
    ///
    /// # Errors
    /// As [`Conversations::edit_in_chat`], except that a block does not matter.
    pub async fn delete_in_chat(
        &self,
        actor: Actor,
        id: ConversationId,
        message: MessageId,
    ) -> Result<()> {
        self.store
            .write(move |tx| {
                own_in(tx.reads(), actor, id, message)?;
                delete(tx, actor, message).map(drop)
            })
            .await
    }
}

fn begin(tx: &mut Tx<'_>, user: UserId, other: UserId) -> Result<Chat> {
    if user == other {
        return Err(Error::conflict(
            "companion_id",
            "You cannot create a chat with yourself",
        ));
    }
    if gate::is_parted(tx.reads(), user, other)? {
        return Err(Error::Blocked);
    }
    let found = gate::direct(tx.reads(), user, other)?;
    if let Some(id) = found
        && gate::is_member(tx.reads(), user, id)?
    {
        return Err(Error::conflict(
            "companion_id",
            format!("Your chat with the user {other} already exists"),
        ));
    }
    let id = enter_direct(tx, user, other, found)?;
    join(tx, other, id)?;
    let (low, high) = (user.min(other), user.max(other));
    Ok(Chat { id, low, high })
}

/// A chat that the actor is in.
fn entered(conn: &mut Conn, actor: Actor, id: ConversationId) -> Result<Chat> {
    actor.require_account()?;
    let Some(chat) = chats::find(conn, id)? else {
        return Err(Error::Missing(format!("Chat {id} does not exist")));
    };
    if gate::is_member(conn, actor.user, id)? {
        Ok(chat)
    } else {
        Err(Error::NotYours(format!(
            "You are not a participant of this chat {id}"
        )))
    }
}

/// A message of that chat.
fn said_in(conn: &mut Conn, chat: &Chat, id: MessageId) -> Result<ChatMessage> {
    let Some((place, message)) = chats::message(conn, chat, id)? else {
        return Err(Error::Missing(format!("Message {id} does not exist")));
    };
    if place == chat.id {
        Ok(message)
    } else {
        Err(Error::NotYours(format!(
            "Message {id} is not from the chat {}",
            chat.id
        )))
    }
}

/// Refuses what is not the actor's own message in that chat.
fn own_in(conn: &mut Conn, actor: Actor, id: ConversationId, message: MessageId) -> Result<()> {
    let chat = entered(conn, actor, id)?;
    if said_in(conn, &chat, message)?.sender == actor.user {
        Ok(())
    } else {
        Err(Error::NotYours(format!(
            "Message {message} does not belong to you"
        )))
    }
}

fn draft(id: ConversationId, body: &Body, client_id: ClientId) -> Draft {
    Draft {
        target: Target::Conversation(id),
        body: body.clone(),
        client_id,
    }
}

/// Refuses a key under which fewer or more were sent before.
fn same_as_before(conn: &mut Conn, actor: Actor, sent: &[Sent], key: &ClientId) -> Result<()> {
    let known = sent.iter().filter(|one| one.duplicate).count();
    let next = key.of_part(sent.len() + 1);
    let differs = match known {
        0 => false,
        n if n < sent.len() => true,
        _ => messages::by_client_id(conn, actor.user, &next)?.is_some(),
    };
    if differs {
        return Err(Error::ClientIdConflict);
    }
    Ok(())
}
