//! Figures of one run of `match`, and medians of several.

use std::fmt;

use crate::figures::{median_by, median_by_optional, or_dash};

#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) matches_per_second: f64,
    /// From asking for a stranger to being told of one, for both sides of each match.
    pub(super) found_p50_ms: f64,
    pub(super) found_p99_ms: f64,
    /// User and system time of the server. Absent without `--server-pid`.
    pub(super) server_us_per_match: Option<f64>,
    pub(super) server_busy_percent: Option<f64>,
    pub(super) load_busy_percent: f64,
    pub(super) others_busy_percent: Option<f64>,
}

/// Heads the lines that begin with how many wait.
pub(super) const HEADINGS: &str = "waiting matches/s  found p50 ms  found p99 ms  server µs/match  server busy %  load busy %  others busy %";

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>9.0}  {:>12.2}  {:>12.2}  {:>15}  {:>13}  {:>11.1}  {:>13}",
            self.matches_per_second,
            self.found_p50_ms,
            self.found_p99_ms,
            or_dash(self.server_us_per_match),
            or_dash(self.server_busy_percent),
            self.load_busy_percent,
            or_dash(self.others_busy_percent),
        )
    }
}

impl Figures {
    /// Each figure's own median.
    pub(super) fn median_of(runs: &[Self]) -> Self {
        Self {
            matches_per_second: median_by(runs, |run| run.matches_per_second),
            found_p50_ms: median_by(runs, |run| run.found_p50_ms),
            found_p99_ms: median_by(runs, |run| run.found_p99_ms),
            server_us_per_match: median_by_optional(runs, |run| run.server_us_per_match),
            server_busy_percent: median_by_optional(runs, |run| run.server_busy_percent),
            load_busy_percent: median_by(runs, |run| run.load_busy_percent),
            others_busy_percent: median_by_optional(runs, |run| run.others_busy_percent),
        }
    }
}
