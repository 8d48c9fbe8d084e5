//! `DATABASE_URL`: which database, and where.

use crate::error::{Error, Result};
use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

/// How often the lock is asked for: whoever asks [`StoreUrl::is_served`] has it for an instant.
const TRIES: usize = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// Room on the disk, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Space {
    /// What the database takes.
    pub used: u64,
    /// What is free beside it.
    pub free: u64,
}

/// A parsed `DATABASE_URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreUrl {
    /// `sqlite://path`: relative to the working directory, or `sqlite:///absolute/path`.
    Sqlite(PathBuf),
}

impl StoreUrl {
    /// Reads the value of `DATABASE_URL`; nothing if no database of ours is meant.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let path = text.strip_prefix("sqlite://")?;
        (!path.is_empty() && !path.ends_with('/')).then(|| Self::Sqlite(path.into()))
    }

    /// The folder that belongs to this database, for what is kept beside it.
    #[must_use]
    pub fn folder(&self) -> &Path {
        let Self::Sqlite(path) = self;
        match path.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        }
    }

    /// What the database takes with its log, and what is free beside it.
    ///
    /// # Errors
    /// `Internal` when the disk cannot be asked.
    pub fn space(&self) -> Result<Space> {
        let Self::Sqlite(path) = self;
        let ask = || -> anyhow::Result<Space> {
            let log = PathBuf::from(format!("{}-wal", path.display()));
            // There is none after a clean stop.
            let log = std::fs::metadata(log).map_or(0, |file| file.len());
            let disk = rustix::fs::statvfs(path)?;
            Ok(Space {
                used: std::fs::metadata(path)?.len() + log,
                free: disk.f_bavail * disk.f_frsize,
            })
        };
        ask().map_err(Error::Internal)
    }

    /// Makes the folder and the file if they are missing, readable by their owner only, and claims
    /// them for this process: presence and push live in memory, so a second server on the same file
    /// would keep half of everything from its people. Nothing when another process has claimed them: then
    /// nothing is made either, since it may be restoring a copy, to a place that has to be empty.
    pub(super) fn claim(&self) -> Result<Option<File>> {
        let Self::Sqlite(path) = self;
        let claim = || -> anyhow::Result<Option<File>> {
            let lock = self.lock()?;
            if lock.is_some() {
                open_private(path)?;
            }
            Ok(lock)
        };
        claim().map_err(|error| self.unusable(error))
    }

    /// [`StoreUrl::claim`] of a place that holds no database yet.
    pub(super) fn lock(&self) -> anyhow::Result<Option<File>> {
        self.lock_patiently(|| sleep(BETWEEN_TRIES))
    }

    fn lock_patiently(&self, mut wait: impl FnMut()) -> anyhow::Result<Option<File>> {
        let Self::Sqlite(path) = self;
        self.make_folder()?;
        let lock = open_private(&path.with_extension("lock"))?;
        for _ in 0..TRIES {
            match lock.try_lock() {
                Ok(()) => return Ok(Some(lock)),
                Err(TryLockError::WouldBlock) => wait(),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Whether a server uses it at this moment.
    #[must_use]
    pub fn is_served(&self) -> bool {
        let Self::Sqlite(path) = self;
        let lock = File::open(path.with_extension("lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn make_folder(&self) -> std::io::Result<()> {
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(0o700).create(self.folder())
    }

    /// What is said when this database cannot be used.
    pub(super) fn unusable(&self, cause: anyhow::Error) -> Error {
        let Self::Sqlite(path) = self;
        Error::Internal(cause.context(format!("cannot use the database {}", path.display())))
    }
}

fn open_private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_named_by_its_scheme_and_path() {
        assert_eq!(
            StoreUrl::parse("sqlite://data/chinwag.db"),
            Some(StoreUrl::Sqlite("data/chinwag.db".into()))
        );
        assert_eq!(
            StoreUrl::parse("sqlite:///srv/c.db").map(|url| url.folder().to_owned()),
            Some("/srv".into())
        );
        for bad in [
            "",
            "sqlite://",
            "data/chinwag.db",
            "mysql://x",
            "sqlite://data/",
        ] {
            assert_eq!(StoreUrl::parse(bad), None, "{bad}");
        }
    }

    fn in_folder(folder: &Path) -> StoreUrl {
        StoreUrl::Sqlite(folder.join("chinwag.db"))
    }

    #[test]
    fn who_comes_during_a_restore_is_refused_and_makes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let url = in_folder(folder.path());
        let _restoring = url.lock().unwrap().unwrap();

        assert!(url.claim().unwrap().is_none());

        let StoreUrl::Sqlite(path) = &url;
        assert!(!path.exists());
    }

    #[test]
    fn who_only_asks_whether_a_server_runs_keeps_none_from_starting() {
        let folder = tempfile::tempdir().unwrap();
        let url = in_folder(folder.path());
        drop(url.claim().unwrap().unwrap());
        let asking = File::open(folder.path().join("chinwag.lock")).unwrap();
        asking.lock_shared().unwrap();

        let claimed = url.lock_patiently(|| asking.unlock().unwrap()).unwrap();

        assert!(claimed.is_some());
        assert!(url.is_served());
    }
}
