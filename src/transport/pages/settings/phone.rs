//! Another number to sign in with: proved by a code, as for signing in.

use super::super::problems::{Heading, OnField, PageError, Problem};
use super::super::{Page, show_as};
use super::{refused, saved, settings_page};
use crate::accounts::{Password, Proof, Requester, Token, number_is_taken};
use crate::app::App;
use crate::error::{Error, Result};
use crate::transport::address::ClientAddress;
use crate::transport::identity::{SignedIn, Visitor};
use askama::Template;
use axum::Extension;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// The session's entry for the code that is on its way: signing in has one of its own.
const CHALLENGE: &str = "number_challenge";

#[derive(Template)]
#[template(path = "pages/new_number.html")]
struct NumberPage {
    page: Page,
    sent_to: String,
    problem: Option<Problem>,
}

/// The form that asks for a code.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct NumberForm {
    #[serde(default)]
    phone: String,
    #[serde(default)]
    current: String,
}

/// The form that gives it back.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct CodeForm {
    #[serde(default)]
    code: String,
}

/// `POST /settings/phone`
pub(in crate::transport::pages) async fn send_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    me: SignedIn,
    Form(form): Form<NumberForm>,
) -> Result<Response, PageError> {
    match try_send_code(&app, &me, address, &form).await {
        Ok(()) => Ok(Redirect::to("/settings/phone").into_response()),
        Err(error) => {
            let mut problem = Problem::of(error, "phone")?;
            if problem.field == "current" {
                // Another form has a field of that name.
                problem.field = "phone-current";
            }
            let mut page = settings_page(&app, &me).await?;
            page.account.new_phone = form.phone;
            refused(page, problem)
        }
    }
}

async fn try_send_code(
    app: &App,
    me: &SignedIn,
    address: ClientAddress,
    form: &NumberForm,
) -> Result<()> {
    let phone = app.parse_phone(&form.phone, None)?;
    let from = Requester { address: address.0 };
    let current = Password::presented(&form.current);
    app.accounts.confirm(me.actor, &current, from).await?;
    let (fresh, previous) = (Token::random(""), challenge(&me.visitor).await?);
    let sending = app
        .accounts
        .start_phone_login(phone, from, fresh.clone(), previous)
        .await?;
    me.visitor.insert(CHALLENGE, fresh.reveal()).await?;
    me.visitor.save().await?;
    sending.sent().await?;
    Ok(())
}

/// `GET /settings/phone`
pub(in crate::transport::pages) async fn code_page(
    State(app): State<App>,
    me: SignedIn,
) -> Result<Response, PageError> {
    code_with(&app, &me, None).await
}

/// `POST /settings/phone/code`
pub(in crate::transport::pages) async fn check_code(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    me: SignedIn,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    match try_check_code(&app, &me, address, &form.code).await {
        Ok(()) => saved(&me, "You sign in with that number from now on.", "access").await,
        Err(error) => {
            let problem = Problem {
                field: "code",
                ..Problem::of(error, "code")?
            };
            code_with(&app, &me, Some(problem)).await
        }
    }
}

async fn try_check_code(
    app: &App,
    me: &SignedIn,
    address: ClientAddress,
    code: &str,
) -> Result<()> {
    let challenge = challenge(&me.visitor).await?.ok_or(Error::NotFound)?;
    let from = Requester { address: address.0 };
    match app.accounts.check_code(&challenge, code, from).await? {
        Proof::Known(user) if user == me.actor.user => Ok(()),
        Proof::Known(_) => Err(number_is_taken()),
        Proof::New(signup) => app.accounts.set_phone(me.actor, &signup).await,
    }
}

/// Where no code is on its way, there is nothing to give back.
async fn code_with(
    app: &App,
    me: &SignedIn,
    problem: Option<Problem>,
) -> Result<Response, PageError> {
    let pending = match challenge(&me.visitor).await? {
        Some(challenge) => app.accounts.pending_code(&challenge).await?,
        None => None,
    };
    let sent_to = match (&pending, &problem) {
        (Some(pending), _) => pending.phone.masked(),
        // What became of the last try is said once more.
        (None, Some(_)) => String::new(),
        (None, None) => return Ok(Redirect::to("/settings#access").into_response()),
    };
    let heading = problem.as_ref().map_or(Heading::OK, |p| p.heading);
    let template = NumberPage {
        page: me.page(app, "Enter the code", "settings").await?,
        sent_to,
        problem,
    };
    show_as(heading, &template)
}

async fn challenge(visitor: &Visitor) -> Result<Option<Token>> {
    let text: Option<String> = visitor.get(CHALLENGE).await?;
    Ok(text.and_then(|text| Token::presented(&text)))
}
