//! The whole database, copied: away from a server that may be running, and back to where none is.
//!
//! A copy is made by `VACUUM INTO`, on one snapshot: everything that was committed before it began is in it.
//! It keeps nobody from writing. It is written under another name, brought to the disk, and only then called
//! what it was to be called: a file of that name is whole, and takes no other one's place.

use super::{Conn, StoreUrl, migrate};
use crate::error::{Error, Result};
use anyhow::{Context, anyhow, bail, ensure};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often whoever waits is told how far it is.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// Why nothing is put where a server has its database.
const SERVED: &str = "a server is using that place; stop it first";

/// What stays free beside a copy: what a server on that disk stores while it is made.
const SPARE: u64 = 64 * 1024 * 1024;

/// What is in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Accounts, guests among them.
    pub people: i64,
    /// Messages.
    pub messages: i64,
    /// Its size.
    pub bytes: u64,
}

/// Told how many bytes are written, of about how many.
pub type Watch<'a> = &'a mut dyn FnMut(u64, u64);

/// Copies the database to a file that is not there yet, readable by its owner only. A server may run.
///
/// # Errors
/// `Internal`, with a cause that names what is in the way. Then there is no such file, unless the cause says that
/// it is whole.
pub fn backup(url: &StoreUrl, to: &Path, watch: Watch<'_>) -> Result<Copied> {
    let StoreUrl::Sqlite(from) = url;
    copy_away(from, to, watch).map_err(Error::Internal)
}

/// Puts a copy where the configuration wants the database, which has to be an empty place, and gives it a
/// new epoch: by that clients notice, and forget what they saw after the copy was made. The copy stays.
///
/// # Errors
/// `Internal`, with a cause: a database or a server is there, or the copy is damaged or a newer program's. Then
/// nothing is there that was not, unless the cause says that it is whole.
pub fn restore(url: &StoreUrl, from: &Path, watch: Watch<'_>) -> Result<Copied> {
    let StoreUrl::Sqlite(to) = url;
    bring_back(url, from, watch).map_err(|error| {
        let (from, to) = (from.display(), to.display());
        Error::Internal(error.context(format!("cannot restore {from} to {to}")))
    })
}

fn copy_away(from: &Path, to: &Path, watch: Watch<'_>) -> anyhow::Result<Copied> {
    require_file(from)?;
    refuse_present(to)?;
    let size = require_room(from, to)?;
    let part = Part::begin(to)?;
    copy_into(from, &part.path, size, watch)?;
    part.finish()
}

fn bring_back(url: &StoreUrl, from: &Path, watch: Watch<'_>) -> anyhow::Result<Copied> {
    let StoreUrl::Sqlite(to) = url;
    require_file(from)?;
    ensure!(!url.is_served(), SERVED);
    for ending in ["", "-wal", "-shm", "-journal"] {
        refuse_present(&beside(to, ending))?;
    }
    let _claim = url.lock()?.context(SERVED)?;
    require_sound(from)?;
    let size = require_room(from, to)?;
    let part = Part::begin(to)?;
    copy_into(from, &part.path, size, watch)?;
    begin_epoch(&part.path)?;
    part.finish()
}

/// What SQLite itself finds wrong with a file: pages that contradict each other, and rows that refer to none.
///
/// # Errors
/// The database's, when it cannot even look.
pub fn damage(conn: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let found = diesel::sql_query(
        "SELECT integrity_check AS line FROM pragma_integrity_check WHERE integrity_check <> 'ok'
         UNION ALL
         SELECT 'a row of ' || \"table\" || coalesce(' (' || rowid || ')', '') || ' refers to a row of '
             || parent || ' that is not there' FROM pragma_foreign_key_check",
    );
    let lines: Vec<Line> = found.load(conn)?;
    Ok(lines.into_iter().map(|line| line.line).collect())
}

/// Whether this is one of our databases, of the schema of this program.
///
/// # Errors
/// `Internal`, with what it is instead.
pub fn require_current(conn: &mut Conn) -> Result<()> {
    require_ours(conn)?;
    migrate::refuse_newer(conn)?;
    let current = migrate::require_current(conn);
    current
        .map_err(|_| Error::Internal(anyhow!("an older program wrote it: start the server once")))
}

fn require_ours(conn: &mut Conn) -> anyhow::Result<()> {
    let tables = number(
        conn,
        "SELECT count(*) AS n FROM sqlite_schema WHERE name IN ('server_facts', '__diesel_schema_migrations')",
    )?;
    ensure!(tables == 2, "it is no database of Chinwag's");
    Ok(())
}

fn require_sound(path: &Path) -> anyhow::Result<()> {
    let mut conn = Conn::look_at(path).map_err(cause)?;
    require_ours(&mut conn)?;
    migrate::refuse_newer(&mut conn).map_err(cause)?;
    match &damage(&mut conn).map_err(cause)?[..] {
        [] => Ok(()),
        [first, ..] => bail!("it is damaged: {first}"),
    }
}

/// What the name of an unfinished copy has behind its own, before a number of eight digits.
const PART: &str = ".part-";

/// Whether a file of that name is a copy that was not finished.
#[must_use]
pub fn is_part(name: &str) -> bool {
    let number = name.rsplit_once(PART).map(|(_, number)| number);
    number.is_some_and(|number| number.len() == 8 && u32::from_str_radix(number, 16).is_ok())
}

/// A file that is being written, beside the name that it is to have, and under one that nobody else has: what
/// is there already is never opened, whatever it is called and wherever it leads.
struct Part {
    path: PathBuf,
    to: PathBuf,
    file: File,
}

impl Part {
    fn begin(to: &Path) -> anyhow::Result<Self> {
        let path = beside(to, &format!("{PART}{:08x}", rand::random::<u32>()));
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self {
            path,
            to: to.into(),
            file,
        })
    }

    /// Brings it to the disk, and then gives it its name.
    fn finish(self) -> anyhow::Result<Copied> {
        let copied = count(&self.path)?;
        self.file.sync_all()?;
        let renamed = renameat_with(CWD, &self.path, CWD, &self.to, RenameFlags::NOREPLACE);
        match renamed {
            // Some network file systems do not know that flag.
            Err(Errno::INVAL | Errno::NOSYS) => {
                refuse_present(&self.to)?;
                std::fs::rename(&self.path, &self.to)?;
            }
            outcome => outcome.with_context(|| format!("cannot write {}", self.to.display()))?,
        }
        let folder = File::open(folder_of(&self.to)).and_then(|folder| folder.sync_all());
        folder.with_context(|| {
            let to = self.to.display();
            format!("{to} is whole, but its name may be lost if the power fails now")
        })?;
        Ok(copied)
    }
}

/// What was not finished is of no use, nor is SQLite's journal of it. Once it has its name there is nothing left
/// to remove.
impl Drop for Part {
    fn drop(&mut self) {
        for ending in ["", "-journal"] {
            let _ = std::fs::remove_file(beside(&self.path, ending));
        }
    }
}

/// How large the copy is going to be. A full disk would stop the server before it stops whoever fills it.
fn require_room(from: &Path, to: &Path) -> anyhow::Result<u64> {
    let pages = "SELECT (page_count - freelist_count) * page_size AS n
        FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    let size = u64::try_from(number(&mut Conn::look_at(from)?, pages)?)?;
    let folder = folder_of(to);
    let disk = rustix::fs::statvfs(folder)
        .with_context(|| format!("cannot write into {}", folder.display()))?;
    let free = disk.f_bavail * disk.f_frsize;
    let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
    ensure!(
        free >= size.saturating_add(SPARE),
        "there is no room for {}: the copy takes {} MiB, {} more are to stay free, and there are {}",
        to.display(),
        mib(size),
        mib(SPARE),
        free / (1024 * 1024)
    );
    Ok(size)
}

fn copy_into(from: &Path, to: &Path, total: u64, watch: Watch<'_>) -> anyhow::Result<()> {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    std::thread::scope(|scope| {
        let copying = scope.spawn(|| -> anyhow::Result<()> {
            // Absolute, because a name may begin like a URI.
            let to = std::path::absolute(to)?;
            let vacuum = diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(to.to_string_lossy());
            let mut conn = Conn::open_present(from)?;
            vacuum.execute(&mut conn)?;
            Ok(())
        });
        while !copying.is_finished() {
            watch(size(to), total);
            std::thread::sleep(TELL_EVERY);
        }
        copying.join().map_err(|_| anyhow!("copying panicked"))?
    })
    .with_context(|| format!("cannot copy {}", from.display()))
}

fn begin_epoch(path: &Path) -> anyhow::Result<()> {
    let mut conn = Conn::open_present(path)?;
    diesel::sql_query("INSERT OR REPLACE INTO server_facts (name, value) VALUES ('epoch', ?)")
        .bind::<Text, _>(super::new_epoch())
        .execute(&mut conn)?;
    Ok(())
}

fn count(path: &Path) -> anyhow::Result<Copied> {
    let mut conn = Conn::look_at(path)?;
    Ok(Copied {
        people: number(&mut conn, "SELECT count(*) AS n FROM users")?,
        messages: number(&mut conn, "SELECT count(*) AS n FROM messages")?,
        bytes: std::fs::metadata(path)?.len(),
    })
}

fn number(conn: &mut Conn, sql: &str) -> anyhow::Result<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    Ok(diesel::sql_query(sql).get_result::<Row>(conn)?.n)
}

/// An error of ours as what caused it, which is what an operator can do something about.
fn cause(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(cause) => cause,
        Error::Database(cause) => cause.into(),
        error => error.into(),
    }
}

fn require_file(path: &Path) -> anyhow::Result<()> {
    let found = match path.metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        found => found
            .with_context(|| format!("cannot read {}", path.display()))?
            .is_file(),
    };
    ensure!(found, "there is no file {}", path.display());
    Ok(())
}

fn refuse_present(path: &Path) -> anyhow::Result<()> {
    let is_there = path.symlink_metadata().is_ok();
    ensure!(
        !is_there,
        "{} is there already, and nothing is overwritten",
        path.display()
    );
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(folder: &Path) -> PathBuf {
        let path = folder.join("chinwag.db");
        let url = StoreUrl::Sqlite(path.clone());
        let _claim = url.claim().unwrap().unwrap();
        crate::store::prepare(&url, true).unwrap();
        path
    }

    #[test]
    fn of_two_copies_to_one_name_the_first_is_whole_and_the_second_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (database(folder.path()), folder.path().join("copy.db"));
        let (first, second) = (Part::begin(&to).unwrap(), Part::begin(&to).unwrap());
        for part in [&first, &second] {
            assert!(is_part(&part.path.display().to_string()));
            copy_into(&from, &part.path, 0, &mut |_, _| {}).unwrap();
        }
        first.finish().unwrap();
        let whole = std::fs::read(&to).unwrap();

        let refused = second.finish().unwrap_err();

        assert!(format!("{refused:#}").contains("exists"), "{refused:#}");
        assert_eq!(std::fs::read(&to).unwrap(), whole);
        let left = std::fs::read_dir(folder.path()).unwrap();
        let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        assert!(!left.into_iter().any(|name| is_part(&name)));
    }
}
