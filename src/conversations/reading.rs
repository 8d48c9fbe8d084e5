//! Reading: history in pages, catching up after a cursor, and how far somebody has got.

use super::Conversations;
use super::queries::{gate, messages, views};
use super::sending::Sending;
use crate::error::{Error, Result};
use crate::model::{
    Actor, Conversation, ConversationId, Event, Message, Page, Receipt, Sync, Topic,
};
use smallvec::smallvec;
use std::collections::HashMap;

/// Messages in one page of history.
pub const HISTORY_MAX: i64 = 100;
/// Messages in one answer to `sync`.
pub const SYNC_MAX: i64 = 200;

/// Bytes of text in one page or answer, past the first message: an answer waits in memory until its
/// reader takes it.
const TEXT_MAX: usize = 256 * 1024;

/// Which mark of a member moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Delivered,
    Read,
}

impl Conversations {
    /// The messages before `before` (or the last ones), at most `limit` and [`HISTORY_MAX`].
    ///
    /// # Errors
    /// `NotFound` unless one is in the conversation.
    pub async fn history(
        &self,
        actor: Actor,
        id: ConversationId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Page> {
        let limit = limit.clamp(1, HISTORY_MAX);
        self.store
            .read(move |conn| {
                if !gate::is_member(conn, actor.user, id)? {
                    return Err(Error::NotFound);
                }
                let mut newest_first = messages::before(conn, id, before, limit + 1)?;
                let more = cut(
                    &mut newest_first,
                    usize::try_from(limit).unwrap_or(1),
                    TEXT_MAX,
                );
                newest_first.reverse();
                Ok(Page {
                    messages: newest_first,
                    more,
                })
            })
            .await
    }

    /// What one missed: the conversations whose counter passed its cursor or that have none, and
    /// their messages changed since, at most `limit` and [`SYNC_MAX`], by `(conversation, rev)`.
    /// Cursors of conversations that one is not in are ignored; matches that have ended come only to
    /// those who have a cursor of them.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sync(
        &self,
        actor: Actor,
        cursors: HashMap<ConversationId, i64>,
        limit: i64,
    ) -> Result<Sync> {
        let limit = usize::try_from(limit.clamp(1, SYNC_MAX)).unwrap_or(1);
        self.store
            .read(move |conn| {
                let mut text_left = TEXT_MAX;
                let mut missed = Sync {
                    conversations: Vec::new(),
                    messages: Vec::new(),
                    more: false,
                };
                for (id, counter, ended) in views::counters(conn, actor.user)? {
                    let cursor = cursors.get(&id).copied();
                    if ended && cursor.is_none() {
                        continue;
                    }
                    if cursor.is_some_and(|cursor| cursor >= counter) {
                        continue;
                    }
                    let room = limit - missed.messages.len();
                    if room == 0 || text_left == 0 {
                        missed.more = true;
                        break;
                    }
                    let wanted = i64::try_from(room + 1).unwrap_or(SYNC_MAX);
                    let mut changed =
                        messages::changed_since(conn, id, cursor.unwrap_or(0), wanted)?;
                    missed.more = cut(&mut changed, room, text_left);
                    text_left = text_left.saturating_sub(text_of(&changed));
                    missed.messages.extend(changed);
                    missed
                        .conversations
                        .extend(views::one(conn, actor.user, id)?);
                    if missed.more {
                        break;
                    }
                }
                Ok(missed)
            })
            .await
    }

    /// Notes that one's devices have received up to `seq`; never goes back.
    ///
    /// # Errors
    /// `NotFound` unless one is in the conversation.
    pub async fn delivered(&self, actor: Actor, id: ConversationId, seq: i64) -> Result<Receipt> {
        self.mark(actor, id, seq, Mark::Delivered).await
    }

    /// Notes that one has read up to `seq`; never goes back.
    ///
    /// # Errors
    /// `NotFound` unless one is in the conversation.
    pub async fn read(&self, actor: Actor, id: ConversationId, seq: i64) -> Result<Receipt> {
        self.mark(actor, id, seq, Mark::Read).await
    }

    async fn mark(
        &self,
        actor: Actor,
        id: ConversationId,
        seq: i64,
        mark: Mark,
    ) -> Result<Receipt> {
        self.store
            // Between messages it does not end their batch, although that may remember older marks: nobody but this
            // asks for those, and this asks the database.
            .write_to(move |tx, sending: &mut Sending| {
                let gate = gate::of_member(tx.reads(), actor.user, id)?.ok_or(Error::NotFound)?;
                // Nobody can have read what is not there yet.
                let seq = seq.min(sending.last_place(id).unwrap_or(gate.last_seq));
                let read_seq = if mark == Mark::Read {
                    gate.read_seq.max(seq)
                } else {
                    gate.read_seq
                };
                let receipt = Receipt {
                    conversation_id: id,
                    user_id: actor.user,
                    delivered_seq: gate.delivered_seq.max(seq).max(read_seq),
                    read_seq,
                };
                if (receipt.delivered_seq, receipt.read_seq) == (gate.delivered_seq, gate.read_seq)
                {
                    return Ok(receipt);
                }
                gate::set_marks(tx.writes(), &receipt)?;
                let topics = match gate.pair {
                    Some(_) if !gate.blocked => gate.topics(),
                    _ => smallvec![Topic::User(actor.user)],
                };
                tx.publish(topics, Event::Receipt(receipt));
                Ok(receipt)
            })
            .await
    }

    /// One conversation together with its last messages: what a page shows first.
    ///
    /// # Errors
    /// `NotFound` unless one is in it.
    pub async fn opened(
        &self,
        actor: Actor,
        id: ConversationId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<(Conversation, Page)> {
        let conversation = self.get(actor, id).await?;
        let page = self.history(actor, id, before, limit).await?;
        Ok((conversation, page))
    }
}

/// Keeps the first message and as many more as fit; says whether any were cut.
fn cut(messages: &mut Vec<Message>, count: usize, text: usize) -> bool {
    let mut left = text;
    let fit = messages
        .iter()
        .take(count)
        .take_while(|message| {
            let fits = message.body.len() <= left;
            left = left.saturating_sub(message.body.len());
            fits
        })
        .count()
        .max(1);
    let more = messages.len() > fit;
    messages.truncate(fit);
    more
}

fn text_of(messages: &[Message]) -> usize {
    messages.iter().map(|message| message.body.len()).sum()
}
