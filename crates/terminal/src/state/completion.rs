//! Tab: a word that begins with `@` becomes a name, one that begins with `/` a command; again, the next that fits.

use super::{State, commands};

/// What Tab is going through.
#[derive(Debug)]
pub(crate) struct Completion {
    /// Where in the input the word begins, in bytes.
    start: usize,
    choices: Vec<String>,
    chosen: usize,
}

/// Whether Tab means completion here. Then it does not change the focus, also when nothing fits.
pub(super) fn is_wanted(state: &State) -> bool {
    state.completion.is_some() || word(state).is_some()
}

/// Completes, or goes on to the next choice.
pub(super) fn complete(state: &mut State) {
    let mut completion = match state.completion.take() {
        Some(completion) => Completion {
            chosen: (completion.chosen + 1) % completion.choices.len(),
            ..completion
        },
        None => match begin(state) {
            Some(completion) => completion,
            None => return,
        },
    };
    let choice = std::mem::take(&mut completion.choices[completion.chosen]);
    state.input.replace_from(completion.start, &choice);
    completion.choices[completion.chosen] = choice;
    state.completion = Some(completion);
}

fn begin(state: &State) -> Option<Completion> {
    let (start, word) = word(state)?;
    let wanted = word.to_lowercase();
    let fits = |one: &String| one.to_lowercase().starts_with(&wanted);
    let choices: Vec<String> = if word.starts_with('/') {
        commands::NAMES
            .iter()
            .map(|name| format!("{name} "))
            .filter(fits)
            .collect()
    } else {
        state
            .people
            .iter()
            .map(|name| format!("@{name} "))
            .filter(fits)
            .collect()
    };
    (!choices.is_empty()).then_some(Completion {
        start,
        choices,
        chosen: 0,
    })
}

/// The word before the cursor, if it is one to complete: a command only where a command can stand.
fn word(state: &State) -> Option<(usize, &str)> {
    let before = state.input.before();
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let word = before.get(start..)?;
    let is_one = word.starts_with('@') || (start == 0 && word.starts_with('/'));
    is_one.then_some((start, word))
}
