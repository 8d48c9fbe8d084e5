//! One line per request: an id, what was asked for and what came of it. Never a query string, a
//! body, an address or a number.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderValue;
use std::time::Instant;
use tracing::Instrument;

/// The one address that is a secret: what a mail about a forgotten password leads to.
pub(super) const SECRET_PATH: &str = "/reset/";

const REQUEST_ID: &str = "x-request-id";

/// Logs a request and gives its answer an `X-Request-Id`, by which a report finds its line. Nobody reports a
/// file, of which a page has twenty.
pub(super) async fn log(request: Request, next: Next) -> Response {
    let id = format!("{:016x}", rand::random::<u64>());
    let span = tracing::info_span!(
        "request",
        %id,
        method = %request.method(),
        path = shown(request.uri().path()),
    );
    let is_file = request.uri().path().starts_with("/static/");
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    if !is_file && let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let status = response.status().as_u16();
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        if response.status().is_server_error() {
            tracing::warn!(status, duration_ms, "answered");
        } else {
            tracing::debug!(status, duration_ms, "answered");
        }
    });
    response
}

/// A path as the log may have it.
fn shown(path: &str) -> &str {
    if path.starts_with(SECRET_PATH) {
        SECRET_PATH
    } else {
        path
    }
}
