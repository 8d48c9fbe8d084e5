//! `chinwag verify`: whether a database, or a copy of one, agrees with itself.

use super::{cause, gone, progress, say};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::{Conn, StoreUrl};
use crate::upkeep;
use std::path::PathBuf;

/// What is looked at.
#[derive(Debug, clap::Args)]
pub struct VerifyOptions {
    /// A copy; without one, the database of the settings
    path: Option<PathBuf>,
}

/// Looks at a database without changing anything, and says what is wrong with it, a line for each finding.
///
/// # Errors
/// `Internal` when something is, or when it cannot be looked at.
pub fn verify(options: VerifyOptions) -> Result<()> {
    let path = match options.path {
        Some(path) => path,
        None => {
            let config = Config::from_env().map_err(|error| Error::Internal(error.into()))?;
            let StoreUrl::Sqlite(path) = config.database;
            path
        }
    };
    let bar = progress::steps();
    let outcome = Conn::look_at(&path).and_then(|mut conn| {
        upkeep::verify(&mut conn, &mut |about, left| {
            bar.set_length(bar.position() + left as u64);
            bar.set_message(about.to_owned());
            bar.inc(1);
        })
    });
    bar.finish_and_clear();
    let found = outcome.map_err(|error| gone(format!("{}: {}", path.display(), cause(error))))?;
    for line in &found {
        say(line)?;
    }
    match found.len() {
        0 => say(&format!("{}: nothing wrong was found", path.display())),
        1 => Err(gone(format!("{}: 1 finding", path.display()))),
        n => Err(gone(format!("{}: {n} findings", path.display()))),
    }
}
