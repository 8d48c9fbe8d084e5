//! Load for a running Chinwag or one of its peers, speaking raw Engine.IO and Socket.IO frames so that the client costs as
//! little as possible.
//!
//! - `relay`: pairs of people send each other messages, as fast as acknowledgements allow or at a fixed rate.
//! - `room`: one speaks to a thousand.
//! - `match`: guests who find strangers, talk and go on, while others wait.
//! - `connections`: many are made, and then do nothing.
//! - `sync`: people come back after a thousand messages.
//! - `pages`: browsers ask for a page.
//! - `report`: tables and a picture of what the others have written down.
//!
//! They check what they count: every message is acknowledged once and delivered once, in order, or the program fails.
//! One `current_thread` runtime, so that on a machine of two cores the other one is the server's. See `bench/README.md`.

mod connections;
mod count;
mod figures;
mod http;
mod matching;
mod message;
mod meter;
mod outcome;
mod pages;
mod people;
mod process;
mod relay;
mod report;
mod room;
mod socket;
mod sync;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tokio::task::LocalSet;

use outcome::{Outcome, Record};

#[derive(Parser)]
#[command(about = "Load for a running Chinwag (with LIMITS=off) or one of its peers")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    #[command(flatten)]
    Load(Load),
    /// Tables and a picture of what was written down with --results.
    Report(report::Options),
}

#[derive(Subcommand)]
enum Load {
    /// Pairs of people who send each other messages of 100 bytes.
    Relay {
        #[command(flatten)]
        record: Record,
        #[command(flatten)]
        options: relay::Options,
    },
    /// Somebody who speaks to a room of a thousand.
    Room {
        #[command(flatten)]
        record: Record,
        #[command(flatten)]
        options: room::Options,
    },
    /// Guests who find strangers, say five things each, and go on.
    Match {
        #[command(flatten)]
        record: Record,
        #[command(flatten)]
        options: matching::Options,
    },
    /// Connections that are made and then do nothing.
    Connections {
        #[command(flatten)]
        record: Record,
        #[command(flatten)]
        options: connections::Options,
    },
    /// People who come back after an absence of a thousand messages.
    Sync {
        #[command(flatten)]
        record: Record,
        #[command(flatten)]
        options: sync::Options,
    },
    /// Browsers that ask for one page again and again.
    Pages {
        #[command(flatten)]
        record: Record,
        #[command(flatten)]
        options: pages::Options,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    match Arguments::parse().task {
        Task::Load(load) => {
            let (record, outcome) = LocalSet::new().run_until(run(load)).await?;
            println!("{outcome}");
            record.write(&outcome)
        }
        Task::Report(options) => report::run(&options),
    }
}

async fn run(load: Load) -> Result<(Record, Outcome)> {
    let (record, name, figures) = match load {
        Load::Relay { record, options } => {
            let figures = relay::run(&record.target, &options).await?;
            (record, options.to_string(), figures)
        }
        Load::Room { record, options } => {
            let figures = room::run(&record.target, &options).await?;
            (record, options.to_string(), figures)
        }
        Load::Match { record, options } => {
            let figures = matching::run(&record.target, &options).await?;
            (record, options.to_string(), figures)
        }
        Load::Connections { record, options } => {
            let figures = connections::run(&record.target, &options).await?;
            (record, options.to_string(), figures)
        }
        Load::Sync { record, options } => {
            let figures = sync::run(&record.target, &options).await?;
            (record, options.to_string(), figures)
        }
        Load::Pages { record, options } => {
            let figures = pages::run(&record.target, &options).await?;
            (record, options.to_string(), figures)
        }
    };
    let outcome = record.outcome(name, figures);
    Ok((record, outcome))
}
