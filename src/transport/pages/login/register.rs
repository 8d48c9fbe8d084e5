//! Making an account that has a password: the second form of the page that signs in.

use super::super::problems::{PageError, Problem};
use super::super::show;
use super::first_greeting;
use super::password::{LoginPage, Next, onward, twice};
use crate::accounts::NewAccount;
use crate::app::App;
use crate::error::Result;
use crate::model::{DisplayName, Email, Profile, Username};
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use crate::transport::limiter::Limiter;
use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

/// The form that makes an account.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct RegisterForm {
    #[serde(default)]
    pub(super) name: String,
    #[serde(default)]
    pub(super) username: String,
    #[serde(default)]
    pub(super) email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    pub(super) next: Option<String>,
}

/// `GET /register`
pub(in crate::transport::pages) async fn register_page(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Next>,
) -> Result<Response, PageError> {
    if visitor.person().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    let form = RegisterForm {
        next: query.next,
        ..RegisterForm::default()
    };
    show(&LoginPage::for_new(&app, form))
}

/// `POST /register`: whoever makes an account is signed in.
pub(in crate::transport::pages) async fn register(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    Extension(limiter): Extension<Arc<Limiter>>,
    visitor: Visitor,
    Form(form): Form<RegisterForm>,
) -> Result<Response, PageError> {
    match try_register(&app, &limiter, address, &form).await {
        Ok(person) => {
            let words = first_greeting(&person);
            visitor.welcome(person.id, true, &words).await?;
            Ok(onward(form.next))
        }
        Err(error) => {
            let mut problem = Problem::of(error, "name")?;
            if problem.field == "password" {
                // The form beside it has a field of that name.
                problem.field = "new-password";
            }
            LoginPage::for_new(&app, form).refused("The account was not created.", problem)
        }
    }
}

async fn try_register(
    app: &App,
    limiter: &Limiter,
    address: ClientAddress,
    form: &RegisterForm,
) -> Result<Profile> {
    let username = form.username.trim();
    let new = NewAccount {
        name: DisplayName::parse(&form.name)?,
        username: Username::parse(username.strip_prefix('@').unwrap_or(username))?,
        email: match form.email.trim() {
            "" => None,
            email => Some(Email::parse(email)?),
        },
        password: twice(&form.password, &form.again)?,
    };
    limiter.admit_signup(address.0)?;
    app.accounts.register(new).await
}
