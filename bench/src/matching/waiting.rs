//! Those who stand in the line all along, because each wants to meet somebody who likes what nobody else likes.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;

use crate::socket::{Packet, Socket, parse};

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "match")]
    found: State,
}

#[derive(Deserialize)]
struct State {
    state: String,
}

/// Returns when the server has said that they wait.
pub(super) async fn begin(number: usize, socket: &mut Socket) -> Result<()> {
    let wishes = json!({ "interests": [format!("what {number} likes")], "only_common": true });
    let Found { found } = socket.ask("match:find", &wishes).await?;
    ensure!(found.state == "waiting", "not waiting but {}", found.state);
    Ok(())
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
