//! `idle`: connections that do nothing but answer pings. What one costs to make, and in memory to keep.

use anyhow::{Context, Result};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;

use crate::http::Server;
use crate::people;
use crate::process::Process;
use crate::socket::{PONG, Packet, Socket, parse};

/// No more sockets than this per person, as the server's own limit would have it.
const SOCKETS_PER_PERSON: usize = 10;

#[derive(Args)]
pub(crate) struct Options {
    /// Where the server listens, e.g. http://127.0.0.1:8000.
    #[arg(long)]
    url: Server,
    #[arg(long, default_value_t = 1_000)]
    connections: usize,
    /// The server's process, whose memory is read.
    #[arg(long)]
    server_pid: u32,
}

pub(crate) async fn run(options: Options) -> Result<()> {
    let people = people::sign_in(
        &options.url,
        options.connections.div_ceil(SOCKETS_PER_PERSON),
    )
    .await?;
    let server = Process::new(options.server_pid);
    let (memory_before, cpu_before) = (server.memory_kib()?, server.cpu()?);

    let mut waiting = JoinSet::new();
    for number in 0..options.connections {
        let socket =
            Socket::connect(&options.url, &people[number / SOCKETS_PER_PERSON].token).await?;
        waiting.spawn(answer_pings(socket));
    }

    let (memory, cpu) = (server.memory_kib()?, server.cpu()? - cpu_before);
    if let Some(ended) = waiting.try_join_next() {
        ended?.context("a connection did not stay")?;
    }
    let count = options.connections as f64;
    println!(
        "{} connections: {:.1} KiB each ({} KiB before, {} KiB with them), {:.0} µs of server CPU to make one",
        options.connections,
        memory.saturating_sub(memory_before) as f64 / count,
        memory_before,
        memory,
        cpu.as_secs_f64() * 1e6 / count,
    );
    Ok(())
}

/// Runs until the connection ends, which is an error here.
async fn answer_pings(mut socket: Socket) -> Result<()> {
    loop {
        let frame = socket
            .stream
            .next()
            .await
            .context("the server closed an idle connection")??;
        if let Message::Text(text) = frame
            && parse(&text)? == Packet::Ping
        {
            socket.stream.send(Message::text(PONG)).await?;
        }
    }
}
