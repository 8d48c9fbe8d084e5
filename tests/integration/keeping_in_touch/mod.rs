//! Strangers who want to keep in touch: nothing is shown until both have asked.

mod asking;
mod becoming;
mod guests;

use crate::support::Program;
use serde_json::{Value, json};

/// Everything that somebody heard, as one text.
fn all_that(person: &Program) -> String {
    person
        .heard()
        .iter()
        .map(|(name, payload)| format!("{name} {payload}\n"))
        .collect()
}

async fn keeps(person: &mut Program, name: &str) -> Value {
    person.asks("match:keep", json!({ "name": name })).await
}
