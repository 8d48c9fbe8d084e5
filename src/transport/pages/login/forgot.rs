//! A forgotten password: the mail, and the page that it leads to.

use super::super::problems::{Heading, OnField, PageError, Problem};
use super::super::{Flash, Page, show, show_as};
use super::from;
use super::password::twice;
use crate::accounts::{ResetCheck, Token};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::Email;
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// Whether or not somebody has that address.
const SENT: &str = "If somebody has that address here, a mail with a link is on its way. The link is good for 30 minutes.";

#[derive(Template)]
#[template(path = "pages/forgot.html")]
struct ForgotPage {
    page: Page,
    email: String,
    /// Whether this server sends any.
    mail: bool,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "pages/reset.html")]
struct ResetPage {
    page: Page,
    token: String,
    name: String,
    username: String,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "pages/expired.html")]
struct ExpiredPage {
    page: Page,
}

/// What happened before.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct Sent {
    sent: Option<String>,
}

/// The form that asks for a mail.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct ForgotForm {
    #[serde(default)]
    email: String,
}

/// The form that sets another password.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct ResetForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// `GET /forgot`
pub(in crate::transport::pages) async fn forgot_page(
    State(app): State<App>,
    Query(query): Query<Sent>,
) -> Result<Response, PageError> {
    let mut template = forgot_template(&app, String::new(), None);
    template.page.flash = query.sent.map(|_| Flash::done(SENT));
    show(&template)
}

/// `POST /forgot`: the answer does not tell whether there is such an account.
pub(in crate::transport::pages) async fn send_mail(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    Form(form): Form<ForgotForm>,
) -> Result<Response, PageError> {
    match try_send_mail(&app, address, &form.email) {
        Ok(()) => Ok(Redirect::to("/forgot?sent=yes").into_response()),
        Err(error) => {
            let problem = Problem::of(error, "email")?;
            let heading = problem.heading;
            let template = forgot_template(&app, form.email, Some(problem));
            show_as(heading, &template)
        }
    }
}

fn try_send_mail(app: &App, address: ClientAddress, email: &str) -> Result<()> {
    let email = Email::parse(email)?;
    app.accounts.send_reset_link(&email, from(address))
}

fn forgot_template(app: &App, email: String, problem: Option<Problem>) -> ForgotPage {
    ForgotPage {
        page: Page::new(&app.config, "Forgotten password"),
        email,
        mail: app.accounts.sends_mail(),
        problem,
    }
}

/// `GET /reset/{token}`
pub(in crate::transport::pages) async fn reset_page(
    State(app): State<App>,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    reset_with(&app, token, None).await
}

/// `POST /reset/{token}`
pub(in crate::transport::pages) async fn reset(
    State(app): State<App>,
    Path(token): Path<String>,
    visitor: Visitor,
    Form(form): Form<ResetForm>,
) -> Result<Response, PageError> {
    match try_reset(&app, &token, &form).await {
        Ok(has_number) => {
            // Whoever was signed in here is not any more.
            visitor.sign_out().await?;
            let why = if has_number {
                "reset-with-number"
            } else {
                "reset"
            };
            Ok(Redirect::to(&format!("/login?why={why}")).into_response())
        }
        Err(Error::Gone(_)) => reset_with(&app, token, None).await,
        Err(error) => {
            let problem = Problem::of(error, "password")?;
            reset_with(&app, token, Some(problem)).await
        }
    }
}

/// Whether a number signs in to the same account.
async fn try_reset(app: &App, token: &str, form: &ResetForm) -> Result<bool> {
    let token = Token::presented(token).ok_or(Error::NotFound)?;
    let new = twice(&form.password, &form.again)?;
    let (owner, _) = app.accounts.reset_password(&token, &new).await?;
    match app.accounts.account(owner).await {
        Ok(account) => Ok(account.phone.is_some()),
        Err(Error::Suspended(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The page of a link: the form, or that its time is over, or that it was used or never there, which the
/// status tells apart.
async fn reset_with(
    app: &App,
    token: String,
    problem: Option<Problem>,
) -> Result<Response, PageError> {
    const EXPIRED: Error = Error::Gone("");
    let presented = Token::presented(&token).ok_or(Error::NotFound)?;
    match app.accounts.check_reset(&presented).await? {
        ResetCheck::Live(owner) => {
            let heading = problem.as_ref().map_or(Heading::OK, |p| p.heading);
            let template = ResetPage {
                page: Page::new(&app.config, "New password"),
                token,
                name: owner.name,
                username: owner.username,
                problem,
            };
            show_as(heading, &template)
        }
        ResetCheck::Expired => dead_link(app, "This link has had its time", &EXPIRED),
        ResetCheck::Unknown => dead_link(app, "This link is no longer valid", &Error::NotFound),
    }
}

fn dead_link(app: &App, title: &str, why: &Error) -> Result<Response, PageError> {
    let template = ExpiredPage {
        page: Page::new(&app.config, title),
    };
    show_as(Heading::of(why), &template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_link_shows_whose_password_it_is_and_what_is_wrong() {
        let html = ResetPage {
            page: Page::sample("New password"),
            token: "t0".into(),
            name: "<Ana>".into(),
            username: "ana".into(),
            problem: Problem::of(Error::invalid("again", "Not the same."), "password").ok(),
        }
        .render()
        .expect("it renders");
        assert!(html.contains(r#"action="/reset/t0""#) && html.contains("again-error"));
        assert!(html.contains("&#60;Ana&#62;") && !html.contains("password-error"));
    }

    #[test]
    fn where_no_mail_is_sent_there_is_no_form_to_ask_for_one() {
        let page = |mail| ForgotPage {
            page: Page::sample("Forgotten password").saying(Some(Flash::done(SENT))),
            email: String::new(),
            mail,
            problem: None,
        };
        let html = page(true).render().expect("it renders");
        assert!(html.contains("If somebody has that address") && html.contains("<form"));
        let html = page(false).render().expect("it renders");
        assert!(html.contains("does not send mail") && !html.contains("<form"));
    }
}
