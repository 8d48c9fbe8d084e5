//! How the REST of the rooms refuses: a list of sentences for each field, or `{"detail": …}`.

use crate::error::Error;
use crate::transport::errors::{code_and_status, log_fault, retry_after, seconds};
use axum::Json;
use axum::response::{IntoResponse, Response};
use chinwag_protocol::room_accounts::{Detail, FieldErrors};
use http::{HeaderValue, StatusCode, header};

pub(super) const TAKEN_USERNAME: &str = "A user with that username already exists.";
pub(super) const TAKEN_EMAIL: &str = "A user with that email already exists.";

/// Why something was not done.
pub(super) enum Refused {
    /// What is wrong with the fields.
    Fields(FieldErrors),
    /// One sentence, with that status.
    Detail(StatusCode, String),
    /// No token, or none that is good.
    NoToken(&'static str),
    /// As every refusal.
    Error(Error),
}

impl Refused {
    pub(super) fn bad(sentence: String) -> Self {
        Self::Detail(StatusCode::BAD_REQUEST, sentence)
    }

    /// About no field alone.
    pub(super) fn at_all(sentence: impl Into<String>) -> Self {
        Self::on("non_field_errors", sentence)
    }

    pub(super) fn on(field: &str, sentence: impl Into<String>) -> Self {
        let mut errors = FieldErrors::default();
        errors.of(field).push(sentence.into());
        Self::Fields(errors)
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict { field: "email", .. } => Self::on("email", TAKEN_EMAIL),
            Error::Conflict { .. } => Self::on("username", TAKEN_USERNAME),
            Error::Invalid { field, message } => Self::on(field, message),
            error => Self::Error(error),
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let detail = |detail: String| Json(Detail { detail });
        match self {
            Self::Fields(errors) => (StatusCode::BAD_REQUEST, Json(errors)).into_response(),
            Self::Detail(status, words) => (status, detail(words)).into_response(),
            Self::NoToken(words) => {
                let scheme = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"))];
                let body = detail(words.into());
                (StatusCode::UNAUTHORIZED, scheme, body).into_response()
            }
            Self::Error(error) => {
                log_fault(&error);
                let (_, status) = code_and_status(&error);
                let mut response = (status, detail(error.to_string())).into_response();
                if let Some(wait) = retry_after(&error) {
                    let headers = response.headers_mut();
                    headers.insert(header::RETRY_AFTER, seconds(wait));
                }
                response
            }
        }
    }
}
