//! How one signs in, and whether one is found: password, e-mail address, and the list of people.

use super::super::login::password::twice;
use super::super::problems::{PageError, Problem};
use super::{refused, saved, settings_page};
use crate::accounts::{Password, Requester};
use crate::app::App;
use crate::error::Result;
use crate::model::Email;
use crate::transport::address::ClientAddress;
use crate::transport::identity::SignedIn;
use axum::Extension;
use axum::extract::{Form, State};
use axum::response::Response;
use serde::Deserialize;

/// The form that sets a password.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct PasswordForm {
    #[serde(default)]
    current: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// The form that sets the e-mail address.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct EmailForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    current: String,
}

/// The form that says whether one is found.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct FoundForm {
    listed: Option<String>,
}

/// `POST /settings/password`
pub(in crate::transport::pages) async fn save_password(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    me: SignedIn,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    match try_save_password(&app, &me, address, &form).await {
        Ok(()) => {
            let words = "Your password is saved. You are signed out everywhere else.";
            saved(&me, words, "access").await
        }
        Err(error) => {
            let problem = Problem::of(error, "password")?;
            refused(settings_page(&app, &me).await?, problem)
        }
    }
}

async fn try_save_password(
    app: &App,
    me: &SignedIn,
    address: ClientAddress,
    form: &PasswordForm,
) -> Result<()> {
    let new = twice(&form.password, &form.again)?;
    let current = Password::presented(&form.current);
    let from = Requester { address: address.0 };
    let accounts = &app.accounts;
    accounts.set_password(me.actor, &current, &new, from).await
}

/// `POST /settings/email`
pub(in crate::transport::pages) async fn save_email(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    me: SignedIn,
    Form(form): Form<EmailForm>,
) -> Result<Response, PageError> {
    match try_save_email(&app, &me, address, &form).await {
        Ok(()) => saved(&me, "Saved.", "access").await,
        Err(error) => {
            let mut problem = Problem::of(error, "email")?;
            if problem.field == "current" {
                // The other form has a field of that name.
                problem.field = "email-current";
            }
            let mut page = settings_page(&app, &me).await?;
            page.account.email = form.email;
            refused(page, problem)
        }
    }
}

async fn try_save_email(
    app: &App,
    me: &SignedIn,
    address: ClientAddress,
    form: &EmailForm,
) -> Result<()> {
    let email = match form.email.trim() {
        "" => None,
        email => Some(Email::parse(email)?),
    };
    let current = Password::presented(&form.current);
    let from = Requester { address: address.0 };
    app.accounts
        .set_email(me.actor, email, &current, from)
        .await
}

/// `POST /settings/found`
pub(in crate::transport::pages) async fn save_found(
    State(app): State<App>,
    me: SignedIn,
    Form(form): Form<FoundForm>,
) -> Result<Response, PageError> {
    let is_listed = form.listed.is_some();
    app.accounts.set_listed(me.actor, is_listed).await?;
    saved(&me, "Saved.", "found").await
}
