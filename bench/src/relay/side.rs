//! One person of a pair on one socket: sends as window and pace allow, and hands everything that comes back to the ledger.

use std::future::pending;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message as Frame;

use super::Run;
use super::ledger::{Heard, Ledger};
use crate::message::Draft;
use crate::socket::{PONG, Packet, Socket, event_packet, parse};

/// Frames taken at once: what the server wrote in one go is answered in one go.
const BATCH: usize = 256;

/// After such a silence, what is unacknowledged will not come any more. Only asked where messages may be lost.
const SILENCE: Duration = Duration::from_secs(1);

pub(super) struct Side {
    pub(super) number: usize,
    pub(super) socket: Socket,
    pub(super) conversation_id: u64,
    pub(super) window: usize,
    pub(super) ledger: Ledger,
    pub(super) run: Rc<Run>,
}

/// When to send, besides that the window must allow it. Who is late catches up.
pub(super) struct Pace {
    pub(super) next: Instant,
    pub(super) every: Duration,
}

impl Side {
    /// Talks until the run is over and everything is acknowledged and heard.
    pub(super) async fn talk(self, pace: Option<Pace>) -> Result<()> {
        let number = self.number;
        self.talk_to_the_end(pace)
            .await
            .with_context(|| format!("side {number}"))
    }

    async fn talk_to_the_end(self, mut pace: Option<Pace>) -> Result<()> {
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
        let mut may_be_unacked = window;
        loop {
            while !run.count.is_over()
                && ledger.in_flight() < may_be_unacked
                && pace.as_mut().is_none_or(Pace::is_due)
            {
                let (id, body) = ledger.compose(Instant::now());
                let draft = Draft {
                    conversation_id,
                    body: &body,
                    client_id: &run.client_id(number, id),
                };
                sink.feed(Frame::text(event_packet(id, "message:send", &draft)))
                    .await?;
                run.sent.update(|sent| sent + 1);
            }
            sink.flush().await?;
            if run.count.is_over() && ledger.is_complete() {
                return Ok(());
            }
            let frames = tokio::select! {
                frames = batches.next() => frames.context("the server closed the connection")?,
                () = due(pace.as_ref()), if ledger.in_flight() < may_be_unacked && !run.count.is_over() => continue,
                () = tokio::time::sleep(SILENCE), if run.may_lose => {
                    if run.count.is_over() {
                        return Ok(());
                    }
                    may_be_unacked = window + ledger.in_flight();
                    continue;
                }
            };
            for frame in frames {
                let Frame::Text(text) = frame? else { continue };
                match parse(&text)? {
                    Packet::Ping => sink.feed(Frame::text(PONG)).await?,
                    Packet::Ack(id, answer) => {
                        run.count
                            .ack(ledger.acknowledge(id, answer, Instant::now())?)
                    }
                    Packet::Event(event) => {
                        if let Heard::Other(time) = ledger.hear(event, Instant::now())? {
                            run.count_delivery(time);
                        }
                    }
                    Packet::Refused(_) | Packet::Other => {}
                }
            }
        }
    }
}

impl Pace {
    /// Says so once for every message.
    fn is_due(&mut self) -> bool {
        let is_due = self.next <= Instant::now();
        if is_due {
            self.next += self.every;
        }
        is_due
    }
}

async fn due(pace: Option<&Pace>) {
    match pace {
        Some(pace) => tokio::time::sleep_until(pace.next.into()).await,
        None => pending().await,
    }
}
