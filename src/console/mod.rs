//! What an operator does at the command line, beside serving; each command is a file.
//!
//! Making an administrator, copies of the database and a look at whether it is sound, what there is to know of
//! this installation, and what is held about somebody. The server may run meanwhile, on the same database,
//! except for a restore. What a command has to say goes to stdout, and how far it is to a terminal on stderr.

mod administrator;
mod copies;
mod doctor;
mod people;
mod progress;
mod terminal;
mod verify;

pub use administrator::{AdminOptions, create_admin};
pub use copies::{BackupOptions, RestoreOptions, backup, restore};
pub use doctor::{DoctorOptions, doctor};
pub use people::{EraseOptions, ExportOptions, erase_user, export_user};
pub use verify::{VerifyOptions, verify};

use crate::error::{Error, Result};
use std::io::Write;

/// # Errors
/// `Internal` where nobody listens any more, or the file that it goes to is full.
fn say(words: &str) -> Result<()> {
    let said = writeln!(std::io::stdout(), "{words}");
    said.map_err(|error| Error::Internal(error.into()))
}

/// Why the errand ends, in words that are shown.
fn gone(why: String) -> Error {
    Error::Internal(anyhow::anyhow!(why))
}

/// What is behind a fault: at the command line, whoever reads it can do something about it.
fn cause(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(cause) => cause,
        Error::Database(cause) => cause.into(),
        error => error.into(),
    }
}
