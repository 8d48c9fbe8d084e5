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

use super::batch::Open;
use super::job::{self, Job, Queue, Ran, Request};
use super::{Batch, Conn, Tx};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::metrics::{self, Fault, metrics};
use crate::model::Timestamp;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

/// Jobs in one transaction.
const GROUP_MAX: usize = 1_024;
/// The least time between the starts of two commits under load. An idle writer commits at once; a
/// busy one gains larger groups, and with them half the cost per message, for a moment. More of it saves little, and
/// whoever waits for their acknowledgement notices.
const COMMIT_FLOOR: Duration = Duration::from_micros(1_250);

/// One group on its way from the writer to the teller.
struct Group {
    jobs: Vec<Box<dyn Job>>,
    committed: bool,
}

/// Starts the thread and the teller.
pub(super) fn start(conn: Conn, clock: Clock, cluster: Cluster) -> Result<(Queue, JoinHandle<()>)> {
    let (queue, waiting) = job::queue();
    let (groups, told) = unbounded_channel();
    std::thread::Builder::new()
        .name("writer".into())
        .spawn(move || write(conn, &clock, &waiting, &groups))
        .map_err(|error| Error::Internal(error.into()))?;
    let teller = tokio::spawn(tell(told, cluster));
    Ok((queue, teller))
}

/// The thread: until it is told to stop, or nobody is left who could submit.
fn write(
    mut conn: Conn,
    clock: &Clock,
    waiting: &Receiver<Request>,
    groups: &UnboundedSender<Group>,
) {
    let mut last_start: Option<Instant> = None;
    let mut last_count = 0;
    let mut batch = Open::default();
    while let Ok(Request::Run(first)) = waiting.recv() {
        // Asleep rather than waiting on the queue: a thread that waits is woken by every job.
        if let Some(rest) = last_start.and_then(|at| COMMIT_FLOOR.checked_sub(at.elapsed())) {
            std::thread::sleep(rest);
        }
        last_start = Some(Instant::now());
        let (jobs, stop) = gather(first, waiting, last_count);
        last_count = jobs.len();
        let group = commit(&mut conn, clock.now(), &mut batch, jobs);
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

/// Takes what waits; likely it is about as much as `expected`. Also says whether it was told to stop.
fn gather(
    first: Box<dyn Job>,
    waiting: &Receiver<Request>,
    expected: usize,
) -> (Vec<Box<dyn Job>>, bool) {
    let mut jobs = Vec::with_capacity(expected);
    jobs.push(first);
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

fn commit(conn: &mut Conn, now: Timestamp, batch: &mut Open, mut jobs: Vec<Box<dyn Job>>) -> Group {
    let started = Instant::now();
    let committed = attempt(conn, now, batch, &mut jobs, run_plainly)
        .or_else(|_| attempt(conn, now, batch, &mut jobs, run_guarded))
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
    batch: &mut Open,
    jobs: &mut [Box<dyn Job>],
    run_one: RunOne,
) -> QueryResult<()> {
    conn.begin()?;
    let mut running = Running { conn, now, batch };
    let outcome = running.run(jobs, run_one);
    if outcome.is_err() {
        running.batch.take();
        // A full disk may have ended the transaction already; there is nothing to roll back then.
        let _ = conn.batch_execute("ROLLBACK");
    }
    outcome
}

/// A group in its transaction.
struct Running<'a> {
    conn: &'a mut Conn,
    now: Timestamp,
    batch: &'a mut Open,
}

impl Running<'_> {
    fn run(&mut self, jobs: &mut [Box<dyn Job>], run_one: RunOne) -> QueryResult<()> {
        self.batch.look_at(self.conn)?;
        for job in jobs {
            run_one(self, job.as_mut())?;
        }
        if let Some(batch) = self.settled_batch()? {
            self.batch.put_back(batch);
        }
        self.conn.batch_execute("COMMIT")
    }

    fn tx(&mut self) -> Tx<'_> {
        Tx::new(self.conn, self.now, self.batch)
    }

    /// Settles the batch, if one is open, and takes it out: what it knows is in the database now, for whoever
    /// looks next.
    fn settled_batch(&mut self) -> QueryResult<Option<Box<dyn Batch>>> {
        let Some(mut batch) = self.batch.take() else {
            return Ok(None);
        };
        batch.settle(&mut self.tx()).map_err(|error| {
            tracing::error!(%error, "a batch could not be settled");
            diesel::result::Error::RollbackTransaction
        })?;
        Ok(Some(batch))
    }
}

fn run_plainly(running: &mut Running<'_>, job: &mut dyn Job) -> QueryResult<()> {
    if !running.batch.is_for(job.kind())
        && let Some(batch) = running.settled_batch()?
    {
        running.batch.put_aside(batch);
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
            // Dropped thereafter: the next savepoint may be rolled back, and what it taught with it.
            running.settled_batch()?;
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
