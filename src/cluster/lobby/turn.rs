//! The words in which the lobby is spoken to, and answers.

use super::Ticket;
use crate::model::{ConversationId, Seeker, UserId};
use std::time::Duration;

/// Picks the one whom a seeker is to meet now, if anybody, from those that might do, the best first.
pub type Choose = fn(&Seeker, &mut dyn Iterator<Item = &Seeker>, Duration) -> Option<Pick>;

/// The one who was picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Who.
    pub user: UserId,
    /// Whether they are only met because nobody else is there.
    pub for_want_of_others: bool,
}

/// What the lobby is told of the rules.
#[derive(Clone, Copy, Debug)]
pub struct HouseRules {
    /// Picks.
    pub choose: Choose,
    /// When that may come out differently, although nobody came or went.
    pub moments: fn(&Seeker) -> Vec<Duration>,
    /// How long somebody may be gone before the other one is told: a reload is not worth a word.
    pub absence_told_after: Duration,
    /// How long they may be gone at all.
    pub absence_max: Duration,
    /// The same, once both have asked to keep in touch: signing in takes a while.
    pub absence_max_kept: Duration,
}

/// Two who are to meet. The first one has waited longer.
#[derive(Debug)]
pub struct Pair {
    /// The one who came first.
    pub first: (Ticket, Seeker),
    /// The other one.
    pub second: (Ticket, Seeker),
}

impl Pair {
    /// Who they are.
    #[must_use]
    pub fn users(&self) -> [UserId; 2] {
        [self.first.1.user, self.second.1.user]
    }
}

/// What is to be done next.
#[derive(Debug)]
pub enum Turn {
    /// Store the match of these two, then [`settle`](crate::cluster::Cluster::settle) or
    /// [`release`](crate::cluster::Cluster::release) them.
    Pair(Box<Pair>),
    /// Tell `user` that their partner is not here, or is again.
    Tell {
        /// Whom.
        user: UserId,
        /// In which match.
        conversation: ConversationId,
        /// How long the partner has yet to come back; nothing if they are here.
        time_left: Option<Duration>,
    },
    /// End that match: somebody did not come back.
    Lost {
        /// Which.
        conversation: ConversationId,
        /// Who have a place in it.
        people: [UserId; 2],
    },
    /// End that match: somebody changed their mind while it was being made.
    Unwanted {
        /// Which.
        conversation: ConversationId,
        /// Who have a place in it.
        people: [UserId; 2],
    },
}

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Waiting.
    Waiting,
    /// About to be matched.
    Pairing,
    /// Talking.
    Matched(ConversationId),
}

/// What became of somebody who came to find a stranger.
#[derive(Debug)]
pub enum Entered {
    /// They wait.
    Waiting(Box<Seeker>),
    /// There is somebody for them.
    Paired(Box<Pair>),
    /// They are being matched, or are.
    Busy,
}

/// How many are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Census {
    /// People with a connection, in the lobby or not.
    pub online: usize,
    /// Their connections, those included that closed a moment ago.
    pub connections: usize,
    /// People who wait and are here.
    pub waiting: usize,
    /// People who talk with a stranger.
    pub matched: usize,
    /// How often the lobby was found to contradict itself.
    pub faults: u64,
}

impl HouseRules {
    pub(super) fn absence_max_of(&self, kept: bool) -> Duration {
        if kept {
            self.absence_max_kept
        } else {
            self.absence_max
        }
    }
}
