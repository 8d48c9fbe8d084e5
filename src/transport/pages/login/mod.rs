//! Signing in. By phone, page by page: number, code, and for new people a name; with a password on one
//! page, which also makes the account.
//!
//! What is on its way — the challenge, the proof — is kept in the browser's session, so that a code is
//! worth nothing in another browser.

pub(super) mod code;
pub(super) mod forgot;
pub(super) mod number;
pub(super) mod password;
pub(super) mod register;
pub(super) mod welcome;

use super::problems::PageError;
use super::{Flash, Page, show};
use crate::accounts::{PendingCode, Requester};
use crate::app::App;
use crate::model::{Profile, UserId, in_words};
use crate::transport::address::ClientAddress;
use crate::transport::identity::Visitor;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pages/start.html")]
struct StartPage {
    page: Page,
    /// How many wait to talk with a stranger.
    waiting: usize,
    /// How long such a talk can be read after its end, in words.
    retention: String,
}

/// What led to the start page.
#[derive(Deserialize)]
pub(super) struct Came {
    why: Option<String>,
}

/// `GET /`
pub(super) async fn start(
    State(app): State<App>,
    visitor: Visitor,
    Query(came): Query<Came>,
) -> Result<Response, PageError> {
    if visitor.person().await?.is_some() {
        return Ok(Redirect::to("/chats").into_response());
    }
    let flash = match came.why.as_deref() {
        // By the form, or as `session:ended` calls it.
        Some("signed-out" | "signed_out" | "expired") => Some(Flash::done("You are signed out.")),
        Some("suspended") => Some(Flash::refused(
            "Your account was suspended. Sign in to read until when, and why.",
        )),
        _ => visitor.take_flash().await?,
    };
    let page = Page::new(&app.config, "Welcome").saying(flash);
    show(&StartPage {
        page,
        waiting: app.matching.census().waiting,
        retention: in_words(app.matching.settings().kept_for),
    })
}

/// `POST /logout`. That it is done travels in the address: there is no session any more to keep it.
pub(super) async fn sign_out(visitor: Visitor) -> Result<Redirect, PageError> {
    visitor.sign_out().await?;
    Ok(Redirect::to("/?why=signed-out"))
}

/// The code that this browser's owner may give back.
async fn pending_code(app: &App, visitor: &Visitor) -> crate::error::Result<Option<PendingCode>> {
    match visitor.challenge().await? {
        Some(challenge) => app.accounts.pending_code(&challenge).await,
        None => Ok(None),
    }
}

/// For somebody who was here before.
async fn greeting(app: &App, user: UserId) -> crate::error::Result<String> {
    let name = app.accounts.account(user).await?.profile.name;
    Ok(format!("Welcome back, {name}."))
}

/// For somebody whose account was just made.
fn first_greeting(person: &Profile) -> String {
    format!("Welcome, {}. You are signed in.", person.name)
}

fn from(address: ClientAddress) -> Requester {
    Requester { address: address.0 }
}

/// Why somebody is led back to the number. It travels in the address: a request that comes second, of
/// a double click say, must not write over what the first one put into the session.
#[derive(Clone, Copy)]
enum Back {
    Stale,
    Burnt,
    Unproved,
}

impl Back {
    fn to_number(self) -> Response {
        let word = match self {
            Self::Stale => "stale",
            Self::Burnt => "burnt",
            Self::Unproved => "unproved",
        };
        Redirect::to(&format!("/login/phone?why={word}")).into_response()
    }

    fn from_word(word: &str) -> Option<Self> {
        match word {
            "stale" => Some(Self::Stale),
            "burnt" => Some(Self::Burnt),
            "unproved" => Some(Self::Unproved),
            _ => None,
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Stale => "That code is no longer valid. Please ask for a new one.",
            Self::Burnt => "Too many attempts. Please ask for a new code.",
            Self::Unproved => "Please prove your number first.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_page_leads_to_signing_in_and_says_when_it_is_development() {
        let html = start_page(true);
        assert!(html.contains("/login/phone") && html.contains("Development: codes appear in"));
    }

    #[test]
    fn the_start_page_offers_strangers_only_where_there_are_any() {
        let html = start_page(true);
        assert!(html.contains(r#"href="/match""#) && html.contains("deleted 24 hours after"));
        let html = start_page(false);
        assert!(!html.contains("/match") && !html.contains("strangers"));
    }

    fn start_page(matching: bool) -> String {
        let page = StartPage {
            page: Page {
                matching,
                ..Page::sample("Welcome")
            },
            waiting: 4,
            retention: "24 hours".into(),
        };
        page.render().expect("it renders")
    }
}
