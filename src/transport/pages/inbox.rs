//! The development inbox: every SMS and every mail that would have been sent. Not there at all in
//! production.

use super::problems::PageError;
use super::times::long_label;
use super::{Page, show};
use crate::app::App;
use crate::error::Error;
use crate::mail::InboxLetter;
use crate::model::Timestamp;
use crate::sms::InboxMessage;
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

/// One SMS or mail, on the page and in the JSON.
#[derive(Default, Serialize)]
pub(super) struct Letter {
    /// Counts the SMS, and the mails.
    id: u64,
    /// `sms` or `mail`.
    kind: &'static str,
    to: String,
    from: String,
    /// Of a mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    body: String,
    at: String,
    /// Of an SMS.
    code: Option<String>,
    /// Where a mail leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
    #[serde(skip)]
    at_label: String,
    #[serde(skip)]
    sent_at: i64,
}

impl Letter {
    fn of_sms(message: &InboxMessage, now: Timestamp) -> Self {
        Self {
            id: message.id,
            kind: "sms",
            to: message.to.clone(),
            from: message.from.clone(),
            body: message.body.clone(),
            at: message.at.to_string(),
            code: message.code().map(str::to_owned),
            at_label: long_label(message.at, now),
            sent_at: message.at.0,
            ..Self::default()
        }
    }

    fn of_mail(letter: &InboxLetter, now: Timestamp) -> Self {
        let mut lines = letter.body.lines();
        Self {
            id: letter.id,
            kind: "mail",
            to: letter.to.clone(),
            from: letter.from.clone(),
            subject: Some(letter.subject.clone()),
            body: letter.body.clone(),
            at: letter.at.to_string(),
            link: lines
                .find(|line| line.starts_with("http"))
                .map(str::to_owned),
            at_label: long_label(letter.at, now),
            sent_at: letter.at.0,
            ..Self::default()
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

/// The configuration makes inboxes in development only.
fn letters(app: &App) -> Result<Vec<Letter>, PageError> {
    if !app.config.has_inbox() {
        return Err(PageError(Error::NotFound));
    }
    let now = app.clock.now();
    let sms = app.inbox.iter().flat_map(|inbox| inbox.messages());
    let mails = app.mailbox.iter().flat_map(|inbox| inbox.letters());
    let mut letters: Vec<_> = sms
        .map(|message| Letter::of_sms(&message, now))
        .chain(mails.map(|letter| Letter::of_mail(&letter, now)))
        .collect();
    letters.sort_by_key(|letter| std::cmp::Reverse((letter.sent_at, letter.id)));
    Ok(letters)
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
        let mail = InboxLetter {
            id: 8,
            to: "ana@example.org".into(),
            from: "chinwag@localhost".into(),
            subject: "Chinwag <reset>".into(),
            body: "Open:\n\nhttp://localhost:8000/reset/x\n".into(),
            at: now,
        };
        let html = InboxPage {
            page: Page::sample("Development inbox"),
            letters: vec![Letter::of_sms(&message, now), Letter::of_mail(&mail, now)],
            blank: Letter::default(),
        }
        .render()
        .expect("it renders");
        assert!(
            html.contains(r#"<p class="letter__code">123456</p>"#) && html.contains("<details>")
        );
        assert!(html.contains(r#"data-letter-id="sms-7""#));
        assert!(html.contains(r#"data-letter-id="mail-8""#) && html.contains("&#60;reset&#62;"));
        assert!(html.contains(r#"href="http://localhost:8000/reset/x""#));
    }
}
