//! `report`: medians of what was written down, as tables for a document, and as a picture.
//!
//! Loads, databases and servers keep the order in which they were first seen. The first server is the one to compare with.

mod picture;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

use crate::figures::Figures;
use crate::outcome::Outcome;

/// What stands between these in the document is replaced.
const BEGIN: &str = "<!-- figures begin -->";
const END: &str = "<!-- figures end -->";

#[derive(Args)]
pub(crate) struct Options {
    /// What was written down with --results.
    #[arg(long)]
    results: PathBuf,
    /// A file that says on what and when it was measured, to be put before the tables.
    #[arg(long)]
    about: Option<PathBuf>,
    /// The document whose tables are replaced.
    #[arg(long)]
    document: Option<PathBuf>,
    /// The picture that is drawn.
    #[arg(long)]
    picture: Option<PathBuf>,
}

/// The medians of all runs of one load.
#[derive(Debug, PartialEq)]
struct Load {
    name: String,
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq)]
struct Row {
    database: String,
    server: String,
    runs: usize,
    figures: Figures,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let lines = read(&options.results)?;
    let outcomes: Vec<Outcome> = lines
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    let loads = medians(&outcomes);
    let about = options.about.as_deref().map(read).transpose()?;
    let text = format!("{}{}", about.unwrap_or_default(), table::of(&loads));
    println!("{text}");
    if let Some(path) = &options.document {
        let document = replaced(&read(path)?, &text)
            .with_context(|| format!("{} lacks {BEGIN} and {END}", path.display()))?;
        write(path, &document)?;
    }
    if let Some(path) = &options.picture {
        write(path, &picture::of(&loads))?;
    }
    Ok(())
}

fn medians(outcomes: &[Outcome]) -> Vec<Load> {
    let names = in_order(outcomes.iter().map(|outcome| outcome.load.as_str()));
    let loads = names.into_iter().map(|name| {
        let of_load = outcomes.iter().filter(move |outcome| outcome.load == name);
        let whose = |outcome: &'_ Outcome| (outcome.database.clone(), outcome.server.clone());
        let rows = in_order(of_load.clone().map(whose))
            .into_iter()
            .map(|(database, server)| {
                let runs: Vec<&Figures> = of_load
                    .clone()
                    .filter(|run| run.database == database && run.server == server)
                    .map(|run| &run.figures)
                    .collect();
                Row {
                    database,
                    server,
                    runs: runs.len(),
                    figures: Figures::median_of(&runs),
                }
            })
            .collect();
        Load {
            name: name.to_owned(),
            rows,
        }
    });
    loads.collect()
}

/// Each once, where it came first.
fn in_order<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.fold(Vec::new(), |mut seen, one| {
        if !seen.contains(&one) {
            seen.push(one);
        }
        seen
    })
}

/// The document with `text` between its markers, if it has them.
fn replaced(document: &str, text: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        text.trim()
    ))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Figure;

    pub(super) fn outcome(load: &str, server: &str, us: f64) -> Outcome {
        let mut figures = Figures::default();
        figures.set(Figure::ServerUs, us);
        Outcome {
            load: load.to_owned(),
            server: server.to_owned(),
            database: "empty".to_owned(),
            figures,
        }
    }

    #[test]
    fn runs_that_alternate_are_brought_together() {
        let loads = medians(&[
            outcome("relay", "Chinwag", 10.0),
            outcome("relay", "Node", 30.0),
            outcome("relay", "Chinwag", 20.0),
            outcome("relay", "Node", 50.0),
            outcome("sync", "Node", 7.0),
        ]);
        let shown: Vec<_> = loads
            .iter()
            .flat_map(|load| load.rows.iter().map(|row| (load.name.as_str(), row)))
            .map(|(load, row)| {
                let us = row.figures.get(Figure::ServerUs);
                (load, row.server.as_str(), row.runs, us)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("relay", "Chinwag", 2, Some(15.0)),
                ("relay", "Node", 2, Some(40.0)),
                ("sync", "Node", 1, Some(7.0)),
            ]
        );
    }

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let document = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = format!("before\n{BEGIN}\n\nnew\n\n{END}\nafter\n");
        assert_eq!(replaced(&document, "new\n"), Some(new.clone()));
        assert_eq!(replaced(&new, "new"), Some(new));
        assert_eq!(replaced("no markers", "new"), None);
    }
}
