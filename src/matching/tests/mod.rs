//! The rules of `docs/ARCHITECTURE.md`, each checked against random histories by a world that keeps its
//! own books, and asks after every step whether what the lobby did was allowed, and whether it left undone
//! what it should have done.

mod going_on;
mod world;

use proptest::prelude::*;
use world::{Act, Seen, World};

const ONESELF: &str = "Nobody is matched with themselves: not with their account, not with their guest session, not with a second tab of either.";
const APART: &str = "Nobody is matched with somebody whom they blocked or reported, or who blocked or reported them.";
const PARTNERS: &str = "Nobody is matched with one of their last five partners while anybody else waits whom one of the two may be matched with.";
const AGAIN: &str = "Nobody is matched with the same person again within ten minutes, unless both have waited for 30 seconds and nobody else came.";
const ONE_MATCH: &str = "Nobody is in two matches at once.";
const NO_THIRD: &str = "A match has two people from its beginning to its end: when one has left, nobody takes their place.";
const ONE_PLACE: &str = "Everybody is in exactly one of three places: idle, waiting, matched.";
const FIRST_COME: &str = "First come, first served: of those whom somebody may be matched with, those who share an interest come before all others, and who has waited longest comes first.";
const INTERESTS: &str = "Who named interests is matched with somebody who shares one; once the time to widen has come for both, with anybody; who asked for common interests only, never with anybody else.";
const NOBODY_STARVES: &str =
    "Nobody is left waiting while somebody waits whom they may be matched with.";
const HERE: &str = "Who has lost the connection keeps their place in the line for a while, and is matched with nobody until they are back.";

const RULES: [&str; 11] = [
    ONESELF,
    APART,
    PARTNERS,
    AGAIN,
    ONE_MATCH,
    NO_THIRD,
    ONE_PLACE,
    FIRST_COME,
    INTERESTS,
    NOBODY_STARVES,
    HERE,
];

#[test]
fn the_rules_stand_in_the_documents_word_for_word() {
    let page = include_str!("../../../docs/ARCHITECTURE.md");
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    for rule in RULES {
        assert!(flat.contains(rule), "docs/ARCHITECTURE.md lacks: {rule}");
    }
}

fn acts(people: usize, count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Act>> {
    let who = 0..people;
    let tags = prop::collection::vec(0_u8..12, 0..3);
    let act = prop_oneof![
        2 => who.clone().prop_map(Act::Open),
        1 => who.clone().prop_map(Act::Close),
        8 => (who.clone(), tags, prop::bool::weighted(0.1)).prop_map(|(who, tags, only)| {
            let only = only && !tags.is_empty();
            Act::Find(who, tags, only)
        }),
        1 => who.clone().prop_map(Act::Cancel),
        4 => who.clone().prop_map(Act::Leave),
        1 => who.clone().prop_map(Act::Block),
        1 => (who.clone(), who).prop_map(|(one, other)| Act::Quarrel(one, other)),
        3 => prop_oneof![4 => 0_u64..12_000, 1 => 12_000_u64..90_000].prop_map(Act::Wait),
        2 => prop::bool::weighted(0.9).prop_map(Act::Store),
    ];
    prop::collection::vec(act, count)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, max_shrink_iters: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn a_few_people_who_meet_again_and_again_are_matched_by_the_rules(acts in acts(7, 50..400)) {
        let mut world = World::new(true);
        for act in &acts {
            world.act(act);
        }
    }

    #[test]
    fn a_crowd_is_matched_by_the_rules(acts in acts(60, 200..600)) {
        let mut world = World::new(true);
        for act in &acts {
            world.act(act);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1, max_shrink_iters: 16, ..ProptestConfig::default() })]

    #[test]
    fn thousands_of_people_are_matched_by_the_rules(acts in acts(3_000, 15_000..15_001)) {
        let mut world = World::new(false);
        for act in &acts {
            world.act(act);
        }
        world.thorough = true;
        world.check();
        let seen = &world.seen;
        prop_assert!(seen.matches > 500 && seen.common > 100 && seen.widened > 100, "{} {} {}", seen.matches, seen.common, seen.widened);
        prop_assert!(seen.failures > 10);
    }
}

/// The premise of the tests above: such histories come to what they are about.
#[test]
fn a_history_of_a_few_people_comes_to_everything_that_the_rules_speak_of() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..120 {
        let tree = acts(7, 300..400).new_tree(&mut runner).expect("acts");
        let mut world = World::new(true);
        for act in tree.current() {
            world.act(&act);
        }
        seen.again += world.seen.again;
        seen.lost += world.seen.lost;
        seen.failures += world.seen.failures;
        seen.fallen_out += world.seen.fallen_out;
        seen.matches += world.seen.matches;
    }
    let counts = [
        seen.matches,
        seen.again,
        seen.lost,
        seen.failures,
        seen.fallen_out,
    ];
    assert!(counts.iter().all(|count| *count >= 10), "{counts:?}");
}
