//! Cookie or token → who acts. The only place that reads credentials.

use super::errors::code_and_status;
use super::limiter::Limiter;
use super::sessions::{self, USER, USER_AGENT};
use crate::accounts::{Accounts, Token};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{Account, Actor, UserId};
use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode, header};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tower_sessions::session::Id;
use tower_sessions::{Expiry, Session};

/// How long somebody stays signed in who asked for it.
const KEPT_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// The entry that holds until when a kept session lives.
const KEPT_UNTIL: &str = "kept_until";

/// The token of an `Authorization: Bearer …` or `Token …` header.
pub(super) fn bearer(headers: &HeaderMap) -> Option<Token> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| Token::presented(token.trim()))?
}

/// What a connection of the raw dialect proves itself by: the token in the header, if there is one that is
/// well formed; else that of the address, where the clients of old put it; else the cookie.
pub(super) enum ChatCredential {
    /// Nothing if no token looks like that.
    Token(Option<Token>),
    /// What the database knows the session by.
    Cookie(String),
    None,
}

impl ChatCredential {
    pub(super) fn of(request: &Request) -> Self {
        let query = request.uri().query().unwrap_or_default();
        let in_query = || {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(name, _)| name == "token")
                .map(|(_, token)| Token::presented(&token))
        };
        let in_header = authorization(request.headers()).map(Token::presented);
        match (
            in_header.or_else(in_query),
            session_id(request.extensions()),
        ) {
            (Some(token), _) => Self::Token(token),
            (None, Some(id)) => Self::Cookie(sessions::key(id)),
            (None, None) => Self::None,
        }
    }

    /// # Errors
    /// `NotSignedIn`, `Suspended`, and the store's.
    pub(super) async fn actor(&self, accounts: &Accounts) -> Result<Actor> {
        match self {
            Self::Token(Some(token)) => accounts.token_actor(token).await,
            Self::Cookie(key) => accounts.session_actor(key.clone()).await,
            Self::Token(None) | Self::None => Err(Error::NotSignedIn),
        }
    }
}

/// The one word after `Bearer` or `Token`.
fn authorization(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let mut words = value.split_ascii_whitespace();
    let (scheme, token) = (words.next()?, words.next()?);
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    (known && words.next().is_none()).then_some(token)
}

/// The id in the session cookie, whether or not there is such a session.
pub(super) fn session_id(extensions: &http::Extensions) -> Option<Id> {
    extensions.get::<Session>().and_then(Session::id)
}

/// Whoever looks at a page, with their session.
pub(super) struct Visitor {
    app: App,
    session: Session,
    user_agent: String,
}

impl Visitor {
    /// Who is signed in here, if anybody.
    ///
    /// # Errors
    /// `Suspended`, and the store's.
    pub(super) async fn actor(&self) -> Result<Option<Actor>> {
        let Some(id) = self.session.id() else {
            return Ok(None);
        };
        match self.app.accounts.session_actor(sessions::key(id)).await {
            Ok(actor) => Ok(Some(actor)),
            Err(Error::NotSignedIn) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Who is signed in here, unless they are a guest.
    ///
    /// # Errors
    /// As [`Visitor::actor`].
    pub(super) async fn person(&self) -> Result<Option<Actor>> {
        let actor = self.actor().await?;
        Ok(actor.filter(|actor| actor.require_account().is_ok()))
    }

    /// Signs somebody in, guests' talks included: under a new id, so that an id known before is worth nothing. With `keep`
    /// it lasts over restarts of the browser, for a year; otherwise until it is closed.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn sign_in(&self, user: UserId, keep: bool) -> Result<()> {
        match self.actor().await {
            Ok(Some(actor)) => self.app.adopt_guest(actor, user).await?,
            // A suspended guest brings nothing along.
            Ok(None) | Err(Error::Suspended(_)) => {}
            Err(error) => return Err(error),
        }
        self.session.cycle_id().await.map_err(fault)?;
        // What led here (challenge, proof) is spent.
        self.session.clear().await;
        if keep {
            let until = self.app.clock.now().after(KEPT_FOR);
            self.session
                .insert(KEPT_UNTIL, until.0)
                .await
                .map_err(fault)?;
            self.session
                .set_expiry(Some(Expiry::AtDateTime(until.to_utc())));
        }
        self.session
            .insert(USER_AGENT, &self.user_agent)
            .await
            .map_err(fault)?;
        self.session.insert(USER, user.0).await.map_err(fault)
    }

    /// [`Visitor::sign_in`] for who gave their password. It may be another one by now.
    ///
    /// # Errors
    /// `NotSignedIn` when it is; the store's.
    pub(super) async fn sign_in_by_password(&self, actor: Actor, keep: bool) -> Result<()> {
        self.sign_in(actor.user, keep).await?;
        // A new password ends what was stored before it; what is stored after it is seen here. The
        // browser has no use for a session before the answer that tells its id.
        self.save().await?;
        match self.app.accounts.holder(actor).await {
            Ok(_) => Ok(()),
            Err(error) => {
                self.sign_out().await?;
                Err(error)
            }
        }
    }

    /// Ends the session, and its sockets.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn sign_out(&self) -> Result<()> {
        self.session.flush().await.map_err(fault)
    }

    /// Whether this browser has shown us a session. A first visit is not worth a row in the database.
    pub(super) fn has_session(&self) -> bool {
        self.session.id().is_some()
    }

    /// What the pages keep under that name.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        self.session.get(name).await.map_err(fault)
    }

    /// Keeps something for later pages.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn insert(&self, name: &str, value: impl Serialize) -> Result<()> {
        self.keep_expiry().await?;
        self.session.insert(name, value).await.map_err(fault)
    }

    /// Stores what was kept now, rather than with the answer, which the browser may not wait for.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn save(&self) -> Result<()> {
        self.session.save().await.map_err(fault)
    }

    /// Takes what was kept.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn take<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        if self.session.get_value(name).await.map_err(fault)?.is_none() {
            return Ok(None);
        }
        self.keep_expiry().await?;
        self.session.remove(name).await.map_err(fault)
    }

    /// The session manager knows one expiry for all; a kept session has its own, which a change
    /// must not shorten.
    async fn keep_expiry(&self) -> Result<()> {
        if let Some(until) = self.get::<i64>(KEPT_UNTIL).await? {
            let until = crate::model::Timestamp(until).to_utc();
            self.session.set_expiry(Some(Expiry::AtDateTime(until)));
        }
        Ok(())
    }
}

fn fault(error: tower_sessions::session::Error) -> Error {
    Error::Internal(error.into())
}

impl FromRequestParts<App> for Visitor {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StatusCode> {
        let session = parts.extensions.get::<Session>().cloned();
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Ok(Self {
            app: app.clone(),
            session: session.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?,
            user_agent: user_agent.unwrap_or_default().chars().take(200).collect(),
        })
    }
}

/// Somebody who is signed in. Anybody else is led to the sign-in page, and back afterwards.
pub(super) struct SignedIn {
    /// Who, by which session.
    pub(super) actor: Actor,
    /// Their account.
    pub(super) account: Account,
    /// Their session.
    pub(super) visitor: Visitor,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = Visitor::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let outcome = match signed_in(app, visitor).await {
            Ok(signed_in) => spend(parts, &signed_in).map(|()| signed_in),
            Err(error) => Err(error),
        };
        outcome.map_err(|error| match error {
            Error::NotSignedIn | Error::Suspended(_) => to_sign_in(parts),
            error => {
                let (_, status) = code_and_status(&error);
                let mut response = status.into_response();
                // The pages give it a face.
                response.extensions_mut().insert(Arc::new(error));
                response
            }
        })
    }
}

/// Each form costs something of what one may send.
fn spend(parts: &Parts, signed_in: &SignedIn) -> Result<()> {
    let limiter = parts.extensions.get::<Arc<Limiter>>();
    match limiter.filter(|_| parts.method != http::Method::GET) {
        Some(limiter) => limiter.admit_form(signed_in.actor.user),
        None => Ok(()),
    }
}

async fn signed_in(app: &App, visitor: Visitor) -> Result<SignedIn> {
    let actor = visitor.person().await?.ok_or(Error::NotSignedIn)?;
    let account = app.accounts.account(actor.user).await?;
    Ok(SignedIn {
        actor,
        account,
        visitor,
    })
}

/// Only what was looked at is come back to; a form that was sent is not sent again.
fn to_sign_in(parts: &Parts) -> Response {
    if parts.method != http::Method::GET {
        return Redirect::to("/login/phone").into_response();
    }
    let next = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    Redirect::to(&format!("/login/phone?{query}")).into_response()
}

/// What holds of any `Authorization`: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(value: &[u8]) {
    let Ok(header) = http::HeaderValue::from_bytes(value) else {
        return;
    };
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, header)]);
    let word = authorization(&headers);
    assert!(word.is_none_or(|word| !word.contains(char::is_whitespace)));
    // Both readers take the same token, or one of them takes none.
    if let (Some(token), Some(word)) = (bearer(&headers), word.and_then(Token::presented)) {
        assert_eq!(token.key(), word.key());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_is_one_word(value in "(Bearer|token|Basic)?[ \t]{0,3}[a-zA-Z0-9_-]{0,130}\\PC{0,9}") {
            promises(value.as_bytes());
        }
    }
}
