//! Who calls: a login and a password (Basic), or a token (Bearer, Token). Never the cookie, and never a
//! challenge that makes a browser ask for a password.

use crate::accounts::{Password, PasswordCheck, Requester, Token, TokenCheck};
use crate::app::App;
use crate::error::Error;
use crate::model::Actor;
use crate::transport::address::ClientAddress;
use crate::transport::errors::ApiError;
use crate::transport::limiter::Limiter;
use axum::Json;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use chinwag_protocol::api::Refused;
use data_encoding::BASE64;
use http::request::Parts;
use http::{Method, StatusCode, header};
use std::sync::Arc;

/// Somebody with an account. Guests have no part in what asks for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct ApiUser(pub(super) Actor);

/// Why somebody is not let in.
pub(super) enum Stranger {
    /// In the words that programs know.
    Words(StatusCode, &'static str),
    /// In those of every refusal.
    Error(Error),
}

const NO_HEADER: Stranger = Stranger::Words(
    StatusCode::FORBIDDEN,
    "To access use Basic (base64) or Bearer (jwt) http authorization",
);
const UNKNOWN_LOGIN: Stranger = Stranger::Words(
    StatusCode::UNAUTHORIZED,
    "Wrong login! Maybe, you have not been registered",
);
const WRONG_PASSWORD: Stranger =
    Stranger::Words(StatusCode::UNAUTHORIZED, "Wrong password! Try again");
const EXPIRED: Stranger = Stranger::Words(
    StatusCode::UNAUTHORIZED,
    "Your authentication token period has expired",
);
const NO_TOKEN_OF_OURS: Stranger = Stranger::Words(
    StatusCode::UNAUTHORIZED,
    "Authentication token is not valid",
);

impl From<Error> for Stranger {
    fn from(error: Error) -> Self {
        match error {
            // The account was deleted between two looks.
            Error::NotSignedIn => NO_TOKEN_OF_OURS,
            error => Self::Error(error),
        }
    }
}

impl IntoResponse for Stranger {
    fn into_response(self) -> Response {
        match self {
            Self::Words(status, words) => {
                let message = words.into();
                (status, Json(Refused { message })).into_response()
            }
            Self::Error(error) => ApiError(error).into_response(),
        }
    }
}

impl FromRequestParts<App> for ApiUser {
    type Rejection = Stranger;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Stranger> {
        let actor = identify(parts, app).await?;
        actor.require_account()?;
        // What changes something costs what a form costs.
        let limiter = parts.extensions.get::<Arc<Limiter>>();
        if let Some(limiter) = limiter.filter(|_| parts.method != Method::GET) {
            limiter.admit_form(actor.user)?;
        }
        Ok(Self(actor))
    }
}

async fn identify(parts: &Parts, app: &App) -> Result<Actor, Stranger> {
    let (scheme, value) = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().split_once(' '))
        .ok_or(NO_HEADER)?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("basic") {
        return by_password(parts, app, value).await;
    }
    if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") {
        return by_token(app, value).await;
    }
    Err(NO_HEADER)
}

async fn by_token(app: &App, text: &str) -> Result<Actor, Stranger> {
    let token = Token::presented(text).ok_or(NO_TOKEN_OF_OURS)?;
    match app.accounts.check_token(&token).await? {
        TokenCheck::Live(actor) => Ok(actor),
        TokenCheck::Expired => Err(EXPIRED),
        TokenCheck::Unknown => Err(NO_TOKEN_OF_OURS),
    }
}

async fn by_password(parts: &Parts, app: &App, encoded: &str) -> Result<Actor, Stranger> {
    let decoded = BASE64.decode(encoded.as_bytes()).ok();
    let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let (login, password) = pair
        .as_deref()
        .and_then(|pair| pair.split_once(':'))
        .ok_or(NO_HEADER)?;
    let from = Requester {
        address: parts.extensions.get::<ClientAddress>().ok_or(NO_HEADER)?.0,
    };
    let password = Password::presented(password);
    match app.accounts.password_actor(login, &password, from).await? {
        PasswordCheck::Right(actor) => Ok(actor),
        PasswordCheck::UnknownLogin => Err(UNKNOWN_LOGIN),
        PasswordCheck::WrongPassword => Err(WRONG_PASSWORD),
    }
}
