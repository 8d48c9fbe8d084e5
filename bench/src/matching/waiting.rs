//! Those who stand in the line all along, because each wants to meet somebody who likes what nobody else likes.

use anyhow::{Context, Result, bail, ensure};
use futures_util::stream::{StreamExt, TryStreamExt, iter};
use serde::Deserialize;
use serde_json::json;

use crate::socket::{ARRIVING, Packet, Socket, parse};

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "match")]
    found: State,
}

#[derive(Deserialize)]
struct State {
    state: String,
}

/// Returns when the server has said that they wait, all of them. One after the other, the last one's pings would
/// go unanswered for too long.
pub(super) async fn begin(sockets: Vec<Socket>) -> Result<Vec<(usize, Socket)>> {
    iter(sockets.into_iter().enumerate())
        .map(|(number, socket)| begin_one(number, socket))
        .buffer_unordered(ARRIVING)
        .try_collect()
        .await
}

async fn begin_one(number: usize, mut socket: Socket) -> Result<(usize, Socket)> {
    let wishes = json!({ "interests": [format!("what {number} likes")], "only_common": true });
    let Found { found } = socket.ask("match:find", &wishes).await?;
    ensure!(found.state == "waiting", "not waiting but {}", found.state);
    Ok((number, socket))
}

/// Runs until the connection ends or somebody is met, which is an error here.
pub(super) async fn stand(number: usize, mut socket: Socket) -> Result<()> {
    loop {
        let text = socket.hear().await;
        let text = text.with_context(|| format!("number {number} of those who wait"))?;
        if let Packet::Event(event) = parse(&text)?
            && event.starts_with("[\"match:found\",")
        {
            bail!("number {number} of those who wait met somebody: {event}");
        }
    }
}
