//! What a job sees of the transaction that it runs in.

use super::Conn;
use super::batch::{Batch, Changed, Open};
use crate::error::Result;
use crate::model::{ConversationId, Envelope, Event, Timestamp, Topics};
use smallvec::SmallVec;

/// What one job has to tell: hardly ever more than one event, for which there is room in the job.
pub(super) type Published = SmallVec<[Envelope; 1]>;

/// A connection inside the current group's transaction.
///
/// What is published is kept until the commit, and dropped if the job fails.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    now: Timestamp,
    batch: &'a mut Open,
    wrote: bool,
    only: Option<ConversationId>,
    events: Published,
}

impl<'a> Tx<'a> {
    pub(super) fn new(conn: &'a mut Conn, now: Timestamp, batch: &'a mut Open) -> Self {
        Self {
            conn,
            now,
            batch,
            wrote: false,
            only: None,
            events: Published::new(),
        }
    }

    /// Runs a job with the batch that those before it began.
    pub(super) fn with_batch<B: Batch + Default, T>(
        &mut self,
        job: impl FnOnce(&mut Self, &mut B) -> Result<T>,
    ) -> Result<T> {
        let mut batch = self.batch.take_or_begin::<B>();
        let outcome = job(self, &mut batch);
        self.batch.put_back(batch);
        outcome
    }

    /// The moment of this transaction.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// For queries that change nothing: a job that refuses after these alone needs no undoing, and leaves what a
    /// [`Batch`] knows.
    pub fn reads(&mut self) -> &mut Conn {
        self.conn
    }

    /// For statements that change something.
    pub fn writes(&mut self) -> &mut Conn {
        self.wrote = true;
        self.conn
    }

    /// For one statement that may change nothing, an insert that finds its row there already say: it
    /// counts as a write only if it gave something back.
    ///
    /// # Errors
    /// Those of `statement`.
    pub fn tries<T>(
        &mut self,
        statement: impl FnOnce(&mut Conn) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let changed = statement(self.conn)?;
        self.wrote |= changed.is_some();
        Ok(changed)
    }

    /// Whatever this job writes is about that one conversation, and about no other: what a [`Batch`] knows of
    /// those stays true.
    pub fn changes_only(&mut self, id: ConversationId) {
        self.only = Some(id);
    }

    /// Tells `topics` of `event`, after the commit.
    pub fn publish(&mut self, topics: Topics, event: Event) {
        self.events.push(Envelope { topics, event });
    }

    /// Whether the job has changed something.
    pub(super) fn has_written(&self) -> bool {
        self.wrote
    }

    /// The job is over. What it published.
    pub(super) fn end(self) -> Published {
        self.batch.resume(match (self.wrote, self.only) {
            (false, _) => Changed::Nothing,
            (true, Some(id)) => Changed::Only(id),
            (true, None) => Changed::Anything,
        });
        self.events
    }
}
