//! What jobs of one kind share when they follow each other in a group.
//!
//! Under load a group holds many messages of the same few conversations. Each could ask anew who may
//! speak there and move the conversation's counter on; together they ask once and move it once. Any
//! other job ends the batch before it runs, so it finds everything in the database as usual.

use super::Tx;
use crate::error::Result;
use std::any::{Any, TypeId};

/// What the jobs of a batch know together.
///
/// It lives within one transaction. What it puts off must be of no concern to its own jobs, which run
/// with it, and is written by [`Batch::close`] before anybody else looks.
pub trait Batch: Any {
    /// Writes what was put off.
    ///
    /// # Errors
    /// Those of its statements; then nothing of the batch stands.
    fn close(self: Box<Self>, tx: &mut Tx<'_>) -> Result<()>;
}

/// The batch that is open in a transaction, if any.
#[derive(Default)]
pub(super) struct Open(Option<Box<dyn Batch>>);

impl Open {
    /// Whether a job of that kind would join it.
    pub(super) fn is_for(&self, kind: Option<TypeId>) -> bool {
        self.0.as_deref().map(|batch| batch.type_id()) == kind
    }

    /// Takes it out, to be closed or dropped.
    pub(super) fn take(&mut self) -> Option<Box<dyn Batch>> {
        self.0.take()
    }

    /// Takes it out to work with; a new one if there is none.
    pub(super) fn take_or_begin<B: Batch + Default>(&mut self) -> Box<B> {
        let open: Option<Box<dyn Any>> = self.0.take().map(|batch| batch as Box<dyn Any>);
        open.and_then(|batch| batch.downcast().ok())
            .unwrap_or_default()
    }

    /// Puts it back for the next job.
    pub(super) fn put_back(&mut self, batch: Box<dyn Batch>) {
        self.0 = Some(batch);
    }
}
