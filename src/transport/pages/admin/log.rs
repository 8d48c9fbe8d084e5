//! The audit log.

use super::super::problems::PageError;
use super::super::show;
use super::{Cursor, Entered, Frame, Moment};
use crate::app::App;
use crate::model::Timestamp;
use crate::moderation::LogLine;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "pages/admin/log.html")]
struct LogPage {
    page: Frame,
    lines: Vec<LineView>,
    next: Option<i64>,
}

struct LineView {
    admin: String,
    act: String,
    subject: String,
    /// Where it can be looked at.
    href: Option<String>,
    detail: String,
    at: Moment,
}

impl LineView {
    fn new(line: LogLine, now: Timestamp) -> Self {
        Self {
            href: href_of(&line.subject),
            at: Moment::new(line.done_at, now),
            admin: line.admin,
            act: line.act,
            subject: line.subject,
            detail: line.detail,
        }
    }
}

fn href_of(subject: &str) -> Option<String> {
    if let Some(id) = subject.strip_prefix("report ") {
        return Some(format!("/admin/reports/{id}"));
    }
    let username = subject.strip_prefix('@')?;
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", username)
        .finish();
    Some(format!("/admin/people?{query}"))
}

/// `GET /admin/log`
pub(super) async fn page(
    State(app): State<App>,
    entered: Entered,
    Query(cursor): Query<Cursor>,
) -> Result<Response, PageError> {
    let log = app.moderation.log(&entered.admin, cursor.before).await?;
    let now = app.clock.now();
    show(&LogPage {
        page: Frame::new(&app, &entered, "Log", "log").await?,
        lines: log
            .items
            .into_iter()
            .map(|line| LineView::new(line, now))
            .collect(),
        next: log.next,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_leads_to_what_it_is_about() {
        assert_eq!(href_of("report 7").as_deref(), Some("/admin/reports/7"));
        assert_eq!(href_of("@a b").as_deref(), Some("/admin/people?q=a+b"));
        assert_eq!(href_of("SMS"), None);
    }

    #[test]
    fn what_was_written_down_is_text() {
        let line = LogLine {
            id: 1,
            admin: "ana".into(),
            act: "warned".into(),
            subject: "report 7".into(),
            detail: "<script>".into(),
            done_at: Timestamp(0),
        };
        let html = LogPage {
            page: Frame::sample("Log"),
            lines: vec![LineView::new(line, Timestamp(0))],
            next: Some(1),
        }
        .render()
        .expect("it renders");
        assert!(html.contains("&#60;script&#62;") && html.contains("?before=1"));
    }
}
