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
    let (login, password) = login_and_password(encoded).ok_or(NO_HEADER)?;
    let from = Requester {
        address: parts.extensions.get::<ClientAddress>().ok_or(NO_HEADER)?.0,
    };
    let password = Password::presented(&password);
    match app.accounts.password_actor(&login, &password, from).await? {
        PasswordCheck::Right(actor) => Ok(actor),
        PasswordCheck::UnknownLogin => Err(UNKNOWN_LOGIN),
        PasswordCheck::WrongPassword => Err(WRONG_PASSWORD),
    }
}

/// What `Basic` holds: all before the first colon, and all behind it.
fn login_and_password(encoded: &str) -> Option<(String, String)> {
    // The decoder would take several texts one behind the other, each with its padding.
    if encoded.trim_end_matches('=').contains('=') {
        return None;
    }
    let pair = String::from_utf8(BASE64.decode(encoded.as_bytes()).ok()?).ok()?;
    let (login, password) = pair.split_once(':')?;
    Some((login.to_owned(), password.to_owned()))
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Some((login, password)) = login_and_password(text) {
        assert!(!login.contains(':'));
        assert_eq!(
            BASE64.encode(format!("{login}:{password}").as_bytes()),
            text
        );
    }
    let encoded = BASE64.encode(text.as_bytes());
    let given = login_and_password(&encoded).map(|(login, password)| format!("{login}:{password}"));
    assert_eq!(given.as_deref(), text.contains(':').then_some(text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_of_them_in_a_row_are_none() {
        assert!(login_and_password("YW5hOnNlY3JldA==").is_some());
        assert!(login_and_password("YW5hOnNlY3JldA==OnNlY3JldA==").is_none());
    }

    proptest! {
        #[test]
        fn a_login_and_a_password_are_read_as_they_were_written(text in "(\\PC|:){0,30}") {
            promises(&text);
        }

        #[test]
        fn there_is_one_way_to_write_them(text in "[A-Za-z0-9+/=]{0,24}") {
            promises(&text);
        }
    }
}
