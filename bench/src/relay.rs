//! `relay`: pairs of people who send each other messages, each with at most `window` unacknowledged.
//!
//! A [`Side`] is one person on one socket. Its [`Ledger`] fails the whole run at the first acknowledgement or delivery that is
//! missing, doubled or out of order, so that every figure printed is of messages that arrived as promised.

mod ledger;
mod side;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use tokio::task::{JoinSet, LocalSet};

use crate::figures::{Figures, HEADINGS, percentile_ms};
use crate::http::Server;
use crate::meter::Meter;
use crate::people::{self, Person};
use crate::socket::Socket;
use ledger::Ledger;
use side::Side;

/// Runs before anything is counted: caches fill, batches form.
const WARM_UP: Duration = Duration::from_secs(1);

/// How long the last acknowledgements and deliveries may take once nobody sends any more.
const DRAIN_PATIENCE: Duration = Duration::from_secs(10);

#[derive(Args)]
pub(crate) struct Options {
    /// Where the server listens, e.g. http://127.0.0.1:8000.
    #[arg(long)]
    url: Server,
    #[arg(long, default_value_t = 50)]
    pairs: usize,
    /// Unacknowledged messages per person; given more than once, the runs alternate.
    #[arg(long = "window", default_values_t = [1])]
    windows: Vec<usize>,
    /// How long each run counts, after a second of warming up.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Runs per window; medians are printed when there is more than one.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// The server's process, whose CPU time is read.
    #[arg(long)]
    server_pid: Option<u32>,
}

/// What all sides of a run share: one thread, so plain cells do.
struct Run {
    /// When it began, by the clock on the wall in milliseconds and by the one that only goes forward.
    began_ms: u64,
    began: Instant,
    /// Counting is on between warming up and the end.
    counts: Cell<bool>,
    /// Nobody begins another message.
    is_over: Cell<bool>,
    acked: Cell<u64>,
    delivered: Cell<u64>,
    ack_times: RefCell<Vec<Duration>>,
}

impl Run {
    fn begin() -> Self {
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
            counts: Cell::default(),
            is_over: Cell::default(),
            acked: Cell::default(),
            delivered: Cell::default(),
            ack_times: RefCell::default(),
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

    fn count_ack(&self, time: Duration) {
        if self.counts.get() {
            self.acked.update(|acked| acked + 1);
            self.ack_times.borrow_mut().push(time);
        }
    }

    fn count_delivery(&self) {
        if self.counts.get() {
            self.delivered.update(|delivered| delivered + 1);
        }
    }
}

pub(crate) async fn run(options: Options) -> Result<()> {
    ensure!(
        options.pairs > 0 && options.rounds > 0 && !options.windows.contains(&0),
        "nothing to do"
    );
    let people = people::sign_in(&options.url, 2 * options.pairs).await?;
    println!("{} pairs, {} s a run", options.pairs, options.seconds);
    println!("{HEADINGS}");

    let mut figures = vec![Vec::new(); options.windows.len()];
    for _ in 0..options.rounds {
        // Windows alternate within a round, so that a change of the machine's mood meets them alike.
        for (of_window, &window) in figures.iter_mut().zip(&options.windows) {
            let run = LocalSet::new()
                .run_until(run_once(&options, &people, window))
                .await?;
            println!("window {window:<3} {run}");
            of_window.push(run);
        }
    }
    if options.rounds > 1 {
        println!("medians of {} runs", options.rounds);
        for (of_window, window) in figures.iter().zip(&options.windows) {
            println!("window {window:<3} {}", Figures::median_of(of_window));
        }
    }
    Ok(())
}

async fn run_once(options: &Options, people: &[Person], window: usize) -> Result<Figures> {
    let run = Rc::new(Run::begin());
    let mut sides = JoinSet::new();
    for (number, pair) in people.chunks_exact(2).enumerate() {
        let (sockets, conversation_id) = connect_pair(&options.url, pair).await?;
        let seats = sockets
            .into_iter()
            .zip(Ledger::pair(pair[0].id, pair[1].id))
            .zip(2 * number..);
        for ((socket, ledger), number) in seats {
            let side = Side {
                number,
                socket,
                conversation_id,
                window,
                ledger,
                run: run.clone(),
            };
            sides.spawn_local(side.talk());
        }
    }

    let figures = tokio::select! {
        figures = measure(&run, options) => figures?,
        ended = sides.join_next() => {
            ended.context("there are sides")???;
            bail!("a side ended before the run was over");
        }
    };
    run.is_over.set(true);
    tokio::time::timeout(DRAIN_PATIENCE, finish(&mut sides))
        .await
        .with_context(|| {
            format!(
                "{} sides still wait for acknowledgements or deliveries: messages were lost",
                sides.len()
            )
        })??;
    Ok(figures)
}

async fn finish(sides: &mut JoinSet<Result<()>>) -> Result<()> {
    while let Some(ended) = sides.join_next().await {
        ended??;
    }
    Ok(())
}

/// Two sockets, and the id of the direct conversation between their people.
async fn connect_pair(server: &Server, pair: &[Person]) -> Result<([Socket; 2], u64)> {
    #[derive(Deserialize)]
    struct Opened {
        conversation: Conversation,
    }
    #[derive(Deserialize)]
    struct Conversation {
        id: u64,
    }

    let mut first = Socket::connect(server, &pair[0].token).await?;
    let second = Socket::connect(server, &pair[1].token).await?;
    let opened: Opened = first
        .ask(
            "conversation:open",
            &json!({ "username": pair[1].username }),
        )
        .await?;
    Ok(([first, second], opened.conversation.id))
}

/// Lets the run warm up, then counts for the time that was asked for.
async fn measure(run: &Run, options: &Options) -> Result<Figures> {
    tokio::time::sleep(WARM_UP).await;
    let meter = Meter::start(options.server_pid)?;
    run.counts.set(true);
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    run.counts.set(false);
    let used = meter.stop()?;

    ensure!(run.delivered.get() > 0, "nothing was delivered");
    let mut ack_times = run.ack_times.take();
    let delivered = run.delivered.get() as f64;
    Ok(Figures {
        acked_per_second: run.acked.get() as f64 / used.seconds(),
        delivered_per_second: delivered / used.seconds(),
        ack_p50_ms: percentile_ms(&mut ack_times, 0.5),
        ack_p99_ms: percentile_ms(&mut ack_times, 0.99),
        server_us_per_delivered: used.server_us_per(delivered),
        server_busy_percent: used.server_busy_percent(),
        load_busy_percent: used.load_busy_percent(),
        others_busy_percent: used.others_busy_percent(),
    })
}
