//! The code: given back once, in the browser that asked for it.

use super::super::problems::{Heading, OnField, PageError, Problem};
use super::super::{Flash, Page, show_as};
use super::{Back, from, greeting, pending_code};
use crate::accounts::{PendingCode, Proof};
use crate::app::App;
use crate::config::Config;
use crate::error::Error;
use crate::model::in_words;
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::time::Duration;

#[derive(Template)]
#[template(path = "pages/verify.html")]
struct VerifyPage {
    page: Page,
    sent_to: String,
    code: String,
    keep: bool,
    /// Seconds until another code may be asked for, by the server's clock.
    resend_in: u64,
    resend_in_label: String,
    problem: Option<Problem>,
}

/// The form that gives it back.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct CodeForm {
    #[serde(default)]
    code: String,
    keep: Option<String>,
}

impl CodeForm {
    /// The empty form. Staying signed in is what most people expect; whoever shares a browser says so.
    fn fresh() -> Self {
        Self {
            keep: Some("on".into()),
            ..Self::default()
        }
    }
}

/// `GET /verify`
pub(in crate::transport::pages) async fn verify_page(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    if visitor.person().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    verify_with(&app, &visitor, CodeForm::fresh(), None).await
}

/// `POST /verify`
pub(in crate::transport::pages) async fn check_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let Some(challenge) = visitor.challenge().await? else {
        return Ok(Back::Stale.to_number());
    };
    let keep = form.keep.is_some();
    let proof = match code_in(&form.code) {
        Some(code) => {
            app.accounts
                .check_code(&challenge, &code, from(address))
                .await
        }
        // Nothing that could be a code costs no try.
        None => Err(Error::invalid("code", "The code has six digits.")),
    };
    match proof {
        Ok(Proof::Known(user)) => {
            let words = greeting(&app, user).await?;
            let next = visitor.enter(user, keep, &words).await?;
            Ok(Redirect::to(&next).into_response())
        }
        Ok(Proof::New(signup)) => {
            visitor.remember_signup(&signup, keep).await?;
            Ok(Redirect::to("/welcome").into_response())
        }
        Err(Error::Gone(_)) => Ok(Back::Stale.to_number()),
        Err(Error::TooManyTries) => Ok(Back::Burnt.to_number()),
        Err(error) => {
            let problem = Problem::of(error, "code")?;
            verify_with(&app, &visitor, form, Some(problem)).await
        }
    }
}

/// `POST /verify/resend`
pub(in crate::transport::pages) async fn resend_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    let Some(challenge) = visitor.challenge().await? else {
        return Ok(Back::Stale.to_number());
    };
    match app.accounts.resend_code(challenge, from(address)).await {
        Ok(_) => {
            visitor
                .flash(Flash::done(
                    "A new code is on its way. The one before is no longer valid.",
                ))
                .await?;
            Ok(Redirect::to("/verify").into_response())
        }
        Err(Error::Gone(_)) => Ok(Back::Stale.to_number()),
        Err(Error::TooManyTries) => Ok(Back::Burnt.to_number()),
        Err(error) => {
            // Also what is wrong with the number is told here, where the button is.
            let problem = Problem {
                field: "code",
                ..Problem::of(error, "code")?
            };
            verify_with(&app, &visitor, CodeForm::fresh(), Some(problem)).await
        }
    }
}

async fn verify_with(
    app: &App,
    visitor: &Visitor,
    form: CodeForm,
    problem: Option<Problem>,
) -> Result<Response, PageError> {
    let Some(pending) = pending_code(app, visitor).await? else {
        return Ok(Back::Stale.to_number());
    };
    let flash = visitor.take_flash().await?;
    let heading = problem
        .as_ref()
        .map_or(Heading::OK, |problem| problem.heading);
    let left = pending.resend_at.remaining(app.clock.now());
    let resend_in = u64::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
    show_as(
        heading,
        &verify_template(&app.config, &pending, form, problem, resend_in, flash),
    )
}

fn verify_template(
    config: &Config,
    pending: &PendingCode,
    form: CodeForm,
    problem: Option<Problem>,
    resend_in: u64,
    flash: Option<Flash>,
) -> VerifyPage {
    VerifyPage {
        page: Page::new(config, "Enter the code").saying(flash),
        sent_to: pending.phone.masked(),
        code: form.code.chars().take(200).collect(),
        keep: form.keep.is_some(),
        resend_in,
        resend_in_label: in_words(Duration::from_secs(resend_in)),
        problem,
    }
}

/// The six digits in what was typed or pasted: `123 456`, or the whole SMS.
fn code_in(text: &str) -> Option<String> {
    let separated = |c: char| !(c.is_ascii_digit() || c == ' ' || c == '-' || c == '\u{a0}');
    text.split(separated)
        .map(|run| run.chars().filter(char::is_ascii_digit).collect::<String>())
        .find(|digits| digits.len() == 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_however_it_is_pasted() {
        let sms = "Your Chinwag verification code is 123456. Do not share it with anyone.\n\n@chat.example #123456";
        for text in ["123456", " 123 456 ", "123-456", sms] {
            assert_eq!(code_in(text).as_deref(), Some("123456"), "{text}");
        }
        for text in ["", "12345", "1234567", "abc"] {
            assert_eq!(code_in(text), None, "{text}");
        }
    }

    #[test]
    fn the_verify_page_shows_its_problem_beside_the_field() {
        let html = VerifyPage {
            page: Page::sample("Enter the code"),
            sent_to: "+1 ••• ••23".into(),
            code: "000000".into(),
            keep: true,
            resend_in: 42,
            resend_in_label: "42 seconds".into(),
            problem: Problem::of(Error::invalid("code", "That's not the code."), "code").ok(),
        }
        .render()
        .expect("it renders");
        assert!(
            html.contains("code-error")
                && html.contains("data-resend-in=\"42\"")
                && html.contains("checked")
        );
    }
}
