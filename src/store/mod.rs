//! What is durable.
//!
//! [`Store::read`] runs a query on a pool of readers, [`Store::look_up`] one of a row or two on the spot.
//! [`Store::write`] and [`Store::submit`] hand a job to the one writer, which runs whatever is waiting in
//! one transaction, commits once, and only then publishes the jobs' events and tells their outcomes, in
//! commit order. So an outcome that says yes means: on disk. See `readers.rs` for the pool, `job.rs` for the
//! queue, `writer.rs` for the group, `tx.rs` for what a job sees of it, `conn.rs` for the databases.

mod apart;
mod batch;
mod conn;
mod copies;
mod fixed;
mod job;
mod migrate;
#[cfg(test)]
pub(crate) mod plan;
mod readers;
mod reports;
mod suspended;
#[cfg(test)]
pub(crate) mod testing;
mod tx;
mod url;
mod writer;

pub(crate) use apart::are_apart;
pub use batch::Batch;
pub(crate) use conn::on_backend;
pub use conn::{Backend, Conn, folded};
pub use copies::{Copied, Watch, backup, damage, is_part, require_current, restore};
pub use fixed::{Bind, Fixed, Statement};
pub(crate) use fixed::{NO_BINDS, count_parts, fixed, parts};
pub(crate) use reports::{Reported, admit_report, insert_report};
pub(crate) use suspended::refuse_suspended;
pub use tx::Tx;
pub use url::{Space, StoreUrl};

use self::readers::Readers;
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::schema::server_facts;
use diesel::prelude::*;
use std::fs::File;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Room on the disk, in bytes, below which nothing can be relied on.
const LEAST_FREE: u64 = 1024 * 1024;

/// A handle to the database; clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    readers: Readers,
    writer: job::Queue,
    /// Tells outcomes; ends when the writer has.
    teller: Mutex<Option<JoinHandle<()>>>,
    epoch: String,
    url: StoreUrl,
    /// Held open, and with it locked, until the store is closed.
    claim: Mutex<Option<File>>,
}

impl Store {
    /// Opens the database, brings its schema up to date and starts the writer.
    ///
    /// Must be called within a tokio runtime: outcomes are told from a task of it.
    ///
    /// # Errors
    /// `Internal` when the file cannot be opened or made, when another server uses it, or when a
    /// newer program wrote it.
    pub fn open(url: &StoreUrl, clock: Clock, cluster: Cluster) -> Result<Self> {
        let claim = url
            .claim()?
            .ok_or_else(|| url.unusable(anyhow::anyhow!("another server is using it")))?;
        Self::open_claimed(url, Some(claim), clock, cluster)
    }

    /// A store of its own for a test that needs nothing else.
    #[cfg(test)]
    pub(crate) fn in_folder(folder: &std::path::Path) -> Self {
        let url = StoreUrl::Sqlite(folder.join("test.db"));
        Self::open(&url, Clock::System, Cluster::memory()).expect("an empty place")
    }

    /// [`Store::open`] for an errand of the operator's, which need not stop the server for it.
    ///
    /// The claim keeps a second *server* away; writers there may be as many as like, since each of their
    /// transactions begins by waiting for the lock of the database. So where a server has the claim, this
    /// goes without; but then the schema must be this program's already, and what is published reaches nobody.
    ///
    /// # Errors
    /// As there; `Internal` when a running server is of another version, or a copy is just being restored.
    pub fn open_beside(url: &StoreUrl, clock: Clock, cluster: Cluster) -> Result<Self> {
        let claim = url.claim()?;
        Self::open_claimed(url, claim, clock, cluster)
    }

    fn open_claimed(
        url: &StoreUrl,
        claim: Option<File>,
        clock: Clock,
        cluster: Cluster,
    ) -> Result<Self> {
        let (conn, epoch) =
            prepare(url, claim.is_some()).map_err(|error| url.unusable(error.into_cause()))?;
        let readers = Readers::open(url)?;
        let (writer, teller) = writer::start(conn, clock, cluster)?;
        Ok(Self(Arc::new(Inner {
            readers,
            writer,
            teller: Mutex::new(Some(teller)),
            epoch,
            url: url.clone(),
            claim: Mutex::new(claim),
        })))
    }

    /// Runs a query that changes nothing, on one snapshot however many statements it has.
    ///
    /// # Errors
    /// Those of `query`; `Internal` when no connection can be had, or it panics.
    pub async fn read<T, Q>(&self, query: Q) -> Result<T>
    where
        T: Send + 'static,
        Q: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.0.readers.ask(|conn| conn.transaction(query)).await
    }

    /// [`Store::read`], but each statement sees what was committed before it.
    ///
    /// # Errors
    /// As there.
    pub async fn read_in_steps<T, Q>(&self, queries: Q) -> Result<T>
    where
        T: Send + 'static,
        Q: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        self.0.readers.ask(queries).await
    }

    /// [`Store::read`] for a row or two by their keys, as every request begins with: on the spot if a reader is idle.
    /// Handed to another thread and back, such a query costs several times as much.
    ///
    /// All sockets wait meanwhile, also for the disk where a row is not in memory. So it is for a handful of pages,
    /// and never for anything whose size grows with what one person does.
    ///
    /// # Errors
    /// As there.
    pub async fn look_up<T, Q>(&self, query: Q) -> Result<T>
    where
        T: Send + 'static,
        Q: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        match self.0.readers.find_idle() {
            Some(reader) => reader.ask(|conn| conn.transaction(query)),
            None => self.read(query).await,
        }
    }

    /// Runs `job` in the writer and waits until it is committed or refused.
    ///
    /// The job touches only the database, is short, and may be run twice: that is why it is `Fn`.
    ///
    /// # Errors
    /// Those of `job`; `Overloaded` when too many wait; `Unavailable` when the database cannot be
    /// written at present. After an error nothing of the job is stored.
    pub async fn write<T, J>(&self, job: J) -> Result<T>
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (done, outcome) = outcome();
        self.submit(job, done);
        outcome.await
    }

    /// [`Store::write`], for jobs that share a [`Batch`] with those of their kind before them.
    ///
    /// # Errors
    /// As there.
    pub async fn write_to<B, T, J>(&self, job: J) -> Result<T>
    where
        B: Batch + Default,
        T: Send + 'static,
        J: Fn(&mut Tx<'_>, &mut B) -> Result<T> + Send + 'static,
    {
        let (done, outcome) = outcome();
        self.submit_to(job, done);
        outcome.await
    }

    /// Like [`Store::write`], without a task that waits: `done` is called with the outcome, after the
    /// commit, in commit order. Jobs run in the order in which they were submitted.
    pub fn submit<T, J, D>(&self, job: J, done: D)
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
        D: FnOnce(Result<T>) + Send + 'static,
    {
        self.0.writer.push(job, done);
    }

    /// [`Store::submit`], for jobs that share a [`Batch`] with those of their kind before them.
    pub fn submit_to<B, T, J, D>(&self, job: J, done: D)
    where
        B: Batch + Default,
        T: Send + 'static,
        J: Fn(&mut Tx<'_>, &mut B) -> Result<T> + Send + 'static,
        D: FnOnce(Result<T>) + Send + 'static,
    {
        self.0.writer.push_to(job, done);
    }

    /// Writes to the disk, for whoever wants to know whether that can be done, and looks whether there is room
    /// for more: one page may still fit where a message does not.
    ///
    /// # Errors
    /// `Unavailable` when it cannot.
    pub async fn check(&self) -> Result<()> {
        self.write(|tx| {
            diesel::update(server_facts::table.find("epoch"))
                .set(server_facts::value.eq(server_facts::value))
                .execute(tx.writes())?;
            Ok(())
        })
        .await?;
        if self.space()?.free < LEAST_FREE {
            return Err(Error::Unavailable("The disk is full."));
        }
        Ok(())
    }

    /// Names this database; changes only when it is replaced, for instance by a restored backup.
    #[must_use]
    pub fn epoch(&self) -> &str {
        &self.0.epoch
    }

    /// What the database takes on the disk, and what is free there.
    ///
    /// # Errors
    /// `Internal` when the disk cannot be asked.
    pub fn space(&self) -> Result<Space> {
        self.0.url.space()
    }

    /// Lets what is queued be committed and told, stops the writer and gives the database up. Later
    /// jobs are refused.
    pub async fn close(&self) {
        self.0.writer.stop();
        let teller = self
            .0
            .teller
            .lock()
            .ok()
            .and_then(|mut teller| teller.take());
        if let Some(teller) = teller {
            // The task fails only by a panic in somebody's `done`, which has been logged.
            let _ = teller.await;
        }
        // Nothing is written any more, whoever still holds a clone: another server may take over.
        if let Ok(mut claim) = self.0.claim.lock() {
            claim.take();
        }
    }
}

/// What a job calls when it is done, and what waits for that.
pub(crate) fn outcome<T: Send + 'static>() -> (
    impl FnOnce(Result<T>) + Send + 'static,
    impl Future<Output = Result<T>>,
) {
    let (tell, told) = oneshot::channel();
    let done = move |outcome| {
        // Nobody waits any more if the request was dropped; the job stands all the same.
        let _ = tell.send(outcome);
    };
    let wait = async move { told.await.unwrap_or(Err(Error::Stopping)) };
    (done, wait)
}

/// Opens the database and, where it is this process's own, brings its schema up to date. Its epoch, too.
fn prepare(url: &StoreUrl, is_own: bool) -> Result<(Conn, String)> {
    let mut conn = Conn::open(url)?;
    if is_own {
        migrate::migrate(&mut conn)?;
    } else {
        migrate::require_current(&mut conn)?;
    }
    let epoch = epoch_of(&mut conn)?;
    Ok((conn, epoch))
}

/// The epoch kept in the database; made at the first start.
fn epoch_of(conn: &mut Conn) -> Result<String> {
    let made = new_epoch();
    on_backend!(conn, |c| diesel::insert_into(server_facts::table)
        .values((
            server_facts::name.eq("epoch"),
            server_facts::value.eq(&made)
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(server_facts::table
        .find("epoch")
        .select(server_facts::value)
        .get_result(conn)?)
}

fn new_epoch() -> String {
    format!("{:016x}", rand::random::<u64>())
}
