//! REST under `/api`, for programs. It ignores the cookie: whoever acts says so in a header.
//!
//! `routes.rs` is the list of everything, by which it is mounted and described.

mod accounts;
mod auth;
mod chats;
mod contacts;
mod dates;
mod description;
mod fields;
mod filters;
mod guests;
mod ids;
mod messages;
mod operations;
mod phone;
mod room_messages;
mod rooms;
mod routes;
mod sessions;
mod sms;
mod token;
mod users;

use super::errors::ApiError;
use crate::app::App;
use crate::error::Error;
use axum::extract::{FromRequest, Request};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use description::Description;
use fields::ApiRefusal;
use http::{HeaderValue, StatusCode, header};
use operations::Operation;
use serde::de::DeserializeOwned;
use std::sync::Arc;

#[cfg(fuzzing)]
pub(super) mod promises {
    pub(crate) use super::auth::promises as basic;
    pub(crate) use super::dates::promises as date;
    pub(crate) use super::fields::promises as fields;
    pub(crate) use super::filters::promises as filter;
}

pub(super) fn routes(app: &App) -> Router<App> {
    let operations = routes::all(app);
    let description = Arc::new(Description::of(&operations));
    operations
        .into_iter()
        .fold(Router::new(), |router, Operation { path, handler, .. }| {
            router
                .route(path, handler.clone())
                .route(&format!("{path}/"), handler)
        })
        .layer(Extension(description))
        .layer(map_response(never_keep))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
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
