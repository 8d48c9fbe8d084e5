//! A guest on one socket, who takes part when there is a turn and is idle otherwise.

use std::future::Future;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::Run;
use super::talk::Talk;
use crate::message::{Draft, Pushed};
use crate::socket::{Packet, Socket, answer_in, event_packet, parse};

/// Strangers met in one turn: as many as the server permits in a minute where its limits hold.
const STRANGERS: usize = 10;

/// The longest silence while somebody takes part: all of them are busy, so that anybody finds a stranger in no time.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) struct Guest {
    number: usize,
    socket: Socket,
    run: Rc<Run>,
    /// Acknowledgement ids count up over all that is asked.
    asked: u64,
}

impl Guest {
    pub(super) fn new(number: usize, socket: Socket, run: Rc<Run>) -> Self {
        Self {
            number,
            socket,
            run,
            asked: 0,
        }
    }

    /// Runs until the connection ends, which is an error here.
    pub(super) async fn take_turns(self) -> Result<()> {
        let number = self.number;
        self.take_turn_after_turn()
            .await
            .with_context(|| format!("guest {number}"))
    }

    async fn take_turn_after_turn(mut self) -> Result<()> {
        let run = self.run.clone();
        loop {
            let _turn = self.idle_until(run.turns.acquire()).await??;
            if !run.count.is_over() {
                self.meet_strangers().await?;
            }
        }
    }

    /// Answers pings until `something` happens.
    async fn idle_until<T>(&mut self, something: impl Future<Output = T>) -> Result<T> {
        let mut something = std::pin::pin!(something);
        loop {
            tokio::select! {
                result = &mut something => return Ok(result),
                // The end of the last match may still be told.
                text = self.socket.hear() => drop(text?),
            }
        }
    }

    async fn meet_strangers(&mut self) -> Result<()> {
        let mut ask = "match:find";
        for _ in 0..STRANGERS {
            if !self.meet_one(ask).await? || self.run.count.is_over() {
                break;
            }
            ask = "match:next";
        }
        self.ask("match:leave", &json!({})).await?;
        self.await_answer().await
    }

    /// Finds a stranger and talks to the end; false when the run ended before there was one.
    async fn meet_one(&mut self, ask: &str) -> Result<bool> {
        let asked_at = Instant::now();
        let wishes = self.run.wishes(self.number);
        self.ask(ask, &wishes).await?;
        let question = self.asked;
        let mut is_answered = false;
        let mut talk: Option<Talk> = None;
        let mut over = self.run.count.end();
        loop {
            let text = tokio::select! {
                text = tokio::time::timeout(PATIENCE, self.socket.hear()) => text.with_context(|| {
                    format!("nothing is heard any more; asked for a stranger as {question}, answered: {is_answered}, {talk:?}")
                })??,
                // Whoever has found somebody talks to the end; the other one counts on it.
                _ = over.wait_for(|over| *over), if is_answered && talk.is_none() => {
                    return self.give_up().await;
                }
            };
            match parse(&text)? {
                Packet::Ack(id, answer) if id == question => {
                    let _: IgnoredAny = answer_in(answer)?;
                    is_answered = true;
                }
                Packet::Ack(_, answer) => {
                    let talk = talk.as_mut().context("an answer to nothing")?;
                    match answer_in::<IgnoredAny>(answer) {
                        Ok(_) => talk.acknowledge()?,
                        // The other side gave up in the moment it was found, and the end is on its way.
                        Err(_) if *over.borrow() => {}
                        Err(refusal) => return Err(refusal),
                    }
                }
                Packet::Event(event) if event.starts_with("[\"match:found\",") => {
                    ensure!(talk.is_none(), "a second match: {event}");
                    talk = Some(Talk::begin(event)?);
                    self.run.count_found(asked_at);
                }
                Packet::Event(event) if event.starts_with("[\"message:new\",") => {
                    let message = Pushed::in_event(event)?.context("it is a message")?;
                    talk.as_mut()
                        .with_context(|| format!("a message of no match: {event}"))?
                        .hear(&message)?;
                }
                // The end of the last match may be told only now.
                Packet::Event(event) if event.starts_with("[\"match:ended\",") => {
                    match &talk {
                        Some(talk) if !talk.is_ended_by(event) => {}
                        // All is said; that somebody else found us may be known before our own question is answered.
                        Some(talk) if talk.is_complete() => {}
                        Some(_) if *over.borrow() => return Ok(false),
                        Some(talk) => bail!("ended before everything was heard: {event}, {talk:?}"),
                        None => {}
                    }
                }
                Packet::Refused(why) => bail!("refused: {why}"),
                Packet::Event(_) | Packet::Ping | Packet::Other => {}
            }
            let Some(talk) = &mut talk else { continue };
            if let Some(body) = talk.compose() {
                let draft = Draft {
                    conversation_id: talk.conversation_id,
                    body: &body,
                    client_id: &self.client_id(talk),
                };
                self.asked += 1;
                self.socket
                    .send(event_packet(self.asked, "message:send", &draft))
                    .await?;
            }
            if is_answered && talk.is_complete() {
                self.run.count_side();
                return Ok(true);
            }
        }
    }

    /// Grows as those of our pages do, and is new because the conversation is.
    fn client_id(&self, talk: &Talk) -> String {
        format!(
            "{:010}-{:05}-{}",
            talk.conversation_id, self.number, talk.sent
        )
    }

    /// Stops waiting. Who was found in that very moment is left, or they would wait for what we say.
    async fn give_up(&mut self) -> Result<bool> {
        for ask in ["match:cancel", "match:leave"] {
            self.ask(ask, &json!({})).await?;
            self.await_answer().await?;
        }
        Ok(false)
    }

    async fn ask(&mut self, event: &str, payload: &Value) -> Result<()> {
        self.asked += 1;
        let packet = event_packet(self.asked, event, payload);
        self.socket.send(packet).await
    }

    /// The answer to what was asked last.
    async fn await_answer(&mut self) -> Result<()> {
        loop {
            let text = tokio::time::timeout(PATIENCE, self.socket.hear())
                .await
                .with_context(|| format!("{} is never answered", self.asked))??;
            if let Packet::Ack(id, answer) = parse(&text)?
                && id == self.asked
            {
                let _: IgnoredAny = answer_in(answer)?;
                return Ok(());
            }
        }
    }
}
