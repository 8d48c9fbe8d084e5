//! Jobs for the writer, and the bounded queue that they wait in.

use super::tx::Published;
use super::{Batch, Tx};
use crate::error::{Error, Result};
use crate::metrics::{self, metrics};
use std::any::TypeId;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// Jobs that may wait; more are refused as `overloaded` at once.
pub(super) const QUEUE_MAX: usize = 8_192;

/// Where jobs are put.
#[derive(Clone)]
pub(super) struct Queue(SyncSender<Request>);

/// What the writer is asked for.
pub(super) enum Request {
    Run(Box<dyn Job>),
    Stop,
}

/// A queue, and the end where the writer takes from it.
pub(super) fn queue() -> (Queue, Receiver<Request>) {
    let (queue, waiting) = sync_channel(QUEUE_MAX);
    (Queue(queue), waiting)
}

impl Queue {
    pub(super) fn push<T, J, D>(&self, job: J, done: D)
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        D: FnOnce(Result<T>) + Send + 'static,
    {
        self.push_of_kind(None, job, done);
    }

    pub(super) fn push_to<B, T, J, D>(&self, job: J, done: D)
    where
        B: Batch + Default,
        T: Send + 'static,
        J: Fn(&mut Tx<'_>, &mut B) -> Result<T> + Send + 'static,
        D: FnOnce(Result<T>) + Send + 'static,
    {
        let kind = Some(TypeId::of::<B>());
        self.push_of_kind(
            kind,
            move |tx| tx.with_batch(|tx, batch| job(tx, batch)),
            done,
        );
    }

    fn push_of_kind<T, J, D>(&self, kind: Option<TypeId>, job: J, done: D)
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        D: FnOnce(Result<T>) + Send + 'static,
    {
        let job = Box::new(Submitted {
            kind,
            job,
            done,
            outcome: None,
            events: Published::new(),
        });
        // Counted before it is there, as the writer may have taken it already afterwards.
        metrics().queue(metrics::Queue::Writer).inc();
        let (request, error) = match self.0.try_send(Request::Run(job)) {
            Ok(()) => return,
            Err(TrySendError::Full(request)) => (request, Error::Overloaded),
            Err(TrySendError::Disconnected(request)) => (request, Error::Stopping),
        };
        metrics().queue(metrics::Queue::Writer).dec();
        request.refuse(error);
    }

    pub(super) fn stop(&self) {
        // Blocks at most until the writer has made room; if it is gone already, so much the better.
        let _ = self.0.send(Request::Stop);
    }
}

impl Request {
    /// Tells that it is not done.
    pub(super) fn refuse(self, error: Error) {
        if let Self::Run(job) = self {
            job.fail(error);
        }
    }
}

/// A submitted job, with its types erased.
pub(super) trait Job: Send {
    /// The batch that it belongs to.
    fn kind(&self) -> Option<TypeId>;
    /// Runs in the transaction, keeps the outcome and the events, and says how it went.
    fn run(&mut self, tx: Tx<'_>) -> Ran;
    /// What it published.
    fn take_events(&mut self) -> Published;
    /// Tells the outcome of the last run.
    fn finish(self: Box<Self>);
    /// Tells that it could not be run.
    fn fail(self: Box<Self>, error: Error);
}

/// How a job went, as far as the transaction cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// It is done, or it refused before it wrote: what is in the transaction may be committed.
    Clean,
    /// It failed after it wrote, or by a fault: what it wrote must be undone.
    Dirty,
}

struct Submitted<T, J, D> {
    kind: Option<TypeId>,
    job: J,
    done: D,
    outcome: Option<Result<T>>,
    events: Published,
}

impl<T, J, D> Job for Submitted<T, J, D>
where
    T: Send,
    J: Fn(&mut Tx<'_>) -> Result<T> + Send,
    D: FnOnce(Result<T>) + Send,
{
    fn kind(&self) -> Option<TypeId> {
        self.kind
    }

    fn run(&mut self, mut tx: Tx<'_>) -> Ran {
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.job)(&mut tx)))
            .unwrap_or_else(|_| Err(Error::Internal(anyhow::anyhow!("a job panicked"))));
        let ran = match &outcome {
            Ok(_) => Ran::Clean,
            Err(error) if tx.has_written() || error.is_fault() => Ran::Dirty,
            Err(_) => Ran::Clean,
        };
        let events = tx.end();
        self.events = if outcome.is_ok() {
            events
        } else {
            Published::new()
        };
        self.outcome = Some(outcome);
        ran
    }

    fn take_events(&mut self) -> Published {
        std::mem::take(&mut self.events)
    }

    fn finish(self: Box<Self>) {
        let this = *self;
        (this.done)(this.outcome.unwrap_or(Err(Error::Overloaded)));
    }

    fn fail(self: Box<Self>, error: Error) {
        (self.done)(Err(error));
    }
}
