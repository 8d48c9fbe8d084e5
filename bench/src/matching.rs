//! `match`: guests who find a stranger, say five things each, and go on to the next one, while others stand in the line.
//!
//! Those who only wait like something that nobody else likes, and want nobody else: nobody is ever permitted to meet them. What
//! a match costs must not grow with their number. The [`Talk`](talk::Talk) of each match fails the whole run when a message is
//! missing, doubled, out of order or of a third voice, so that every figure is of matches that went as promised.

mod figures;
mod guest;
mod talk;
mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinSet, LocalSet};

use crate::figures::percentile_ms;
use crate::http::Server;
use crate::meter::Meter;
use crate::people;
use crate::socket::Socket;
use figures::{Figures, HEADINGS};
use guest::Guest;
use waiting::Line;

/// Runs before anything is counted: caches fill, batches form.
const WARM_UP: Duration = Duration::from_secs(1);

/// How long the last talks may take once nobody begins another one.
const DRAIN_PATIENCE: Duration = Duration::from_secs(20);

/// As many connections are made at a time.
const ARRIVING: usize = 16;

#[derive(Args)]
pub(crate) struct Options {
    /// Where the server listens, e.g. http://127.0.0.1:8000.
    #[arg(long)]
    url: Server,
    /// Talks that go on at a time.
    #[arg(long, default_value_t = 50)]
    pairs: usize,
    /// Guests who take turns in them: nobody meets the same stranger twice within ten minutes.
    #[arg(long, default_value_t = 1_000)]
    guests: usize,
    /// Others who wait all along; given more than once, the runs alternate.
    #[arg(long = "waiting", default_values_t = [0])]
    waiting: Vec<usize>,
    /// Whoever talks names three interests, of which all share one; otherwise none.
    #[arg(long)]
    interests: bool,
    /// How long each run counts, after a second of warming up.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Runs per number waiting; medians are printed when there is more than one.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// The server's process, whose CPU time is read.
    #[arg(long)]
    server_pid: Option<u32>,
}

/// What all guests share: one thread, so plain cells do.
struct Run {
    /// Who has one may find strangers; the others are idle.
    turns: Semaphore,
    /// Whether nobody begins another talk.
    is_over: watch::Sender<bool>,
    names_interests: bool,
    /// Counting is on between warming up and the end.
    counts: Cell<bool>,
    /// Talks that one side has brought to their end: two of them are a match.
    sides: Cell<u64>,
    found_times: RefCell<Vec<Duration>>,
}

impl Run {
    fn wishes(&self, guest: usize) -> Value {
        if !self.names_interests {
            return json!({});
        }
        json!({ "interests": ["talking", format!("what guest {guest} likes"), format!("what {guest} likes as well")] })
    }

    fn count_found(&self, asked_at: Instant) {
        if self.counts.get() {
            self.found_times.borrow_mut().push(asked_at.elapsed());
        }
    }

    fn count_side(&self) {
        if self.counts.get() {
            self.sides.update(|sides| sides + 1);
        }
    }
}

pub(crate) async fn run(options: Options) -> Result<()> {
    ensure!(
        options.pairs > 0 && options.rounds > 0 && options.guests >= 4 * options.pairs,
        "there must be talks, and at least twice as many guests as take part at a time"
    );
    LocalSet::new().run_until(measure_all(&options)).await
}

async fn measure_all(options: &Options) -> Result<()> {
    // All of them are connected in every run, so that only the length of the line differs.
    let most = options.waiting.iter().copied().max().unwrap_or_default();
    let mut tasks = JoinSet::new();
    let line = Line::form(arrive(&options.url, most).await?, &mut tasks);

    println!(
        "{} talks at a time among {} guests, {} s a run, {most} others connected",
        options.pairs, options.guests, options.seconds
    );
    println!("{HEADINGS}");
    let mut figures = vec![Vec::new(); options.waiting.len()];
    for _ in 0..options.rounds {
        for (of_length, &waiting) in figures.iter_mut().zip(&options.waiting) {
            let one = tokio::select! {
                one = run_once(options, &line, waiting) => one?,
                Some(ended) = tasks.join_next() => {
                    ended??;
                    bail!("somebody in the line went away");
                }
            };
            println!("{waiting:>7} {one}");
            of_length.push(one);
        }
    }
    if options.rounds > 1 {
        println!("medians of {} runs", options.rounds);
        for (of_length, waiting) in figures.iter().zip(&options.waiting) {
            println!("{waiting:>7} {}", Figures::median_of(of_length));
        }
    }
    Ok(())
}

/// One run with so many in the line, of guests who have not met anybody yet: whom one met lately is part of what a match costs.
async fn run_once(options: &Options, line: &Line, waiting: usize) -> Result<Figures> {
    line.shrink_or_grow_to(waiting).await?;
    let run = Rc::new(Run {
        turns: Semaphore::new(2 * options.pairs),
        is_over: watch::Sender::new(false),
        names_interests: options.interests,
        counts: Cell::default(),
        sides: Cell::default(),
        found_times: RefCell::default(),
    });
    let mut guests = JoinSet::new();
    for (number, socket) in arrive(&options.url, options.guests)
        .await?
        .into_iter()
        .enumerate()
    {
        guests.spawn_local(Guest::new(number, socket, run.clone()).take_turns());
    }
    tokio::select! {
        figures = measure(options, &run) => figures,
        ended = guests.join_next() => {
            ended.context("there are guests")???;
            bail!("a guest went away before the run was over");
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

/// Lets the run warm up, then counts for the time that was asked for, then lets everybody finish.
async fn measure(options: &Options, run: &Run) -> Result<Figures> {
    tokio::time::sleep(WARM_UP).await;
    let meter = Meter::start(options.server_pid)?;
    run.counts.set(true);
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    run.counts.set(false);
    let used = meter.stop()?;

    run.is_over.send_replace(true);
    let all_turns = run.turns.acquire_many(u32::try_from(2 * options.pairs)?);
    let _all_turns = tokio::time::timeout(DRAIN_PATIENCE, all_turns)
        .await
        .context("some talks do not come to their end: messages or matches were lost")??;

    let matches = run.sides.get() as f64 / 2.0;
    ensure!(matches > 0.0, "nobody was matched");
    let mut found_times = run.found_times.take();
    Ok(Figures {
        matches_per_second: matches / used.seconds(),
        found_p50_ms: percentile_ms(&mut found_times, 0.5),
        found_p99_ms: percentile_ms(&mut found_times, 0.99),
        server_us_per_match: used.server_us_per(matches),
        server_busy_percent: used.server_busy_percent(),
        load_busy_percent: used.load_busy_percent(),
        others_busy_percent: used.others_busy_percent(),
    })
}
