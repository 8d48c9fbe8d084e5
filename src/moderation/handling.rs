//! What is done about somebody: on a report, or by itself.

use super::audit::{Act, Entry};
use super::queries::{people, reports};
use super::{Admin, Moderation, refuse_oneself};
use crate::error::{Error, Result};
use crate::model::{Event, ReportId, SessionEnd, Topic, UserId};
use crate::store::Tx;
use smallvec::smallvec;
use std::time::Duration;

/// Why something is done: for the log, and for whom it is done to where they are told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note(String);

impl Note {
    /// The longest note, in characters.
    pub const MAX_CHARS: usize = 500;

    /// A note that may be empty.
    ///
    /// # Errors
    /// `Invalid` when it is too long.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.chars().count() > Self::MAX_CHARS || text.contains('\0') {
            let message = format!("Please keep it to {} characters.", Self::MAX_CHARS);
            return Err(Error::invalid("note", message));
        }
        Ok(Self(text.to_owned()))
    }

    /// What it says.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn require(&self) -> Result<()> {
        if self.0.is_empty() {
            return Err(Error::invalid("note", "Please say why: it is kept."));
        }
        Ok(())
    }
}

/// For how long something binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A week.
    Week,
    /// Thirty days.
    Month,
    /// Until it is lifted.
    Open,
}

impl Term {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Open];

    /// The word in the form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Open => "open",
        }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// `Invalid` when it is none of these.
    pub fn parse(word: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|term| term.as_str() == word);
        found.ok_or_else(|| Error::invalid("term", "Choose for how long."))
    }

    /// For a person.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Hour => "for an hour",
            Self::Day => "for a day",
            Self::Week => "for a week",
            Self::Month => "for 30 days",
            Self::Open => "until it is lifted",
        }
    }

    fn duration(self) -> Duration {
        let days = match self {
            Self::Hour => return Duration::from_secs(60 * 60),
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            // A hundred years.
            Self::Open => 36_500,
        };
        Duration::from_secs(days * 24 * 60 * 60)
    }
}

/// What comes of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing.
    Dismiss,
    /// They are told.
    Warn,
    /// They may not be here for a time.
    Suspend(Term),
    /// They are not matched for a time; with `network` nobody is who comes from where they were last.
    Ban {
        /// For how long.
        time: Term,
        /// Whether it binds their network, too.
        network: bool,
    },
}

impl Outcome {
    /// The word in the database.
    fn as_str(self) -> &'static str {
        match self {
            Self::Dismiss => "dismissed",
            Self::Warn => "warned",
            Self::Suspend(_) => "suspended",
            Self::Ban { .. } => "banned",
        }
    }

    fn act(self) -> Act {
        match self {
            Self::Dismiss => Act::Dismissed,
            Self::Warn => Act::Warned,
            Self::Suspend(_) => Act::Suspended,
            Self::Ban { .. } => Act::Banned,
        }
    }

    /// Whether who is reported has to be taken out of the line and out of their match.
    fn ends_matches(self) -> bool {
        matches!(self, Self::Suspend(_) | Self::Ban { .. })
    }
}

/// `for a day: harassment`
fn detail(terms: &str, note: &Note) -> String {
    let parts = [terms, note.as_str()].into_iter();
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(": ")
}

impl Moderation {
    /// Decides a report. Says who has to leave their match.
    ///
    /// # Errors
    /// `NotFound`; `Ended` when it is decided already; `Invalid` without a note, except for dismissing;
    /// `Forbidden` against oneself.
    pub async fn decide(
        &self,
        admin: &Admin,
        id: ReportId,
        outcome: Outcome,
        note: Note,
    ) -> Result<Option<UserId>> {
        if outcome != Outcome::Dismiss {
            note.require()?;
        }
        let (this, by) = (admin.clone(), admin.user);
        self.act(admin, move |tx| {
            let (reported, is_open) = reports::state(tx.reads(), id)?.ok_or(Error::NotFound)?;
            if !is_open {
                return Err(Error::Gone("This report is decided already."));
            }
            let now = tx.now();
            refuse_oneself(&this, reported)?;
            let terms = apply(tx, reported, outcome, &note)?;
            reports::close(tx.writes(), id, outcome.as_str(), by, now)?;
            let username = people::username(tx.reads(), reported)?.ok_or(Error::NotFound)?;
            let detail = match outcome {
                Outcome::Dismiss => note.as_str().to_owned(),
                _ => format!("@{username} {}", detail(&terms, &note)),
            };
            let whom = outcome.ends_matches().then_some(reported);
            let entry = Entry::new(outcome.act(), format!("report {id}"), detail);
            Ok((whom, entry.done_to(reported)))
        })
        .await
    }

    /// Warns, suspends or bans somebody, without a report. Says who has to leave their match.
    ///
    /// # Errors
    /// As [`Moderation::decide`].
    pub async fn sanction(
        &self,
        admin: &Admin,
        user: UserId,
        outcome: Outcome,
        note: Note,
    ) -> Result<Option<UserId>> {
        note.require()?;
        let this = admin.clone();
        self.act(admin, move |tx| {
            let username = people::username(tx.reads(), user)?.ok_or(Error::NotFound)?;
            refuse_oneself(&this, user)?;
            let terms = apply(tx, user, outcome, &note)?;
            let entry = Entry::of_person(outcome.act(), user, &username, detail(&terms, &note));
            Ok((outcome.ends_matches().then_some(user), entry))
        })
        .await
    }
}

/// Does it. Says what it came to: that may be less, or more, than was asked for.
fn apply(tx: &mut Tx<'_>, user: UserId, outcome: Outcome, note: &Note) -> Result<String> {
    match outcome {
        Outcome::Dismiss => Ok(String::new()),
        Outcome::Warn => {
            let words = format!("Those who look after this server warn you: “{}”", note.0);
            people::add_notice(tx.writes(), user, &words)?;
            tx.publish(smallvec![Topic::User(user)], Event::NoticeGiven(words));
            Ok(String::new())
        }
        Outcome::Suspend(time) => suspend(tx, user, time, note),
        Outcome::Ban { time, network } => ban(tx, user, time, network, note),
    }
}

/// One that stands already and lasts longer is not cut short: only who lifts it does that.
fn suspend(tx: &mut Tx<'_>, user: UserId, time: Term, note: &Note) -> Result<String> {
    let until = tx.now().after(time.duration());
    let stands = people::suspended_until(tx.reads(), user)?.filter(|stands| *stands > until);
    if stands.is_none() {
        people::set_suspended(tx.writes(), user, Some((until, note.as_str())))?;
    }
    // Tokens stay: they are refused for as long as it lasts, and programs go on afterwards.
    people::delete_sessions(tx.writes(), user)?;
    tx.publish(
        smallvec![Topic::User(user)],
        Event::SessionEnded(SessionEnd::Suspended),
    );
    let longer = if stands.is_some() {
        ", a longer one stands"
    } else {
        ""
    };
    Ok(format!("{}{longer}", time.words()))
}

/// Who was never matched has no network that is known.
fn ban(tx: &mut Tx<'_>, user: UserId, time: Term, network: bool, note: &Note) -> Result<String> {
    let now = tx.now();
    let last = people::last_address(tx.reads(), user)?.filter(|_| network);
    let span = (now, now.after(time.duration()));
    people::insert_ban(tx.writes(), user, last.as_deref(), note.as_str(), span)?;
    let bound = match (network, last) {
        (true, Some(_)) => ", with the network",
        (true, None) => ", whose network is not known",
        (false, _) => "",
    };
    Ok(format!("{}{bound}", time.words()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_says_for_how_long_and_why() {
        let note = Note::parse(" harassment ").unwrap();
        assert_eq!(detail("for a day", &note), "for a day: harassment");
        assert_eq!(detail("", &note), "harassment");
        assert!(Note::parse(&"x".repeat(501)).is_err());
    }
}
