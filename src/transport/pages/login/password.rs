//! Signing in with a password, and making an account that has one.

use super::super::form_token::FormToken;
use super::super::problems::{OnField, PageError, Problem};
use super::super::visitor::is_local_path;
use super::super::{Flash, Page, show, show_as};
use super::from;
use crate::accounts::{NewAccount, Password, PasswordCheck};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{DisplayName, Email, UserId, Username};
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use crate::transport::limiter::Limiter;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "pages/login.html")]
struct LoginPage {
    page: Page,
    form_token: String,
    login: String,
    keep: bool,
    next: Option<String>,
    /// Whether a forgotten password can be reset here.
    mail: bool,
    problem: Option<Problem>,
}

#[derive(Template)]
#[template(path = "pages/register.html")]
struct RegisterPage {
    page: Page,
    form_token: String,
    name: String,
    username: String,
    email: String,
    next: Option<String>,
    problem: Option<Problem>,
}

/// Where to go after signing in, and what led here.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct Next {
    next: Option<String>,
    why: Option<String>,
}

/// The form that signs in.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct LoginForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    keep: Option<String>,
    next: Option<String>,
}

/// The form that makes an account.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct RegisterForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    next: Option<String>,
}

/// `GET /login`
pub(in crate::transport::pages) async fn login_page(
    State(app): State<App>,
    Extension(token): Extension<FormToken>,
    visitor: Visitor,
    Query(query): Query<Next>,
) -> Result<Response, PageError> {
    if visitor.person().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    let form = LoginForm {
        keep: Some("on".into()),
        next: query.next,
        ..LoginForm::default()
    };
    let mut template = login_template(&app, &token, form, None);
    template.page.flash = (query.why.as_deref() == Some("reset"))
        .then(|| Flash::done("Your password was changed. Sign in with the new one."));
    show(&template)
}

/// `POST /login`
pub(in crate::transport::pages) async fn sign_in(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    Extension(token): Extension<FormToken>,
    visitor: Visitor,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    let outcome = match token.check(&form.form_token) {
        Ok(()) => try_sign_in(&app, address, &form).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(user) => enter(&visitor, user, form.keep.is_some(), form.next).await,
        Err(error) => {
            let problem = Problem::of(error, "password")?;
            let heading = problem.heading;
            show_as(heading, &login_template(&app, &token, form, Some(problem)))
        }
    }
}

async fn try_sign_in(app: &App, address: ClientAddress, form: &LoginForm) -> Result<UserId> {
    let login = form.login.trim();
    if login.is_empty() {
        let words = "Please give your username or your e-mail address.";
        return Err(Error::invalid("login", words));
    }
    let login = match login.strip_prefix('@') {
        Some(username) => username,
        None => login,
    };
    let password = Password::presented(&form.password);
    let check = app
        .accounts
        .sign_in_by_password(login, &password, from(address))
        .await;
    match check {
        Ok(PasswordCheck::Right(user)) => Ok(user),
        Err(Error::Suspended) => Err(Error::Forbidden("This account is suspended.")),
        Err(error) => Err(error),
        // The same for both, so that nobody learns here who has an account.
        Ok(PasswordCheck::UnknownLogin | PasswordCheck::WrongPassword) => Err(Error::invalid(
            "password",
            "That name and that password do not belong together.",
        )),
    }
}

fn login_template(
    app: &App,
    token: &FormToken,
    form: LoginForm,
    problem: Option<Problem>,
) -> LoginPage {
    LoginPage {
        page: Page::new(&app.config, "Sign in"),
        form_token: token.value(),
        login: form.login,
        keep: form.keep.is_some(),
        next: form.next.filter(|next| is_local_path(next)),
        mail: app.accounts.sends_mail(),
        problem,
    }
}

/// `GET /register`
pub(in crate::transport::pages) async fn register_page(
    State(app): State<App>,
    Extension(token): Extension<FormToken>,
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
    show(&register_template(&app, &token, form, None))
}

/// `POST /register`: whoever makes an account is signed in.
pub(in crate::transport::pages) async fn register(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Extension(token): Extension<FormToken>,
    visitor: Visitor,
    Form(form): Form<RegisterForm>,
) -> Result<Response, PageError> {
    let outcome = match token.check(&form.form_token) {
        Ok(()) => try_register(&app, &limiter, address, &form).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(user) => enter(&visitor, user, true, form.next).await,
        Err(error) => {
            let problem = Problem::of(error, "name")?;
            let heading = problem.heading;
            show_as(
                heading,
                &register_template(&app, &token, form, Some(problem)),
            )
        }
    }
}

async fn try_register(
    app: &App,
    limiter: &Limiter,
    address: ClientAddress,
    form: &RegisterForm,
) -> Result<UserId> {
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
    Ok(app.accounts.register(new).await?.id)
}

fn register_template(
    app: &App,
    token: &FormToken,
    form: RegisterForm,
    problem: Option<Problem>,
) -> RegisterPage {
    RegisterPage {
        page: Page::new(&app.config, "Create an account"),
        form_token: token.value(),
        name: form.name,
        username: form.username,
        email: form.email,
        next: form.next.filter(|next| is_local_path(next)),
        problem,
    }
}

/// A new password, typed the same way twice.
pub(in crate::transport::pages) fn twice(password: &str, again: &str) -> Result<Password> {
    let parsed = Password::parse(password)?;
    if password == again {
        Ok(parsed)
    } else {
        let words = "The two passwords are not the same.";
        Err(Error::invalid("again", words))
    }
}

/// Signs somebody in, and leads to where they wanted.
async fn enter(
    visitor: &Visitor,
    user: UserId,
    keep: bool,
    next: Option<String>,
) -> Result<Response, PageError> {
    visitor.sign_in(user, keep).await?;
    let next = next.filter(|next| is_local_path(next));
    Ok(Redirect::to(next.as_deref().unwrap_or("/chats")).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_in_page_keeps_what_was_typed_but_the_password() {
        let html = LoginPage {
            page: Page::sample("Sign in"),
            form_token: "f0".into(),
            login: "<ana>".into(),
            keep: true,
            next: Some("/chats/7".into()),
            mail: true,
            problem: Problem::of(Error::invalid("password", "No."), "password").ok(),
        }
        .render()
        .expect("it renders");
        assert!(html.contains(r#"value="&#60;ana&#62;""#) && html.contains("password-error"));
        assert!(html.contains(r#"value="/chats/7""#) && html.contains(r#"href="/forgot""#));
        assert!(html.contains(r#"name="form_token" value="f0""#));
    }

    #[test]
    fn a_new_password_is_typed_the_same_way_twice() {
        assert!(twice("12345678", "12345678").is_ok());
        assert!(twice("12345678", "12345679").is_err());
        assert!(twice("1234567", "1234567").is_err());
    }
}
