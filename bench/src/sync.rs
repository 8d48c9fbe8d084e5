//! `sync`: people come back after an absence, and ask until they have every message that they missed, in order.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use tokio::task::JoinSet;

use crate::count::{Count, Length};
use crate::figures::{Figures, rounded};
use crate::http::Server;
use crate::message::{Draft, body};
use crate::outcome::Target;
use crate::people::{self, Person};
use crate::socket::{Packet, Socket, answer_in, event_packet, parse};

/// What is said in the meantime is sent so many at a time.
const AT_A_TIME: u64 = 100;

#[derive(Args)]
pub(crate) struct Options {
    /// People who come back all the time.
    #[arg(long, default_value_t = 20)]
    people: usize,
    /// Messages that each has missed.
    #[arg(long, default_value_t = 1_000)]
    missed: u64,
    #[command(flatten)]
    length: Length,
}

/// Somebody who was away.
struct Absent {
    socket: Socket,
    conversation_id: u64,
    /// What they know of all their conversations.
    cursors: BTreeMap<u64, u64>,
    missed: u64,
}

#[derive(Deserialize)]
struct Ready {
    conversations: Vec<Conversation>,
}

#[derive(Deserialize)]
struct Conversation {
    id: u64,
    counter: u64,
}

#[derive(Deserialize)]
struct Synced {
    messages: Vec<Missed>,
    more: bool,
}

#[derive(Deserialize)]
struct Missed {
    conversation_id: u64,
    rev: u64,
}

pub(crate) async fn run(target: &Target, options: &Options) -> Result<Figures> {
    let mut absent = Vec::new();
    for ([away, other], conversation_id) in people::pairs().take(options.people) {
        say(&target.url, other, conversation_id, options.missed).await?;
        let (socket, ready): (_, Ready) = Socket::enter(&target.url, &away.token()).await?;
        absent.push(Absent {
            socket,
            conversation_id,
            cursors: ready
                .conversations
                .into_iter()
                .map(|conversation| (conversation.id, conversation.counter))
                .collect(),
            missed: options.missed,
        });
    }
    let count = Rc::new(Count::new());
    let mut returning = JoinSet::new();
    for absent in absent {
        returning.spawn_local(absent.come_back_again_and_again(count.clone()));
    }
    let figures = tokio::select! {
        figures = count.take(target.server_pid, options.length) => figures?,
        ended = returning.join_next() => {
            ended.context("there are people")???;
            bail!("somebody stayed away");
        }
    };
    while let Some(ended) = returning.join_next().await {
        ended??;
    }
    Ok(figures)
}

/// Says so many things, and returns when all of them are acknowledged.
async fn say(server: &Server, person: Person, conversation_id: u64, count: u64) -> Result<()> {
    let mut socket = Socket::connect(server, &person.token()).await?;
    for first in (0..count).step_by(AT_A_TIME as usize) {
        let numbers = first..count.min(first + AT_A_TIME);
        let mut awaited = numbers.clone().count();
        for number in numbers {
            let draft = Draft {
                conversation_id,
                body: &body(number),
                client_id: &format!("missed-{number:012}"),
            };
            socket
                .send(event_packet(number, "message:send", &draft))
                .await?;
        }
        while awaited > 0 {
            let text = socket.hear().await?;
            if let Packet::Ack(_, answer) = parse(&text)? {
                let _: IgnoredAny = answer_in(answer)?;
                awaited -= 1;
            }
        }
    }
    Ok(())
}

impl Absent {
    async fn come_back_again_and_again(mut self, count: Rc<Count>) -> Result<()> {
        while !count.is_over() {
            let began = Instant::now();
            self.come_back().await?;
            count.operation();
            count.ack(began.elapsed());
        }
        Ok(())
    }

    /// Asks until nothing is missing.
    async fn come_back(&mut self) -> Result<()> {
        let mut cursors = self.cursors.clone();
        let last = *cursors
            .get(&self.conversation_id)
            .context("the conversation is not told of")?;
        let mut seen = last - self.missed;
        loop {
            cursors.insert(self.conversation_id, seen);
            let answer: Synced = self
                .socket
                .ask("sync", &json!({ "cursors": cursors }))
                .await?;
            for message in answer.messages {
                ensure!(
                    message.conversation_id == self.conversation_id && message.rev == seen + 1,
                    "{} of {} came after {seen}",
                    message.rev,
                    message.conversation_id
                );
                seen = message.rev;
            }
            if !answer.more {
                break;
            }
        }
        ensure!(seen == last, "{} messages are missing", last - seen);
        Ok(())
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sync after {} messages", rounded(self.missed as f64))
    }
}
