//! The life of a connection: made, served, lost, made again, until there is no point in it.

use crate::address::ServerAddress;
use crate::backoff::{self, Backoff};
use crate::cursors::Cursors;
use crate::error::Error;
use crate::event::{Ended, Era, Event, Events};
use crate::handle::{Client, Command};
use crate::online::Online;
use crate::outbox::{Draft, Outbox};
use crate::socket::{NotOpen, Socket};
use chinwag_protocol::socketio::Ready;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

/// What a program may leave unread before the connection waits for it.
const EVENTS: usize = 1_024;
/// A connection that lived this long after `ready` was a good one: the next failure is a first one.
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
        era: 0,
        backoff: Backoff::default(),
    };
    tokio::spawn(session.live());
    let era = Era::default();
    let client = Client {
        commands,
        era: era.clone(),
    };
    (client, Events { told, era })
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
    /// How often the data was replaced. What is wanted of an earlier era is refused.
    pub(crate) era: u64,
    backoff: Backoff,
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

impl From<NotOpen> for Over {
    fn from(why: NotOpen) -> Self {
        match why {
            NotOpen::Refused(code) => Self::Ended(Ended::Refused(code)),
            NotOpen::Failed(reason) => Self::Lost(reason),
        }
    }
}

impl Session {
    async fn live(mut self) {
        loop {
            let (reason, retry_in) = match self.connect_once().await {
                Over::Ended(why) => {
                    tracing::info!(?why, "the connection has ended");
                    let _ = self.events.send(Event::Ended(why)).await;
                    return;
                }
                // One that lets nobody stay long is no better than one that breaks.
                Over::Draining(wanted) => (
                    "the server restarts".into(),
                    backoff::asked_for(wanted).max(self.backoff.pause()),
                ),
                Over::Lost(reason) => (reason, self.backoff.pause()),
            };
            tracing::info!(reason, ?retry_in, "offline");
            if self.be_offline(reason, retry_in).await.is_err() {
                let _ = self.events.send(Event::Ended(Ended::Closed)).await;
                return;
            }
        }
    }

    async fn connect_once(&mut self) -> Over {
        let (socket, ready) = match self.open().await {
            Ok(opened) => opened,
            Err(over) => return over,
        };
        let began = Instant::now();
        let over = Online::new(self, socket).serve(ready).await;
        if began.elapsed() > GOOD_AFTER {
            self.backoff.reset();
        }
        over
    }

    /// Makes a connection. Meanwhile there is none: what the program wants is not left until later.
    async fn open(&mut self) -> Result<(Socket, Ready), Over> {
        self.tell(Event::Connecting).await?;
        let (server, token) = (self.server.clone(), self.token.clone());
        let opening = async move { Socket::open(&server, &token).await };
        tokio::pin!(opening);
        loop {
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    Some(command) => self.keep(command).await?,
                    None => return Err(Over::Ended(Ended::Closed)),
                },
                opened = &mut opening => return Ok(opened?),
            }
        }
    }

    async fn be_offline(&mut self, reason: String, retry_in: Duration) -> Result<(), Over> {
        if let Some(unsent) = self.outbox.disconnected() {
            self.tell(unsent).await?;
        }
        let until = Instant::now() + retry_in;
        self.tell(Event::Offline { reason, retry_in }).await?;
        self.pause(until).await
    }

    /// Waits for the next attempt.
    async fn pause(&mut self, until: Instant) -> Result<(), Over> {
        loop {
            tokio::select! {
                () = sleep_until(until) => return Ok(()),
                command = self.commands.recv() => match command {
                    Some(Command::Hurry) => return Ok(()),
                    Some(command) => self.keep(command).await?,
                    None => return Err(Over::Ended(Ended::Closed)),
                },
            }
        }
    }

    /// Without a connection what is to be said is kept; questions are dropped, which tells who asked.
    async fn keep(&mut self, command: Command) -> Result<(), Over> {
        match command {
            Command::Send { draft, era } => self.take_draft(draft, era).await,
            Command::Ask(_) | Command::Hurry => Ok(()),
        }
    }

    /// Takes what is to be said; gives it back if the data was replaced since it was written: the same number may be
    /// another conversation, and nothing must be said into that.
    pub(crate) async fn take_draft(&mut self, draft: Draft, era: u64) -> Result<(), Over> {
        if era == self.era {
            self.outbox.push(draft);
            return Ok(());
        }
        let error =
            Error::Strange("The server's data was replaced before this could be sent.".into());
        self.tell(Event::Unsent { draft, error }).await
    }

    /// Tells what happened; waits while the program does not listen.
    pub(crate) async fn tell(&mut self, event: Event) -> Result<(), Over> {
        self.events
            .send(event)
            .await
            .map_err(|_| Over::Ended(Ended::Closed))
    }
}
