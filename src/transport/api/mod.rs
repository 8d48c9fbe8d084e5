//! REST under `/api`, for programs. It ignores the cookie: whoever acts says so in a header.

mod auth;
mod guests;
mod phone;
mod token;

use super::errors::ApiError;
use crate::app::App;
use crate::error::Error;
use axum::extract::{FromRequest, Request};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use chinwag_protocol::api::Refused;
use http::{HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;

pub(super) fn routes(app: &App) -> Router<App> {
    let guests = if app.config.matching.enabled {
        Router::new().route("/guests", post(guests::create))
    } else {
        Router::new()
    };
    Router::new()
        .merge(guests)
        .route("/token", get(token::create))
        .route("/phone", post(phone::start))
        .route("/phone/verify", post(phone::verify))
        .route("/phone/finish", post(phone::finish))
        .layer(map_response(never_keep))
        .fallback(async || ApiError(Error::NotFound))
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

async fn not_allowed() -> (StatusCode, Json<Refused>) {
    let message = "This address does not take that method.".into();
    (StatusCode::METHOD_NOT_ALLOWED, Json(Refused { message }))
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
