//! What could not be done: beside the field that it belongs to, or as a page of its own.

use super::{Page, show_as};
use crate::app::App;
use crate::error::Error;
use crate::transport::errors::{log_fault, retry_after, seconds};
use crate::transport::identity::Visitor;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, IntoResponseParts, Redirect, Response, ResponseParts};
use std::sync::Arc;
use std::time::Duration;

/// A refusal beside a field of a form.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) field: &'static str,
    pub(super) message: String,
    pub(super) heading: Heading,
}

/// How an answer begins: its status, and when it is worth coming back.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heading {
    status: StatusCode,
    retry_after: Option<Duration>,
}

impl Heading {
    /// All is well.
    pub(super) const OK: Self = Self {
        status: StatusCode::OK,
        retry_after: None,
    };

    /// The status alone.
    pub(super) fn status(self) -> StatusCode {
        self.status
    }

    /// What an error begins with.
    pub(super) fn of(error: &Error) -> Self {
        Self {
            status: status_of(error),
            retry_after: retry_after(error),
        }
    }
}

impl IntoResponseParts for Heading {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        if let Some(wait) = self.retry_after {
            parts
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds(wait));
        }
        Ok(parts)
    }
}

impl Problem {
    /// What the person can mend or wait for, beside the field it names or else beside `field`; an
    /// error that has nothing to do with the form goes on.
    pub(super) fn of(error: Error, field: &'static str) -> Result<Self, PageError> {
        let heading = Heading::of(&error);
        let message = message_of(&error);
        match error {
            Error::Invalid { field, .. } | Error::Conflict { field, .. } => Ok(Self {
                field,
                message,
                heading,
            }),
            Error::TooLarge(_)
            | Error::RateLimited { .. }
            | Error::Blocked
            | Error::Ended
            | Error::Forbidden(_)
            | Error::Banned(_)
            | Error::ClientIdConflict
            | Error::Overloaded
            | Error::Stopping
            | Error::Unavailable(_)
            | Error::ProviderFailed => Ok(Self {
                field,
                message,
                heading,
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
        None if is_not_ours(&response) => page_of(&app, &visitor, &Error::NotFound).await,
        None => response,
        Some(error) if matches!(**error, Error::NotSignedIn) => {
            Redirect::to("/login/phone").into_response()
        }
        Some(error) => page_of(&app, &visitor, error).await,
    }
}

/// Whether the framework refused what it could not read, an id that is no number say, in words that
/// are not for people.
fn is_not_ours(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    response.status() == StatusCode::BAD_REQUEST
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

async fn page_of(app: &App, visitor: &Visitor, error: &Error) -> Response {
    log_fault(error);
    let page = Page::new(&app.config, title_of(error));
    // A guest has no chats to be led to.
    let account = match visitor.person().await {
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
    show_as(Heading::of(error), &template).unwrap_or_else(|_| status_of(error).into_response())
}

/// The status of a page for this error.
pub(super) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Invalid { .. }
        | Error::TooLarge(_)
        | Error::Ended
        | Error::Gone(_)
        | Error::TooManyTries => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Conflict { .. } | Error::ClientIdConflict => StatusCode::UNPROCESSABLE_ENTITY,
        Error::NotSignedIn => StatusCode::UNAUTHORIZED,
        Error::Suspended(_)
        | Error::Forbidden(_)
        | Error::NotYours(_)
        | Error::Banned(_)
        | Error::Blocked => StatusCode::FORBIDDEN,
        Error::NotFound | Error::Missing(_) => StatusCode::NOT_FOUND,
        Error::RateLimited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Overloaded | Error::Stopping | Error::Unavailable(_) | Error::ProviderFailed => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Database(_) | Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn title_of(error: &Error) -> &'static str {
    match error {
        Error::NotFound => "Nothing here",
        Error::Suspended(_) => "Your account is suspended",
        Error::RateLimited { .. } => "Too fast",
        Error::Overloaded | Error::Stopping | Error::Unavailable(_) | Error::ProviderFailed => {
            "Please try later"
        }
        Error::Database(_) | Error::Internal(_) => "Something went wrong",
        _ => "That was not possible",
    }
}

/// The sentence for a person, with the time to wait where there is one.
pub(super) fn message_of(error: &Error) -> String {
    match error {
        Error::ProviderFailed => {
            "The code could not be sent just now. Please try again in a moment.".into()
        }
        Error::NotFound => "There is no such page, or it is not yours to see.".into(),
        _ => error.to_string(),
    }
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
