//! The audit log.

use super::super::problems::PageError;
use super::super::show;
use super::{Cursor, Entered, Frame, Moment};
use crate::app::App;
use crate::model::{Timestamp, UserId};
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
    /// Where they can be looked at, whatever they are called by now.
    admin_href: Option<String>,
    act: String,
    subject: String,
    /// What of the act is said behind the subject.
    rest: &'static str,
    /// Where it can be looked at.
    href: Option<String>,
    detail: String,
    at: Moment,
}

impl LineView {
    fn new(line: LogLine, now: Timestamp) -> Self {
        let (act, rest) = around(&line.act, &line.subject);
        Self {
            href: href_of(&line.subject, line.subject_id),
            admin_href: line.admin_id.map(person),
            at: Moment::new(line.done_at, now),
            admin: line.admin,
            act: act.to_owned(),
            rest,
            subject: line.subject,
            detail: line.detail,
        }
    }
}

/// The words of an act, before and behind what it was done to, so that they make a sentence.
fn around<'a>(act: &'a str, subject: &str) -> (&'a str, &'static str) {
    match (act, subject.starts_with("report ")) {
        ("warned", true) => ("answered", " with a warning"),
        ("suspended", true) => ("answered", " with a suspension"),
        ("banned from matching", true) => ("answered", " with a ban from matching"),
        ("banned from matching", false) => ("banned", " from matching"),
        ("signed out everywhere", _) => ("signed", " out everywhere"),
        _ => (act, ""),
    }
}

/// A line from before ids were kept knows people by their names of then alone.
fn href_of(subject: &str, id: Option<UserId>) -> Option<String> {
    if let Some(report) = subject.strip_prefix("report ") {
        return Some(format!("/admin/reports/{report}"));
    }
    if let Some(id) = id {
        return Some(person(id));
    }
    let username = subject.strip_prefix('@')?;
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("q", username)
        .finish();
    Some(format!("/admin/people?{query}"))
}

fn person(id: UserId) -> String {
    format!("/admin/people/{id}")
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
        let bo = Some(UserId(7));
        assert_eq!(href_of("report 7", bo).as_deref(), Some("/admin/reports/7"));
        assert_eq!(href_of("@bo", bo).as_deref(), Some("/admin/people/7"));
        assert_eq!(
            href_of("@a b", None).as_deref(),
            Some("/admin/people?q=a+b")
        );
        assert_eq!(href_of("SMS", None), None);
    }

    #[test]
    fn acts_and_what_they_were_done_to_make_sentences() {
        let sentence = |act, subject| {
            let (act, rest) = around(act, subject);
            format!("{act} {subject}{rest}")
        };
        assert_eq!(sentence("warned", "@jz"), "warned @jz");
        let banned = sentence("banned from matching", "@jz");
        assert_eq!(banned, "banned @jz from matching");
        let answered = sentence("banned from matching", "report 7");
        assert_eq!(answered, "answered report 7 with a ban from matching");
    }

    #[test]
    fn what_was_written_down_is_text() {
        let line = LogLine {
            id: 1,
            admin_id: Some(UserId(7)),
            admin: "ana".into(),
            act: "warned".into(),
            subject: "report 7".into(),
            subject_id: None,
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
        assert!(html.contains(r#"href="/admin/people/7"><bdi>ana</bdi>"#));
    }
}
