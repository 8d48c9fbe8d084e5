//! `match`: guests who find a stranger, say five things each, and go on to the next one, while others stand in the line.
//!
//! Those who only wait like something that nobody else likes, and want nobody else: nobody is ever permitted to meet them. What
//! a match costs must not grow with their number. The [`Talk`](talk::Talk) of each match fails the whole run when a message is
//! missing, doubled, out of order or of a third voice, so that every figure is of matches that went as promised.

mod guest;
mod talk;
mod waiting;

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::count::{Count, Length};
use crate::figures::Figures;
use crate::http::Server;
use crate::outcome::Target;
use crate::people;
use crate::socket::{ARRIVING, Socket};
use guest::Guest;

/// How long the last talks may take once nobody begins another one.
const DRAIN_PATIENCE: Duration = Duration::from_secs(20);

#[derive(Args)]
pub(crate) struct Options {
    /// Talks that go on at a time.
    #[arg(long, default_value_t = 50)]
    pairs: usize,
    /// Guests who take turns in them: nobody meets the same stranger twice within ten minutes.
    #[arg(long, default_value_t = 1_000)]
    guests: usize,
    /// Others who wait all along.
    #[arg(long, default_value_t = 0)]
    waiting: usize,
    /// Whoever talks names three interests, of which all share one; otherwise none.
    #[arg(long)]
    interests: bool,
    #[command(flatten)]
    length: Length,
}

/// What all guests share: one thread, so plain cells do.
struct Run {
    /// Who has one may find strangers; the others are idle.
    turns: Semaphore,
    names_interests: bool,
    count: Count,
    /// Talks that one side has brought to their end: two of them are a match.
    sides: Cell<u64>,
}

impl Run {
    fn wishes(&self, guest: usize) -> Value {
        if !self.names_interests {
            return json!({});
        }
        json!({ "interests": ["talking", format!("what guest {guest} likes"), format!("what {guest} likes as well")] })
    }

    fn count_found(&self, asked_at: Instant) {
        self.count.ack(asked_at.elapsed());
    }

    fn count_side(&self) {
        let sides = self.sides.get() + 1;
        self.sides.set(sides);
        if sides.is_multiple_of(2) {
            self.count.operation();
        }
    }
}

pub(crate) async fn run(target: &Target, options: &Options) -> Result<Figures> {
    ensure!(
        options.pairs > 0 && options.guests >= 4 * options.pairs,
        "there must be talks, and at least twice as many guests as take part at a time"
    );
    let run = Rc::new(Run {
        turns: Semaphore::new(2 * options.pairs),
        names_interests: options.interests,
        count: Count::new(),
        sides: Cell::default(),
    });
    let mut tasks = JoinSet::new();
    let waiting = arrive(&target.url, options.waiting).await?;
    for (number, socket) in waiting::begin(waiting).await? {
        tasks.spawn_local(waiting::stand(number, socket));
    }
    for (number, socket) in arrive(&target.url, options.guests)
        .await?
        .into_iter()
        .enumerate()
    {
        tasks.spawn_local(Guest::new(number, socket, run.clone()).take_turns());
    }
    tokio::select! {
        figures = measure(target, options, &run) => figures,
        ended = tasks.join_next() => {
            ended.context("there are guests")???;
            bail!("somebody went away before the run was over");
        }
    }
}

/// New guests, connected.
async fn arrive(server: &Server, count: usize) -> Result<Vec<Socket>> {
    use futures_util::stream::{StreamExt, TryStreamExt, iter};

    iter(0..count)
        .map(|_| async {
            let guest = people::guest(server).await?;
            Socket::connect(server, &guest.token).await
        })
        .buffer_unordered(ARRIVING)
        .try_collect()
        .await
}

/// Counts, then lets everybody finish.
async fn measure(target: &Target, options: &Options, run: &Run) -> Result<Figures> {
    let figures = run.count.take(target.server_pid, options.length).await?;
    let all_turns = run.turns.acquire_many(u32::try_from(2 * options.pairs)?);
    let _all_turns = tokio::time::timeout(DRAIN_PATIENCE, all_turns)
        .await
        .context("some talks do not come to their end: messages or matches were lost")??;
    Ok(figures)
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "match, {} others waiting",
            crate::figures::rounded(self.waiting as f64)
        )
    }
}
