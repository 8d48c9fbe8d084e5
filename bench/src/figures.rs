//! Figures of one run, and medians of several.

use std::fmt;
use std::time::Duration;

/// What one run of `relay` has shown.
#[derive(Clone, Debug)]
pub(crate) struct Figures {
    pub(crate) acked_per_second: f64,
    /// At the other side; the echo to the sender is not counted.
    pub(crate) delivered_per_second: f64,
    pub(crate) ack_p50_ms: f64,
    pub(crate) ack_p99_ms: f64,
    /// User and system time of the server. Absent without `--server-pid`.
    pub(crate) server_us_per_delivered: Option<f64>,
    pub(crate) server_busy_percent: Option<f64>,
    /// At 100 the load itself is the limit, and figures per second say nothing about the server.
    pub(crate) load_busy_percent: f64,
    /// Everything else on the machine, as a share of one core: what it takes from caches and cores makes the server dearer.
    pub(crate) others_busy_percent: Option<f64>,
}

/// Heads the lines that `Figures` prints.
pub(crate) const HEADINGS: &str = "            acked/s  delivered/s  ack p50 ms  ack p99 ms  server µs/delivered  server busy %  load busy %  others busy %";

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8.0}  {:>11.0}  {:>10.2}  {:>10.2}  {:>19}  {:>13}  {:>11.1}  {:>13}",
            self.acked_per_second,
            self.delivered_per_second,
            self.ack_p50_ms,
            self.ack_p99_ms,
            or_dash(self.server_us_per_delivered),
            or_dash(self.server_busy_percent),
            self.load_busy_percent,
            or_dash(self.others_busy_percent),
        )
    }
}

impl Figures {
    /// Each figure's own median.
    pub(crate) fn median_of(runs: &[Self]) -> Self {
        Self {
            acked_per_second: median_by(runs, |run| run.acked_per_second),
            delivered_per_second: median_by(runs, |run| run.delivered_per_second),
            ack_p50_ms: median_by(runs, |run| run.ack_p50_ms),
            ack_p99_ms: median_by(runs, |run| run.ack_p99_ms),
            server_us_per_delivered: median_by_optional(runs, |run| run.server_us_per_delivered),
            server_busy_percent: median_by_optional(runs, |run| run.server_busy_percent),
            load_busy_percent: median_by(runs, |run| run.load_busy_percent),
            others_busy_percent: median_by_optional(runs, |run| run.others_busy_percent),
        }
    }
}

/// A figure that is not always known.
pub(crate) fn or_dash(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"))
}

/// The median of one figure of several runs.
pub(crate) fn median_by<R>(runs: &[R], figure: fn(&R) -> f64) -> f64 {
    median(runs.iter().map(figure).collect())
}

/// The same, if it is known of all.
pub(crate) fn median_by_optional<R>(runs: &[R], figure: fn(&R) -> Option<f64>) -> Option<f64> {
    let known: Option<Vec<f64>> = runs.iter().map(figure).collect();
    known.map(median)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        f64::midpoint(values[middle - 1], values[middle])
    }
}

/// The value below which `share` of all lie; `values` come back sorted.
pub(crate) fn percentile_ms(values: &mut [Duration], share: f64) -> f64 {
    values.sort_unstable();
    let at = ((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1));
    values
        .get(at)
        .map_or(f64::NAN, |value| value.as_secs_f64() * 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn percentiles_of_a_hundred_are_what_they_say() {
        let mut values: Vec<Duration> = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile_ms(&mut values, 0.5), 51.0);
        assert_eq!(percentile_ms(&mut values, 0.99), 100.0);
        assert!(percentile_ms(&mut [], 0.5).is_nan());
    }
}
