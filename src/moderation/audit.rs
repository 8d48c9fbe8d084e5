//! The audit log: what administrators did, when, to whom, and why.

use super::queries::audit;
use super::{Admin, Moderation, Stretch};
use crate::error::Result;
use crate::model::{Timestamp, UserId};

/// Lines on a page of the log.
const SHOWN: usize = 100;

/// What can be done. The words are those of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Proved by the password to be the administrator.
    Entered,
    /// Found nothing wrong in a report.
    Dismissed,
    /// Told somebody not to do it again.
    Warned,
    /// Took somebody's account away for a time.
    Suspended,
    /// Gave it back.
    Lifted,
    /// Kept somebody from being matched for a time.
    Banned,
    /// Let them again.
    Unbanned,
    /// Signed somebody out everywhere.
    EndedSessions,
    /// Stopped all SMS.
    PausedSms,
    /// Sends SMS again.
    ResumedSms,
    /// Made a room.
    MadeRoom,
    /// Gave a room another name or topic.
    ChangedRoom,
    /// Deleted a room with its messages.
    DeletedRoom,
    /// Made somebody an administrator, from the command line.
    Appointed,
}

impl Act {
    /// What it is called in the log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Entered => "entered",
            Self::Dismissed => "dismissed",
            Self::Warned => "warned",
            Self::Suspended => "suspended",
            Self::Lifted => "lifted the suspension of",
            Self::Banned => "banned from matching",
            Self::Unbanned => "lifted the ban of",
            Self::EndedSessions => "signed out everywhere",
            Self::PausedSms => "paused",
            Self::ResumedSms => "resumed",
            Self::MadeRoom => "made",
            Self::ChangedRoom => "changed",
            Self::DeletedRoom => "deleted",
            Self::Appointed => "appointed",
        }
    }
}

/// What is written down of one act.
pub(super) struct Entry {
    pub(super) act: Act,
    /// Whom or what it was done to: `@jz`, `report 3`, `room general`. Never a number.
    pub(super) subject: String,
    /// Whom it was done to, if to somebody: names change.
    pub(super) subject_id: Option<UserId>,
    /// For how long, and why.
    pub(super) detail: String,
}

impl Entry {
    /// Done to somebody.
    pub(super) fn of_person(
        act: Act,
        user: UserId,
        username: &str,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(act, format!("@{username}"), detail).done_to(user)
    }

    /// Done to somebody by way of something else.
    pub(super) fn done_to(self, user: UserId) -> Self {
        Self {
            subject_id: Some(user),
            ..self
        }
    }

    /// Done to something.
    pub(super) fn new(act: Act, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            act,
            subject: subject.into(),
            subject_id: None,
            detail: detail.into(),
        }
    }
}

/// One act, as it was written down.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Its place in the log.
    pub id: i64,
    /// Who did it, unless they are gone; from the command line it is nobody.
    pub admin_id: Option<UserId>,
    /// The same by the name of then.
    pub admin: String,
    /// What, in the words of [`Act`].
    pub act: String,
    /// Whom or what it was done to.
    pub subject: String,
    /// Whom it was about, whatever they are called by now.
    pub subject_id: Option<UserId>,
    /// For how long, and why.
    pub detail: String,
    /// When.
    pub done_at: Timestamp,
}

impl Moderation {
    /// Writes down that somebody has entered the administration.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more.
    pub async fn enter(&self, admin: &Admin) -> Result<()> {
        self.act(admin, |_| {
            Ok(((), Entry::new(Act::Entered, "administration", "")))
        })
        .await
    }

    /// The log, the newest line first, from before a line.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more.
    pub async fn log(&self, admin: &Admin, before: Option<i64>) -> Result<Stretch<LogLine>> {
        self.look(admin, move |conn| {
            let lines = audit::lines(conn, before, SHOWN + 1)?;
            Ok(Stretch::of(lines, SHOWN, |line| line.id))
        })
        .await
    }
}
