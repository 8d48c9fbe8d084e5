//! Talking with a stranger: what somebody wishes for, how it stands, and how it ended.

use super::{ConversationId, Timestamp, UserId, parse_name};
use crate::error::{Error, Result};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;
use unicode_normalization::UnicodeNormalization;

/// Something that somebody likes to talk about, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interest(String);

impl Interest {
    /// The longest, in characters.
    pub const MAX_CHARS: usize = 30;

    /// Two spellings that differ in case or width alone are one interest.
    ///
    /// # Errors
    /// `Invalid` when it is empty, too long, or holds characters that hide or reorder others.
    pub fn parse(text: &str) -> Result<Self> {
        let folded = text.nfkc().collect::<String>().to_lowercase();
        // Last, because some letters are folded to a space and a mark.
        let words: Vec<&str> = folded.split_whitespace().collect();
        parse_name("interests", &words.join(" "), Self::MAX_CHARS).map(Self)
    }

    /// The interest.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Under which name somebody meets a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appearance {
    /// As [`Appearance::STRANGER`].
    Anonymous,
    /// Under their username.
    Username,
}

impl Appearance {
    /// What everybody is called who chose no name.
    pub const STRANGER: &'static str = "Stranger";

    /// Reads the word.
    ///
    /// # Errors
    /// `Invalid` when it is neither of the two.
    pub fn parse(word: &str) -> Result<Self> {
        match word {
            "anonymous" => Ok(Self::Anonymous),
            "username" => Ok(Self::Username),
            _ => Err(Error::invalid("as", "Choose anonymous or username.")),
        }
    }
}

/// With whom somebody would like to talk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// About what, if anything in particular.
    pub interests: BTreeSet<Interest>,
    /// Never with somebody who shares none of these.
    pub only_common: bool,
    /// Under which name. Nothing: guests anonymously, people under their username.
    pub appearance: Option<Appearance>,
}

impl Wishes {
    /// As many interests as one can have.
    pub const INTERESTS_MAX: usize = 10;

    /// Puts wishes together.
    ///
    /// # Errors
    /// `Invalid` for more than ten interests, for one that is none, and for `only_common` without any.
    pub fn parse(
        interests: &[String],
        only_common: bool,
        appearance: Option<Appearance>,
    ) -> Result<Self> {
        if interests.len() > Self::INTERESTS_MAX {
            return Err(Error::invalid(
                "interests",
                format!("Please keep it to {} interests.", Self::INTERESTS_MAX),
            ));
        }
        let interests: BTreeSet<_> = interests
            .iter()
            .map(|text| Interest::parse(text))
            .collect::<Result<_>>()?;
        if only_common && interests.is_empty() {
            return Err(Error::invalid(
                "only_common",
                "Name at least one interest to share.",
            ));
        }
        Ok(Self {
            interests,
            only_common,
            appearance,
        })
    }
}

/// Somebody who looks for a stranger, with all that the rules want to know. Moments are
/// [`Clock::elapsed`](crate::clock::Clock::elapsed).
#[derive(Clone, Debug)]
pub struct Seeker {
    /// Who: an account or a guest, with whatever tabs and devices.
    pub user: UserId,
    /// What they wish for.
    pub wishes: Wishes,
    /// What the other one is to call them.
    pub alias: String,
    /// Where they come from, as a keyed hash.
    pub address: String,
    /// Since when they look, and on the calendar.
    pub joined: Duration,
    /// The same moment, for people.
    pub since: Timestamp,
    /// From when on anybody will do; never with `only_common`.
    pub wide_from: Option<Duration>,
    /// Whom they are never to meet: blocked or reported, in either direction.
    pub apart: HashSet<UserId>,
    /// Whom they met lately, and from when on that is long enough ago.
    pub met: HashMap<UserId, Duration>,
}

impl Seeker {
    /// As the seeker is told of it.
    #[must_use]
    pub fn state(&self) -> MatchState {
        let widens_in = |from: Duration| from.saturating_sub(self.joined);
        MatchState::Waiting {
            since: self.since,
            interests: self.wishes.interests.iter().cloned().collect(),
            only_common: self.wishes.only_common,
            widen_at: self.wide_from.map(|from| self.since.after(widens_in(from))),
        }
    }
}

/// How it stands with somebody who is not idle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchState {
    /// Nobody yet.
    Waiting {
        /// Since when.
        since: Timestamp,
        /// For somebody who likes one of these.
        interests: Vec<Interest>,
        /// And for nobody else.
        only_common: bool,
        /// From when on for anybody.
        widen_at: Option<Timestamp>,
    },
    /// Talking.
    Matched(Box<Match>),
}

/// A talk with a stranger, as one of the two sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Where they talk.
    pub conversation_id: ConversationId,
    /// The other one.
    pub partner: Seat,
    /// Whether they are here.
    pub presence: PartnerPresence,
    /// Oneself, as the other one sees it.
    pub you: Seat,
    /// What both like.
    pub common_interests: Vec<Interest>,
    /// Since when.
    pub started_at: Timestamp,
    /// Whether one has asked to keep in touch.
    pub asked_to_keep: bool,
    /// Whether both have.
    pub kept: bool,
    /// When it ended and why, if it has.
    pub end: Option<(Timestamp, MatchEnd)>,
}

/// All that one of the two gets to know of the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// 1 or 2: stands for their id, in this conversation.
    pub number: i64,
    /// What they are called.
    pub alias: String,
}

/// Whether the other one is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartnerPresence {
    /// They are.
    Here,
    /// Their connection was lost.
    Reconnecting {
        /// When it is over if they do not come back.
        until: Timestamp,
    },
}

/// Why a match ended, as one of the two is told: who blocks or reports knows it, the other one
/// learns that they left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatchEnd {
    /// One of them left.
    Left,
    /// A connection was lost for too long.
    Lost,
    /// One blocked the other.
    Blocked,
    /// One reported the other.
    Reported,
    /// Somebody who looks after this server ended it.
    Moderator,
}

impl MatchEnd {
    /// The word in the database and on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Lost => "lost",
            Self::Blocked => "blocked",
            Self::Reported => "reported",
            Self::Moderator => "moderator",
        }
    }

    /// The end of that word; the database holds no other.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word {
            "lost" => Self::Lost,
            "blocked" => Self::Blocked,
            "reported" => Self::Reported,
            "moderator" => Self::Moderator,
            _ => Self::Left,
        }
    }
}

/// What a complaint says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    reason: String,
    note: String,
}

impl Complaint {
    /// A reason of 1 to 100 characters, and a note of at most 1,000.
    ///
    /// # Errors
    /// `Invalid` when one is too long or the reason is missing.
    pub fn parse(reason: &str, note: &str) -> Result<Self> {
        let (reason, note) = (reason.trim(), note.trim());
        if reason.is_empty() || reason.chars().count() > 100 || reason.contains('\0') {
            return Err(Error::invalid("reason", "Say why in 1 to 100 characters."));
        }
        if note.chars().count() > 1_000 || note.contains('\0') {
            return Err(Error::invalid(
                "note",
                "Please keep the note to 1,000 characters.",
            ));
        }
        Ok(Self {
            reason: reason.to_owned(),
            note: note.to_owned(),
        })
    }

    /// Why, in a word or two.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// What else there is to say; often nothing.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Ok(interest) = Interest::parse(text) {
        assert_eq!(
            Interest::parse(interest.as_str()).as_ref().ok(),
            Some(&interest)
        );
        assert!((1..=Interest::MAX_CHARS).contains(&interest.as_str().chars().count()));
    }
    let words: Vec<_> = text.split(',').map(str::to_owned).collect();
    if let Ok(wishes) = Wishes::parse(&words, true, None) {
        assert!((1..=Wishes::INTERESTS_MAX).contains(&wishes.interests.len()));
    }
    if let Ok(complaint) = Complaint::parse(text, text) {
        assert_eq!(
            (complaint.reason(), complaint.note()),
            (text.trim(), text.trim())
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn interests_that_differ_in_case_or_width_are_one() {
        let one = Interest::parse("  Rock   Climbing ").unwrap();
        assert_eq!(one, Interest::parse("ｒｏｃｋ climbing").unwrap());
        assert_eq!(one.as_str(), "rock climbing");
        assert!(Interest::parse(" ").is_err() && Interest::parse(&"x".repeat(31)).is_err());
        assert!(Interest::parse("a\u{202E}b").is_err());
        let folded_to_a_space = Interest::parse("r \u{FE74}").unwrap();
        assert_eq!(folded_to_a_space.as_str(), "r \u{64D}");
    }

    #[test]
    fn wishes_that_nobody_can_fulfil_are_refused() {
        let eleven: Vec<_> = (0..11).map(|n| format!("tag {n}")).collect();
        assert!(Wishes::parse(&eleven, false, None).is_err());
        assert!(Wishes::parse(&[], true, None).is_err());
        let twice = Wishes::parse(&["a".into(), "A".into()], true, None).unwrap();
        assert_eq!(twice.interests.len(), 1);
    }

    proptest! {
        #[test]
        fn an_interest_reads_as_itself(text in "\\PC{0,40}") {
            promises(&text);
        }
    }
}
