//! Reports as those see them who look after this server.

use super::queries::{evidence, people, reports};
use super::{Admin, Moderation, Stretch};
use crate::error::{Error, Result};
use crate::model::{ConversationKind, MessageId, ReportId, Timestamp, UserId, UserKind};

/// Reports on a page.
const SHOWN: usize = 30;
/// Messages of evidence on a page.
const LINES: usize = 200;

/// One of the two whom a report is about.
#[derive(Clone, Debug)]
pub struct Party {
    /// Who.
    pub id: UserId,
    /// Their username.
    pub username: String,
    /// As they call themselves.
    pub name: String,
    /// Person, guest or bot.
    pub kind: UserKind,
}

/// A report in a list.
#[derive(Clone, Debug)]
pub struct ReportLine {
    /// Its id.
    pub id: ReportId,
    /// Where it happened; nothing once that is deleted.
    pub kind: Option<ConversationKind>,
    /// What the room was called.
    pub place: Option<String>,
    /// Who complains.
    pub reporter: Party,
    /// About whom.
    pub reported: Party,
    /// Why.
    pub reason: String,
    /// When.
    pub created_at: Timestamp,
    /// What came of it, if that is decided.
    pub handled: Option<Handled>,
}

/// What came of a report.
#[derive(Clone, Debug)]
pub struct Handled {
    /// `dismissed`, `warned`, `suspended` or `banned`.
    pub outcome: String,
    /// By whom, as long as they are there.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A report with its evidence.
#[derive(Clone, Debug)]
pub struct ReportFile {
    /// What the list shows, too.
    pub line: ReportLine,
    /// What else the reporter had to say.
    pub note: String,
    /// The message that it is about, if one in particular.
    pub message: Option<MessageId>,
    /// What was said, in order.
    pub evidence: Vec<EvidenceLine>,
    /// Before which place there is more of it.
    pub earlier: Option<i64>,
    /// Reports against the one who is reported, the newest first.
    pub against_reported: Vec<ReportLine>,
    /// Reports against the reporter.
    pub against_reporter: Vec<ReportLine>,
    /// Other reports by the reporter.
    pub by_reporter: Vec<ReportLine>,
    /// The next open report, and the one before.
    pub next: Option<ReportId>,
    /// The open report before this one.
    pub previous: Option<ReportId>,
}

/// One message, as it was when it was reported.
#[derive(Clone, Debug)]
pub struct EvidenceLine {
    /// Its place in the conversation.
    pub seq: i64,
    /// Who wrote it.
    pub sender: UserId,
    /// By the name of then.
    pub name: String,
    /// What; nothing of a message that was deleted before.
    pub body: String,
    /// When.
    pub sent_at: Timestamp,
    /// Whether the report is about it.
    pub is_subject: bool,
}

impl Moderation {
    /// The reports that wait for somebody, the oldest first, from after one.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more.
    pub async fn queue(&self, admin: &Admin, after: Option<i64>) -> Result<Stretch<ReportLine>> {
        self.look(admin, move |conn| {
            let lines = reports::queue(conn, after.unwrap_or(0), SHOWN + 1)?;
            Ok(Stretch::of(lines, SHOWN, |line| line.id.0))
        })
        .await
    }

    /// What somebody is called whom a report is about.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn username_of_reported(&self, admin: &Admin, id: ReportId) -> Result<String> {
        self.look(admin, move |conn| {
            let (reported, _) = reports::state(conn, id)?.ok_or(Error::NotFound)?;
            people::username(conn, reported)?.ok_or(Error::NotFound)
        })
        .await
    }

    /// One report: all of a match, or what was kept of a chat, and what both sides were in before.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn report_file(
        &self,
        admin: &Admin,
        id: ReportId,
        before: Option<i64>,
    ) -> Result<ReportFile> {
        self.look(admin, move |conn| {
            let (line, note, message) = reports::one(conn, id)?.ok_or(Error::NotFound)?;
            let mut evidence = match line.kind {
                Some(ConversationKind::Match) => evidence::of_match(conn, id, before, LINES + 1)?,
                _ => evidence::of_chat(conn, id, before, LINES + 1)?,
            };
            let more = evidence.len() > LINES;
            evidence.truncate(LINES);
            let earlier = evidence.last().filter(|_| more).map(|line| line.seq);
            evidence.reverse();
            let (next, previous) = reports::neighbours(conn, id)?;
            Ok(ReportFile {
                against_reported: reports::against(conn, line.reported.id, Some(id))?,
                against_reporter: reports::against(conn, line.reporter.id, Some(id))?,
                by_reporter: reports::by(conn, line.reporter.id, Some(id))?,
                line,
                note,
                message,
                evidence,
                earlier,
                next,
                previous,
            })
        })
        .await
    }
}
