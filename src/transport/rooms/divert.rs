//! Which requests are for the account addresses of this dialect, and which for the pages of the same name.
//!
//! Three of the addresses have pages too. A program says that it is one: by sending what no form of ours does, by
//! a header that scripts send, or by a token; or it is known by sending nothing that every browser sends. It
//! never acts by the cookie, so that another site has nothing to use here.

use super::super::bodies::kind_of;
use super::accounts;
use crate::app::App;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{HeaderMap, Method, header};
use tower::ServiceExt;

pub(in super::super) fn account_routes() -> Router<App> {
    Router::new()
        .route("/register", post(accounts::register))
        .route("/login", post(accounts::login))
        .route("/logout", post(accounts::logout))
        .route("/profile", get(accounts::profile))
        .method_not_allowed_fallback(accounts::not_allowed)
}

/// Gives what is for this dialect to its routes, and everything else on.
pub(in super::super) async fn divert(
    State(routes): State<Router>,
    request: Request,
    next: Next,
) -> Response {
    let is_ours = match request.uri().path() {
        "/profile" => true,
        "/register" | "/login" | "/logout" => {
            is_from_a_program(request.headers())
                || (request.method() == Method::POST && !is_from_a_browser(request.headers()))
        }
        _ => false,
    };
    if is_ours {
        routes.oneshot(request).await.into_response()
    } else {
        next.run(request).await
    }
}

fn is_from_a_program(headers: &HeaderMap) -> bool {
    let is_script = headers
        .get("x-requested-with")
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"xmlhttprequest"));
    is_script
        || headers.contains_key(header::AUTHORIZATION)
        || ["application/json", "multipart/form-data"].contains(&kind_of(headers).as_str())
}

/// With a form that they post, browsers say where it stood, and pages of ours have given them a cookie.
fn is_from_a_browser(headers: &HeaderMap) -> bool {
    [
        header::ORIGIN.as_str(),
        "sec-fetch-site",
        header::COOKIE.as_str(),
    ]
    .iter()
    .any(|name| headers.contains_key(*name))
}
