//! What could not be done: beside the field that it belongs to, or as a page of its own.

use super::{Page, show_as};
use crate::app::App;
use crate::error::Error;
use crate::transport::errors::{add_retry_after, log_fault};
use crate::transport::identity::Visitor;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use std::time::Duration;

/// A refusal beside a field of a form.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) field: &'static str,
    pub(super) message: String,
    pub(super) status: StatusCode,
}

impl Problem {
    /// What the person can mend or wait for, beside the field it names or else beside `field`; an
    /// error that has nothing to do with the form goes on.
    pub(super) fn of(error: Error, field: &'static str) -> Result<Self, PageError> {
        let status = status_of(&error);
        let message = message_of(&error);
        match error {
            Error::Invalid { field, .. } | Error::Conflict { field, .. } => Ok(Self {
                field,
                message,
                status,
            }),
            Error::TooLarge(_)
            | Error::RateLimited { .. }
            | Error::Blocked
            | Error::Ended
            | Error::Forbidden(_)
            | Error::ClientIdConflict
            | Error::Overloaded
            | Error::Unavailable(_)
            | Error::ProviderFailed => Ok(Self {
                field,
                message,
                status,
            }),
            other => Err(PageError(other)),
        }
    }
}

/// Asked by templates.
pub(super) trait OnField {
    /// Whether the problem is with that field.
    fn is_on(&self, field: &str) -> bool;
}

impl OnField for Option<Problem> {
    fn is_on(&self, field: &str) -> bool {
        self.as_ref().is_some_and(|problem| problem.field == field)
    }
}

/// An error on its way to a page of its own.
#[derive(Debug)]
pub(super) struct PageError(pub(super) Error);

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for PageError {
    /// Without a page yet: [`show`] knows who looks, and in which colours.
    fn into_response(self) -> Response {
        let mut response = status_of(&self.0).into_response();
        response.extensions_mut().insert(Arc::new(self.0));
        response
    }
}

/// Nothing is at this address.
pub(in crate::transport) async fn not_found(State(app): State<App>, visitor: Visitor) -> Response {
    page_of(&app, &visitor, &Error::NotFound).await
}

/// Gives each [`PageError`] its page; whoever must sign in is sent there.
pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    match response.extensions().get::<Arc<Error>>() {
        None => response,
        Some(error) if matches!(**error, Error::NotSignedIn) => {
            Redirect::to("/login/phone").into_response()
        }
        Some(error) => page_of(&app, &visitor, error).await,
    }
}

async fn page_of(app: &App, visitor: &Visitor, error: &Error) -> Response {
    log_fault(error);
    let page = Page::new(&app.config, title_of(error));
    let account = match visitor.actor().await {
        Ok(Some(actor)) => app.accounts.account(actor.user).await.ok(),
        _ => None,
    };
    let template = ProblemPage {
        page: match &account {
            Some(account) => page.of(account),
            None => page,
        },
        message: message_of(error),
    };
    let mut shown =
        show_as(status_of(error), &template).unwrap_or_else(|_| status_of(error).into_response());
    add_retry_after(&mut shown, error);
    shown
}

/// The status of a page for this error.
pub(super) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Invalid { .. } | Error::TooLarge(_) | Error::Ended | Error::Gone(_) => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Error::Conflict { .. } | Error::ClientIdConflict => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotSignedIn => StatusCode::UNAUTHORIZED,
        Error::Suspended | Error::Forbidden(_) | Error::Blocked => StatusCode::FORBIDDEN,
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Overloaded | Error::Unavailable(_) | Error::ProviderFailed => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Database(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn title_of(error: &Error) -> &'static str {
    match error {
        Error::NotFound => "Nothing here",
        Error::RateLimited { .. } => "Too fast",
        Error::Overloaded | Error::Unavailable(_) | Error::ProviderFailed => "Please try later",
        Error::Database(_) | Error::Internal(_) => "Something went wrong",
        _ => "That was not possible",
    }
}

/// The sentence for a person, with the time to wait where there is one.
pub(super) fn message_of(error: &Error) -> String {
    match error {
        Error::ProviderFailed => {
            "The code could not be sent just now. Nothing was lost: please try again in a moment."
                .into()
        }
        Error::NotFound => "There is no such page, or it is not yours to see.".into(),
        Error::RateLimited { retry_after, .. } => {
            format!("{error} Try again in {}.", wait_words(*retry_after))
        }
        _ => error.to_string(),
    }
}

/// `30 seconds`, `5 minutes`, `2 hours`: rounded up, so that it is never too soon.
pub(super) fn wait_words(wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let (count, unit) = match seconds {
        0..=90 => (seconds, "second"),
        91..=5_400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[derive(Template)]
#[template(path = "pages/problem.html")]
struct ProblemPage {
    page: Page,
    message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_told_in_round_words_and_never_too_short() {
        let words = [0, 1, 30, 91, 3_600, 5_401].map(|s| wait_words(Duration::from_secs(s)));
        assert_eq!(
            words,
            [
                "1 second",
                "1 second",
                "30 seconds",
                "2 minutes",
                "60 minutes",
                "2 hours"
            ]
        );
    }

    #[test]
    fn a_problem_is_shown_as_text() {
        let page = Page::sample("Nothing here");
        let html = ProblemPage {
            page,
            message: "<script>".into(),
        }
        .render()
        .expect("it renders");
        assert!(html.contains("&#60;script&#62;"));
    }
}
