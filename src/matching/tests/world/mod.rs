//! A world of people with its own books, which knows nothing of lines and tickets.

mod lobby;
mod people;
mod rules;

use super::{NOBODY_STARVES, ONE_PLACE};
use crate::cluster::{Cluster, HouseRules, Pair, Whereabouts};
use crate::matching::settings::house_rules;
use crate::model::{ConversationId, UserId};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

/// Something that happens; people are numbers.
#[derive(Clone, Debug)]
pub(super) enum Act {
    /// A tab is opened.
    Open(usize),
    /// A tab is closed, if there is any.
    Close(usize),
    /// Somebody looks for a stranger, with some of a few interests. In any tab, as often as they like.
    Find(usize, Vec<u8>, bool),
    Cancel(usize),
    Leave(usize),
    Block(usize),
    /// Two people fall out, wherever they are.
    Quarrel(usize, usize),
    /// Time goes by.
    Wait(u64),
    /// Matches that are being stored are stored; or the database fails.
    Store(bool),
}

/// One person, as the world's own books have them.
#[derive(Default)]
struct Person {
    tabs: u32,
    place: Place,
    apart: HashSet<UserId>,
    /// Whom they talked with and when that ended, the latest last.
    partners: Vec<(UserId, Duration)>,
}

#[derive(Clone, Default, Debug, PartialEq)]
enum Place {
    #[default]
    Idle,
    Waiting {
        tags: Vec<u8>,
        only: bool,
        joined: Duration,
        /// In the order in which people came.
        number: usize,
        gone_since: Option<Duration>,
        /// After a failure of the database, not before then.
        not_before: Duration,
        /// Whom they were apart from when they came. What comes later, the database tells in the end.
        apart: HashSet<UserId>,
    },
    Pairing,
    Matched(ConversationId),
}

pub(super) struct World {
    cluster: Cluster,
    rules: HouseRules,
    now: Duration,
    people: BTreeMap<UserId, Person>,
    matches: HashMap<ConversationId, ([UserId; 2], bool)>,
    pairing: Vec<Pair>,
    arrivals: usize,
    /// What was seen, so that a test can tell that it has tested something.
    pub(super) seen: Seen,
    /// Compares everybody with everybody after each step.
    pub(super) thorough: bool,
}

#[derive(Default)]
pub(super) struct Seen {
    pub(super) matches: usize,
    pub(super) again: usize,
    pub(super) common: usize,
    pub(super) widened: usize,
    pub(super) failures: usize,
    pub(super) fallen_out: usize,
    pub(super) lost: usize,
}

impl World {
    pub(super) fn new(thorough: bool) -> Self {
        Self {
            cluster: Cluster::memory(),
            rules: house_rules(Duration::from_secs(45)),
            now: Duration::from_secs(1_000),
            people: BTreeMap::new(),
            matches: HashMap::new(),
            pairing: Vec::new(),
            arrivals: 0,
            seen: Seen::default(),
            thorough,
        }
    }

    pub(super) fn act(&mut self, act: &Act) {
        match act {
            Act::Open(n) => self.open(id(*n)),
            Act::Close(n) => self.close(id(*n)),
            Act::Find(n, tags, only) => self.find(id(*n), tags, *only),
            Act::Cancel(n) => self.cancel(id(*n)),
            Act::Leave(n) => self.leave(id(*n)),
            Act::Block(n) => self.block(id(*n)),
            Act::Quarrel(one, other) => self.quarrel(id(*one), id(*other)),
            Act::Wait(millis) => self.wait(Duration::from_millis(*millis)),
            Act::Store(works) => self.store(*works),
        }
        self.check();
    }

    /// What must be true after every step.
    pub(super) fn check(&mut self) {
        assert_eq!(self.cluster.census().faults, 0);
        let waiting: Vec<UserId> = self
            .people
            .iter()
            .filter(|(_, person)| matches!(person.place, Place::Waiting { .. }))
            .map(|(user, _)| *user)
            .collect();
        let here = waiting.iter().filter(|user| self.is_here(**user)).count();
        assert_eq!(self.cluster.census().waiting, here, "{ONE_PLACE}");
        if !self.thorough {
            return;
        }
        for (user, person) in &self.people {
            let known = self.cluster.whereabouts(*user);
            let same = match &person.place {
                Place::Idle => known.is_none(),
                Place::Waiting { .. } => known == Some(Whereabouts::Waiting),
                Place::Pairing => known == Some(Whereabouts::Pairing),
                Place::Matched(c) => known == Some(Whereabouts::Matched(*c)),
            };
            assert!(same, "{ONE_PLACE} {user}: {:?}, {known:?}", person.place);
        }
        for (n, one) in waiting.iter().enumerate() {
            for other in &waiting[n + 1..] {
                let again = self.met_lately(*one, *other)
                    && self.suit(*one, *other)
                    && self.can_meet_at_all(*one, *other)
                    && self.may_meet_again(*one, *other);
                assert!(!again && !self.may_meet(*one, *other), "{NOBODY_STARVES}");
            }
        }
    }

    fn person(&mut self, user: UserId) -> &mut Person {
        self.people.entry(user).or_default()
    }
}

fn id(n: usize) -> UserId {
    UserId(i64::try_from(n).expect("few people") + 1)
}

fn widens(tags: &[u8], only: bool, joined: Duration) -> Option<Duration> {
    match (tags.is_empty(), only) {
        (_, true) => None,
        (true, false) => Some(joined),
        (false, false) => Some(joined + Duration::from_secs(10)),
    }
}
