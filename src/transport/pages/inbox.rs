//! The development inbox: every SMS that would have been sent. Not there at all in production.

use super::problems::PageError;
use super::times::long_label;
use super::{Page, show};
use crate::app::App;
use crate::error::Error;
use crate::model::Timestamp;
use crate::sms::{Inbox, InboxMessage};
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

#[derive(Template)]
#[template(path = "pages/inbox.html")]
struct InboxPage {
    page: Page,
    letters: Vec<Letter>,
    /// What the script copies.
    blank: Letter,
}

/// One SMS, on the page and in the JSON.
#[derive(Default, Serialize)]
pub(super) struct Letter {
    id: u64,
    to: String,
    from: String,
    body: String,
    at: String,
    code: Option<String>,
    #[serde(skip)]
    at_label: String,
}

impl Letter {
    fn new(message: &InboxMessage, now: Timestamp) -> Self {
        Self {
            id: message.id,
            to: message.to.clone(),
            from: message.from.clone(),
            body: message.body.clone(),
            at: message.at.to_string(),
            code: message.code().map(str::to_owned),
            at_label: long_label(message.at, now),
        }
    }
}

/// `GET /dev/inbox`
pub(super) async fn page(State(app): State<App>) -> Result<Response, PageError> {
    let letters = letters(&app)?;
    let page = Page::new(&app.config, "Development inbox");
    show(&InboxPage {
        // The whole page says already what the banner says.
        page: Page {
            development: false,
            ..page
        },
        letters,
        blank: Letter::default(),
    })
}

/// `GET /dev/inbox.json`
pub(super) async fn json(State(app): State<App>) -> Result<Json<Vec<Letter>>, PageError> {
    Ok(Json(letters(&app)?))
}

fn letters(app: &App) -> Result<Vec<Letter>, PageError> {
    let inbox = open(app)?;
    let now = app.clock.now();
    Ok(inbox
        .messages()
        .iter()
        .map(|message| Letter::new(message, now))
        .collect())
}

/// The configuration makes an inbox in development only.
fn open(app: &App) -> Result<&Inbox, PageError> {
    app.inbox.as_ref().ok_or(PageError(Error::NotFound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_shows_its_code_and_folds_its_text() {
        let now = Timestamp(1_795_197_845_123);
        let message = InboxMessage {
            id: 7,
            to: "+12015550123".into(),
            from: "Chinwag".into(),
            body: "code is 123456.\n\n@localhost #123456".into(),
            at: now,
        };
        let html = InboxPage {
            page: Page::sample("Development inbox"),
            letters: vec![Letter::new(&message, now)],
            blank: Letter::default(),
        }
        .render()
        .expect("it renders");
        assert!(
            html.contains(r#"<p class="letter__code">123456</p>"#) && html.contains("<details>")
        );
        assert!(html.contains(r#"data-letter-id="7""#));
    }
}
