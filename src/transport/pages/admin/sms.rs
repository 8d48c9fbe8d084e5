//! What SMS cost, and the lever that stops them.

use super::super::problems::PageError;
use super::super::{Flash, show};
use super::question::{self, AnswerForm, NoteFor, Question};
use super::{Acting, Entered, Frame};
use crate::accounts::HeldBack;
use crate::app::App;
use crate::error::Error;
use crate::model::Country;
use crate::moderation::{CountrySms, SmsFigures};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

#[derive(Template)]
#[template(path = "pages/admin/sms.html")]
struct SmsPage {
    page: Frame,
    figures: SmsFigures,
    rows: Vec<Row>,
    hour_max: i64,
    day_max: i64,
    /// What new numbers get of these.
    held: HeldBack,
}

struct Row {
    country: String,
    sent: i64,
    verified: i64,
    percent: i64,
    written: i64,
    /// Whether new numbers of it get no code at present.
    is_held: bool,
}

impl Row {
    fn new(figures: &CountrySms, held: &HeldBack) -> Self {
        let country = Country::parse(&figures.country);
        Self {
            country: country.map_or_else(|| figures.country.clone(), Country::name),
            sent: figures.sent,
            verified: figures.verified,
            percent: figures.verified * 100 / figures.sent.max(1),
            written: figures.written,
            is_held: held.countries.contains(&figures.country),
        }
    }
}

/// `GET /admin/sms`
pub(super) async fn page(State(app): State<App>, entered: Entered) -> Result<Response, PageError> {
    let figures = app.moderation.sms_figures(&entered.admin).await?;
    let held = app.accounts.held_back().await?;
    let limits = &app.config.limits.sms;
    show(&SmsPage {
        page: Frame::new(&app, &entered, "SMS", "sms").await?,
        rows: rows(&figures, &held),
        figures,
        held,
        hour_max: limits.hour,
        day_max: limits.day,
    })
}

fn rows(figures: &SmsFigures, held: &HeldBack) -> Vec<Row> {
    let countries = figures.countries.iter();
    countries.map(|country| Row::new(country, held)).collect()
}

/// # Errors
/// `NotFound` when it is neither.
fn is_pause(act: &str) -> Result<bool, Error> {
    match act {
        "pause" => Ok(true),
        "resume" => Ok(false),
        _ => Err(Error::NotFound),
    }
}

fn question_of(pause: bool) -> Question {
    let (title, text, button) = if pause {
        (
            "Pause all SMS?",
            "Nothing is sent to anybody until this is taken back: nobody can sign up or sign in by phone. Who is signed in stays so.",
            "Pause all SMS",
        )
    } else {
        (
            "Send SMS again?",
            "From the next request on, SMS are sent as before.",
            "Send SMS again",
        )
    };
    Question {
        title: title.into(),
        text: text.into(),
        action: format!("/admin/sms/{}", if pause { "pause" } else { "resume" }),
        back: "/admin/sms".into(),
        button,
        tab: "sms",
        danger: pause,
        has_term: false,
        has_network: false,
        note: NoteFor::Log,
    }
}

/// `GET /admin/sms/{act}`
pub(super) async fn ask(
    State(app): State<App>,
    entered: Entered,
    Path(act): Path<String>,
) -> Result<Response, PageError> {
    question::ask(&app, &entered, question_of(is_pause(&act)?)).await
}

/// `POST /admin/sms/{act}`
pub(super) async fn act(
    State(app): State<App>,
    Path(act): Path<String>,
    Acting { entered, form }: Acting<AnswerForm>,
) -> Result<Response, PageError> {
    let pause = is_pause(&act)?;
    let done = match form.note() {
        Ok(note) => app.moderation.pause_sms(&entered.admin, pause, note).await,
        Err(error) => Err(error),
    };
    if let Err(error) = done {
        return question::ask_again(&app, &entered, question_of(pause), form, error).await;
    }
    let text = if pause {
        "No SMS are sent from now on."
    } else {
        "SMS are sent again."
    };
    entered.visitor.flash(Flash::done(text)).await?;
    Ok(Redirect::to("/admin/sms").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_shown_by_country_with_the_lever() {
        let figures = |paused| SmsFigures {
            countries: vec![CountrySms {
                country: "PT".into(),
                sent: 8,
                verified: 6,
                written: 1,
            }],
            hour: 2,
            day: 9,
            codes: 8,
            verified: 6,
            paused,
        };
        let html = |paused| {
            let (figures, held) = (figures(paused), HeldBack::default());
            let page = SmsPage {
                page: Frame::sample("SMS"),
                rows: rows(&figures, &held),
                figures,
                held,
                hour_max: 100,
                day_max: 500,
            };
            page.render().expect("it renders")
        };
        assert!(html(false).contains("Portugal") && html(false).contains("75"));
        assert!(
            html(false).contains("/admin/sms/pause") && html(true).contains("/admin/sms/resume")
        );
    }
}
