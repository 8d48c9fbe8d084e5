//! What an error is called outside: its code and status in each dialect, in one `match`.

use crate::error::Error;
use crate::metrics::{Fault, metrics};
use axum::Json;
use axum::response::{IntoResponse, Response};
use chinwag_protocol::api::Refused;
use chinwag_protocol::socketio::{Failure, Refusal};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use std::time::Duration;

/// The code for programs (protocol page, section 3) and the HTTP status.
pub(super) fn code_and_status(error: &Error) -> (&'static str, StatusCode) {
    match error {
        Error::Invalid { .. } => ("invalid", StatusCode::BAD_REQUEST),
        Error::TooLarge(_) => ("too_large", StatusCode::PAYLOAD_TOO_LARGE),
        Error::NotSignedIn => ("not_authenticated", StatusCode::UNAUTHORIZED),
        Error::Suspended(_) => ("suspended", StatusCode::FORBIDDEN),
        Error::NotFound | Error::Missing(_) => ("not_found", StatusCode::NOT_FOUND),
        Error::Forbidden(_) | Error::NotYours(_) | Error::Banned(_) => {
            ("forbidden", StatusCode::FORBIDDEN)
        }
        Error::Blocked => ("blocked", StatusCode::FORBIDDEN),
        Error::Conflict { .. } => ("conflict", StatusCode::CONFLICT),
        Error::ClientIdConflict => ("client_id_conflict", StatusCode::CONFLICT),
        Error::Gone(_) | Error::TooManyTries | Error::Ended => ("ended", StatusCode::GONE),
        Error::RateLimited { .. } => ("rate_limited", StatusCode::TOO_MANY_REQUESTS),
        Error::Overloaded => ("overloaded", StatusCode::SERVICE_UNAVAILABLE),
        Error::Stopping | Error::Unavailable(_) => ("unavailable", StatusCode::SERVICE_UNAVAILABLE),
        Error::ProviderFailed => ("unavailable", StatusCode::BAD_GATEWAY),
        Error::Database(_) | Error::Internal(_) => {
            ("unavailable", StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Counts a refusal, and writes the cause of a fault of ours to the log: once, where it is answered.
pub(super) fn log_fault(error: &Error) {
    metrics().refused(code_and_status(error).0);
    if error.is_fault() {
        metrics().fault(Fault::Internal);
    }
    match error {
        Error::Database(cause) => tracing::error!(%cause, "the database failed"),
        Error::Internal(cause) => {
            tracing::error!(cause = %format!("{cause:#}"), "an internal fault")
        }
        _ => {}
    }
}

/// The acknowledgement of a refused event.
pub(super) fn refusal(error: &Error) -> Refusal {
    log_fault(error);
    let (code, _) = code_and_status(error);
    Refusal {
        ok: false,
        error: Failure {
            code: code.into(),
            message: error.to_string(),
            retryable: matches!(code, "rate_limited" | "overloaded" | "unavailable"),
            retry_after_ms: retry_after(error)
                .map(|wait| u64::try_from(wait.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX)),
            field: field(error).map(Into::into),
        },
    }
}

/// When it is worth trying again, where that is known.
pub(super) fn retry_after(error: &Error) -> Option<Duration> {
    match error {
        Error::RateLimited { retry_after, .. } => Some(*retry_after),
        // What waits is done by then.
        Error::Overloaded => Some(Duration::from_secs(2)),
        _ => None,
    }
}

/// A wait as `Retry-After` has it: whole seconds, never too few.
pub(super) fn seconds(wait: Duration) -> HeaderValue {
    let seconds = u64::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX);
    HeaderValue::from(seconds.max(1))
}

/// The field that an error is about, if it is about one.
pub(super) fn field(error: &Error) -> Option<&'static str> {
    match error {
        Error::Invalid { field, .. } | Error::Conflict { field, .. } => Some(field),
        _ => None,
    }
}

/// An error as the REST interface tells it: `{"message": …}`, by field where one is wrong.
pub(super) struct ApiError(pub(super) Error);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        log_fault(&self.0);
        let message = match &self.0 {
            Error::Invalid { field, message } => json!({ (*field): message }),
            Error::NotFound => json!("Not found"),
            // What it is called in this dialect.
            Error::ClientIdConflict => {
                json!("This Idempotency-Key already names another message.")
            }
            error => json!(error.to_string()),
        };
        // A taken name is a 400 in this dialect.
        let status = match code_and_status(&self.0) {
            ("conflict", _) => StatusCode::BAD_REQUEST,
            (_, status) => status,
        };
        let mut response = (status, Json(Refused { message })).into_response();
        if let Some(wait) = retry_after(&self.0) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds(wait));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_sent_away_for_now_is_told_when_to_come_back() {
        let response = ApiError(Error::Overloaded).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    }
}
