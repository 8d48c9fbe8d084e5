//! What a program sends along: JSON or a form, whichever it says. What a dialect makes of what is missing
//! or broken is its own affair.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Multipart, Request};
use axum::response::IntoResponse;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

/// A body that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sent {
    /// Nothing, or nothing that says what it is.
    Nothing,
    /// JSON of any kind.
    Json(Value),
    /// The fields of a form, in their order. Files are none.
    Form(Vec<(String, String)>),
}

/// Why a body cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// It is not the JSON that it is said to be; what is wrong with it, and where.
    Json(String),
    /// It is not the form that it is said to be.
    Form,
    /// It is of that kind, which nobody here reads.
    Kind(String),
    /// There is too much of it.
    TooLarge,
}

/// Reads the body of a request, by what it says to be.
pub(super) async fn read(request: Request<Body>) -> Result<Sent, Unreadable> {
    let kind = kind_of(request.headers());
    match kind.as_str() {
        "multipart/form-data" => read_multipart(request).await,
        "application/x-www-form-urlencoded" => {
            let bytes = read_bytes(request).await?;
            Ok(Sent::Form(pairs(&bytes)))
        }
        "application/json" => {
            let bytes = read_bytes(request).await?;
            let value = serde_json::from_slice(&bytes);
            value
                .map(Sent::Json)
                .map_err(|error| Unreadable::Json(error.to_string()))
        }
        other => match read_bytes(request).await? {
            bytes if bytes.is_empty() => Ok(Sent::Nothing),
            _ => Err(Unreadable::Kind(other.to_owned())),
        },
    }
}

/// The fields of a query or of a form.
pub(super) fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded).into_owned().collect()
}

/// What a body says to be, without its parameters.
pub(super) fn kind_of(headers: &HeaderMap) -> String {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let kind = value.unwrap_or_default().split(';').next();
    kind.unwrap_or_default().trim().to_ascii_lowercase()
}

async fn read_bytes(request: Request<Body>) -> Result<Bytes, Unreadable> {
    let bytes = Bytes::from_request(request, &()).await;
    bytes.map_err(|rejection| broken(rejection.status()))
}

async fn read_multipart(request: Request<Body>) -> Result<Sent, Unreadable> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Unreadable::Form)?;
    let mut fields = Vec::new();
    loop {
        let part = form.next_field().await;
        let Some(part) = part.map_err(|error| broken(error.into_response().status()))? else {
            return Ok(Sent::Form(fields));
        };
        let name = part.name().unwrap_or_default().to_owned();
        if part.file_name().is_some() {
            continue;
        }
        let text = part.text().await;
        fields.push((
            name,
            text.map_err(|error| broken(error.into_response().status()))?,
        ));
    }
}

fn broken(status: StatusCode) -> Unreadable {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        Unreadable::TooLarge
    } else {
        Unreadable::Form
    }
}
