//! `chinwag export-user` and `chinwag erase-user`: all that is held about somebody, told or taken away.

use super::terminal::{given_line, read_line};
use super::{gone, progress, say};
use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::server;
use crate::store::{Conn, Store, StoreUrl, require_current};
use crate::upkeep::{self, Erasure, Subject};

/// Whom it is about.
#[derive(Debug, clap::Args)]
pub struct ExportOptions {
    /// A username, a whole number or an e-mail address; - to give it on standard input
    who: String,
}

/// Who is to go.
#[derive(Debug, clap::Args)]
pub struct EraseOptions {
    /// A username, a whole number or an e-mail address; - to give it on standard input
    who: String,
    /// Ask nothing
    #[arg(long)]
    yes: bool,
}

/// Prints all that is held about somebody, as JSON; a server may run.
///
/// # Errors
/// `Internal` where there is nobody of that name.
pub fn export_user(config: &Config, options: &ExportOptions) -> Result<()> {
    let mut conn = open(config)?;
    let subject = find(&mut conn, &options.who)?;
    let held = upkeep::export(&mut conn, subject.id)?;
    let held =
        serde_json::to_string_pretty(&held).map_err(|error| Error::Internal(error.into()))?;
    say(&held)
}

/// Erases somebody for ever, and says what is left; a server may run.
///
/// # Errors
/// `Internal` where there is nobody of that name, or it was not meant; those of [`Erasure`].
pub fn erase_user(config: &Config, clock: Clock, options: &EraseOptions) -> Result<()> {
    let subject = find(&mut open(config)?, &options.who)?;
    if !options.yes {
        confirm(&subject)?;
    }
    let runtime = server::runtime().map_err(|error| Error::Internal(error.into()))?;
    runtime.block_on(async {
        let store = Store::open_beside(&config.database, clock, Cluster::memory())?;
        let outcome = erase(&Erasure::new(store.clone(), subject.id)).await;
        store.close().await;
        outcome
    })
}

async fn erase(erasure: &Erasure) -> Result<()> {
    let erased = erasure.take_account().await?;
    let bar = progress::steps();
    let told = |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    };
    let outcome = erasure.take_words(&erased.talks, told).await;
    bar.finish_and_clear();
    let username = &erased.username;
    let count = outcome.map_err(|error| {
        gone(format!(
            "the account is gone and some messages are left ({error}); `chinwag erase-user {username}` goes on"
        ))
    })?;
    say(&format!(
        "erased: the account, which is @{username} now, and the text of {count} messages"
    ))?;
    if erased.reports > 0 {
        say(&format!(
            "kept: {} reports by or of them, with their evidence",
            erased.reports
        ))?;
    }
    say(
        "A server that runs closes their open connections within a minute. Copies of the database still hold them.",
    )
}

fn confirm(subject: &Subject) -> Result<()> {
    let Subject {
        username,
        name,
        messages,
        ..
    } = subject;
    say(&format!(
        "@{username}, called {name}, said {messages} things."
    ))?;
    let answer = read_line("Erase all of it, for ever? (yes, no)", true)?;
    if answer.trim().eq_ignore_ascii_case("yes") {
        Ok(())
    } else {
        Err(gone("nothing was changed".into()))
    }
}

fn open(config: &Config) -> Result<Conn> {
    let StoreUrl::Sqlite(path) = &config.database;
    let mut conn = Conn::look_at(path)?;
    require_current(&mut conn)?;
    Ok(conn)
}

/// Arguments can be read by whoever else is on the machine, and are remembered by the shell: not so what is given on
/// standard input.
fn find(conn: &mut Conn, who: &str) -> Result<Subject> {
    let who = match who {
        "-" => &given_line("Who it is about")?,
        who => who,
    };
    upkeep::find(conn, who)?.ok_or_else(|| gone(format!("there is nobody called {who}")))
}
