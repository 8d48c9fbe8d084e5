//! Saying something, changing it, and taking it back.

use super::queries::gate::{self, Gate};
use super::queries::{messages as rows, rooms};
use super::{Conversations, With, join, open_direct};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Body, ConversationKind, Draft, Event, Message, MessageId, Target, Topic,
};
use crate::store::Tx;
use std::sync::Arc;

/// A message that is on disk.
#[derive(Clone, Debug)]
pub struct Sent {
    /// As it is stored.
    pub message: Arc<Message>,
    /// Whether it was there before: this was a retry, and nobody was told again.
    pub duplicate: bool,
}

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
        self.store.submit(move |tx| send(tx, actor, &draft), done);
    }

    /// [`Conversations::send`] for those who wait: pages and REST.
    ///
    /// # Errors
    /// As told there.
    pub async fn send_and_wait(&self, actor: Actor, draft: Draft) -> Result<Sent> {
        self.store.write(move |tx| send(tx, actor, &draft)).await
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

pub(super) fn send(tx: &mut Tx<'_>, actor: Actor, draft: &Draft) -> Result<Sent> {
    match admit(tx, actor, draft.target) {
        Ok(gate) => store(tx, actor, &gate, draft),
        Err(refusal) => original(tx, actor, draft)?.ok_or(refusal),
    }
}

/// The conversation that the draft is for, if the actor may speak there.
fn admit(tx: &mut Tx<'_>, actor: Actor, target: Target) -> Result<Gate> {
    let id = match target {
        Target::Conversation(id) => id,
        Target::Person(person) => open_direct(tx, actor, &With::Known(person))?,
    };
    let gate = gate::of_member(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)?;
    gate.refuse_new_words()?;
    Ok(gate)
}

fn store(tx: &mut Tx<'_>, actor: Actor, gate: &Gate, draft: &Draft) -> Result<Sent> {
    let now = tx.now();
    let seq = gate.counter + 1;
    // The unique `client_id` is the look-up: a retry inserts nothing.
    let stored = tx.tries(|conn| rows::insert(conn, actor.user, gate.id, seq, draft, now))?;
    let Some(id) = stored else {
        return original(tx, actor, draft)?.ok_or(Error::ClientIdConflict);
    };
    gate::set_last(tx.writes(), gate.id, seq)?;
    let message = Arc::new(Message {
        id,
        conversation_id: gate.id,
        seq,
        rev: seq,
        sender: gate.member.clone(),
        author: actor.user,
        body: draft.body.as_str().to_owned(),
        client_id: Some(draft.client_id.as_str().to_owned()),
        sent_at: now,
        edited_at: None,
        deleted: false,
    });
    if gate.last_seq == 0
        && let Some(peer) = gate.peer_of(actor.user)
    {
        join(tx, peer, gate.id)?;
    }
    tx.publish(gate.topics(), Event::MessageSent(message.clone()));
    if gate.kind == ConversationKind::Room {
        mention(tx, &message, &draft.body)?;
    }
    Ok(Sent {
        message,
        duplicate: false,
    })
}

/// Tells those whom a message in a room names, and notes it for those who are away.
fn mention(tx: &mut Tx<'_>, message: &Arc<Message>, body: &Body) -> Result<()> {
    let keys = body.mentions();
    if keys.is_empty() {
        return Ok(());
    }
    let named = rooms::named(tx.reads(), message.conversation_id, message.author, &keys)?;
    if !named.is_empty() {
        gate::set_mentioned(tx.writes(), message.conversation_id, &named, message.seq)?;
        let topics = named.into_iter().map(Topic::User).collect();
        tx.publish(topics, Event::Mention(message.clone()));
    }
    Ok(())
}

/// What this `client_id` named first, if it was the same message.
fn original(tx: &mut Tx<'_>, actor: Actor, draft: &Draft) -> Result<Option<Sent>> {
    let Some((message, digest)) = rows::by_client_id(tx.reads(), actor.user, &draft.client_id)?
    else {
        return Ok(None);
    };
    let same_place = match draft.target {
        Target::Conversation(id) => id == message.conversation_id,
        Target::Person(person) => {
            let (low, high) = (actor.user.min(person), actor.user.max(person));
            gate::direct(tx.reads(), low, high)? == Some(message.conversation_id)
        }
    };
    if !same_place || digest != Body::digest_of(draft.body.as_str().as_bytes()) {
        return Err(Error::ClientIdConflict);
    }
    Ok(Some(Sent {
        message: Arc::new(message),
        duplicate: true,
    }))
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
    fn refuse_new_words(&self) -> Result<()> {
        if self.ended {
            return Err(Error::Ended);
        }
        if self.blocked {
            return Err(Error::Blocked);
        }
        Ok(())
    }

    /// Who hears of what happens here.
    pub(super) fn topics(&self) -> Vec<Topic> {
        match (self.kind, self.pair) {
            (ConversationKind::Direct, Some((low, high))) => {
                vec![Topic::User(low), Topic::User(high)]
            }
            (ConversationKind::Room, _) => vec![Topic::Room(self.id)],
            _ => self.members.iter().copied().map(Topic::User).collect(),
        }
    }
}
