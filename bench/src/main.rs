//! Load for a running Chinwag, speaking raw Engine.IO and Socket.IO frames so that the client costs as little as possible.
//!
//! - `relay`: pairs of people send each other messages; how many a second, how soon acknowledged, at what cost to the server.
//! - `idle`: connections that do nothing; what each costs in memory.
//! - `match`: guests who find strangers, talk and go on, while others wait; what a match costs the server.
//!
//! They check what they count: every message is acknowledged once and delivered once, in order, or the program fails.
//! One `current_thread` runtime, so that on a machine of two cores the other one is the server's. See `bench/README.md`.

mod figures;
mod http;
mod idle;
mod matching;
mod meter;
mod people;
mod process;
mod relay;
mod socket;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Load for a running Chinwag (with LIMITS=off)")]
struct Arguments {
    #[command(subcommand)]
    load: Load,
}

#[derive(Subcommand)]
enum Load {
    /// Pairs of people who send each other messages of 100 bytes.
    Relay(relay::Options),
    /// Connections that do nothing.
    Idle(idle::Options),
    /// Guests who find strangers, say five things each, and go on.
    Match(matching::Options),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().load {
        Load::Relay(options) => relay::run(options).await,
        Load::Idle(options) => idle::run(options).await,
        Load::Match(options) => matching::run(options).await,
    }
}
