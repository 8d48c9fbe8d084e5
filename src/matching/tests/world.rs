//! A world of people with its own books, which knows nothing of lines and tickets.

use super::{
    AGAIN, APART, FIRST_COME, HERE, INTERESTS, NO_THIRD, NOBODY_STARVES, ONE_MATCH, ONE_PLACE,
    ONESELF, PARTNERS,
};
use crate::cluster::{Cluster, Entered, HouseRules, Pair, Turn, Whereabouts};
use crate::matching::rules;
use crate::matching::settings::house_rules;
use crate::model::{ConversationId, Seeker, Timestamp, UserId, Wishes};
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

    fn person(&mut self, user: UserId) -> &mut Person {
        self.people.entry(user).or_default()
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

    fn open(&mut self, user: UserId) {
        self.person(user).tabs += 1;
        let _ = self.cluster.arrive(user);
        let now = self.now;
        if let Place::Waiting {
            gone_since,
            not_before,
            ..
        } = &mut self.person(user).place
        {
            *gone_since = None;
            *not_before = now;
        }
        let turns = self.cluster.note_return(user, self.now, &self.rules);
        self.take(turns, None);
    }

    fn close(&mut self, user: UserId) {
        if self.person(user).tabs == 0 {
            return;
        }
        self.person(user).tabs -= 1;
        self.cluster.close_connection(user);
        let _ = self.cluster.depart(user);
        self.cluster.note_absence(user, self.now);
        let now = self.now;
        let person = self.person(user);
        if person.tabs == 0
            && let Place::Waiting { gone_since, .. } = &mut person.place
        {
            *gone_since = Some(now);
        }
    }

    fn find(&mut self, user: UserId, tags: &[u8], only: bool) {
        if self.person(user).tabs == 0 {
            self.open(user);
        }
        let mut tags = tags.to_vec();
        tags.sort_unstable();
        tags.dedup();
        let seeker = self.seeker(user, &tags, only);
        let number = self.arrivals;
        let now = self.now;
        let before = self.person(user).place.clone();
        let entered = self.cluster.take_or_wait(seeker, self.now, &self.rules);
        match before {
            Place::Idle => {}
            Place::Waiting {
                tags: old,
                only: was,
                ..
            } => {
                if old == tags && was == only {
                    assert!(matches!(entered, Entered::Waiting(_)), "{ONE_PLACE}");
                    return;
                }
            }
            Place::Pairing | Place::Matched(_) => {
                assert!(matches!(entered, Entered::Busy), "{ONE_MATCH}");
                return;
            }
        }
        self.arrivals += 1;
        let apart = self.person(user).apart.clone();
        self.person(user).place = Place::Waiting {
            tags,
            only,
            joined: now,
            number,
            gone_since: None,
            not_before: now,
            apart,
        };
        if let Entered::Paired(pair) = entered {
            self.pair(*pair, Some(user));
        }
    }

    /// As `Matching` puts one together, from what the database knows.
    fn seeker(&mut self, user: UserId, tags: &[u8], only: bool) -> Seeker {
        let now = self.now;
        let person = self.person(user);
        let words: Vec<_> = tags.iter().map(|tag| format!("tag {tag}")).collect();
        let lately = person.partners.iter().rev().enumerate();
        let met = lately
            .filter(|(n, (_, ended))| *n < 5 || *ended + rules::APART_FOR > now)
            .map(|(_, (partner, ended))| (*partner, *ended + rules::APART_FOR));
        Seeker {
            user,
            wishes: Wishes::parse(&words, only, None).expect("wishes"),
            alias: "Stranger".into(),
            address: String::new(),
            joined: now,
            since: Timestamp(0),
            wide_from: widens(tags, only, now),
            apart: person.apart.clone(),
            met: met.fold(HashMap::new(), |mut met, (partner, until)| {
                let latest = met.entry(partner).or_insert(until);
                *latest = until.max(*latest);
                met
            }),
        }
    }

    fn cancel(&mut self, user: UserId) {
        self.cluster.cancel(user);
        if matches!(self.person(user).place, Place::Waiting { .. }) {
            self.person(user).place = Place::Idle;
        }
    }

    fn leave(&mut self, user: UserId) {
        if let Place::Matched(conversation) = self.person(user).place {
            self.end(conversation);
        }
    }

    fn end(&mut self, conversation: ConversationId) {
        let (users, open) = self.matches[&conversation];
        assert!(open, "{NO_THIRD}");
        self.matches.insert(conversation, (users, false));
        self.cluster.part(conversation, &users);
        let now = self.now;
        for (user, partner) in [(users[0], users[1]), (users[1], users[0])] {
            self.person(user).place = Place::Idle;
            self.person(user).partners.push((partner, now));
        }
    }

    fn block(&mut self, user: UserId) {
        let Place::Matched(conversation) = self.person(user).place else {
            return;
        };
        let users = self.matches[&conversation].0;
        self.end(conversation);
        self.quarrel(users[0], users[1]);
    }

    fn quarrel(&mut self, one: UserId, other: UserId) {
        if one != other {
            self.person(one).apart.insert(other);
            self.person(other).apart.insert(one);
        }
    }

    fn wait(&mut self, time: Duration) {
        // In steps, as the lobby is looked after.
        let end = self.now + time;
        let is_gone = |(_, person): &(&UserId, &Person)| {
            matches!(
                person.place,
                Place::Waiting {
                    gone_since: Some(_),
                    ..
                }
            )
        };
        let gone = self.people.iter().filter(is_gone);
        let gone: Vec<UserId> = gone.map(|(user, _)| *user).collect();
        while self.now < end {
            self.now = end.min(self.now + Duration::from_millis(200));
            let (now, rules) = (self.now, self.rules);
            for user in &gone {
                let person = self.person(*user);
                if let Place::Waiting {
                    gone_since: Some(since),
                    ..
                } = &person.place
                    && now >= *since + rules.absence_max
                {
                    person.place = Place::Idle;
                }
            }
            let turns = self.cluster.due(now, &rules);
            self.take(turns, None);
        }
    }

    fn take(&mut self, turns: Vec<Turn>, chooser: Option<UserId>) {
        for turn in turns {
            match turn {
                Turn::Pair(pair) => self.pair(*pair, chooser),
                Turn::Lost { conversation, .. } => {
                    let (users, open) = self.matches[&conversation];
                    if open {
                        assert!(users.iter().any(|user| self.people[user].tabs == 0));
                        self.seen.lost += 1;
                        self.end(conversation);
                    }
                }
                Turn::Unwanted { conversation, .. } => {
                    if self.matches[&conversation].1 {
                        self.end(conversation);
                    }
                }
                Turn::Tell { .. } => {}
            }
        }
    }

    /// The lobby has chosen two: was that allowed?
    fn pair(&mut self, pair: Pair, chooser: Option<UserId>) {
        let users = pair.users();
        let [one, other] = users;
        assert_ne!(one, other, "{ONESELF}");
        for user in users {
            assert!(
                matches!(self.people[&user].place, Place::Waiting { .. }),
                "{ONE_PLACE} {ONE_MATCH}"
            );
            assert!(self.people[&user].tabs > 0, "{HERE}");
        }
        assert!(!self.knew_to_be_apart(one, other), "{APART}");
        assert!(self.suit(one, other), "{INTERESTS}");
        if self.met_lately(one, other) {
            self.seen.again += 1;
            assert!(self.may_meet_again(one, other), "{AGAIN}");
            for user in users {
                let others = self.people.keys().filter(|third| !users.contains(third));
                let new = others.filter(|third| self.may_meet(user, **third));
                assert_eq!(new.count(), 0, "{PARTNERS}");
            }
        } else if let Some(chooser) = chooser {
            let chosen = if chooser == one { other } else { one };
            self.check_order(chooser, chosen);
        }
        self.seen.common += usize::from(self.share(one, other));
        self.seen.widened += usize::from(!self.share(one, other));
        for user in users {
            self.person(user).place = Place::Pairing;
        }
        self.pairing.push(pair);
    }

    fn check_order(&self, chooser: UserId, chosen: UserId) {
        let rank = |user: UserId| (!self.share(chooser, user), self.number(user));
        for rival in self
            .people
            .keys()
            .filter(|user| self.may_meet(chooser, **user))
        {
            assert!(rank(chosen) <= rank(*rival), "{FIRST_COME}");
        }
    }

    fn store(&mut self, works: bool) {
        for pair in std::mem::take(&mut self.pairing) {
            let [one, other] = pair.users();
            // The database knows who fell out since they came.
            if self.people[&one].apart.contains(&other) {
                self.give_back(pair, true);
            } else if works {
                self.bring_together(pair.users());
            } else {
                self.give_back(pair, false);
            }
        }
    }

    fn bring_together(&mut self, users: [UserId; 2]) {
        let conversation = ConversationId(i64::try_from(self.matches.len()).unwrap() + 1);
        self.matches.insert(conversation, (users, true));
        for user in users {
            self.person(user).place = Place::Matched(conversation);
        }
        self.seen.matches += 1;
        let turns = self
            .cluster
            .settle(users, conversation, self.now, &self.rules);
        self.take(turns, None);
    }

    fn give_back(&mut self, pair: Pair, apart: bool) {
        let users = pair.users();
        self.seen.failures += usize::from(!apart);
        self.seen.fallen_out += usize::from(apart);
        for ((ticket, seeker), other) in [(&pair.first, users[1]), (&pair.second, users[0])] {
            let is_gone = self.people[&seeker.user].tabs == 0;
            let pause = Duration::from_secs(u64::from(!apart));
            let mut known = seeker.apart.clone();
            known.extend(apart.then_some(other));
            self.person(seeker.user).place = Place::Waiting {
                tags: tags_of(seeker),
                only: seeker.wishes.only_common,
                joined: seeker.joined,
                number: usize::try_from(*ticket).unwrap() - 1,
                gone_since: is_gone.then_some(self.now),
                not_before: self.now + pause,
                apart: known,
            };
        }
        let turns = self.cluster.release(pair, apart, self.now, &self.rules);
        for user in users {
            // Who cancelled meanwhile is out.
            if self.cluster.whereabouts(user).is_none() {
                self.person(user).place = Place::Idle;
            }
        }
        self.take(turns, None);
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

    // What the rules say, once more and simply.

    /// New to each other, and nothing in the way.
    fn may_meet(&self, one: UserId, other: UserId) -> bool {
        self.can_meet_at_all(one, other) && self.suit(one, other) && !self.met_lately(one, other)
    }

    fn can_meet_at_all(&self, one: UserId, other: UserId) -> bool {
        one != other
            && self.is_here(one)
            && self.is_here(other)
            && !self.knew_to_be_apart(one, other)
    }

    fn is_here(&self, user: UserId) -> bool {
        let person = &self.people[&user];
        matches!(person.place, Place::Waiting { not_before, .. } if person.tabs > 0 && not_before <= self.now)
    }

    fn knew_to_be_apart(&self, one: UserId, other: UserId) -> bool {
        let knew = |one, other| matches!(&self.people[&one].place, Place::Waiting { apart, .. } if apart.contains(&other));
        knew(one, other) || knew(other, one)
    }

    fn met_lately(&self, one: UserId, other: UserId) -> bool {
        let knows = |a: UserId, b: UserId| {
            let lately = self.people[&a].partners.iter().rev().enumerate();
            // What counts is what was so when they came.
            let joined = self.joined(a);
            let mut met =
                lately.filter(|(n, (_, ended))| *n < 5 || *ended + rules::APART_FOR > joined);
            met.any(|(_, (partner, _))| *partner == b)
        };
        knows(one, other) || knows(other, one)
    }

    fn may_meet_again(&self, one: UserId, other: UserId) -> bool {
        let last = self.people[&one].partners.iter().rev();
        let ended = last
            .clone()
            .find(|(partner, _)| *partner == other)
            .map(|(_, ended)| *ended);
        let long_ago = ended.is_none_or(|ended| ended + Duration::from_secs(600) <= self.now);
        let patient = |user| self.now >= self.joined(user) + Duration::from_secs(30);
        long_ago || (patient(one) && patient(other))
    }

    fn share(&self, one: UserId, other: UserId) -> bool {
        let tags = |user| match &self.people[&user].place {
            Place::Waiting { tags, .. } => tags.clone(),
            _ => Vec::new(),
        };
        let (ours, theirs) = (tags(one), tags(other));
        ours.iter().any(|tag| theirs.contains(tag))
    }

    fn suit(&self, one: UserId, other: UserId) -> bool {
        let wide = |user| match &self.people[&user].place {
            Place::Waiting {
                tags, only, joined, ..
            } => widens(tags, *only, *joined).is_some_and(|from| from <= self.now),
            _ => false,
        };
        self.share(one, other) || (wide(one) && wide(other))
    }

    fn joined(&self, user: UserId) -> Duration {
        match &self.people[&user].place {
            Place::Waiting { joined, .. } => *joined,
            _ => self.now,
        }
    }

    fn number(&self, user: UserId) -> usize {
        match &self.people[&user].place {
            Place::Waiting { number, .. } => *number,
            _ => usize::MAX,
        }
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

fn tags_of(seeker: &Seeker) -> Vec<u8> {
    let words = seeker.wishes.interests.iter();
    let mut tags: Vec<u8> = words
        .filter_map(|word| word.as_str().strip_prefix("tag ")?.parse().ok())
        .collect();
    tags.sort_unstable();
    tags
}
