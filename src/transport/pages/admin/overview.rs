//! How the server is doing, what needs somebody first.

use super::super::problems::PageError;
use super::super::show;
use super::{Entered, Frame};
use crate::app::App;
use crate::matching::Census;
use crate::model::{Timestamp, in_words};
use crate::moderation::Vitals;
use askama::Template;
use axum::response::Response;
use std::time::Duration;

/// Less room than this is worth a word.
const LITTLE_ROOM: u64 = 1_000_000_000;
/// A report should not wait for longer.
const LONG_WAIT: Duration = Duration::from_secs(24 * 60 * 60);
/// So much of the budget of SMS, in percent, is worth a word.
const MUCH_SMS: i64 = 80;

#[derive(Template)]
#[template(path = "pages/admin/overview.html")]
struct OverviewPage {
    page: Frame,
    warnings: Vec<Warning>,
    census: Census,
    matching: bool,
    messages_minute: String,
    messages_hour: i64,
    sms_day: i64,
    sms_max: i64,
    database: String,
    free: String,
    version: &'static str,
}

/// Something that needs somebody.
struct Warning {
    text: String,
    /// Where it can be seen to.
    href: Option<&'static str>,
}

impl Warning {
    fn new(text: impl Into<String>, href: Option<&'static str>) -> Self {
        Self {
            text: text.into(),
            href,
        }
    }
}

/// The page at `GET /admin/`, for who is in.
pub(super) async fn page(app: &App, entered: &Entered) -> Result<Response, PageError> {
    let vitals = app.moderation.vitals(&entered.admin).await?;
    let census = app.matching.census();
    show(&OverviewPage {
        page: Frame::new(app, entered, "Administration", "overview").await?,
        warnings: warnings(app, &vitals, census, app.clock.now()),
        census,
        matching: app.config.matching.enabled,
        messages_minute: rate(vitals.messages_hour),
        messages_hour: vitals.messages_hour,
        sms_day: vitals.sms_day,
        sms_max: app.config.limits.sms.day,
        database: size(vitals.database_bytes),
        free: size(vitals.free_bytes),
        version: env!("CARGO_PKG_VERSION"),
    })
}

fn warnings(app: &App, vitals: &Vitals, census: Census, now: Timestamp) -> Vec<Warning> {
    let mut found = Vec::new();
    if vitals.free_bytes < LITTLE_ROOM {
        let free = size(vitals.free_bytes);
        let text = format!(
            "Only {free} are free beside the database. Nothing can be stored once it is full."
        );
        found.push(Warning::new(text, None));
    }
    if vitals.sms_paused {
        found.push(Warning::new(
            "No SMS are sent: they are paused.",
            Some("/admin/sms"),
        ));
    } else if vitals.sms_day * 100 >= app.config.limits.sms.day * MUCH_SMS {
        let (sent, max) = (vitals.sms_day, app.config.limits.sms.day);
        let text = format!("{sent} of the {max} SMS of a day are sent.");
        found.push(Warning::new(text, Some("/admin/sms")));
    }
    if let Some(since) = vitals.oldest_report {
        let waited = Duration::from_millis(u64::try_from(now.0 - since.0).unwrap_or(0));
        if waited >= LONG_WAIT {
            let text = format!("The oldest report has waited for {}.", in_words(waited));
            found.push(Warning::new(text, Some("/admin/reports")));
        }
    }
    if census.faults > 0 {
        let text = "The lobby of strangers contradicted itself: see the log of the server, and please report it.";
        found.push(Warning::new(text, None));
    }
    if !app.config.limits.enforced {
        found.push(Warning::new(
            "LIMITS=off: all limits of rate are lifted.",
            None,
        ));
    }
    if app.inbox.is_some() {
        let text = "Development mode: codes are shown to everybody who can reach this server.";
        found.push(Warning::new(text, Some("/dev/inbox")));
    }
    found
}

/// Per minute, of so many in an hour.
fn rate(hour: i64) -> String {
    if hour >= 600 || hour % 60 == 0 {
        return (hour / 60).to_string();
    }
    format!("{}.{}", hour / 60, hour % 60 * 10 / 60)
}

/// `12.3 MB`
fn size(bytes: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let (mut whole, mut tenths, mut unit) = (bytes, 0, 0);
    while whole >= 1_000 && unit + 1 < units.len() {
        (whole, tenths) = (whole / 1_000, whole % 1_000 / 100);
        unit += 1;
    }
    if unit == 0 || whole >= 100 {
        format!("{whole} {}", units[unit])
    } else {
        format!("{whole}.{tenths} {}", units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_rates_are_short() {
        let sizes = [0, 999, 1_000, 12_345_678, 123_456_789_012].map(size);
        assert_eq!(
            sizes,
            ["0 bytes", "999 bytes", "1.0 kB", "12.3 MB", "123 GB"]
        );
        assert_eq!(
            [0, 7, 60, 90, 6_001].map(rate),
            ["0", "0.1", "1", "1.5", "100"]
        );
    }

    #[test]
    fn what_needs_somebody_comes_first() {
        let html = OverviewPage {
            page: Frame::sample("Administration"),
            warnings: vec![Warning::new("Look here.", Some("/admin/sms"))],
            census: Census::default(),
            matching: true,
            messages_minute: "1.5".into(),
            messages_hour: 90,
            sms_day: 3,
            sms_max: 500,
            database: "1.0 MB".into(),
            free: "12 GB".into(),
            version: "0.1.0",
        }
        .render()
        .expect("it renders");
        let (warning, figures) = (html.find("Look here."), html.find("90 in the last hour"));
        assert!(warning.is_some() && warning < figures);
    }
}
