//! What forms hold besides their fields: proof that the page they stand on was given to this browser.
//!
//! The browser keeps a random cookie, the form a keyed hash of it. Another site can make a browser send
//! the cookie, but neither read it nor make the hash. It needs no session, so that looking at a page to
//! sign in stores nothing. It stands beside the rule of `origin.rs`, not in its place.

use crate::accounts::Token;
use crate::app::App;
use crate::error::{Error, Result};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// What a form of this browser holds under `form_token`.
#[derive(Clone)]
pub(super) struct FormToken {
    app: App,
    cookie: String,
}

impl FormToken {
    /// For the form.
    pub(super) fn value(&self) -> String {
        self.app.accounts.form_token(&self.cookie)
    }

    /// # Errors
    /// `Forbidden` unless that is what a form of this browser holds.
    pub(super) fn check(&self, given: &str) -> Result<()> {
        if self.app.accounts.is_form_token(&self.cookie, given) {
            Ok(())
        } else {
            Err(Error::Forbidden(
                "This form was not sent from a page of ours, or the page was open for too long. Please try again.",
            ))
        }
    }
}

/// Puts it on each request, and gives the browser its cookie if it has none.
pub(super) async fn give(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let secure = app.config.is_secure();
    let name = if secure { "__Host-form" } else { "form" };
    let known = cookie(request.headers(), name).and_then(|text| Token::presented(&text));
    let is_new = known.is_none();
    let cookie = known.unwrap_or_else(|| Token::random(""));
    let form_token = FormToken {
        app,
        cookie: cookie.reveal().to_owned(),
    };
    request.extensions_mut().insert(form_token);
    let mut response = next.run(request).await;
    // Who finds nothing at an address is given nothing there, either.
    if is_new && response.status() != StatusCode::NOT_FOUND {
        let secure = if secure { "; Secure" } else { "" };
        let text = format!(
            "{name}={}; Path=/; HttpOnly; SameSite=Lax{secure}",
            cookie.reveal()
        );
        if let Ok(value) = HeaderValue::try_from(text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    response
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
