//! People: finding them by name, blocking and unblocking them from wherever they are shown.

use super::chat::see_person;
use super::person_row::PersonRow;
use super::problems::{Heading, OnField, PageError, Problem};
use super::visitor::is_local_path;
use super::{Flash, Page, show_as};
use crate::app::App;
use crate::conversations::With;
use crate::error::Result;
use crate::model::UserId;
use crate::transport::errors::{code_and_status, field, log_fault};
use crate::transport::identity::SignedIn;
use crate::transport::limiter::Limiter;
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "pages/people.html")]
struct PeoplePage {
    page: Page,
    q: String,
    /// Nothing where nobody was looked for.
    found: Option<Vec<PersonRow>>,
    /// What the script copies.
    blank: PersonRow,
    problem: Option<Problem>,
}

impl PeoplePage {
    /// Whether somebody was looked for, in vain.
    fn found_nobody(&self) -> bool {
        self.found.as_ref().is_some_and(Vec::is_empty)
    }
}

/// What somebody looks for.
#[derive(Deserialize)]
pub(super) struct Search {
    #[serde(default)]
    q: String,
}

/// What the script is told of somebody.
#[derive(Serialize)]
pub(super) struct Found {
    user_id: i64,
    name: String,
    username: String,
    initial: String,
    hue: i64,
    online: bool,
}

/// `GET /people?q=`
pub(super) async fn search(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    me: SignedIn,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let outcome = match search.q.trim() {
        "" => None,
        _ => Some(people(&app, &limiter, &me, &search.q).await),
    };
    let (found, problem) = match outcome {
        None => (None, None),
        Some(Ok(found)) => (Some(found), None),
        Some(Err(error)) => (None, Some(Problem::of(error, "q")?)),
    };
    let heading = problem.as_ref().map_or(Heading::OK, |p| p.heading);
    let template = PeoplePage {
        page: me.page(&app, "Find people", "contacts").await?,
        q: search.q.chars().take(200).collect(),
        found,
        blank: PersonRow::default(),
        problem,
    };
    show_as(heading, &template)
}

/// `GET /people.json?q=`: the same, while somebody types.
pub(super) async fn search_json(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    me: SignedIn,
    Query(search): Query<Search>,
) -> Response {
    match people(&app, &limiter, &me, &search.q).await {
        Ok(found) => {
            let found: Vec<_> = found.into_iter().map(Found::from).collect();
            Json(found).into_response()
        }
        Err(error) => {
            log_fault(&error);
            let (_, status) = code_and_status(&error);
            let body = serde_json::json!({ "message": error.to_string(), "field": field(&error) });
            (status, Json(body)).into_response()
        }
    }
}

impl From<PersonRow> for Found {
    fn from(row: PersonRow) -> Self {
        Self {
            user_id: row.user_id,
            name: row.name,
            username: row.username,
            initial: row.initial,
            hue: row.hue,
            online: row.online,
        }
    }
}

async fn people(app: &App, limiter: &Limiter, me: &SignedIn, q: &str) -> Result<Vec<PersonRow>> {
    limiter.admit_search(me.actor.user)?;
    let found = app.accounts.search_people(me.actor, q).await?;
    let mut rows: Vec<_> = found.iter().map(PersonRow::of_profile).collect();
    for row in &mut rows {
        see_person(app, row);
    }
    Ok(rows)
}

/// `POST /people/{id}/open`: begins a talk with somebody who was found, or goes on with it.
pub(super) async fn open(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
) -> Result<Redirect, PageError> {
    let person = app.accounts.found_person(me.actor, UserId(id)).await?;
    let conversation = app
        .conversations
        .open(me.actor, With::Found(person))
        .await?;
    Ok(Redirect::to(&format!("/chats/{}", conversation.id)))
}

/// Where the button stood.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

impl Back {
    fn redirect(&self) -> Redirect {
        Redirect::to(if is_local_path(&self.back) {
            &self.back
        } else {
            "/settings"
        })
    }
}

/// `POST /people/{id}/block`
pub(super) async fn block(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Back>,
) -> Result<Redirect, PageError> {
    app.accounts.block(me.actor, UserId(id)).await?;
    me.visitor
        .flash(Flash::done(
            "Blocked. You will not hear from them any more.",
        ))
        .await?;
    Ok(form.redirect())
}

/// `POST /people/{id}/unblock`
pub(super) async fn unblock(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Back>,
) -> Result<Redirect, PageError> {
    app.accounts.unblock(me.actor, UserId(id)).await?;
    me.visitor
        .flash(Flash::done("Unblocked. You can write to each other again."))
        .await?;
    Ok(form.redirect())
}

#[cfg(test)]
mod tests {
    use super::super::samples::person;
    use super::*;

    fn rendered(found: Option<Vec<PersonRow>>) -> String {
        PeoplePage {
            page: Page::sample("Find people"),
            q: "<an".into(),
            found,
            blank: PersonRow::default(),
            problem: None,
        }
        .render()
        .expect("it renders")
    }

    #[test]
    fn who_was_found_can_be_written_to_and_nobody_is_said_to_be_nobody() {
        let html = rendered(Some(vec![PersonRow::of_profile(&person(2, "<Ana>"))]));
        assert!(html.contains("/people/2/open") && html.contains("&#60;Ana&#62;"));
        assert!(html.contains(r#"id="nobody" hidden"#));
        let html = rendered(Some(vec![]));
        assert!(html.contains("Nobody was found") && !html.contains(r#"id="nobody" hidden"#));
        assert!(rendered(None).contains(r#"id="nobody" hidden"#));
    }
}
