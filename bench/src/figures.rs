//! The figures of one run, and medians of several.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What can be measured, in the order in which it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Figure {
    /// User and system time of the server's process, per operation. The one to compare: it depends least on the disk and the
    /// load.
    ServerUs,
    /// Operations. Of a relay that is what arrives at the other side; the echo to the sender is not counted.
    PerSecond,
    /// From sending to the answer, as the client sees it.
    AckP50Ms,
    AckP99Ms,
    AckP999Ms,
    /// From sending to the arrival at somebody else.
    DeliveryP50Ms,
    DeliveryP99Ms,
    DeliveryP999Ms,
    LostPercent,
    KibPerConnection,
    /// Resident memory of the server at the end.
    MemoryMib,
    ServerBusyPercent,
    /// At 100 the load itself is the limit, and what is done in a second says nothing about the server.
    LoadBusyPercent,
    /// Everything else on the machine, as a share of one core: what it takes from caches and cores makes a server dearer.
    OthersBusyPercent,
}

/// What is known of one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figures(BTreeMap<Figure, f64>);

impl Figure {
    /// Heads its column.
    pub(crate) fn heading(self) -> &'static str {
        match self {
            Self::ServerUs => "server µs",
            Self::PerSecond => "per second",
            Self::AckP50Ms => "ack p50 ms",
            Self::AckP99Ms => "p99",
            Self::AckP999Ms => "p99.9",
            Self::DeliveryP50Ms => "delivery p50 ms",
            Self::DeliveryP99Ms => "p99 ",
            Self::DeliveryP999Ms => "p99.9 ",
            Self::LostPercent => "lost %",
            Self::KibPerConnection => "KiB each",
            Self::MemoryMib => "memory MiB",
            Self::ServerBusyPercent => "server busy %",
            Self::LoadBusyPercent => "load busy %",
            Self::OthersBusyPercent => "others busy %",
        }
    }
}

impl Figures {
    pub(crate) fn set(&mut self, figure: Figure, value: f64) {
        self.0.insert(figure, value);
    }

    pub(crate) fn get(&self, figure: Figure) -> Option<f64> {
        self.0.get(&figure).copied()
    }

    pub(crate) fn known(&self) -> impl Iterator<Item = Figure> + '_ {
        self.0.keys().copied()
    }

    /// Sets three figures to the median, the 99th and the 99.9th percentile of these, if there are any.
    pub(crate) fn set_times(&mut self, figures: [Figure; 3], mut times: Vec<Duration>) {
        times.sort_unstable();
        for (figure, share) in figures.into_iter().zip([0.5, 0.99, 0.999]) {
            if let Some(time) = percentile(&times, share) {
                self.set(figure, time.as_secs_f64() * 1_000.0);
            }
        }
    }

    /// Each figure's own median; those that are not known of all runs are left out.
    pub(crate) fn median_of(runs: &[&Self]) -> Self {
        let Some(first) = runs.first() else {
            return Self::default();
        };
        let median_of_one = |figure| {
            let values: Option<Vec<f64>> = runs.iter().map(|run| run.get(figure)).collect();
            Some((figure, median(values?)))
        };
        Self(first.known().filter_map(median_of_one).collect())
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (figure, value)) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{} {}", figure.heading().trim(), rounded(*value))?;
        }
        Ok(())
    }
}

/// As many digits as mean something: three of small values, and whole numbers above a hundred.
pub(crate) fn rounded(value: f64) -> String {
    match value.abs() {
        v if v >= 100.0 => grouped(value.round() as i64),
        v if v >= 10.0 => format!("{value:.1}"),
        0.0 => "0".to_owned(),
        _ => format!("{value:.2}"),
    }
}

/// With a comma between thousands.
fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && digit.is_ascii_digit() && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
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

/// The value below which `share` of all lie, which are sorted.
fn percentile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let at = ((sorted.len() as f64 * share) as usize).min(sorted.len().checked_sub(1)?);
    Some(sorted[at])
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
    fn percentiles_of_a_thousand_are_what_they_say() {
        let mut figures = Figures::default();
        let of_acks = [Figure::AckP50Ms, Figure::AckP99Ms, Figure::AckP999Ms];
        figures.set_times(
            of_acks,
            (1..=1_000).rev().map(Duration::from_millis).collect(),
        );
        assert_eq!(
            of_acks.map(|figure| figures.get(figure)),
            [Some(501.0), Some(991.0), Some(1_000.0)]
        );
        let mut nothing = Figures::default();
        nothing.set_times(of_acks, Vec::new());
        assert_eq!(nothing, Figures::default());
    }

    #[test]
    fn each_figure_has_its_own_median_if_all_runs_know_it() {
        let run = |us, lost| {
            let mut figures = Figures::default();
            figures.set(Figure::ServerUs, us);
            if let Some(lost) = lost {
                figures.set(Figure::LostPercent, lost);
            }
            figures
        };
        let runs = [run(3.0, Some(0.0)), run(1.0, None), run(2.0, Some(0.0))];
        let median = Figures::median_of(&runs.each_ref());
        assert_eq!(median, run(2.0, None));
        assert_eq!(Figures::median_of(&[]), Figures::default());
    }

    #[test]
    fn numbers_are_shown_as_exactly_as_they_are_known() {
        let shown = [0.0, 0.456, 9.876, 12.34, 999.6, 1_234_567.0].map(rounded);
        assert_eq!(shown, ["0", "0.46", "9.88", "12.3", "1,000", "1,234,567"]);
    }
}
