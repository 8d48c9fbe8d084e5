//! What jobs of one kind share when they follow each other.
//!
//! Under load a group holds many messages of the same few conversations. Each could ask anew who may
//! speak there and move the conversation's counter on; together they ask once and move it once. Before any
//! other job the batch is settled, so that one finds everything in the database as usual.
//!
//! What a batch knows outlives its group, for as long as nobody else has written: neither a job of
//! another kind, unless it says which conversation alone it changed ([`Tx::changes_only`]), nor another
//! program, of which the database itself tells by its version.

use super::{Conn, NO_BINDS, Tx, fixed, on_backend};
use crate::error::Result;
use crate::model::ConversationId;
use diesel::prelude::*;
use std::any::{Any, TypeId};

/// What the jobs of a batch know together.
///
/// What it puts off must be of no concern to its own jobs, which run with it, and is written by
/// [`Batch::settle`] before anybody else looks.
pub trait Batch: Any + Send {
    /// Writes what was put off, and forgets what has become too much to keep.
    ///
    /// # Errors
    /// Those of its statements; then nothing of the batch stands.
    fn settle(&mut self, tx: &mut Tx<'_>) -> Result<()>;

    /// Forgets what it knows of a conversation, because that has changed.
    fn forget(&mut self, id: ConversationId);
}

/// The batch that is open, if any.
#[derive(Default)]
pub(super) struct Open {
    batch: Option<Box<dyn Batch>>,
    /// The one that was settled for the job of another kind that runs now.
    aside: Option<Box<dyn Batch>>,
    /// The version of the database, as it was in the last transaction.
    version: i64,
}

impl Open {
    /// At the beginning of a transaction: what another program has changed, the batch does not know.
    pub(super) fn look_at(&mut self, conn: &mut Conn) -> QueryResult<()> {
        let version = version_of(conn)?;
        if version != self.version {
            self.batch = None;
            self.version = version;
        }
        Ok(())
    }

    /// Whether a job of that kind would join it.
    pub(super) fn is_for(&self, kind: Option<TypeId>) -> bool {
        self.batch.as_deref().map(|batch| batch.type_id()) == kind
    }

    /// Keeps a batch that was settled until it is known what the job changes.
    pub(super) fn put_aside(&mut self, batch: Box<dyn Batch>) {
        self.aside = Some(batch);
    }

    /// A job is over: a batch that was put aside goes on if it is still true.
    pub(super) fn resume(&mut self, changed: Changed) {
        let Some(mut aside) = self.aside.take() else {
            return;
        };
        match changed {
            Changed::Nothing => {}
            Changed::Only(id) => aside.forget(id),
            Changed::Anything => return,
        }
        // There is none but where the job began one of its own kind.
        self.batch.get_or_insert(aside);
    }

    /// Takes it out, to be settled or dropped.
    pub(super) fn take(&mut self) -> Option<Box<dyn Batch>> {
        self.batch.take()
    }

    /// Takes it out to work with; a new one if there is none.
    pub(super) fn take_or_begin<B: Batch + Default>(&mut self) -> Box<B> {
        let open: Option<Box<dyn Any>> = self.batch.take().map(|batch| batch as Box<dyn Any>);
        open.and_then(|batch| batch.downcast().ok())
            .unwrap_or_default()
    }

    /// Puts it back for the next job, of this group or of a later one.
    pub(super) fn put_back(&mut self, batch: Box<dyn Batch>) {
        self.batch = Some(batch);
    }
}

/// What a job has written about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Changed {
    Nothing,
    Only(ConversationId),
    Anything,
}

/// A number that changes when somebody else commits to this database, see
/// <https://sqlite.org/pragma.html#pragma_data_version>. Within a transaction that writes nobody else can.
fn version_of(conn: &mut Conn) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        data_version: i64,
    }
    let ask = fixed!("PRAGMA data_version", NO_BINDS);
    let row: Row = on_backend!(conn, |c| ask.get_result(c))?;
    Ok(row.data_version)
}
