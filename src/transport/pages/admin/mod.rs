//! Administration: for those who look after this server, and for everybody else not there at all.
//!
//! `entry.rs` is the way in: an administrator gives the password again, and stays in for as long as they use it.
//! [`Entered`] stands before every page and [`Acting`] before every form; the verbs behind them ask
//! once more by themselves. Whatever cannot be undone is asked about on a page of its own (`question.rs`).

mod entry;
mod log;
mod measures;
mod messages;
mod overview;
mod people;
mod question;
mod reports;
mod rooms;
mod sms;

use self::entry::{Acting, Entered};
use super::problems::{PageError, not_found};
use super::{Page, times};
use crate::app::App;
use crate::model::Timestamp;
use axum::Router;
use axum::routing::{MethodRouter, any};
use serde::Deserialize;

/// The pages of administration.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin", only().get(entry::to_door))
        .route("/admin/", only().get(entry::door).post(entry::enter))
        .route("/admin/leave", only().post(entry::leave))
        .route("/admin/reports", only().get(reports::queue))
        .route("/admin/reports/{id}", only().get(reports::report))
        .route(
            "/admin/reports/{id}/{outcome}",
            only().get(reports::ask).post(reports::decide),
        )
        .route("/admin/people", only().get(people::list))
        .route("/admin/people/{id}", only().get(people::person))
        .route(
            "/admin/people/{id}/{act}",
            only().get(measures::ask).post(measures::act),
        )
        .route("/admin/rooms", only().get(rooms::list).post(rooms::make))
        .route(
            "/admin/rooms/{id}",
            only().get(rooms::room).post(rooms::change),
        )
        .route(
            "/admin/rooms/{id}/delete",
            only().get(rooms::ask).post(rooms::delete),
        )
        .route("/admin/messages", only().get(messages::page))
        .route("/admin/sms", only().get(sms::page))
        .route("/admin/sms/{act}", only().get(sms::ask).post(sms::act))
        .route("/admin/log", only().get(log::page))
}

/// An address that answers to what is added, and is not there by any other method: to say which ones it takes
/// would be to say that it is there.
fn only() -> MethodRouter<App> {
    any(not_found)
}

/// What the frame of these pages shows.
struct Frame {
    page: Page,
    /// Which page is marked in the list of them.
    tab: &'static str,
    /// Reports that wait.
    waiting: i64,
}

impl Frame {
    async fn new(
        app: &App,
        entered: &Entered,
        title: impl Into<String>,
        tab: &'static str,
    ) -> Result<Self, PageError> {
        let flash = entered.visitor.take_flash().await?;
        let page = Page::new(&app.config, title)
            .of(&entered.account)
            .saying(flash);
        Ok(Self {
            page: Page {
                section: "admin",
                ..page
            },
            tab,
            waiting: app.moderation.open_reports(&entered.admin).await?,
        })
    }
}

/// The frame of every page is part of it.
impl std::ops::Deref for Frame {
    type Target = Page;

    fn deref(&self) -> &Page {
        &self.page
    }
}

#[cfg(test)]
impl Frame {
    /// A frame for templates under test.
    fn sample(title: &str) -> Self {
        Self {
            page: Page {
                section: "admin",
                ..Page::sample(title)
            },
            tab: "overview",
            waiting: 3,
        }
    }
}

/// From where a list goes on.
#[derive(Deserialize)]
struct Cursor {
    after: Option<i64>,
    before: Option<i64>,
}

/// A moment as a page shows it.
struct Moment {
    at: String,
    label: String,
}

impl Moment {
    fn new(at: Timestamp, now: Timestamp) -> Self {
        Self {
            at: at.to_string(),
            label: times::long_label(at, now),
        }
    }
}
