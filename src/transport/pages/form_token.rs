//! What forms hold besides their fields: proof that the page they stand on was given to this browser.
//!
//! The browser keeps a random cookie, the form a keyed hash of it. Another site can make a browser send
//! the cookie, but neither read it nor make the hash. It needs no session, so that looking at a page to
//! sign in stores nothing. It stands beside the rule of `origin.rs`, not in its place.
//!
//! One layer around all pages looks at whatever is posted, before any handler: none can forget it. A
//! template asks for it by `page.form_token()`, mostly through `partials/form_token.html`.

use super::problems::PageError;
use crate::accounts::Token;
use crate::app::App;
use crate::error::{Error, Result};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The field of a form that holds it.
const FIELD: &str = "form_token";

tokio::task_local! {
    /// For the page that is being made. Every page has a form somewhere; handing it down to each would only
    /// be one more thing to forget.
    static OF_THIS_REQUEST: FormToken;
}

/// What a form of this browser holds under `form_token`.
#[derive(Clone)]
pub(super) struct FormToken {
    app: App,
    cookie: String,
    is_shown: Arc<AtomicBool>,
}

impl FormToken {
    /// For the form.
    pub(super) fn value(&self) -> String {
        self.is_shown.store(true, Ordering::Relaxed);
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

/// For the forms of the page that is being made; empty where none is, as in the tests of templates.
pub(super) fn current() -> String {
    OF_THIS_REQUEST
        .try_with(FormToken::value)
        .unwrap_or_default()
}

/// Makes it known for the time of a request, and gives a browser that has none its cookie with the first form.
pub(in crate::transport) async fn give(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let secure = app.config.is_secure();
    let name = if secure { "__Host-form" } else { "form" };
    let known = cookie(request.headers(), name).and_then(|text| Token::presented(&text));
    let is_new = known.is_none();
    let cookie = known.unwrap_or_else(|| Token::random(""));
    let form_token = FormToken {
        app,
        cookie: cookie.reveal().to_owned(),
        is_shown: Arc::default(),
    };
    request.extensions_mut().insert(form_token.clone());
    let is_shown = form_token.is_shown.clone();
    let mut response = OF_THIS_REQUEST.scope(form_token, next.run(request)).await;
    if is_new && is_shown.load(Ordering::Relaxed) {
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

/// Lets nothing be done that no form of this browser asked for. Forms post; no page has another method that
/// changes anything.
pub(super) async fn check(request: Request, next: Next) -> Result<Response, PageError> {
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    let body = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let body = match body {
        Ok(body) => body,
        Err(unreadable) => return Ok(unreadable.into_response()),
    };
    let given = url::form_urlencoded::parse(&body).find(|(name, _)| name == FIELD);
    let given = given.map(|(_, value)| value.into_owned());
    let form_token = parts.extensions.get::<FormToken>();
    form_token
        .ok_or(Error::NotFound)?
        .check(&given.unwrap_or_default())?;
    let request = Request::from_parts(parts, Body::from(body));
    Ok(next.run(request).await)
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
