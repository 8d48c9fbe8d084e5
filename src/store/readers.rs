//! The readers: a few connections, and whose turn it is to have one.

use super::{Conn, StoreUrl};
use crate::error::{Error, Result};
use diesel::connection::SimpleConnection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Readers at most: two cores have nothing for more to do.
const READERS: u32 = 4;

/// All of them.
pub(super) struct Readers {
    pool: r2d2::Pool<Opener>,
    /// As many permits as readers: without it slow queries would fill the blocking threads.
    turns: Arc<Semaphore>,
}

impl Readers {
    /// Opens the first one; the others follow when they are needed.
    pub(super) fn open(url: &StoreUrl) -> Result<Self> {
        let pool = r2d2::Pool::builder()
            .max_size(READERS)
            .min_idle(Some(1))
            // A file does not hang up; asking each time costs as much as a short query.
            .test_on_check_out(false)
            .build(Opener(url.clone()))
            .map_err(|error| Error::Internal(error.into()))?;
        let turns = Arc::new(Semaphore::new(READERS as usize));
        Ok(Self { pool, turns })
    }

    /// Asks one of them on a thread of its own, when its turn has come.
    ///
    /// # Errors
    /// Those of `queries`; `Internal` when no connection can be had, or they panic.
    pub(super) async fn ask<T, Q>(&self, queries: Q) -> Result<T>
    where
        T: Send + 'static,
        Q: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|error| Error::Internal(error.into()))?;
        let pool = self.pool.clone();
        let asking = tokio::task::spawn_blocking(move || {
            let conn = pool.get();
            let conn = conn.map_err(|error| Error::Internal(error.into()))?;
            Reader { conn, _turn: turn }.ask(queries)
        });
        asking
            .await
            .map_err(|error| Error::Internal(error.into()))?
    }

    /// One that can be asked on the spot.
    pub(super) fn find_idle(&self) -> Option<Reader> {
        let turn = self.turns.clone().try_acquire_owned().ok()?;
        let conn = self.pool.try_get()?;
        Some(Reader { conn, _turn: turn })
    }
}

/// One that nobody else asks. The connection goes back before the turn.
pub(super) struct Reader {
    conn: r2d2::PooledConnection<Opener>,
    _turn: OwnedSemaphorePermit,
}

impl Reader {
    /// # Errors
    /// Those of `queries`; `Internal` when they panic.
    pub(super) fn ask<T>(mut self, queries: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        // The reader goes in as well: it is thrown away where they panic.
        let asked = catch_unwind(AssertUnwindSafe(move || queries(&mut self.conn)));
        asked.unwrap_or_else(|_| Err(Error::Internal(anyhow::anyhow!("a query panicked"))))
    }
}

/// Opens connections for the pool.
#[derive(Debug)]
struct Opener(StoreUrl);

impl r2d2::ManageConnection for Opener {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn> {
        Conn::open(&self.0)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<()> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    /// Where queries panic, a transaction is still open, on a snapshot that would grow old.
    fn has_broken(&self, _: &mut Conn) -> bool {
        std::thread::panicking()
    }
}

#[cfg(test)]
mod tests;
