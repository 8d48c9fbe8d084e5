//! `chinwag backup` and `chinwag restore`: the database, copied away and back.

use super::{progress, say};
use crate::config::Config;
use crate::error::Result;
use crate::store::{self, Copied};
use std::path::PathBuf;
use std::time::Instant;

/// Where a copy goes.
#[derive(Debug, clap::Args)]
pub struct BackupOptions {
    /// A file that is not there yet
    path: PathBuf,
}

/// Which copy comes back.
#[derive(Debug, clap::Args)]
pub struct RestoreOptions {
    /// A file that `chinwag backup` wrote
    path: PathBuf,
}

/// Copies the database of the configuration to a file; a server may run.
///
/// # Errors
/// Those of [`store::backup`].
pub fn backup(config: &Config, options: &BackupOptions) -> Result<()> {
    let (copied, took) = watched(|watch| store::backup(&config.database, &options.path, watch))?;
    say(&format!(
        "{} holds {copied}, after {took}",
        options.path.display()
    ))
}

/// Brings a copy back to where the configuration wants the database.
///
/// # Errors
/// Those of [`store::restore`].
pub fn restore(config: &Config, options: &RestoreOptions) -> Result<()> {
    let (copied, took) = watched(|watch| store::restore(&config.database, &options.path, watch))?;
    say(&format!("restored {copied}, after {took}"))?;
    say(
        "Who was signed in when the copy was made is so again, and who was erased since is back: see docs/OPERATIONS.md.",
    )
}

fn watched(copy: impl FnOnce(store::Watch<'_>) -> Result<Copied>) -> Result<(String, String)> {
    let began = Instant::now();
    let bar = progress::bytes();
    let outcome = copy(&mut |written, total| {
        bar.set_length(total);
        bar.set_position(written);
    });
    bar.finish_and_clear();
    let Copied {
        people,
        messages,
        bytes,
    } = outcome?;
    let took = began.elapsed().as_secs_f64();
    Ok((
        format!("{people} people and {messages} messages, {bytes} bytes"),
        format!("{took:.1} s"),
    ))
}
