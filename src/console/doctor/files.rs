//! The database, what lies beside it, the disk that they are on, and the clock.

use super::super::cause;
use super::Finding;
use crate::error::Result;
use crate::model::Timestamp;
use crate::store::{Conn, Space, StoreUrl, is_part, require_current};
use crate::upkeep;
use std::fs::OpenOptions;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Less room than this, and soon nobody can say anything more.
const SCARCE: u64 = 200 * 1024 * 1024;
/// When this program was young: no clock that is right shows an earlier moment.
const BEFORE_US: Timestamp = Timestamp(1_790_000_000_000);
/// How much later than now something may have happened: clocks are set now and then.
const SLACK: Duration = Duration::from_secs(60);

pub(super) fn examine(url: &StoreUrl, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    let latest = folder(url, &mut findings);
    findings.push(clock(latest, now));
    findings
}

/// Adds what there is to say of the folder and what is in it, as far as it can be seen. When something was said or made
/// there last.
fn folder(url: &StoreUrl, findings: &mut Vec<Finding>) -> Option<Timestamp> {
    let StoreUrl::Sqlite(path) = url;
    let folder = url.folder();
    if !exists(folder, findings)? {
        findings.push(made_later(path));
        return None;
    }
    let me = probe(folder);
    let shown = folder.display();
    findings.push(match &me {
        Ok(_) => Finding::ok(format!("folder: {shown} can be written to")),
        Err(error) => Finding::fail(format!(
            "folder: {shown} cannot be written to ({error}); run this as the user of the server"
        )),
    });
    // Where that is hidden, so is all else in the folder.
    let is_there = exists(path, findings)?;
    findings.extend(modes(url, me.ok()));
    findings.extend(parts(folder));
    if !is_there {
        findings.push(made_later(path));
        return None;
    }
    findings.push(room(url.space()));
    database(url, findings)
}

/// Adds what there is to say of the database itself. When something was said or made there last.
fn database(url: &StoreUrl, findings: &mut Vec<Finding>) -> Option<Timestamp> {
    let StoreUrl::Sqlite(path) = url;
    let looked = look(path);
    findings.push(match &looked {
        Ok(_) if url.is_served() => Finding::ok("database: a server uses it"),
        Ok(_) => Finding::ok("database: it opens; no server uses it"),
        Err(why) => Finding::fail(format!("database: {}: {why:#}", path.display())),
    });
    let (latest, admins) = looked.ok()?;
    if admins == 0 {
        findings.push(Finding::warn(
            "administrators: none, and reports wait for one; see `chinwag create-admin`",
        ));
    }
    latest
}

fn made_later(path: &Path) -> Finding {
    let path = path.display();
    Finding::ok(format!("database: {path} is made at the first start"))
}

/// Whether it is there; nothing where that cannot be seen, which is added to the findings.
fn exists(path: &Path, findings: &mut Vec<Finding>) -> Option<bool> {
    let hidden = |error: std::io::Error| {
        findings.push(Finding::fail(format!(
            "database: {} cannot be looked at ({error}); is DATABASE_URL right, and is this run as the user of the server?",
            path.display()
        )));
    };
    path.try_exists().map_err(hidden).ok()
}

/// When something was said or made last, and how many administrators there are.
fn look(path: &Path) -> anyhow::Result<(Option<Timestamp>, i64)> {
    let mut conn = Conn::look_at(path).map_err(cause)?;
    require_current(&mut conn).map_err(cause)?;
    upkeep::vital_signs(&mut conn).map_err(cause)
}

/// Writes a file and takes it away again; whose it was.
fn probe(folder: &Path) -> std::io::Result<u32> {
    let path = folder.join(format!(".chinwag-doctor-{}", std::process::id()));
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    let owner = file.metadata().map(|metadata| metadata.uid());
    std::fs::remove_file(&path)?;
    owner
}

/// Who else may read what is here, and whether it is ours.
fn modes(url: &StoreUrl, me: Option<u32>) -> Vec<Finding> {
    let StoreUrl::Sqlite(path) = url;
    let beside = |ending: &str| PathBuf::from(format!("{}{ending}", path.display()));
    let files = [
        path.clone(),
        beside("-wal"),
        beside("-shm"),
        path.with_extension("lock"),
        url.folder().join("secret.key"),
    ];
    let mut findings = Vec::new();
    for file in files {
        let Ok(metadata) = std::fs::metadata(&file) else {
            continue;
        };
        let mode = metadata.permissions().mode() & 0o777;
        let name = file.display();
        if mode & 0o077 != 0 {
            findings.push(Finding::fail(format!(
                "files: others may read {name} (mode {mode:03o}); chmod 600 {name}"
            )));
        }
        if me.is_some_and(|me| me != metadata.uid()) {
            findings.push(Finding::warn(format!(
                "files: {name} is another user's; run this, and the server, as its owner"
            )));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok("files: readable by their owner only"));
    }
    findings
}

/// What copies left behind that were interrupted, or are under way.
fn parts(folder: &Path) -> Vec<Finding> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    let mut parts: Vec<_> = names.filter(|name| is_part(name)).collect();
    parts.sort();
    let found = parts.into_iter().map(|name| {
        let path = folder.join(name);
        Finding::warn(format!(
            "files: {} is a copy that is being made, or was interrupted; delete it unless one is being made",
            path.display()
        ))
    });
    found.collect()
}

fn room(space: Result<Space>) -> Finding {
    let mib = |bytes: u64| bytes / (1024 * 1024);
    match space {
        Err(error) => Finding::fail(format!("disk: {:#}", cause(error))),
        Ok(Space { used, free }) if free < SCARCE => Finding::fail(format!(
            "disk: {} MiB free, the database takes {}: soon nothing can be stored; make room",
            mib(free),
            mib(used)
        )),
        Ok(Space { used, free }) if free < 2 * used => Finding::warn(format!(
            "disk: {} MiB free, the database takes {}: there is no room for a copy and growth beside it",
            mib(free),
            mib(used)
        )),
        Ok(Space { used, free }) => Finding::ok(format!(
            "disk: {} MiB free, the database takes {}",
            mib(free),
            mib(used)
        )),
    }
}

fn clock(latest: Option<Timestamp>, now: Timestamp) -> Finding {
    if now < BEFORE_US {
        return Finding::fail(format!(
            "clock: it shows {now}, which is long past; set it (timedatectl)"
        ));
    }
    match latest {
        Some(latest) if latest > now.after(SLACK) => Finding::fail(format!(
            "clock: it shows {now}, and something was stored at {latest}; set it (timedatectl)"
        )),
        _ => Finding::ok(format!("clock: {now}")),
    }
}
