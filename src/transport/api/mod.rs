//! REST under `/api`, for programs. It ignores the cookie: whoever acts says so in a header.

mod accounts;
mod auth;
mod fields;
mod guests;
mod phone;
mod token;

use super::errors::ApiError;
use crate::app::App;
use crate::error::Error;
use axum::extract::{FromRequest, Request};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Json, Router};
use fields::ApiRefusal;
use http::{HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;

pub(super) fn routes(app: &App) -> Router<App> {
    let guests = if app.config.matching.enabled {
        at(Router::new(), "/guests", post(guests::create))
    } else {
        Router::new()
    };
    [
        ("/register", post(accounts::register)),
        ("/token", get(token::create)),
        ("/update", post(accounts::update)),
        ("/forgot-password", post(accounts::forgot_password)),
        ("/reset-password", post(accounts::reset_password)),
        ("/phone", post(phone::start)),
        ("/phone/verify", post(phone::verify)),
        ("/phone/finish", post(phone::finish)),
    ]
    .into_iter()
    .fold(guests, |router, (path, methods)| at(router, path, methods))
    .layer(map_response(never_keep))
    .fallback(not_found)
    .method_not_allowed_fallback(not_allowed)
}

/// Every address may end in a slash.
fn at(router: Router<App>, path: &str, methods: MethodRouter<App>) -> Router<App> {
    router
        .route(path, methods.clone())
        .route(&format!("{path}/"), methods)
}

/// Answers hold tokens, and what is one person's only.
async fn never_keep(mut response: Response) -> Response {
    let no_store = HeaderValue::from_static("no-store");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, no_store);
    response
}

/// What is not there, in the words of this dialect.
pub(super) async fn not_found() -> impl IntoResponse {
    ApiRefusal::of(StatusCode::NOT_FOUND, "Not found")
}

async fn not_allowed() -> ApiRefusal {
    let words = "The method is not allowed for the requested URL.";
    ApiRefusal::of(StatusCode::METHOD_NOT_ALLOWED, words)
}

/// A JSON body; a malformed one is refused in the words of this dialect.
struct Body<T>(T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        match Json::<T>::from_request(request, app).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(ApiError(
                Error::TooLarge("The request is too large.".into()),
            )),
            Err(_) => Err(ApiError(Error::invalid(
                "body",
                "The body is not the JSON that is expected, or not sent as application/json.",
            ))),
        }
    }
}
