//! The security page names tests, functions and files: all of them are there, and no row is without one or a
//! word why.

use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/SECURITY.md";

/// What stands for a reference where the page explains how to read them.
const SAMPLES: [&str; 2] = ["file.rs::name", "module::name"];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(top().join(PAGE)).expect("the page is there")
}

fn is_source(name: &str) -> bool {
    [".rs", ".js", ".py"].iter().any(|end| name.ends_with(*end))
}

/// Below the top, else below `src/`.
fn file(name: &str) -> Option<PathBuf> {
    let places = [top().join(name), top().join("src").join(name)];
    places.into_iter().find(|place| place.is_file())
}

fn text_of(name: &str) -> Result<String, String> {
    let path = file(name).ok_or_else(|| format!("there is no file {name}"))?;
    fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))
}

/// Whether `text` says `name`, and not merely as a part of a longer name.
fn says(text: &str, name: &str) -> bool {
    let goes_on = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        !before.ends_with(goes_on) && !after.starts_with(goes_on)
    })
}

/// What is wrong with a word in code type, if it refers to anything of ours.
fn fault(word: &str) -> Option<String> {
    let Some((place, name)) = split(word) else {
        let is_missing = is_source(word) && file(word).is_none();
        return is_missing.then(|| format!("there is no file {word}"));
    };
    let (path, wanted) = if is_source(place) {
        (place.to_owned(), name.to_owned())
    } else {
        let module = place.replace("::", "/");
        (
            format!("tests/integration/{module}.rs"),
            format!("fn {name}"),
        )
    };
    match text_of(&path) {
        Ok(text) if says(&text, &wanted) => None,
        Ok(_) => Some(format!("{path} has no {wanted:?}")),
        Err(why) => Some(why),
    }
}

/// A place and a name in it. Titles of tests in JavaScript may hold anything, so that the end of the file's name
/// counts first.
fn split(word: &str) -> Option<(&str, &str)> {
    let by_file = [".rs::", ".js::", ".py::"]
        .iter()
        .find_map(|mark| word.find(*mark).map(|at| (at + 3, at + mark.len())));
    match by_file {
        Some((end, start)) => Some((&word[..end], &word[start..])),
        None => word.rsplit_once("::").filter(|(_, name)| !name.is_empty()),
    }
}

/// What stands in code type in a line.
fn code_words(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn is_shown(row: &str) -> bool {
    let cells: Vec<_> = row.trim_matches('|').split('|').collect();
    let last = cells.last().copied().unwrap_or_default();
    let names_test =
        code_words(last).any(|word| split(word).is_some() || word.starts_with("tests/"));
    names_test || last.contains("No test yet") || row.contains("Does not apply")
}

#[test]
fn whatever_the_security_page_refers_to_is_there() {
    let page = page();
    let words: Vec<_> = page
        .lines()
        .flat_map(code_words)
        .filter(|word| !SAMPLES.contains(word))
        .collect();
    let references = words.iter().filter(|word| split(word).is_some()).count();
    assert!(references > 100, "the reader of references works");
    let wrong: Vec<_> = words.iter().filter_map(|word| fault(word)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_threat_names_its_test_or_says_that_there_is_none() {
    let page = page();
    let (_, threats) = page
        .split_once("\n## Getting in\n")
        .expect("the first table of threats");
    let (threats, _) = threats
        .split_once("\n## Limits\n")
        .expect("the end of the threats");
    let rows: Vec<_> = threats
        .lines()
        .filter(|line| line.starts_with("| ") && !line.ends_with("| shown by |"))
        .collect();
    assert!(rows.len() > 40, "the reader of rows works");
    let silent: Vec<_> = rows.iter().filter(|row| !is_shown(row)).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

#[test]
fn a_reference_that_leads_nowhere_is_found() {
    for wrong in [
        "guard::no_such_test",
        "guard::a_cookie_alone",
        "no_such_module::a_test",
        "accounts/no_such_file.rs",
        "clock.rs::no_such_name",
        "tests/faults/no_such_script.py",
    ] {
        assert!(fault(wrong).is_some(), "{wrong}");
    }
    for fine in [
        "guard::a_cookie_alone_is_not_enough_and_a_token_is",
        "clock.rs",
        "LIMITS=off",
    ] {
        assert_eq!(fault(fine), None);
    }
}
