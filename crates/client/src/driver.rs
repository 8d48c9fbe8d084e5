//! The life of a connection: made, served, lost, made again, until there is no point in it.

use crate::address::ServerAddress;
use crate::backoff::{self, Backoff};
use crate::cursors::Cursors;
use crate::event::{Ended, Event, Events};
use crate::handle::{Client, Command};
use crate::online::Online;
use crate::outbox::Outbox;
use crate::socket::{NotOpen, Socket};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// What a program may leave unread before the connection waits for it.
const EVENTS: usize = 1_024;
/// A connection that lived this long was a good one: the next failure is a first one.
const GOOD_AFTER: Duration = Duration::from_secs(10);

/// Connects, and stays connected until every [`Client`] is dropped or the token is no longer good.
///
/// To be called inside a Tokio runtime, whose task does the work.
#[must_use]
pub fn connect(server: ServerAddress, token: impl Into<String>) -> (Client, Events) {
    let (commands, heard) = mpsc::unbounded_channel();
    let (events, told) = mpsc::channel(EVENTS);
    let session = Session {
        server,
        token: token.into(),
        commands: heard,
        events,
        cursors: Cursors::default(),
        outbox: Outbox::default(),
    };
    tokio::spawn(session.live());
    (Client { commands }, Events(told))
}

/// What outlives a connection.
#[derive(Debug)]
pub(crate) struct Session {
    server: ServerAddress,
    token: String,
    pub(crate) commands: mpsc::UnboundedReceiver<Command>,
    events: mpsc::Sender<Event>,
    pub(crate) cursors: Cursors,
    pub(crate) outbox: Outbox,
}

/// Why a connection is over.
#[derive(Debug)]
pub(crate) enum Over {
    /// It broke; another one may do better.
    Lost(String),
    /// The server is about to stop, and says when to come back.
    Draining(Duration),
    /// There is no point in another one.
    Ended(Ended),
}

impl Session {
    async fn live(mut self) {
        let mut backoff = Backoff::default();
        loop {
            let began = Instant::now();
            let (reason, retry_in) = match self.connect_once().await {
                Over::Ended(why) => {
                    tracing::info!(?why, "the connection has ended");
                    let _ = self.events.send(Event::Ended(why)).await;
                    return;
                }
                Over::Draining(wanted) => {
                    ("the server restarts".into(), backoff::asked_for(wanted))
                }
                Over::Lost(reason) => {
                    if began.elapsed() > GOOD_AFTER {
                        backoff.reset();
                    }
                    (reason, backoff.pause())
                }
            };
            tracing::info!(reason, ?retry_in, "offline");
            self.outbox.disconnected();
            let until = Instant::now() + retry_in;
            if self
                .tell(Event::Offline { reason, retry_in })
                .await
                .is_err()
                || self.pause(until).await.is_err()
            {
                let _ = self.events.send(Event::Ended(Ended::Closed)).await;
                return;
            }
        }
    }

    async fn connect_once(&mut self) -> Over {
        if let Err(over) = self.tell(Event::Connecting).await {
            return over;
        }
        match Socket::open(&self.server, &self.token).await {
            Ok((socket, ready)) => Online::new(self, socket).serve(ready).await,
            Err(NotOpen::Refused(code)) => Over::Ended(Ended::Refused(code)),
            Err(NotOpen::Failed(reason)) => Over::Lost(reason),
        }
    }

    /// Waits for the next attempt. What is to be said is kept; questions are dropped, which tells who asked.
    async fn pause(&mut self, until: Instant) -> Result<(), Over> {
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                command = self.commands.recv() => match command {
                    Some(Command::Send(draft)) => self.outbox.push(draft),
                    Some(Command::Ask(question)) => drop(question),
                    Some(Command::Hurry) => return Ok(()),
                    None => return Err(Over::Ended(Ended::Closed)),
                },
            }
        }
    }

    /// Tells what happened; waits while the program does not listen.
    pub(crate) async fn tell(&mut self, event: Event) -> Result<(), Over> {
        self.events
            .send(event)
            .await
            .map_err(|_| Over::Ended(Ended::Closed))
    }
}
