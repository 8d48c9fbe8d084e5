//! One person of a pair on one socket: sends as the window allows, and hands everything that comes back to the ledger.

use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::Run;
use super::ledger::{Ledger, Writer};
use crate::socket::{PONG, Packet, Socket, event_packet, parse};

/// Frames taken at once: what the server wrote in one go is answered in one go.
const BATCH: usize = 256;

pub(super) struct Side {
    pub(super) number: usize,
    pub(super) socket: Socket,
    pub(super) conversation_id: u64,
    pub(super) window: usize,
    pub(super) ledger: Ledger,
    pub(super) run: Rc<Run>,
}

#[derive(Serialize)]
struct Draft<'a> {
    conversation_id: u64,
    body: &'a str,
    client_id: &'a str,
}

impl Side {
    /// Talks until the run is over and everything is acknowledged and heard.
    pub(super) async fn talk(self) -> Result<()> {
        let number = self.number;
        self.talk_to_the_end()
            .await
            .with_context(|| format!("side {number}"))
    }

    async fn talk_to_the_end(self) -> Result<()> {
        let Self {
            number,
            socket,
            conversation_id,
            window,
            mut ledger,
            run,
        } = self;
        let (mut sink, stream) = socket.stream.split();
        let mut batches = stream.ready_chunks(BATCH);
        loop {
            while !run.is_over.get() && ledger.in_flight() < window {
                let (id, body) = ledger.compose(Instant::now());
                let draft = Draft {
                    conversation_id,
                    body: &body,
                    client_id: &run.client_id(number, id),
                };
                sink.feed(Frame::text(event_packet(id, "message:send", &draft)))
                    .await?;
            }
            sink.flush().await?;
            if run.is_over.get() && ledger.is_complete() {
                return Ok(());
            }
            for frame in batches
                .next()
                .await
                .context("the server closed the connection")?
            {
                let Frame::Text(text) = frame? else { continue };
                match parse(&text)? {
                    Packet::Ping => sink.feed(Frame::text(PONG)).await?,
                    Packet::Ack(id, answer) => {
                        run.count_ack(ledger.acknowledge(id, answer, Instant::now())?)
                    }
                    Packet::Event(event) => {
                        if ledger.hear(event)? == Some(Writer::Other) {
                            run.count_delivery();
                        }
                    }
                    Packet::Refused(_) | Packet::Other => {}
                }
            }
        }
    }
}
