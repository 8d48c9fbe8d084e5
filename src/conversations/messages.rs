//! Saying something, changing it, and taking it back.

use super::Conversations;
use super::queries::gate::{self, Gate};
use super::queries::messages as rows;
use super::sending::{Sending, Sent};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Body, ConversationKind, Draft, Event, Message, MessageId, Topic, Topics,
};
use crate::store::Tx;
use smallvec::smallvec;
use std::sync::Arc;

impl Conversations {
    /// Stores a message and tells every member, then calls `done`. Messages are stored in the order
    /// in which they are submitted, so a transport calls this before it lets anything else run.
    ///
    /// Retrying with the same `client_id` is safe for ever: the first answer comes again, with
    /// `duplicate`, also where a new message would now be refused.
    ///
    /// `done` gets `NotFound` unless one is in the conversation (or knows the person), `Blocked`,
    /// `Ended`, `ClientIdConflict` when the id names something else, or the store's errors.
    pub fn send(
        &self,
        actor: Actor,
        draft: Draft,
        done: impl FnOnce(Result<Sent>) + Send + 'static,
    ) {
        self.store.submit_to(
            move |tx, sending: &mut Sending| sending.send(tx, actor, &draft),
            done,
        );
    }

    /// [`Conversations::send`] for those who wait: pages and REST.
    ///
    /// # Errors
    /// As told there.
    pub async fn send_and_wait(&self, actor: Actor, draft: Draft) -> Result<Sent> {
        self.store
            .write_to(move |tx, sending: &mut Sending| sending.send(tx, actor, &draft))
            .await
    }

    /// Gives one's own message another body.
    ///
    /// # Errors
    /// `NotFound` unless one is in its conversation; `Forbidden` unless it is one's own and still
    /// there, and in a match; `Blocked`; `Ended`.
    pub async fn edit(&self, actor: Actor, id: MessageId, body: Body) -> Result<Arc<Message>> {
        self.store.write(move |tx| edit(tx, actor, id, &body)).await
    }

    /// Turns one's own message into a tombstone: its place stays, its words go.
    ///
    /// # Errors
    /// `NotFound` unless one is in its conversation; `Forbidden` unless it is one's own, and in a match.
    /// Deleting twice is no error.
    pub async fn delete(&self, actor: Actor, id: MessageId) -> Result<Arc<Message>> {
        self.store.write(move |tx| delete(tx, actor, id)).await
    }
}

pub(super) fn edit(
    tx: &mut Tx<'_>,
    actor: Actor,
    id: MessageId,
    body: &Body,
) -> Result<Arc<Message>> {
    let (gate, message) = own_message(tx, actor, id)?;
    gate.refuse_new_words()?;
    let now = tx.now();
    rows::set_body(tx.writes(), &message, gate.counter + 1, body.as_str(), now)?;
    gate::set_counter(tx.writes(), message.conversation_id, gate.counter + 1)?;
    let message = Arc::new(Message {
        body: body.as_str().to_owned(),
        rev: gate.counter + 1,
        edited_at: Some(now),
        ..message
    });
    tx.publish(gate.topics(), Event::MessageEdited(message.clone()));
    Ok(message)
}

pub(super) fn delete(tx: &mut Tx<'_>, actor: Actor, id: MessageId) -> Result<Arc<Message>> {
    let (gate, message) = match own_message(tx, actor, id) {
        Ok(found) => found,
        Err(Refusal::Deleted(message)) => return Ok(Arc::new(*message)),
        Err(Refusal::Error(error)) => return Err(error),
    };
    rows::bury(tx.writes(), &message, gate.counter + 1)?;
    gate::set_counter(tx.writes(), message.conversation_id, gate.counter + 1)?;
    let message = Arc::new(Message {
        body: String::new(),
        rev: gate.counter + 1,
        deleted: true,
        ..message
    });
    tx.publish(gate.topics(), Event::MessageDeleted(message.clone()));
    Ok(message)
}

/// Why a message cannot be changed by somebody.
enum Refusal {
    Deleted(Box<Message>),
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Deleted(_) => Self::Forbidden("A deleted message cannot be changed."),
            Refusal::Error(error) => error,
        }
    }
}

fn own_message(tx: &mut Tx<'_>, actor: Actor, id: MessageId) -> Result<(Gate, Message), Refusal> {
    let message = rows::of_member(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)?;
    if message.author != actor.user {
        return Err(Error::Forbidden("Only its author can change a message.").into());
    }
    if message.deleted {
        return Err(Refusal::Deleted(Box::new(message)));
    }
    let gate =
        gate::of_member(tx.reads(), actor.user, message.conversation_id)?.ok_or(Error::NotFound)?;
    if gate.kind == ConversationKind::Match {
        // It may have to be shown to somebody who looks after this server.
        return Err(Error::Forbidden("What was said to a stranger stays as it was said.").into());
    }
    Ok((gate, message))
}

impl Gate {
    /// # Errors
    /// `Ended` or `Blocked` where nothing new can be said.
    pub(super) fn refuse_new_words(&self) -> Result<()> {
        if self.ended {
            return Err(Error::Ended);
        }
        if self.blocked {
            return Err(Error::Blocked);
        }
        Ok(())
    }

    /// Who hears of what happens here.
    pub(super) fn topics(&self) -> Topics {
        match (self.kind, self.pair) {
            (ConversationKind::Direct, Some((low, high))) => {
                smallvec![Topic::User(low), Topic::User(high)]
            }
            (ConversationKind::Room, _) => smallvec![Topic::Room(self.id)],
            _ => self.members.iter().copied().map(Topic::User).collect(),
        }
    }
}
