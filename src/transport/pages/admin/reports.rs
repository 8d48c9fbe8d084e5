//! The queue of reports, one of them with its evidence, and what comes of it.

use super::super::looks::hue_of;
use super::super::problems::PageError;
use super::super::{Flash, show};
use super::question::{self, AnswerForm, NoteFor, Question};
use super::{Acting, Cursor, Entered, Frame, Moment};
use crate::app::App;
use crate::error::Error;
use crate::model::{ConversationKind, ReportId, Timestamp, UserKind};
use crate::moderation::{EvidenceLine, Outcome, Party, ReportFile, ReportLine};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};

#[derive(Template)]
#[template(path = "pages/admin/reports.html")]
struct QueuePage {
    page: Frame,
    reports: Vec<ReportView>,
    next: Option<i64>,
}

#[derive(Template)]
#[template(path = "pages/admin/report.html")]
struct ReportPage {
    page: Frame,
    report: ReportView,
    note: String,
    evidence: Vec<EvidenceView>,
    earlier: Option<i64>,
    /// Whether the evidence is a copy of the end of a longer talk.
    is_copy: bool,
    against_reported: Vec<ReportView>,
    against_reporter: Vec<ReportView>,
    by_reporter: Vec<ReportView>,
    next: Option<i64>,
    previous: Option<i64>,
}

/// A report in a list, and at the top of its own page.
pub(super) struct ReportView {
    pub(super) id: i64,
    pub(super) place: String,
    pub(super) reporter: PartyView,
    pub(super) reported: PartyView,
    pub(super) reason: String,
    pub(super) at: Moment,
    /// `warned by ana`
    pub(super) outcome: Option<String>,
    pub(super) decided: Option<Moment>,
}

pub(super) struct PartyView {
    pub(super) id: i64,
    pub(super) username: String,
    pub(super) name: String,
    pub(super) guest: bool,
}

impl PartyView {
    fn new(party: Party) -> Self {
        Self {
            id: party.id.0,
            guest: party.kind == UserKind::Guest,
            username: party.username,
            name: party.name,
        }
    }
}

impl ReportView {
    pub(super) fn new(line: ReportLine, now: Timestamp) -> Self {
        let handled = line.handled;
        Self {
            id: line.id.0,
            place: place_of(line.kind, line.place.as_deref()),
            reporter: PartyView::new(line.reporter),
            reported: PartyView::new(line.reported),
            reason: line.reason,
            at: Moment::new(line.created_at, now),
            decided: handled.as_ref().map(|end| Moment::new(end.at, now)),
            outcome: handled.map(|end| match end.by {
                Some(by) => format!("{} by {by}", end.outcome),
                None => end.outcome,
            }),
        }
    }

    pub(super) fn list(lines: Vec<ReportLine>, now: Timestamp) -> Vec<Self> {
        lines.into_iter().map(|line| Self::new(line, now)).collect()
    }
}

fn place_of(kind: Option<ConversationKind>, name: Option<&str>) -> String {
    match (kind, name) {
        (Some(ConversationKind::Match), _) => "Strangers".into(),
        (Some(ConversationKind::Direct), _) => "Chat".into(),
        (Some(ConversationKind::Room), Some(name)) => format!("Room {name}"),
        (Some(ConversationKind::Room), None) => "Room".into(),
        (None, Some(name)) => format!("Room {name}, deleted"),
        (None, None) => "Chat, deleted".into(),
    }
}

struct EvidenceView {
    sender: i64,
    name: String,
    hue: i64,
    body: String,
    at: Moment,
    /// Whose it is, in a word.
    side: &'static str,
    is_subject: bool,
}

impl EvidenceView {
    fn new(line: EvidenceLine, file: &ReportLine, now: Timestamp) -> Self {
        let side = match line.sender {
            sender if sender == file.reported.id => "reported",
            sender if sender == file.reporter.id => "reporter",
            _ => "",
        };
        Self {
            sender: line.sender.0,
            hue: hue_of(line.sender),
            name: line.name,
            body: line.body,
            at: Moment::new(line.sent_at, now),
            side,
            is_subject: line.is_subject,
        }
    }
}

/// `GET /admin/reports`
pub(super) async fn queue(
    State(app): State<App>,
    entered: Entered,
    Query(cursor): Query<Cursor>,
) -> Result<Response, PageError> {
    let queue = app.moderation.queue(&entered.admin, cursor.after).await?;
    show(&QueuePage {
        page: Frame::new(&app, &entered, "Reports", "reports").await?,
        reports: ReportView::list(queue.items, app.clock.now()),
        next: queue.next,
    })
}

/// `GET /admin/reports/{id}`
pub(super) async fn report(
    State(app): State<App>,
    entered: Entered,
    Path(id): Path<i64>,
    Query(cursor): Query<Cursor>,
) -> Result<Response, PageError> {
    let file = app
        .moderation
        .report_file(&entered.admin, ReportId(id), cursor.before)
        .await?;
    let frame = Frame::new(&app, &entered, format!("Report {id}"), "reports").await?;
    show(&report_page(frame, file, app.clock.now()))
}

fn report_page(frame: Frame, file: ReportFile, now: Timestamp) -> ReportPage {
    let evidence = file.evidence.into_iter();
    ReportPage {
        page: frame,
        is_copy: file.line.kind != Some(ConversationKind::Match),
        evidence: evidence
            .map(|line| EvidenceView::new(line, &file.line, now))
            .collect(),
        earlier: file.earlier,
        report: ReportView::new(file.line, now),
        note: file.note,
        against_reported: ReportView::list(file.against_reported, now),
        against_reporter: ReportView::list(file.against_reporter, now),
        by_reporter: ReportView::list(file.by_reporter, now),
        next: file.next.map(|id| id.0),
        previous: file.previous.map(|id| id.0),
    }
}

/// What can come of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Dismiss,
    Warn,
    Suspend,
    Ban,
}

impl Choice {
    /// # Errors
    /// `NotFound` when it is none of these.
    fn parse(word: &str) -> Result<Self, Error> {
        match word {
            "dismiss" => Ok(Self::Dismiss),
            "warn" => Ok(Self::Warn),
            "suspend" => Ok(Self::Suspend),
            "ban" => Ok(Self::Ban),
            _ => Err(Error::NotFound),
        }
    }

    fn outcome(self, form: &AnswerForm) -> Result<Outcome, Error> {
        Ok(match self {
            Self::Dismiss => Outcome::Dismiss,
            Self::Warn => Outcome::Warn,
            Self::Suspend => Outcome::Suspend(form.term()?),
            Self::Ban => Outcome::Ban {
                time: form.term()?,
                network: form.network(),
            },
        })
    }

    fn question(self, id: i64, whom: &str) -> Question {
        let (title, text, button, note) = match self {
            Self::Dismiss => (
                format!("Dismiss report {id}?"),
                format!("Nothing happens to @{whom}."),
                "Dismiss",
                NoteFor::Log,
            ),
            Self::Warn => (
                format!("Warn @{whom}?"),
                format!(
                    "@{whom} sees your note on every page, until they say that they have read it."
                ),
                "Warn",
                NoteFor::Them,
            ),
            Self::Suspend => (
                format!("Suspend @{whom}?"),
                format!(
                    "@{whom} is signed out at once and cannot come back meanwhile. Who tries is told until when and why. Their match ends."
                ),
                "Suspend",
                NoteFor::Them,
            ),
            Self::Ban => (
                format!("Ban @{whom} from matching?"),
                format!(
                    "@{whom} meets no strangers meanwhile, and is told until when and why. Their match ends. Chats go on."
                ),
                "Ban from matching",
                NoteFor::Them,
            ),
        };
        let word = match self {
            Self::Dismiss => "dismiss",
            Self::Warn => "warn",
            Self::Suspend => "suspend",
            Self::Ban => "ban",
        };
        Question {
            title,
            text,
            action: format!("/admin/reports/{id}/{word}"),
            back: format!("/admin/reports/{id}"),
            button,
            tab: "reports",
            danger: matches!(self, Self::Suspend | Self::Ban),
            has_term: matches!(self, Self::Suspend | Self::Ban),
            has_network: self == Self::Ban,
            note,
        }
    }
}

async fn question_of(
    app: &App,
    entered: &Entered,
    id: i64,
    choice: Choice,
) -> Result<Question, PageError> {
    let moderation = &app.moderation;
    let whom = moderation
        .username_of_reported(&entered.admin, ReportId(id))
        .await?;
    Ok(choice.question(id, &whom))
}

/// `GET /admin/reports/{id}/{outcome}`
pub(super) async fn ask(
    State(app): State<App>,
    entered: Entered,
    Path((id, choice)): Path<(i64, String)>,
) -> Result<Response, PageError> {
    let question = question_of(&app, &entered, id, Choice::parse(&choice)?).await?;
    question::ask(&app, &entered, question).await
}

/// `POST /admin/reports/{id}/{outcome}`
pub(super) async fn decide(
    State(app): State<App>,
    Path((id, choice)): Path<(i64, String)>,
    Acting { entered, form }: Acting<AnswerForm>,
) -> Result<Response, PageError> {
    let choice = Choice::parse(&choice)?;
    if let Err(error) = try_decide(&app, &entered, id, choice, &form).await {
        let question = question_of(&app, &entered, id, choice).await?;
        return question::ask_again(&app, &entered, question, form, error).await;
    }
    let flash = Flash::done(format!("Report {id} is decided."));
    entered.visitor.flash(flash).await?;
    Ok(Redirect::to("/admin/reports").into_response())
}

async fn try_decide(
    app: &App,
    entered: &Entered,
    id: i64,
    choice: Choice,
    form: &AnswerForm,
) -> Result<(), Error> {
    let outcome = choice.outcome(form)?;
    app.decide(&entered.admin, ReportId(id), outcome, form.note()?)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UserId;
    use crate::moderation::Handled;

    const NOW: Timestamp = Timestamp(1_795_197_845_123);

    fn party(id: i64, username: &str) -> Party {
        Party {
            id: UserId(id),
            username: username.into(),
            name: "<b>".into(),
            kind: UserKind::Person,
        }
    }

    fn line(handled: Option<Handled>) -> ReportLine {
        ReportLine {
            id: ReportId(7),
            kind: Some(ConversationKind::Room),
            place: Some("Lounge".into()),
            reporter: party(1, "kevin"),
            reported: party(2, "jz"),
            reason: "<script>".into(),
            created_at: NOW,
            handled,
        }
    }

    fn html(handled: Option<Handled>) -> String {
        let said = EvidenceLine {
            seq: 1,
            sender: UserId(2),
            name: "jz @jz".into(),
            body: "<i>rude</i>".into(),
            sent_at: NOW,
            is_subject: true,
        };
        let file = ReportFile {
            line: line(handled),
            note: String::new(),
            message: None,
            evidence: vec![said],
            earlier: Some(1),
            against_reported: vec![line(None)],
            against_reporter: Vec::new(),
            by_reporter: Vec::new(),
            next: Some(ReportId(8)),
            previous: None,
        };
        let page = report_page(Frame::sample("Report 7"), file, NOW);
        page.render().expect("it renders")
    }

    #[test]
    fn a_report_shows_its_evidence_as_text_and_what_can_be_done() {
        let html = html(None);
        assert!(html.contains("&#60;i&#62;rude&#60;/i&#62;") && html.contains("Room Lounge"));
        assert!(html.contains("/admin/reports/7/suspend") && html.contains("?before=1"));
        assert!(html.contains(r#"rel="next" href="/admin/reports/8""#));
    }

    #[test]
    fn a_decided_report_cannot_be_decided_again() {
        let html = html(Some(Handled {
            outcome: "warned".into(),
            by: Some("ana".into()),
            at: NOW,
        }));
        assert!(html.contains("warned by ana") && !html.contains("/admin/reports/7/suspend"));
    }

    #[test]
    fn the_queue_is_a_list_of_links() {
        let html = QueuePage {
            page: Frame::sample("Reports"),
            reports: ReportView::list(vec![line(None)], NOW),
            next: Some(7),
        }
        .render()
        .expect("it renders");
        assert!(html.contains(r#"href="/admin/reports/7""#) && html.contains("?after=7"));
    }
}
