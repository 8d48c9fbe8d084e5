//! `room`: one speaks to a thousand, and goes on once the last of them has heard it.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use futures_util::stream::{StreamExt, TryStreamExt, iter};
use serde::de::IgnoredAny;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::count::{Count, Length};
use crate::figures::{Figure, Figures};
use crate::message::{Draft, Pushed, body};
use crate::outcome::Target;
use crate::people::{self, ROOM};
use crate::socket::{ARRIVING, Packet, Socket, answer_in, event_packet, parse};

/// How long a message may take to everybody.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(crate) struct Options {
    #[command(flatten)]
    length: Length,
}

/// What everybody in the room shares.
struct Run {
    count: Count,
    people: usize,
    /// Of the message that is under way.
    number: Cell<u64>,
    sent_at: Cell<Instant>,
    heard: Cell<usize>,
    all_have_heard: Notify,
}

impl Run {
    fn begin(&self) {
        self.number.update(|number| number + 1);
        self.sent_at.set(Instant::now());
        self.heard.set(0);
    }

    /// Takes an event of somebody who has heard the last message already if `last` says so.
    fn hear(&self, event: &str, last: &mut u64) -> Result<()> {
        let Some(message) = Pushed::in_event(event)? else {
            return Ok(());
        };
        ensure!(
            message.number == self.number.get() && message.number == *last + 1,
            "{message:?} came after {last}"
        );
        *last = message.number;
        self.heard.update(|heard| heard + 1);
        self.count.operation();
        self.count.delivery(self.sent_at.get().elapsed());
        if self.have_all_heard() {
            self.all_have_heard.notify_one();
        }
        Ok(())
    }

    fn have_all_heard(&self) -> bool {
        self.heard.get() == self.people
    }
}

pub(crate) async fn run(target: &Target, options: &Options) -> Result<Figures> {
    // Some at a time: one after the other, a server that waits before it sends would take longer than the first may be
    // without a pong.
    let mut sockets: Vec<_> = iter(people::in_room())
        .map(|person| async move { Socket::connect(&target.url, &person.token()).await })
        .buffered(ARRIVING)
        .try_collect()
        .await?;
    let run = Rc::new(Run {
        count: Count::new(),
        people: sockets.len(),
        number: Cell::default(),
        sent_at: Cell::new(Instant::now()),
        heard: Cell::default(),
        all_have_heard: Notify::new(),
    });
    let speaker = sockets.pop().context("somebody is in the room")?;
    let mut listeners = JoinSet::new();
    for socket in sockets {
        listeners.spawn_local(listen(socket, run.clone()));
    }
    let talk = async {
        let (figures, spoken) = tokio::join!(
            run.count.take(target.server_pid, options.length),
            speak(speaker, &run)
        );
        spoken?;
        figures
    };
    let mut figures = tokio::select! {
        figures = talk => figures?,
        ended = listeners.join_next() => {
            ended.context("there are listeners")???;
            bail!("somebody left the room");
        }
    };
    figures.set(Figure::LostPercent, 0.0);
    Ok(figures)
}

async fn listen(mut socket: Socket, run: Rc<Run>) -> Result<()> {
    let mut last = 0;
    loop {
        let text = socket.hear().await?;
        if let Packet::Event(event) = parse(&text)? {
            run.hear(event, &mut last)?;
        }
    }
}

/// Speaks until the run is over, and hears itself as everybody does.
async fn speak(mut socket: Socket, run: &Run) -> Result<()> {
    let mut last = 0;
    while !run.count.is_over() {
        run.begin();
        let number = run.number.get();
        let draft = Draft {
            conversation_id: ROOM,
            body: &body(number),
            client_id: &format!("room-{number:012}"),
        };
        socket
            .send(event_packet(number, "message:send", &draft))
            .await?;
        tokio::time::timeout(PATIENCE, be_heard(&mut socket, run, &mut last))
            .await
            .with_context(|| {
                format!("{} of {} have heard {number}", run.heard.get(), run.people)
            })??;
    }
    Ok(())
}

/// Returns when the message that is under way is acknowledged, and everybody has heard it.
async fn be_heard(socket: &mut Socket, run: &Run, last: &mut u64) -> Result<()> {
    let mut is_acked = false;
    while !(is_acked && run.have_all_heard()) {
        tokio::select! {
            text = socket.hear() => match parse(&text?)? {
                Packet::Ack(id, answer) => {
                    ensure!(id == run.number.get(), "{id} is acknowledged out of order");
                    let _: IgnoredAny = answer_in(answer)?;
                    run.count.ack(run.sent_at.get().elapsed());
                    is_acked = true;
                }
                Packet::Event(event) => run.hear(event, last)?,
                Packet::Ping | Packet::Refused(_) | Packet::Other => {}
            },
            () = run.all_have_heard.notified() => {}
        }
    }
    Ok(())
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "room of 1,000")
    }
}
