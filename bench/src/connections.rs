//! `connections`: many are made, and then do nothing but answer pings. What one costs to make, and in memory to keep.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use futures_util::stream::{StreamExt, iter};
use tokio::task::JoinSet;

use crate::figures::{Figure, Figures, rounded};
use crate::meter::Meter;
use crate::outcome::Target;
use crate::people;
use crate::socket::{ARRIVING, Socket};

/// Until everybody has had a first ping, and the server has put away what it needed to let them in.
const REST: Duration = Duration::from_secs(2);

#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
}

pub(crate) async fn run(target: &Target, options: &Options) -> Result<Figures> {
    let server = target.server_pid;
    let memory_before = server.memory_kib()?;
    let meter = Meter::start(server)?;

    let mut arrivals = iter(people::paired().cycle().take(options.connections))
        .map(|person| async move {
            let began = Instant::now();
            let socket = Socket::connect(&target.url, &person.token()).await;
            socket.map(|socket| (socket, began.elapsed()))
        })
        .buffer_unordered(ARRIVING);
    let mut times = Vec::new();
    let mut waiting = JoinSet::new();
    while let Some(arrived) = arrivals.next().await {
        let (socket, time) = arrived?;
        times.push(time);
        waiting.spawn_local(do_nothing(socket));
    }

    let count = options.connections as f64;
    let mut figures = meter.stop()?.figures(count);
    figures.set_times(
        [Figure::AckP50Ms, Figure::AckP99Ms, Figure::AckP999Ms],
        times,
    );
    tokio::time::sleep(REST).await;
    if let Some(ended) = waiting.try_join_next() {
        ended?.context("a connection did not stay")?;
    }
    let memory = server.memory_kib()?;
    figures.set(Figure::MemoryMib, memory as f64 / 1_024.0);
    figures.set(
        Figure::KibPerConnection,
        memory.saturating_sub(memory_before) as f64 / count,
    );
    Ok(figures)
}

/// Runs until the connection ends, which is an error here.
async fn do_nothing(mut socket: Socket) -> Result<()> {
    loop {
        socket.hear().await?;
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} connections", rounded(self.connections as f64))
    }
}
