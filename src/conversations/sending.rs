//! Storing what is said: the path of every message.
//!
//! Messages that follow each other share a [`Sending`]: who may speak where is asked once, and a conversation
//! is moved on once in a group of the writer, however much was said there. That is half the work
//! of the writer under load.

use super::queries::gate::{self, Gate};
use super::queries::{messages as rows, rooms};
use super::{Direct, With, enter_direct, join, look_for_direct};
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

/// Who may speak where is remembered so many times at most.
const GATES_MAX: usize = 4_096;

/// What messages that follow each other know together.
///
/// Nothing that sending does changes a gate but its counters, which are kept here, and its marks, which are not
/// asked for here.
#[derive(Default)]
pub(super) struct Sending {
    talks: HashMap<ConversationId, Talk>,
    /// How many gates they have been asked for.
    gates: usize,
    /// Those whose last place the database does not know yet.
    unsettled: HashSet<ConversationId>,
    /// The newest of all messages, once it was asked for. No other code inserts any, so that it stays true for as
    /// long as the batch lives.
    newest: Option<MessageId>,
}

/// What is known of one conversation.
#[derive(Default)]
struct Talk {
    gates: HashMap<UserId, Gate>,
    /// The last place, once somebody has spoken.
    last: Option<i64>,
}

impl Batch for Sending {
    fn settle(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.move_on(tx)?;
        if self.gates > GATES_MAX {
            *self = Self::default();
        }
        Ok(())
    }

    fn forget(&mut self, id: ConversationId) {
        self.talks.remove(&id);
    }
}

impl Sending {
    /// Stores a message, unless it is there already.
    pub(super) fn send(&mut self, tx: &mut Tx<'_>, actor: Actor, draft: &Draft) -> Result<Sent> {
        match self.admit(tx, actor, draft) {
            Ok(id) => self.store(tx, actor, id, draft),
            Err(refusal) => original(tx, actor, draft)?.ok_or(refusal),
        }
    }

    /// The conversation that the draft is for, if the actor may speak there. Its gate is known then.
    fn admit(&mut self, tx: &mut Tx<'_>, actor: Actor, draft: &Draft) -> Result<ConversationId> {
        let id = match draft.target {
            Target::Conversation(id) => id,
            Target::Person(person) => match look_for_direct(tx, actor, &With::Known(person))? {
                Direct::Entered(id) => id,
                Direct::Welcome(found) => self.enter(tx, actor, person, found, draft)?,
            },
        };
        let talk = self.talks.entry(id).or_default();
        let gate = match talk.gates.entry(actor.user) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                self.gates += 1;
                let gate = gate::of_member(tx.reads(), actor.user, id)?;
                unknown.insert(gate.ok_or(Error::NotFound)?)
            }
        };
        gate.refuse_new_words()?;
        Ok(id)
    }

    /// Puts the author into a conversation that they are not in yet. Whatever could refuse their words is asked
    /// before: what is written for a message that is refused has to be undone, and the whole group with it.
    fn enter(
        &mut self,
        tx: &mut Tx<'_>,
        actor: Actor,
        person: UserId,
        found: Option<ConversationId>,
        draft: &Draft,
    ) -> Result<ConversationId> {
        if gate::is_parted(tx.reads(), actor.user, person)? {
            return Err(Error::Blocked);
        }
        if rows::by_client_id(tx.reads(), actor.user, &draft.client_id)?.is_some() {
            return Err(Error::ClientIdConflict);
        }
        // They are shown the conversation as the database has it.
        self.move_on(tx)?;
        enter_direct(tx, actor.user, person, found)
    }

    /// The last place in a conversation where something was said since the batch began.
    pub(super) fn last_place(&self, id: ConversationId) -> Option<i64> {
        self.talks.get(&id)?.last
    }

    fn store(
        &mut self,
        tx: &mut Tx<'_>,
        actor: Actor,
        id: ConversationId,
        draft: &Draft,
    ) -> Result<Sent> {
        let now = tx.now();
        let talk = self.talks.get_mut(&id).ok_or(Error::NotFound)?;
        let gate = talk.gates.get(&actor.user).ok_or(Error::NotFound)?;
        let seq = talk.last.unwrap_or(gate.counter) + 1;
        let is_first = talk.last.is_none() && gate.last_seq == 0;
        let newest = match self.newest {
            Some(newest) => newest,
            None => *self.newest.insert(rows::newest(tx.reads())?),
        };
        let next = MessageId(newest.0 + 1);
        // The unique `client_id` is the look-up: a retry inserts nothing.
        let stored = tx.tries(|conn| rows::insert(conn, next, actor.user, id, seq, draft, now))?;
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
        match gate.peer_of(actor.user).filter(|_| is_first) {
            Some(peer) => show_first(tx, peer, &message)?,
            None => {
                self.unsettled.insert(id);
            }
        }
        tx.publish(gate.topics(), Event::MessageSent(message.clone()));
        if gate.kind == ConversationKind::Room {
            mention(tx, &message, &draft.body)?;
        }
        talk.last = Some(seq);
        self.newest = Some(message_id);
        Ok(Sent {
            message,
            duplicate: false,
        })
    }

    /// Moves the conversations on to what was said in them.
    fn move_on(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        for id in self.unsettled.drain() {
            if let Some(seq) = self.talks.get(&id).and_then(|talk| talk.last) {
                gate::set_last(tx.writes(), id, seq)?;
            }
        }
        Ok(())
    }
}

/// Shows a conversation to whom the first message in it is for, as the database has it.
fn show_first(tx: &mut Tx<'_>, peer: UserId, message: &Message) -> Result<()> {
    gate::set_last(tx.writes(), message.conversation_id, message.seq)?;
    join(tx, peer, message.conversation_id)
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
            gate::direct(tx.reads(), actor.user, person)? == Some(message.conversation_id)
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
