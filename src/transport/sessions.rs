//! The cookie sessions of the pages: tower-sessions' store over the verbs of `accounts/sessions.rs`.

use crate::accounts::{Accounts, SessionRecord, key_of};
use crate::error::Error;
use crate::model::{Timestamp, UserId};
use async_trait::async_trait;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt;
use time::OffsetDateTime;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, SessionStore};
use tower_sessions::{Expiry, SessionManagerLayer};

/// The entry that holds who is signed in.
pub(super) const USER: &str = "user";
/// The entry that holds the browser's description of itself.
pub(super) const USER_AGENT: &str = "user_agent";

/// Keeps sessions in the database, by the hash of their id.
#[derive(Clone)]
pub(super) struct Sessions(Accounts);

/// The layer that gives every request its session.
pub(super) fn layer(accounts: Accounts, secure: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions(accounts))
        .with_name(cookie_name(secure))
        .with_secure(secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

/// Browsers give `__Host-` cookies to this host only, over TLS only.
pub(super) fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-chinwag" } else { "chinwag" }
}

/// What the database knows a session by.
pub(super) fn key(id: Id) -> String {
    key_of(&id.0.to_be_bytes())
}

/// The status of an answer from [`kept_in_failure`].
#[derive(Clone, Copy)]
struct Failure(StatusCode);

/// An answer that tells of a failure of ours, and whose session is kept nevertheless: under its own
/// status the session manager would not keep it, nor give the browser its cookie.
pub(super) fn kept_in_failure(mut response: Response) -> Response {
    let status = std::mem::replace(response.status_mut(), StatusCode::OK);
    response.extensions_mut().insert(Failure(status));
    response
}

/// Gives [`kept_in_failure`] its status, and takes back the removal of a cookie from every answer but
/// that of signing out.
///
/// The session manager removes the cookie of a session that it does not find. A request that was on
/// its way with the id of before the sign-in would so take the new cookie from the browser.
pub(super) async fn spare_cookie(request: Request, next: Next) -> Response {
    let signs_out = request.uri().path() == "/logout";
    let mut response = next.run(request).await;
    if let Some(Failure(status)) = response.extensions_mut().remove() {
        *response.status_mut() = status;
    }
    let removes = |value: &HeaderValue| value.to_str().is_ok_and(|text| text.contains("Max-Age=0"));
    let cookies = response.headers().get_all(header::SET_COOKIE);
    if !signs_out && cookies.iter().any(removes) {
        let kept: Vec<_> = cookies
            .iter()
            .filter(|value| !removes(value))
            .cloned()
            .collect();
        let headers = response.headers_mut();
        headers.remove(header::SET_COOKIE);
        for cookie in kept {
            headers.append(header::SET_COOKIE, cookie);
        }
    }
    response
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        loop {
            let stored = stored(record)?;
            if self
                .0
                .create_session(key(record.id), stored)
                .await
                .map_err(backend)?
            {
                return Ok(());
            }
            // Somebody else's id: never overwritten, another is drawn.
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let stored = stored(record)?;
        self.0
            .save_session(key(record.id), stored)
            .await
            .map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let found = self.0.session(key(*id)).await.map_err(backend)?;
        found.map(|(_, stored)| loaded(*id, stored)).transpose()
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.delete_session(key(*id)).await.map_err(backend)
    }
}

fn stored(record: &Record) -> session_store::Result<SessionRecord> {
    let text = |name| record.data.get(name).and_then(Value::as_str);
    let millis = record.expiry_date.unix_timestamp_nanos() / 1_000_000;
    Ok(SessionRecord {
        user: record.data.get(USER).and_then(Value::as_i64).map(UserId),
        data: serde_json::to_string(&record.data)
            .map_err(|error| session_store::Error::Encode(error.to_string()))?,
        user_agent: text(USER_AGENT).unwrap_or_default().to_owned(),
        expires_at: Timestamp(i64::try_from(millis).unwrap_or(i64::MAX)),
    })
}

fn loaded(id: Id, stored: SessionRecord) -> session_store::Result<Record> {
    let data: HashMap<String, Value> = serde_json::from_str(&stored.data)
        .map_err(|error| session_store::Error::Decode(error.to_string()))?;
    let expiry_date: OffsetDateTime = stored.expires_at.to_utc();
    Ok(Record {
        id,
        data,
        expiry_date,
    })
}

fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}
