//! The writer: one thread, one bounded queue, group commit.
//!
//! The thread takes every job that waits, up to [`GROUP_MAX`], and runs them in one transaction. It
//! is optimistic: a savepoint per job costs as much as the insert that it guards, so the group first
//! runs without. A job that refuses before it wrote needs no undoing. When one fails *after* it wrote,
//! or the commit itself fails, the group is rolled back and run once more with a savepoint each, so
//! that only the failing job is undone.
//!
//! Jobs of one kind that follow each other may share what they find out: see [`Batch`].
//!
//! The whole group then goes to one task, the teller, which publishes its events and calls every
//! job's `done`, in commit order: one wake-up per group instead of one per job.

use super::Conn;
use super::batch::{Batch, Open};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::metrics::{self, Fault, metrics};
use crate::model::{Envelope, Event, Timestamp, Topic};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::any::TypeId;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Jobs that may wait; more are refused as `overloaded` at once.
const QUEUE_MAX: usize = 8_192;
/// Jobs in one transaction.
const GROUP_MAX: usize = 1_024;
/// The least time between the starts of two commits under load. An idle writer commits at once; a
/// busy one gains larger groups, and with them half the cost per message, for a millisecond.
const COMMIT_FLOOR: Duration = Duration::from_millis(1);

/// A connection inside the current group's transaction.
///
/// What is published is kept until the commit, and dropped if the job fails.
pub struct Tx<'a> {
    conn: &'a mut Conn,
    now: Timestamp,
    batch: &'a mut Open,
    wrote: bool,
    events: Vec<Envelope>,
}

impl Tx<'_> {
    /// Runs a job with the batch that those before it began.
    fn with_batch<B: Batch + Default, T>(
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

    /// For queries that change nothing: a job that refuses after these alone needs no undoing.
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

    /// Tells `topics` of `event`, after the commit.
    pub fn publish(&mut self, topics: Vec<Topic>, event: Event) {
        self.events.push(Envelope { topics, event });
    }
}

/// Where jobs are put.
#[derive(Clone)]
pub(super) struct Queue(SyncSender<Request>);

enum Request {
    Run(Box<dyn Job>),
    Stop,
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
            events: Vec::new(),
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
    fn refuse(self, error: Error) {
        if let Self::Run(job) = self {
            job.fail(error);
        }
    }
}

/// A submitted job, with its types erased.
trait Job: Send {
    /// The batch that it belongs to.
    fn kind(&self) -> Option<TypeId>;
    /// Runs in the transaction, keeps the outcome and the events, and says how it went.
    fn run(&mut self, tx: Tx<'_>) -> Ran;
    /// What it published.
    fn take_events(&mut self) -> Vec<Envelope>;
    /// Tells the outcome of the last run.
    fn finish(self: Box<Self>);
    /// Tells that it could not be run.
    fn fail(self: Box<Self>, error: Error);
}

/// How a job went, as far as the transaction cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ran {
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
    events: Vec<Envelope>,
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
            Err(error) if tx.wrote || error.is_fault() => Ran::Dirty,
            Err(_) => Ran::Clean,
        };
        self.events = if outcome.is_ok() {
            tx.events
        } else {
            Vec::new()
        };
        self.outcome = Some(outcome);
        ran
    }

    fn take_events(&mut self) -> Vec<Envelope> {
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

/// One group on its way from the writer to the teller.
struct Group {
    jobs: Vec<Box<dyn Job>>,
    committed: bool,
}

/// Starts the thread and the teller.
pub(super) fn start(conn: Conn, clock: Clock, cluster: Cluster) -> Result<(Queue, JoinHandle<()>)> {
    let (queue, waiting) = sync_channel(QUEUE_MAX);
    let (groups, told) = unbounded_channel();
    std::thread::Builder::new()
        .name("writer".into())
        .spawn(move || write(conn, &clock, &waiting, &groups))
        .map_err(|error| Error::Internal(error.into()))?;
    let teller = tokio::spawn(tell(told, cluster));
    Ok((Queue(queue), teller))
}

/// The thread: until it is told to stop, or nobody is left who could submit.
fn write(
    mut conn: Conn,
    clock: &Clock,
    waiting: &Receiver<Request>,
    groups: &UnboundedSender<Group>,
) {
    let mut last_start: Option<Instant> = None;
    while let Ok(Request::Run(first)) = waiting.recv() {
        // Asleep rather than waiting on the queue: a thread that waits is woken by every job.
        if let Some(rest) = last_start.and_then(|at| COMMIT_FLOOR.checked_sub(at.elapsed())) {
            std::thread::sleep(rest);
        }
        last_start = Some(Instant::now());
        let (jobs, stop) = gather(first, waiting);
        let group = commit(&mut conn, clock.now(), jobs);
        if groups.send(group).is_err() || stop {
            break;
        }
    }
    // What came after the word to stop is told so.
    for request in waiting.try_iter() {
        metrics().queue(metrics::Queue::Writer).dec();
        request.refuse(Error::Stopping);
    }
}

fn gather(first: Box<dyn Job>, waiting: &Receiver<Request>) -> (Vec<Box<dyn Job>>, bool) {
    let mut jobs = vec![first];
    let mut stop = false;
    while jobs.len() < GROUP_MAX && !stop {
        match waiting.try_recv() {
            Ok(Request::Run(job)) => jobs.push(job),
            Ok(Request::Stop) => stop = true,
            Err(_) => break,
        }
    }
    let taken = i64::try_from(jobs.len()).unwrap_or(i64::MAX);
    metrics().queue(metrics::Queue::Writer).dec_by(taken);
    (jobs, stop)
}

fn commit(conn: &mut Conn, now: Timestamp, mut jobs: Vec<Box<dyn Job>>) -> Group {
    let started = Instant::now();
    let committed = attempt(conn, now, &mut jobs, run_plainly)
        .or_else(|_| attempt(conn, now, &mut jobs, run_guarded))
        .inspect_err(|error| {
            metrics().fault(Fault::NotCommitted);
            tracing::error!(%error, jobs = jobs.len(), "a group could not be committed");
        })
        .is_ok();
    if committed {
        metrics().committed(jobs.len(), started.elapsed());
    }
    Group { jobs, committed }
}

/// Runs one job; an error means that the whole group must be rolled back.
type RunOne = fn(&mut Running<'_>, &mut dyn Job) -> QueryResult<()>;

fn attempt(
    conn: &mut Conn,
    now: Timestamp,
    jobs: &mut [Box<dyn Job>],
    run_one: RunOne,
) -> QueryResult<()> {
    conn.begin()?;
    let mut running = Running {
        conn,
        now,
        batch: Open::default(),
    };
    let outcome = jobs
        .iter_mut()
        .try_for_each(|job| run_one(&mut running, job.as_mut()))
        .and_then(|()| running.close_batch())
        .and_then(|()| running.conn.batch_execute("COMMIT"));
    if outcome.is_err() {
        // A full disk may have ended the transaction already; there is nothing to roll back then.
        let _ = conn.batch_execute("ROLLBACK");
    }
    outcome
}

/// A group in its transaction.
struct Running<'a> {
    conn: &'a mut Conn,
    now: Timestamp,
    batch: Open,
}

impl Running<'_> {
    fn tx(&mut self) -> Tx<'_> {
        Tx {
            conn: self.conn,
            now: self.now,
            batch: &mut self.batch,
            wrote: false,
            events: Vec::new(),
        }
    }

    fn close_batch(&mut self) -> QueryResult<()> {
        let Some(batch) = self.batch.take() else {
            return Ok(());
        };
        batch.close(&mut self.tx()).map_err(|error| {
            tracing::error!(%error, "a batch could not be closed");
            diesel::result::Error::RollbackTransaction
        })
    }
}

fn run_plainly(running: &mut Running<'_>, job: &mut dyn Job) -> QueryResult<()> {
    if !running.batch.is_for(job.kind()) {
        running.close_batch()?;
    }
    match job.run(running.tx()) {
        Ran::Clean => Ok(()),
        Ran::Dirty => Err(diesel::result::Error::RollbackTransaction),
    }
}

fn run_guarded(running: &mut Running<'_>, job: &mut dyn Job) -> QueryResult<()> {
    running.conn.batch_execute("SAVEPOINT job")?;
    match job.run(running.tx()) {
        Ran::Clean => {
            running.close_batch()?;
            running.conn.batch_execute("RELEASE job")
        }
        Ran::Dirty => {
            running.batch.take();
            running.conn.batch_execute("ROLLBACK TO job; RELEASE job")
        }
    }
}

/// The teller: events first, then the outcome, job by job in commit order.
async fn tell(mut groups: UnboundedReceiver<Group>, cluster: Cluster) {
    while let Some(group) = groups.recv().await {
        for mut job in group.jobs {
            if group.committed {
                for envelope in job.take_events() {
                    cluster.publish(envelope);
                }
                // A panic in somebody's `done` must not take everybody else's outcome along.
                let _ = catch_unwind(AssertUnwindSafe(|| job.finish()));
            } else {
                job.fail(Error::Unavailable(
                    "The server cannot store anything at present. Nothing was lost; please try again.",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
