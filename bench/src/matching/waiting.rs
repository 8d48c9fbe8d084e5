//! Those who stand in the line all along, because each wants to meet somebody who likes what nobody else likes.

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::socket::{Packet, Socket, parse};

pub(super) struct Line {
    /// The first so many are to wait, the others to be idle.
    length: watch::Sender<usize>,
    /// Comes once from everybody who has done as they were told.
    done: tokio::sync::Mutex<mpsc::UnboundedReceiver<()>>,
    everybody: usize,
}

impl Line {
    /// Of the owners of these sockets; nobody waits yet.
    pub(super) fn form(sockets: Vec<Socket>, tasks: &mut JoinSet<Result<()>>) -> Self {
        let length = watch::Sender::new(0);
        let (tell, done) = mpsc::unbounded_channel();
        let everybody = sockets.len();
        for (number, socket) in sockets.into_iter().enumerate() {
            let (length, tell) = (length.subscribe(), tell.clone());
            tasks.spawn_local(async move {
                stand(number, socket, length, tell)
                    .await
                    .with_context(|| format!("number {number} of those who wait"))
            });
        }
        Self {
            length,
            done: done.into(),
            everybody,
        }
    }

    /// Returns when the server has said so to everybody.
    pub(super) async fn shrink_or_grow_to(&self, length: usize) -> Result<()> {
        let mut done = self.done.lock().await;
        self.length.send_replace(length);
        for _ in 0..self.everybody {
            done.recv().await.context("nobody is left in the line")?;
        }
        Ok(())
    }
}

/// Waits or does not, as the length of the line says. Runs until the connection ends, which is an error here.
async fn stand(
    number: usize,
    mut socket: Socket,
    mut length: watch::Receiver<usize>,
    done: mpsc::UnboundedSender<()>,
) -> Result<()> {
    let wishes = json!({ "interests": [format!("what {number} likes")], "only_common": true });
    loop {
        tokio::select! {
            changed = length.changed() => {
                changed?;
                if number < *length.borrow_and_update() {
                    let Found { found } = socket.ask("match:find", &wishes).await?;
                    ensure!(found.state == "waiting", "not waiting but {}", found.state);
                } else {
                    let _: Value = socket.ask("match:cancel", &json!({})).await?;
                }
                done.send(())?;
            }
            text = socket.hear() => {
                if let Packet::Event(event) = parse(&text?)?
                    && event.starts_with("[\"match:found\",")
                {
                    bail!("met somebody: {event}");
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "match")]
    found: State,
}

#[derive(Deserialize)]
struct State {
    state: String,
}
