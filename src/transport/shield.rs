//! What every answer tells browsers to refuse, and what we refuse of browsers.

use super::log::SECRET_PATH;
use super::origin::Origins;
use crate::config::Config;
use crate::metrics::metrics;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, header};

/// The headers of every answer.
#[derive(Clone)]
pub(super) struct Shield {
    policy: HeaderValue,
    secure: bool,
}

impl Shield {
    pub(super) fn new(config: &Config) -> Self {
        let origin = config.origin();
        // Older browsers do not count a WebSocket to the same host as 'self'.
        let socket = origin.replacen("http", "ws", 1);
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
             font-src 'self'; connect-src 'self' {socket}; manifest-src 'self'; base-uri 'none'; \
             frame-ancestors 'none'; form-action 'self'; object-src 'none'"
        );
        Self {
            policy: HeaderValue::try_from(policy)
                .unwrap_or(HeaderValue::from_static("default-src 'none'")),
            secure: config.is_secure(),
        }
    }
}

/// Adds them.
pub(super) async fn add_headers(
    State(shield): State<Shield>,
    request: Request,
    next: Next,
) -> Response {
    // Files are no documents: for them the rest would be half a kilobyte of nothing each.
    let is_file = request.uri().path().starts_with("/static/");
    let is_secret = request.uri().path().starts_with(SECRET_PATH);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    if is_file {
        return response;
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, shield.policy);
    // `no-referrer` would turn the Origin of our own forms into `null`. An address that is a secret is not
    // told to our own files either, as a proxy may log who led to them.
    let referrer = if is_secret {
        "strict-origin"
    } else {
        "same-origin"
    };
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    headers.insert(
        "cross-origin-opener-policy",
        HeaderValue::from_static("same-origin"),
    );
    if shield.secure {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Refuses what would change something at the wish of another site. `/api` ignores the cookie, so
/// that there is nothing for another site to use there.
pub(super) async fn refuse_foreign(
    State(origins): State<Origins>,
    request: Request,
    next: Next,
) -> Response {
    let harmless = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let ignores_cookie = request.uri().path().starts_with("/api/");
    if harmless || ignores_cookie || origins.admits(request.headers()) {
        next.run(request).await
    } else {
        metrics().refused("foreign_origin");
        (
            StatusCode::FORBIDDEN,
            "This request came from another site.",
        )
            .into_response()
    }
}
