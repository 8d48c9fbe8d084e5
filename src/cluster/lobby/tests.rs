use super::*;
use crate::model::{Timestamp, Wishes};
use std::collections::{HashMap, HashSet};

const TALK: ConversationId = ConversationId(9);
const KEVIN: UserId = UserId(1);
const BO: UserId = UserId(2);
const GUEST: UserId = UserId(3);
const ACCOUNT: UserId = UserId(4);
const MINUTE: Duration = Duration::from_secs(60);

fn rules() -> HouseRules {
    HouseRules {
        choose: |_, candidates, _| {
            candidates.next().map(|candidate| Pick {
                user: candidate.user,
                for_want_of_others: false,
            })
        },
        moments: |_| Vec::new(),
        absence_told_after: Duration::from_secs(2),
        absence_max: MINUTE,
        absence_max_kept: MINUTE,
    }
}

fn find(lobby: &mut Lobby, user: UserId) -> Entered {
    let seeker = Seeker {
        user,
        wishes: Wishes::parse(&[], false, None).expect("wishes"),
        alias: "Stranger".into(),
        address: String::new(),
        joined: Duration::ZERO,
        since: Timestamp(0),
        wide_from: Some(Duration::ZERO),
        apart: HashSet::new(),
        met: HashMap::new(),
    };
    lobby.take_or_wait(seeker, Duration::ZERO, &rules(), |_| true)
}

/// Those two are about to meet.
fn pair(lobby: &mut Lobby, one: UserId, other: UserId) {
    assert!(matches!(find(lobby, one), Entered::Waiting(_)));
    assert!(matches!(find(lobby, other), Entered::Paired(_)));
}

fn settle(lobby: &mut Lobby, one: UserId, other: UserId) -> Vec<Turn> {
    lobby.settle([one, other], TALK, Duration::ZERO, &rules(), |_| true)
}

#[test]
fn an_account_that_waits_has_the_match_of_its_guest_instead() {
    let mut lobby = Lobby::default();
    pair(&mut lobby, KEVIN, GUEST);
    settle(&mut lobby, KEVIN, GUEST);
    assert!(matches!(find(&mut lobby, ACCOUNT), Entered::Waiting(_)));

    lobby.rename(GUEST, ACCOUNT);

    lobby.check();
    let matched = Some(Whereabouts::Matched(TALK));
    assert_eq!(lobby.whereabouts(ACCOUNT), matched);
    assert_eq!(lobby.whereabouts(GUEST), None);
    assert!(matches!(find(&mut lobby, BO), Entered::Waiting(_)));
    lobby.part(TALK, &[KEVIN, ACCOUNT]);
    lobby.check();
    let census = lobby.census();
    assert_eq!((census.matched, census.faults), (0, 0));
}

#[test]
fn an_end_that_could_not_be_stored_is_asked_for_again() {
    let mut lobby = Lobby::default();
    pair(&mut lobby, KEVIN, BO);
    assert!(!lobby.cancel(KEVIN));
    let is_end = |turns: &[Turn]| {
        matches!(
            turns,
            [Turn::Unwanted {
                conversation: TALK,
                ..
            }]
        )
    };
    assert!(is_end(&settle(&mut lobby, KEVIN, BO)));

    assert!(is_end(&lobby.due(MINUTE, &rules())));
    assert!(is_end(&lobby.due(2 * MINUTE, &rules())));

    lobby.part(TALK, &[KEVIN, BO]);
    assert!(lobby.due(3 * MINUTE, &rules()).is_empty());
}

#[test]
fn who_is_lost_is_named_with_everybody_who_has_a_place_there() {
    let mut lobby = Lobby::default();
    pair(&mut lobby, KEVIN, BO);
    settle(&mut lobby, KEVIN, BO);
    lobby.depart(BO, Duration::ZERO);

    let turns = lobby.due(MINUTE, &rules());

    let [
        Turn::Lost {
            conversation,
            people,
        },
    ] = turns.as_slice()
    else {
        panic!("{turns:?}");
    };
    assert_eq!((*conversation, people), (TALK, &[BO, KEVIN]));
}
