//! A table in Markdown for each load.

use std::fmt::Write;

use super::{Load, Row};
use crate::figures::{Figure, rounded};

pub(super) fn of(loads: &[Load]) -> String {
    let mut text = String::new();
    for load in loads {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n### {}\n\n{}", capitalised(&load.name), table(load));
    }
    text
}

fn table(load: &Load) -> String {
    let figures: Vec<Figure> =
        super::in_order(load.rows.iter().flat_map(|row| row.figures.known()));
    let headings: Vec<_> = figures.iter().map(|figure| figure.heading()).collect();
    let mut text = format!(
        "| database | server | ratio | {} | runs |\n|---|---|--:|{}--:|\n",
        headings.join(" | "),
        "--:|".repeat(figures.len())
    );
    for row in &load.rows {
        let values: Vec<_> = figures
            .iter()
            .map(|&figure| row.figures.get(figure).map_or_else(String::new, rounded))
            .collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            row.database,
            row.server,
            ratio(load, row).map_or_else(String::new, |ratio| format!("{ratio:.2}×")),
            values.join(" | "),
            row.runs
        );
    }
    text
}

/// What an operation costs this server, in terms of what it costs the first one on the same database.
fn ratio(load: &Load, row: &Row) -> Option<f64> {
    let first = load
        .rows
        .iter()
        .find(|first| first.database == row.database)?;
    Some(row.figures.get(Figure::ServerUs)? / first.figures.get(Figure::ServerUs)?)
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{medians, tests::outcome};
    use super::*;

    #[test]
    fn a_table_shows_what_is_known_and_how_it_compares() {
        let mut node = outcome("relay", "Node", 30.0);
        node.figures.set(Figure::LostPercent, 0.0);
        let shown = of(&medians(&[outcome("relay", "Chinwag", 20.0), node]));
        assert_eq!(
            shown,
            "\n### Relay\n\n\
             | database | server | ratio | server µs | lost % | runs |\n\
             |---|---|--:|--:|--:|--:|\n\
             | empty | Chinwag | 1.00× | 20.0 |  | 1 |\n\
             | empty | Node | 1.50× | 30.0 | 0 | 1 |\n"
        );
    }
}
