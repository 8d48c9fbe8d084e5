//! A new person, once the number is proved: a name, and a username if they have a wish.

use super::super::problems::{OnField, PageError, Problem};
use super::super::{Page, show, show_as};
use super::{Back, first_greeting};
use crate::accounts::Token;
use crate::app::App;
use crate::error::Error;
use crate::model::{DisplayName, Profile, Username};
use crate::transport::identity::Visitor;
use askama::Template;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pages/welcome.html")]
struct WelcomePage {
    page: Page,
    name: String,
    username: String,
    problem: Option<Problem>,
}

/// The form of a new person.
#[derive(Default, Deserialize)]
pub(in crate::transport::pages) struct WelcomeForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    username: String,
}

/// `GET /welcome`
pub(in crate::transport::pages) async fn welcome_page(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, PageError> {
    match visitor.signup().await? {
        Some(signup) if app.accounts.can_sign_up(&signup).await? => {
            let form = WelcomeForm {
                name: known_name(&app, &visitor).await?.unwrap_or_default(),
                ..WelcomeForm::default()
            };
            show(&welcome_template(&app, form, None))
        }
        _ => Ok(Back::Unproved.to_number()),
    }
}

/// A guest may have said already what people are to call them.
async fn known_name(app: &App, visitor: &Visitor) -> crate::error::Result<Option<String>> {
    match visitor.actor().await? {
        Some(guest) => app.conversations.chosen_name(guest).await,
        None => Ok(None),
    }
}

/// `POST /welcome`
pub(in crate::transport::pages) async fn finish(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<WelcomeForm>,
) -> Result<Response, PageError> {
    let Some(signup) = visitor.signup().await? else {
        return Ok(Back::Unproved.to_number());
    };
    match try_finish(&app, signup, &form).await {
        Ok(person) => {
            let keep = visitor.keeps_signed_in().await?;
            let words = first_greeting(&person);
            let next = visitor.enter(person.id, keep, &words).await?;
            Ok(Redirect::to(&next).into_response())
        }
        Err(Error::Gone(_)) => Ok(Back::Stale.to_number()),
        Err(error) => {
            let problem = Problem::of(error, "name")?;
            show_as(
                problem.heading,
                &welcome_template(&app, form, Some(problem)),
            )
        }
    }
}

async fn try_finish(app: &App, signup: Token, form: &WelcomeForm) -> crate::error::Result<Profile> {
    let name = DisplayName::parse(&form.name)?;
    let username = match form.username.trim() {
        "" => None,
        chosen => Some(Username::parse(chosen.strip_prefix('@').unwrap_or(chosen))?),
    };
    app.accounts.finish_signup(&signup, name, username).await
}

fn welcome_template(app: &App, form: WelcomeForm, problem: Option<Problem>) -> WelcomePage {
    WelcomePage {
        page: Page::new(&app.config, "Welcome"),
        name: form.name,
        username: form.username,
        problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_page_shows_its_problem_beside_the_field() {
        let html = WelcomePage {
            page: Page::sample("Welcome"),
            name: "Ana".into(),
            username: "ana".into(),
            problem: Problem::of(Error::conflict("username", "It is taken."), "name").ok(),
        }
        .render()
        .expect("it renders");
        assert!(html.contains("username-error") && !html.contains("name-error\"> "));
    }
}
