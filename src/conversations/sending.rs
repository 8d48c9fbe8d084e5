//! Storing what is said: the path of every message.
//!
//! Messages that follow each other in a group of the writer share a [`Sending`]: who may speak where is
//! asked once, and a conversation is moved on once, however much was said there. That is half the work
//! of the writer under load.

use super::queries::gate::{self, Gate};
use super::queries::{messages as rows, rooms};
use super::{With, join, open_direct};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Body, ConversationId, ConversationKind, Draft, Event, Message, MessageId, Target, Topic,
    UserId,
};
use crate::store::{Batch, Tx};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A message that is on disk.
#[derive(Clone, Debug)]
pub struct Sent {
    /// As it is stored.
    pub message: Arc<Message>,
    /// Whether it was there before: this was a retry, and nobody was told again.
    pub duplicate: bool,
}

/// Who may speak where is remembered of so many at most.
const GATES_MAX: usize = 4_096;

/// What messages that follow each other know together.
///
/// Nothing that sending does changes a gate but its counters, and those are kept here.
#[derive(Default)]
pub(super) struct Sending {
    gates: HashMap<(UserId, ConversationId), Gate>,
    /// The last place in each conversation that somebody spoke in.
    places: HashMap<ConversationId, i64>,
    /// Those of them that the conversations do not know of yet.
    unsettled: HashSet<ConversationId>,
    newest: Option<MessageId>,
}

impl Batch for Sending {
    fn settle(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.move_on(tx)?;
        if self.gates.len() > GATES_MAX {
            *self = Self::default();
        }
        Ok(())
    }
}

/// Stores one message, for a job that does other things besides.
pub(super) fn send(tx: &mut Tx<'_>, actor: Actor, draft: &Draft) -> Result<Sent> {
    let mut sending = Sending::default();
    let sent = sending.send(tx, actor, draft)?;
    sending.move_on(tx)?;
    Ok(sent)
}

impl Sending {
    /// Stores a message, unless it is there already.
    pub(super) fn send(&mut self, tx: &mut Tx<'_>, actor: Actor, draft: &Draft) -> Result<Sent> {
        match self.admit(tx, actor, draft.target) {
            Ok(id) => self.store(tx, actor, id, draft),
            Err(refusal) => original(tx, actor, draft)?.ok_or(refusal),
        }
    }

    /// The conversation that the draft is for, if the actor may speak there. Its gate is known then.
    fn admit(&mut self, tx: &mut Tx<'_>, actor: Actor, target: Target) -> Result<ConversationId> {
        let id = match target {
            Target::Conversation(id) => id,
            Target::Person(person) => {
                // It may show the conversation to somebody, as the database has it.
                self.move_on(tx)?;
                open_direct(tx, actor, &With::Known(person))?
            }
        };
        let gate = match self.gates.entry((actor.user, id)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let gate = gate::of_member(tx.reads(), actor.user, id)?;
                unknown.insert(gate.ok_or(Error::NotFound)?)
            }
        };
        gate.refuse_new_words()?;
        Ok(id)
    }

    /// The last place in a conversation where something was said since the batch began.
    pub(super) fn last_place(&self, id: ConversationId) -> Option<i64> {
        self.places.get(&id).copied()
    }

    fn gate(&self, actor: Actor, id: ConversationId) -> Result<&Gate> {
        self.gates.get(&(actor.user, id)).ok_or(Error::NotFound)
    }

    fn store(
        &mut self,
        tx: &mut Tx<'_>,
        actor: Actor,
        id: ConversationId,
        draft: &Draft,
    ) -> Result<Sent> {
        let now = tx.now();
        let gate = self.gate(actor, id)?;
        let last = self.places.get(&id);
        let seq = last.unwrap_or(&gate.counter) + 1;
        let is_first = last.is_none() && gate.last_seq == 0;
        // The unique `client_id` is the look-up: a retry inserts nothing.
        let newest = self.newest;
        let stored =
            tx.tries(|conn| rows::insert(conn, actor.user, id, seq, draft, now, newest))?;
        let Some(message_id) = stored else {
            return original(tx, actor, draft)?.ok_or(Error::ClientIdConflict);
        };
        let message = Arc::new(Message {
            id: message_id,
            conversation_id: id,
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
        let new_to = gate.peer_of(actor.user).filter(|_| is_first);
        if let Some(peer) = new_to {
            // They are shown the conversation as the database has it.
            gate::set_last(tx.writes(), id, seq)?;
            join(tx, peer, id)?;
        }
        tx.publish(gate.topics(), Event::MessageSent(message.clone()));
        if gate.kind == ConversationKind::Room {
            mention(tx, &message, &draft.body)?;
        }
        if new_to.is_none() {
            self.unsettled.insert(id);
        }
        self.places.insert(id, seq);
        self.newest = Some(message_id);
        Ok(Sent {
            message,
            duplicate: false,
        })
    }

    /// Moves the conversations on to what was said in them.
    pub(super) fn move_on(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        for id in self.unsettled.drain() {
            if let Some(seq) = self.places.get(&id) {
                gate::set_last(tx.writes(), id, *seq)?;
            }
        }
        Ok(())
    }
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
