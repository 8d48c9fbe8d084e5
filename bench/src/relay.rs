//! `relay`: pairs of people who send each other messages, each with at most `window` unacknowledged, as fast as that allows or
//! at a fixed rate.
//!
//! A [`Side`] is one person on one socket. Its [`Ledger`] fails the whole run at the first acknowledgement or delivery that is
//! missing, doubled or out of order, so that every figure is of messages that arrived as promised. A server that promises
//! nothing may lose some, and how many is a figure.

mod ledger;
mod side;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use tokio::task::JoinSet;

use crate::count::{Count, Length};
use crate::figures::{Figure, Figures};
use crate::outcome::Target;
use crate::people;
use crate::socket::Socket;
use ledger::Ledger;
use side::{Pace, Side};

/// How long the last acknowledgements and deliveries may take once nobody sends any more: a server that did not keep up has
/// them all before it.
const DRAIN_PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub(crate) struct Options {
    #[arg(long, default_value_t = 50)]
    pairs: usize,
    /// Unacknowledged messages per person.
    #[arg(long, default_value_t = 1)]
    window: usize,
    /// Messages a second by all together, as far as the window lets them; without it as many as can be.
    #[arg(long)]
    rate: Option<u32>,
    /// The server promises nothing: what is lost is counted, what is out of order is not, and neither ends anything.
    #[arg(long)]
    may_lose: bool,
    #[command(flatten)]
    length: Length,
}

/// What all sides of a run share: one thread, so plain cells do.
struct Run {
    /// When it began, by the clock on the wall in milliseconds and by the one that only goes forward.
    began_ms: u64,
    began: Instant,
    count: Count,
    may_lose: bool,
    /// Over the whole run, counted or not.
    sent: Cell<u64>,
    delivered: Cell<u64>,
}

impl Run {
    fn begin(may_lose: bool) -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "client ids of different runs must differ, and grow as those of our pages do"
        )]
        let now = SystemTime::now();
        Self {
            began_ms: now
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |since| since.as_millis() as u64),
            began: Instant::now(),
            count: Count::new(),
            may_lose,
            sent: Cell::default(),
            delivered: Cell::default(),
        }
    }

    /// In the form of a UUIDv7: ordered by time, like those that our pages make. A side and its number fill the random part.
    fn client_id(&self, side: usize, number: u64) -> String {
        let ms = self.began_ms + self.began.elapsed().as_millis() as u64;
        format!(
            "{:08x}-{:04x}-7{:03x}-8{:03x}-{number:012x}",
            ms >> 16,
            ms & 0xffff,
            side >> 12,
            side & 0xfff
        )
    }

    fn count_delivery(&self, time: Duration) {
        self.delivered.update(|delivered| delivered + 1);
        self.count.operation();
        self.count.delivery(time);
    }

    fn lost_percent(&self) -> f64 {
        let lost = self.sent.get() - self.delivered.get();
        lost as f64 * 100.0 / self.sent.get() as f64
    }
}

pub(crate) async fn run(target: &Target, options: &Options) -> Result<Figures> {
    ensure!(
        options.window > 0 && (1..=people::pairs().count()).contains(&options.pairs),
        "there must be messages, and people who talk"
    );
    let run = Rc::new(Run::begin(options.may_lose));
    // All are there before anybody speaks.
    let mut talkers = Vec::new();
    for (index, (pair, conversation_id)) in people::pairs().take(options.pairs).enumerate() {
        let ledgers = Ledger::pair(pair.map(|person| person.id), options.may_lose);
        let sockets = [
            Socket::connect(&target.url, &pair[0].token()).await?,
            Socket::connect(&target.url, &pair[1].token()).await?,
        ];
        for (number, (socket, ledger)) in (2 * index..).zip(sockets.into_iter().zip(ledgers)) {
            talkers.push(Side {
                number,
                socket,
                conversation_id,
                window: options.window,
                ledger,
                run: run.clone(),
            });
        }
    }
    let mut sides = JoinSet::new();
    for side in talkers {
        let pace = options.pace_of(side.number);
        sides.spawn_local(side.talk(pace));
    }

    let mut figures = tokio::select! {
        figures = run.count.take(target.server_pid, options.length) => figures?,
        ended = sides.join_next() => {
            ended.context("there are sides")???;
            bail!("a side ended before the run was over");
        }
    };
    tokio::time::timeout(DRAIN_PATIENCE, finish(&mut sides))
        .await
        .with_context(|| {
            format!(
                "{} sides still wait for acknowledgements or deliveries: messages were lost",
                sides.len()
            )
        })??;
    figures.set(Figure::LostPercent, run.lost_percent());
    Ok(figures)
}

async fn finish(sides: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = sides.join_next().await {
        ended??;
    }
    Ok(())
}

impl Options {
    /// Everybody's share of the rate, and none of them at the same time as another.
    fn pace_of(&self, side: usize) -> Option<Pace> {
        let sides = 2 * self.pairs as u32;
        let between_all = Duration::from_secs(1) / self.rate?;
        Some(Pace {
            next: Instant::now() + between_all * side as u32,
            every: between_all * sides,
        })
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rate {
            Some(rate) => write!(f, "relay, {rate} messages a second"),
            None => write!(f, "relay, window {}", self.window),
        }
    }
}
