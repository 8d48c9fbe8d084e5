//! What one run against one server has shown, and where it is written down: one JSON object a line.

use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::figures::Figures;
use crate::http::Server;
use crate::process::Process;

/// Whom the load is for.
#[derive(Args)]
pub(crate) struct Target {
    /// Where the server listens, e.g. http://127.0.0.1:8000.
    #[arg(long)]
    pub(crate) url: Server,
    /// The server's process, whose CPU time and memory are read.
    #[arg(long, value_name = "PID", value_parser = process)]
    pub(crate) server_pid: Process,
}

/// How a run is called where it is written down.
#[derive(Args)]
pub(crate) struct Record {
    #[command(flatten)]
    pub(crate) target: Target,
    /// What the server is called.
    #[arg(long, default_value = "Chinwag")]
    server: String,
    /// What its database holds.
    #[arg(long, default_value = "as it is")]
    database: String,
    /// A file for what was seen.
    #[arg(long)]
    results: Option<PathBuf>,
}

/// One run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub(crate) load: String,
    pub(crate) server: String,
    pub(crate) database: String,
    pub(crate) figures: Figures,
}

fn process(pid: &str) -> Result<Process> {
    Ok(Process::new(pid.parse()?))
}

impl Record {
    pub(crate) fn outcome(&self, load: String, figures: Figures) -> Outcome {
        Outcome {
            load,
            server: self.server.clone(),
            database: self.database.clone(),
            figures,
        }
    }

    pub(crate) fn write(&self, outcome: &Outcome) -> Result<()> {
        let Some(path) = &self.results else {
            return Ok(());
        };
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(writeln!(file, "{}", serde_json::to_string(outcome)?)?)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            load,
            server,
            database,
            figures,
        } = self;
        write!(f, "{load}; {server}; database {database}: {figures}")
    }
}
