//! One connection type over every supported database, and how a connection is opened.

use super::StoreUrl;
use crate::error::{Error, Result};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use std::path::Path;

/// A connection to whichever database `DATABASE_URL` names. A second database is a second variant.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// SQLite, compiled in.
    Sqlite(diesel::SqliteConnection),
}

/// What [`Conn`] speaks: every supported database at once.
pub type Backend = <Conn as diesel::Connection>::Backend;

diesel::define_sql_function! {
    /// Lower case by Unicode, which SQLite by itself knows of ASCII only.
    fn folded(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// Runs one expression on the connection inside `Conn`; the same expression serves every variant. For
/// the few statements that the shared type cannot express, such as `ON CONFLICT`, and for those that
/// run with every message: the shared type writes the SQL out anew each time, also of a statement
/// that is prepared already.
macro_rules! on_backend {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::store::Conn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use on_backend;

/// `busy_timeout` comes first: even switching to WAL can find the file busy. `FULL` because an
/// acknowledgement promises the disk; group commit pays for it. A checkpoint writes every page that changed
/// since the last one: under load they are the same pages again and again, so it comes after 16 MB, not 4. While
/// somebody reads for long, as a copy does, the log grows, and would stay so large: afterwards it is cut.
///
/// The cache of a connection is small. What is read again and again is in the operating system's, once for all of
/// them; and with nearly every commit SQLite goes through the whole cache of the one who wrote, to drop pages that
/// are past the end.
const SQLITE_START: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -4000;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 33554432;
";

/// What [`SQLITE_START`] says of a connection, without what it says of the file, and with a larger cache: whoever
/// looks at all of it, to verify it say, reads the same pages of its indexes again and again.
const PATIENT: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA foreign_keys = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
";

impl Conn {
    /// Opens a connection to a database that is there, ready for use. Nothing is made: that is for whoever has
    /// claimed the place.
    ///
    /// # Errors
    /// `Internal` with the database's own words when it cannot be opened.
    pub fn open(url: &StoreUrl) -> Result<Self> {
        let StoreUrl::Sqlite(path) = url;
        establish(path, "rw", SQLITE_START)
    }

    /// Opens a file that is there, to look at it: nothing is made of the database, and nothing in it changed.
    /// Other programs may write meanwhile.
    ///
    /// # Errors
    /// `Internal` with the database's own words when it cannot be opened.
    pub fn look_at(path: &Path) -> Result<Self> {
        // Whoever may write and is the last to close writes back what a crash left in the log, and deletes that.
        // Whoever may not would leave an empty log where there was none.
        let log = std::fs::metadata(format!("{}-wal", path.display()));
        let has_log = log.is_ok_and(|log| log.len() > 0);
        let mut conn = establish(path, if has_log { "ro" } else { "rw" }, PATIENT)?;
        conn.batch_execute("PRAGMA query_only = ON")?;
        Ok(conn)
    }

    /// [`Conn::look_at`], for whoever writes there as well.
    pub(super) fn open_present(path: &Path) -> Result<Self> {
        establish(path, "rw", PATIENT)
    }

    /// Begins a transaction that is going to write. SQLite's plain `BEGIN` would take the write lock
    /// only at the first write, and fail then if somebody else had it.
    pub(super) fn begin(&mut self) -> QueryResult<()> {
        self.batch_execute("BEGIN IMMEDIATE")
    }
}

fn establish(path: &Path, mode: &str, start: &str) -> Result<Conn> {
    // Of what may stand in a path, these three mean something in a URI.
    let path = path.to_string_lossy();
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    let mut sqlite = diesel::SqliteConnection::establish(&format!("file:{path}?mode={mode}"))
        .map_err(|error| Error::Internal(error.into()))?;
    sqlite.batch_execute(start)?;
    folded_utils::register_impl(&mut sqlite, |text: String| text.to_lowercase())?;
    Ok(Conn::Sqlite(sqlite))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1024 * 1024;

    fn size(path: &Path) -> u64 {
        std::fs::metadata(path).map_or(0, |file| file.len())
    }

    /// A database that is there, and empty.
    fn database(folder: &Path) -> (StoreUrl, Conn) {
        let url = StoreUrl::Sqlite(folder.join("test.db"));
        drop(url.claim().unwrap());
        let mut conn = Conn::open(&url).unwrap();
        conn.batch_execute("CREATE TABLE things (thing)").unwrap();
        (url, conn)
    }

    #[test]
    fn where_no_database_is_none_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");

        assert!(Conn::open(&StoreUrl::Sqlite(path.clone())).is_err());
        assert!(Conn::look_at(&path).is_err());

        assert!(!path.exists());
    }

    #[test]
    fn whoever_looks_at_what_a_crash_left_changes_none_of_it() {
        let (folder, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (_url, mut conn) = database(folder.path());
        conn.batch_execute("INSERT INTO things VALUES (1)").unwrap();
        let names = ["test.db", "test.db-wal"];
        let left = names.map(|name| std::fs::read(folder.path().join(name)).unwrap());
        for (name, left) in names.iter().zip(&left) {
            std::fs::write(crashed.path().join(name), left).unwrap();
        }

        let mut looking = Conn::look_at(&crashed.path().join("test.db")).unwrap();
        let seen = diesel::sql_query("SELECT thing FROM things").execute(&mut looking);
        drop(looking);

        seen.expect("what is in the log is seen");
        let after = names.map(|name| std::fs::read(crashed.path().join(name)).unwrap());
        assert!(after == left, "both files are as they were");
    }

    #[test]
    fn a_log_that_grew_while_somebody_read_is_cut_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let (url, mut conn) = database(folder.path());
        let log = folder.path().join("test.db-wal");
        let mut reader = Conn::open(&url).unwrap();
        reader.batch_execute("BEGIN; SELECT * FROM things").unwrap();
        conn.batch_execute("INSERT INTO things VALUES (zeroblob(40 * 1024 * 1024))")
            .unwrap();
        assert!(size(&log) > 40 * MB, "it grows meanwhile");
        reader.batch_execute("COMMIT").unwrap();

        // One writes everything back, the next one begins the log anew.
        for _ in 0..2 {
            conn.batch_execute("INSERT INTO things VALUES (1)").unwrap();
        }

        assert!(size(&log) <= 32 * MB, "{}", size(&log));
    }
}
