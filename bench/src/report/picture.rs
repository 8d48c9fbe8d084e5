//! Bars of what an operation costs each server: a panel for each load that more than one of them has gone through.

use std::fmt::Write;

use super::{Load, Row, in_order};
use crate::figures::{Figure, rounded};

const WIDTH: f64 = 860.0;
/// Where bars begin and how long the longest one is; the rest is for names and values.
const LEFT: f64 = 250.0;
const LONGEST: f64 = 500.0;
const BAR: f64 = 16.0;
const STEP: f64 = 21.0;
const HEADING: f64 = 40.0;

/// A bar that would be more than so many times as long as the one of the first server is cut.
const MOST: f64 = 12.0;

const STYLE: &str = "text{font:13px system-ui,sans-serif;fill:#1f2328}.load{font-weight:600}.name{text-anchor:end}\
.bar{fill:#8c959f}.first{fill:#0969da}.cut{stroke:#fff;stroke-width:3}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.first{fill:#4493f8}.cut{stroke:#0d1117}}";

/// How long a value is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Scale {
    greatest: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bar {
    length: f64,
    is_cut: bool,
}

pub(super) fn of(loads: &[Load]) -> String {
    let mut panels = String::new();
    let mut y = 10.0;
    for load in loads {
        let rows = rows_to_show(load);
        if rows.len() > 1 {
            panel(&mut panels, &load.name, &rows, y);
            y += HEADING + STEP * rows.len() as f64;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-label=\"What an operation costs each server, in microseconds of its processor time\">\n\
         <style>{STYLE}</style>\n{panels}</svg>\n",
        height = y + 10.0
    )
}

/// Those of one database: the last one that was measured, which is the fullest.
fn rows_to_show(load: &Load) -> Vec<&Row> {
    let databases = in_order(load.rows.iter().map(|row| &row.database));
    let rows = load.rows.iter();
    rows.filter(|row| Some(&&row.database) == databases.last())
        .collect()
}

fn panel(svg: &mut String, load: &str, rows: &[&Row], y: f64) {
    let costs: Vec<f64> = rows.iter().filter_map(|row| cost(row)).collect();
    let scale = Scale::of(&costs);
    // Writing to a string cannot fail.
    let _ = writeln!(
        svg,
        "<text class=\"load\" x=\"10\" y=\"{}\">{load}: server µs per operation</text>",
        y + 20.0
    );
    for (index, row) in rows.iter().enumerate() {
        let Some(cost) = cost(row) else { continue };
        let top = y + HEADING - 10.0 + STEP * index as f64;
        let base = top + BAR - 4.0;
        let bar = scale.bar(cost);
        let end = LEFT + bar.length;
        let class = if index == 0 { "first" } else { "bar" };
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{}\" y=\"{base}\">{}</text>\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{top}\" width=\"{:.1}\" height=\"{BAR}\"/>\
             <text x=\"{:.1}\" y=\"{base}\">{}</text>",
            LEFT - 8.0,
            row.server,
            bar.length,
            end + 6.0,
            rounded(cost),
        );
        if bar.is_cut {
            let _ = writeln!(
                svg,
                "<path class=\"cut\" d=\"M{:.1} {} l6 -20\"/>",
                end - 30.0,
                top + BAR + 2.0
            );
        }
    }
}

fn cost(row: &Row) -> Option<f64> {
    row.figures.get(Figure::ServerUs)
}

impl Scale {
    /// So that all bars can be told apart: what is beyond the rest does not make them dots.
    fn of(values: &[f64]) -> Self {
        let most = values.first().copied().unwrap_or_default() * MOST;
        let greatest = values.iter().copied().fold(0.0, f64::max);
        Self {
            greatest: greatest.min(most),
        }
    }

    fn bar(self, value: f64) -> Bar {
        let is_cut = value > self.greatest;
        let share = if is_cut { 1.0 } else { value / self.greatest };
        Bar {
            length: LONGEST * share,
            is_cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{medians, tests::outcome};
    use super::*;

    #[test]
    fn the_greatest_value_is_the_longest_bar() {
        let scale = Scale::of(&[10.0, 40.0, 20.0]);
        let bars = [10.0, 40.0, 20.0].map(|value| scale.bar(value).length);
        assert_eq!(bars, [LONGEST / 4.0, LONGEST, LONGEST / 2.0]);
    }

    #[test]
    fn what_is_beyond_the_rest_is_cut() {
        let scale = Scale::of(&[10.0, 1_000.0, 20.0]);
        let (long, other) = (scale.bar(1_000.0), scale.bar(20.0));
        assert_eq!((long.length, long.is_cut), (LONGEST, true));
        assert_eq!(
            (other.length, other.is_cut),
            (LONGEST * 20.0 / (10.0 * MOST), false)
        );
    }

    #[test]
    fn a_load_of_one_server_is_not_drawn() {
        let drawn = of(&medians(&[
            outcome("relay", "Chinwag", 20.0),
            outcome("relay", "Node", 30.0),
            outcome("home page", "Chinwag", 100.0),
        ]));
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert!(drawn.contains(">Node</text>") && !drawn.contains("home page"));
    }
}
