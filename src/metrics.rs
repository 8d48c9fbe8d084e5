//! What the server counts about itself, for Prometheus.
//!
//! A process has one set of figures, as it has one log: what notices something counts it where it stands,
//! and need not be handed a way to. Counting is an atomic addition; labels are found when the figures are
//! made, never by who counts. Only the two of a commit take a lock, once for a whole group. No figure is about
//! anybody: labels are words of this file and codes of refusals. `transport/metrics.rs` shows them.

use prometheus_client::encoding::text;
use prometheus_client::metrics::TypedMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};
use std::sync::LazyLock;
use std::time::Duration;

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Those of this process.
#[must_use]
pub fn metrics() -> &'static Metrics {
    &METRICS
}

/// Everything that is counted.
pub struct Metrics {
    /// Messages that were stored.
    pub messages: Counter,
    /// Events that were handed to connections.
    pub pushes: Counter,
    /// Matches that were made.
    pub matches: Counter,
    /// SMS that the provider took.
    pub sms_sent: Counter,
    /// SMS that it did not take.
    pub sms_failed: Counter,
    /// Codes that were given back, and right.
    pub sms_verified: Counter,
    /// Codes that were given, and wrong.
    pub codes_wrong: Counter,
    /// Readers that were hung up on because they were too slow.
    pub slow_readers: Counter,
    tcp_connections: Gauge,
    connections: [Gauge; DOORS.len()],
    queues: [Gauge; QUEUES.len()],
    refused: [Counter; REASONS.len()],
    faults: [Counter; FAULTS.len()],
    commit_jobs: Histogram,
    commit_seconds: Histogram,
    looked_up: LookedUp,
    registry: Registry,
}

/// By what somebody is connected.
#[derive(Clone, Copy, Debug)]
pub enum Door {
    /// Socket.IO, polling or not.
    SocketIo,
    /// The plain WebSocket of bots and terminals.
    Chat,
}

const DOORS: [&str; 2] = ["socketio", "ws_chat"];

/// Where something waits.
#[derive(Clone, Copy, Debug)]
pub enum Queue {
    /// Jobs for the writer.
    Writer,
    /// Events for the connections.
    Push,
}

const QUEUES: [&str; 2] = ["writer", "push"];

/// What must never happen.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// A group could not be committed: nobody in it got an acknowledgement.
    NotCommitted,
    /// An acknowledgement or an event could not be encoded.
    NotEncoded,
    /// Something panicked, and was caught.
    Panic,
    /// The lobby contradicts itself.
    Lobby,
    /// A request failed by a fault of ours.
    Internal,
}

const FAULTS: [&str; 5] = ["not_committed", "not_encoded", "panic", "lobby", "internal"];

/// Why somebody was refused: the codes for programs, and what has none.
const REASONS: [&str; 16] = [
    "invalid",
    "too_large",
    "not_authenticated",
    "suspended",
    "not_found",
    "forbidden",
    "blocked",
    "conflict",
    "client_id_conflict",
    "ended",
    "rate_limited",
    "overloaded",
    "unavailable",
    "too_many_connections",
    "foreign_origin",
    OTHER,
];
const OTHER: &str = "other";

/// What is known elsewhere and looked up when somebody asks for the figures.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// People with a connection.
    pub online: usize,
    /// People who wait for a stranger.
    pub waiting: usize,
    /// People who talk with one.
    pub matched: usize,
    /// What the database takes on the disk, and what is free there, in bytes; unless the disk cannot be asked.
    pub disk: Option<(u64, u64)>,
}

struct LookedUp {
    online: Gauge,
    waiting: Gauge,
    matched: Gauge,
    used: Gauge,
    free: Gauge,
}

/// Counts as one for as long as it is kept.
#[derive(Debug)]
pub struct Counted(&'static Gauge);

impl Counted {
    fn new(gauge: &'static Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    fn new() -> Self {
        let mut made = Registry::with_prefix("chinwag");
        let on = &mut made;
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        on.register("build", "The program", version);
        Self {
            tcp_connections: gauge(on, "tcp_connections", "Open connections of any kind"),
            messages: counter(on, "messages", "Messages stored"),
            pushes: counter(on, "pushes", "Events handed to connections"),
            matches: counter(on, "matches", "Matches of two strangers made"),
            sms_sent: counter(on, "sms_sent", "SMS that the provider took"),
            sms_failed: counter(on, "sms_failed", "SMS that it did not take"),
            sms_verified: counter(on, "sms_verified", "Codes given back, and right"),
            codes_wrong: counter(on, "codes_wrong", "Codes given, and wrong"),
            slow_readers: counter(on, "slow_readers", "Readers hung up on for being too slow"),
            connections: each(on, "connections", "Connected clients", "door", DOORS),
            queues: each(on, "queue_depth", "What waits", "queue", QUEUES),
            refused: each(on, "refused", "Refusals", "reason", REASONS),
            faults: each(on, "faults", "What must never happen", "what", FAULTS),
            commit_jobs: add(
                on,
                "commit_jobs",
                "Jobs of a group commit",
                Histogram::new(exponential_buckets(1.0, 2.0, 11)),
            ),
            commit_seconds: add(
                on,
                "commit_seconds",
                "Time of a group commit",
                Histogram::new(exponential_buckets(0.000_25, 2.0, 16)),
            ),
            looked_up: LookedUp {
                online: gauge(on, "people_online", "People with a connection"),
                waiting: gauge(on, "people_waiting", "People who wait for a stranger"),
                matched: gauge(on, "people_matched", "People who talk with a stranger"),
                used: gauge(on, "database_bytes", "Size of the database on the disk"),
                free: gauge(on, "disk_free_bytes", "What is free beside the database"),
            },
            registry: made,
        }
    }

    /// Counts a client at that door, for as long as what comes back is kept.
    #[must_use]
    pub fn connected(&'static self, door: Door) -> Counted {
        Counted::new(&self.connections[door as usize])
    }

    /// Counts a connection, for as long as what comes back is kept.
    #[must_use]
    pub fn opened(&'static self) -> Counted {
        Counted::new(&self.tcp_connections)
    }

    /// What waits there.
    #[must_use]
    pub fn queue(&self, queue: Queue) -> &Gauge {
        &self.queues[queue as usize]
    }

    /// Counts a refusal; `reason` is a code for programs, or one of those that have none.
    pub fn refused(&self, reason: &str) {
        let known = REASONS.iter().position(|known| *known == reason);
        self.refused[known.unwrap_or(REASONS.len() - 1)].inc();
    }

    /// Counts what must never happen.
    pub fn fault(&self, fault: Fault) {
        self.faults[fault as usize].inc();
    }

    /// Counts a group commit.
    pub fn committed(&self, jobs: usize, took: Duration) {
        self.commit_jobs
            .observe(u32::try_from(jobs).map_or(f64::INFINITY, f64::from));
        self.commit_seconds.observe(took.as_secs_f64());
    }

    /// All figures, as `application/openmetrics-text`.
    ///
    /// # Errors
    /// Those of the library.
    pub fn text(&self, known: Known) -> Result<String, std::fmt::Error> {
        let look = &self.looked_up;
        look.online.set(signed(known.online));
        look.waiting.set(signed(known.waiting));
        look.matched.set(signed(known.matched));
        if let Some((used, free)) = known.disk {
            look.used.set(signed(used));
            look.free.set(signed(free));
        }
        let mut page = String::new();
        text::encode(&mut page, &self.registry)?;
        Ok(page)
    }
}

/// Counts every panic of this process from now on, whoever catches it.
pub fn count_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        metrics().fault(Fault::Panic);
        before(panic);
    }));
}

fn add<M: Metric + Clone>(on: &mut Registry, name: &str, help: &str, metric: M) -> M {
    on.register(name, help, metric.clone());
    metric
}

fn counter(on: &mut Registry, name: &str, help: &str) -> Counter {
    add(on, name, help, Counter::default())
}

fn gauge(on: &mut Registry, name: &str, help: &str) -> Gauge {
    add(on, name, help, Gauge::default())
}

/// One for each value of a label, all of them there from the beginning.
fn each<M, const N: usize>(
    on: &mut Registry,
    name: &str,
    help: &str,
    label: &'static str,
    values: [&'static str; N],
) -> [M; N]
where
    M: Metric + TypedMetric + Clone + Default,
{
    let family = Family::<[(&str, &str); 1], M>::default();
    let metrics = values.map(|value| family.get_or_create(&[(label, value)]).clone());
    on.register(name, help, family);
    metrics
}

fn signed(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}
