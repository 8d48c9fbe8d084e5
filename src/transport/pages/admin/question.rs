//! The page that asks once more, before anything is done to somebody: for how long, and why.

use super::super::problems::{OnField, PageError, Problem};
use super::super::{show, show_as};
use super::{Entered, Frame};
use crate::app::App;
use crate::error::{Error, Result};
use crate::moderation::{Note, Term};
use askama::Template;
use axum::response::Response;
use serde::Deserialize;

/// What is asked about.
pub(super) struct Question {
    pub(super) title: String,
    /// What is going to happen.
    pub(super) text: String,
    /// Where the form goes, which is where the question is asked.
    pub(super) action: String,
    /// Where to go instead, and afterwards.
    pub(super) back: String,
    pub(super) button: &'static str,
    pub(super) tab: &'static str,
    /// Whether something is taken from somebody.
    pub(super) danger: bool,
    /// Whether it is for a time.
    pub(super) has_term: bool,
    /// Whether it may bind a network, too.
    pub(super) has_network: bool,
    /// Who reads the note.
    pub(super) note: NoteFor,
}

/// Who reads a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoteFor {
    /// The log, if there is one.
    Log,
    /// Whom it is done to; there has to be one.
    Them,
}

/// The answer.
#[derive(Default, Deserialize)]
pub(super) struct AnswerForm {
    #[serde(default)]
    note: String,
    #[serde(default)]
    term: String,
    network: Option<String>,
}

impl AnswerForm {
    pub(super) fn note(&self) -> Result<Note> {
        Note::parse(&self.note)
    }

    pub(super) fn term(&self) -> Result<Term> {
        Term::parse(&self.term)
    }

    pub(super) fn network(&self) -> bool {
        self.network.is_some()
    }
}

#[derive(Template)]
#[template(path = "pages/admin/question.html")]
struct QuestionPage {
    page: Frame,
    question: Question,
    form: AnswerForm,
    terms: [Term; 5],
    note_max: usize,
    problem: Option<Problem>,
}

/// Asks.
pub(super) async fn ask(
    app: &App,
    entered: &Entered,
    question: Question,
) -> Result<Response, PageError> {
    let form = AnswerForm {
        term: Term::Day.as_str().into(),
        ..AnswerForm::default()
    };
    show(&page(app, entered, question, form, None).await?)
}

/// Asks again, with what was wrong with the answer.
pub(super) async fn ask_again(
    app: &App,
    entered: &Entered,
    question: Question,
    form: AnswerForm,
    error: Error,
) -> Result<Response, PageError> {
    let problem = Problem::of(error, "note")?;
    let heading = problem.heading;
    let page = page(app, entered, question, form, Some(problem)).await?;
    show_as(heading, &page)
}

async fn page(
    app: &App,
    entered: &Entered,
    question: Question,
    form: AnswerForm,
    problem: Option<Problem>,
) -> Result<QuestionPage, PageError> {
    Ok(QuestionPage {
        page: Frame::new(app, entered, question.title.clone(), question.tab).await?,
        question,
        form,
        terms: Term::ALL,
        note_max: Note::MAX_CHARS,
        problem,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_says_what_happens_and_asks_for_what_it_needs() {
        let html = QuestionPage {
            page: Frame::sample("Suspend @jz?"),
            question: Question {
                title: "Suspend @jz?".into(),
                text: "<b>".into(),
                action: "/admin/people/7/suspend".into(),
                back: "/admin/people/7".into(),
                button: "Suspend",
                tab: "people",
                danger: true,
                has_term: true,
                has_network: false,
                note: NoteFor::Them,
            },
            form: AnswerForm::default(),
            terms: Term::ALL,
            note_max: 500,
            problem: None,
        }
        .render()
        .expect("it renders");
        assert!(html.contains("&#60;b&#62;") && html.contains(r#"name="term""#));
        assert!(html.contains(r#"name="form_token""#));
        assert!(!html.contains(r#"name="network""#));
    }
}
