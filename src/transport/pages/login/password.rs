//! Signing in with a password: the page that also makes accounts, and its first form. The other one is in
//! [`register`](super::register).

use super::super::problems::{OnField, PageError, Problem};
use super::super::visitor::is_local_path;
use super::super::{Flash, Page, show, show_as};
use super::register::RegisterForm;
use super::{from, greeting};
use crate::accounts::{Password, PasswordCheck};
use crate::app::App;
use crate::error::{Error, Result};
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use askama::Template;
use axum::Extension;
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

/// One page for those who have an account and for those who make one: two forms, one of them open.
#[derive(Template)]
#[template(path = "pages/login.html")]
pub(super) struct LoginPage {
    page: Page,
    is_new: bool,
    login: LoginForm,
    new: RegisterForm,
    next: Option<String>,
    /// Whether a forgotten password can be reset here.
    mail: bool,
    problem: Option<Problem>,
}

impl LoginPage {
    /// With the form of those who have an account.
    fn for_known(app: &App, login: LoginForm) -> Self {
        let page = Self::new(app, "Sign in", login.next.clone());
        Self { login, ..page }
    }

    /// With the form of those who have none.
    pub(super) fn for_new(app: &App, new: RegisterForm) -> Self {
        let page = Self::new(app, "Create an account", new.next.clone());
        Self {
            new,
            is_new: true,
            ..page
        }
    }

    fn new(app: &App, title: &str, next: Option<String>) -> Self {
        Self {
            page: Page::new(&app.config, title),
            is_new: false,
            login: LoginForm::fresh(),
            new: RegisterForm::default(),
            next: next.filter(|next| is_local_path(next)),
            mail: app.accounts.sends_mail(),
            problem: None,
        }
    }

    /// Comes back with what was typed: what came of it above, and why beside the field.
    pub(super) fn refused(mut self, words: &str, problem: Problem) -> Result<Response, PageError> {
        let heading = problem.heading;
        self.page.flash = Some(Flash::refused(format!("{words} {}", problem.message)));
        self.problem = Some(problem);
        show_as(heading, &self)
    }
}

/// Where to go after signing in, and what led here.
#[derive(Deserialize)]
pub(in crate::transport::pages) struct Next {
    pub(super) next: Option<String>,
    why: Option<String>,
}

/// The form that signs in.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct LoginForm {
    #[serde(default)]
    login: String,
    #[serde(default)]
    password: String,
    keep: Option<String>,
    next: Option<String>,
}

impl LoginForm {
    /// The empty form. Staying signed in is what most people expect; whoever shares a browser says so.
    fn fresh() -> Self {
        Self {
            keep: Some("on".into()),
            ..Self::default()
        }
    }
}

const RESET: &str = "Your password was changed. Sign in with the new one.";

/// `GET /login`
pub(in crate::transport::pages) async fn login_page(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<Next>,
) -> Result<Response, PageError> {
    if visitor.person().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    let form = LoginForm {
        next: query.next,
        ..LoginForm::fresh()
    };
    let mut page = LoginPage::for_known(&app, form);
    page.page.flash = match query.why.as_deref() {
        Some("reset") => Some(Flash::done(RESET)),
        // It was there before, perhaps by somebody else: who has the mail decides what stays.
        Some("reset-with-number") => Some(Flash::done(format!(
            "{RESET} A phone number signs in to this account too: please look in the settings whether it is yours."
        ))),
        _ => None,
    };
    show(&page)
}

/// `POST /login`
pub(in crate::transport::pages) async fn sign_in(
    State(app): State<App>,
    Extension(address): Extension<ClientAddress>,
    visitor: Visitor,
    Form(form): Form<LoginForm>,
) -> Result<Response, PageError> {
    match try_sign_in(&app, &visitor, address, &form).await {
        Ok(()) => Ok(onward(form.next)),
        Err(error) => {
            let problem = Problem::of(error, "password")?;
            LoginPage::for_known(&app, form).refused("You are not signed in.", problem)
        }
    }
}

async fn try_sign_in(
    app: &App,
    visitor: &Visitor,
    address: ClientAddress,
    form: &LoginForm,
) -> Result<()> {
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
    let entered = match check {
        Ok(PasswordCheck::Right(actor)) => {
            let words = greeting(app, actor.user).await?;
            let keep = form.keep.is_some();
            visitor.welcome_by_password(actor, keep, &words).await
        }
        // The same for both, so that nobody learns here who has an account.
        Ok(PasswordCheck::UnknownLogin | PasswordCheck::WrongPassword) => Err(Error::NotSignedIn),
        Err(error) => Err(error),
    };
    entered.map_err(|error| match error {
        // Or it was their password until a moment ago.
        Error::NotSignedIn => Error::invalid(
            "password",
            "That name and that password do not belong together.",
        ),
        error => error,
    })
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

/// Leads whoever has signed in to where they wanted.
pub(super) fn onward(next: Option<String>) -> Response {
    let next = next.filter(|next| is_local_path(next));
    Redirect::to(next.as_deref().unwrap_or("/chats")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(is_new: bool, field: &'static str) -> String {
        LoginPage {
            page: Page::sample("Sign in"),
            is_new,
            login: LoginForm {
                login: "<ana>".into(),
                password: "typed".into(),
                ..LoginForm::fresh()
            },
            new: RegisterForm::default(),
            next: Some("/chats/7".into()),
            mail: true,
            problem: Problem::of(Error::invalid(field, "No."), "password").ok(),
        }
        .render()
        .expect("it renders")
    }

    #[test]
    fn the_sign_in_page_keeps_what_was_typed_but_the_password() {
        let html = sample(false, "password");
        assert!(html.contains(r#"value="&#60;ana&#62;""#) && html.contains("\"password-error"));
        assert!(html.contains(r#"value="/chats/7""#) && html.contains(r#"href="/forgot""#));
        assert!(html.contains(r#"name="form_token""#) && !html.contains("typed"));
    }

    #[test]
    fn one_of_the_two_forms_is_open_and_has_the_cursor() {
        for (is_new, field) in [(false, "login"), (true, "name")] {
            let html = sample(is_new, field);
            assert_eq!(html.matches("<details").count(), 2);
            assert_eq!(html.matches(" open>").count(), 1);
            assert_eq!(html.matches(" autofocus").count(), 1);
            assert!(html.contains(&format!("id=\"{field}-error\"")));
        }
    }

    #[test]
    fn a_new_password_is_typed_the_same_way_twice() {
        assert!(twice("12345678", "12345678").is_ok());
        assert!(twice("12345678", "12345679").is_err());
        assert!(twice("1234567", "1234567").is_err());
    }
}
