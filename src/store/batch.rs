//! What jobs of one kind share when they follow each other in a group.
//!
//! Under load a group holds many messages of the same few conversations. Each could ask anew who may
//! speak there and move the conversation's counter on; together they ask once and move it once. Any
//! other job ends the batch before it runs, so it finds everything in the database as usual.
//!
//! What a batch knows outlives its group, for as long as nobody else has written: neither a job of
//! another kind, nor another program, of which the database itself tells by its version.

use super::{Conn, Tx, fixed, on_backend};
use crate::error::Result;
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
}

/// The batch that is open, if any.
#[derive(Default)]
pub(super) struct Open {
    batch: Option<Box<dyn Batch>>,
    /// The version of the database that it knows.
    version: i64,
}

impl Open {
    /// At the beginning of a transaction: what another program has changed, the batch does not know.
    pub(super) fn look_at(&mut self, conn: &mut Conn) -> QueryResult<()> {
        if self.batch.is_none() {
            return Ok(());
        }
        let version = version_of(conn)?;
        if version != self.version {
            self.batch = None;
        }
        Ok(())
    }

    /// Whether a job of that kind would join it.
    pub(super) fn is_for(&self, kind: Option<TypeId>) -> bool {
        self.batch.as_deref().map(|batch| batch.type_id()) == kind
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

    /// Puts it back for the next job.
    pub(super) fn put_back(&mut self, batch: Box<dyn Batch>) {
        self.batch = Some(batch);
    }

    /// Keeps it for the next group.
    pub(super) fn keep(&mut self, batch: Box<dyn Batch>, conn: &mut Conn) -> QueryResult<()> {
        self.version = version_of(conn)?;
        self.batch = Some(batch);
        Ok(())
    }
}

/// A number that changes when somebody else commits to this database, see
/// <https://sqlite.org/pragma.html#pragma_data_version>. Within a transaction that writes nobody else can.
fn version_of(conn: &mut Conn) -> QueryResult<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        data_version: i64,
    }
    const NO_BINDS: &[i64; 0] = &[];
    let ask = fixed!("PRAGMA data_version", NO_BINDS);
    let row: Row = on_backend!(conn, |c| ask.get_result(c))?;
    Ok(row.data_version)
}
