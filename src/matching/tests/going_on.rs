//! Going on to the next stranger, on a real database.

use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::matching::{MatchSettings, Matching};
use crate::model::{Actor, Complaint, MatchState, TokenId, UserId, UserKind, Via, Wishes};
use crate::store::Store;
use crate::store::testing::{hold, person};
use std::time::Duration;

const SETTINGS: MatchSettings = MatchSettings {
    reconnect_within: Duration::from_secs(45),
    kept_for: Duration::from_secs(3_600),
    widen_after: Duration::from_secs(10),
    limits_enforced: true,
    reports_per_day: None,
};

fn actor(id: i64) -> Actor {
    Actor {
        user: UserId(id),
        kind: UserKind::Person,
        via: Via::Token(TokenId(id)),
    }
}

async fn seeks(matching: &Matching, actor: Actor) -> Result<MatchState> {
    let wishes = Wishes::parse(&[], false, None).unwrap();
    matching
        .find(actor, format!("address {}", actor.user.0), wishes, || true)
        .await
}

#[tokio::test]
async fn who_is_reported_before_they_go_on_has_to_take_a_break() {
    let folder = tempfile::tempdir().unwrap();
    let (store, cluster) = (Store::in_folder(folder.path()), Cluster::memory());
    let matching = Matching::new(store.clone(), cluster.clone(), Clock::System, SETTINGS);
    let (ada, ben) = (actor(1), actor(2));
    for somebody in [ada, ben] {
        store
            .write(move |tx| person(tx.writes(), somebody.user))
            .await
            .unwrap();
        assert_eq!(cluster.arrive(somebody.user), 1);
    }
    seeks(&matching, ada).await.unwrap();
    let MatchState::Matched(met) = seeks(&matching, ben).await.unwrap() else {
        panic!("nobody else is there");
    };

    let held = hold(&store).await;
    let report = tokio::spawn({
        let matching = matching.clone();
        let complaint = Complaint::parse("spam", "").unwrap();
        async move {
            matching
                .report(ben, met.conversation_id, None, complaint)
                .await
        }
    });
    // It submits its job before it waits.
    tokio::task::yield_now().await;
    let next = tokio::spawn({
        let matching = matching.clone();
        let wishes = Wishes::parse(&[], false, None).unwrap();
        async move {
            matching
                .next(ada, "address 1".into(), wishes, || true)
                .await
        }
    });
    tokio::task::yield_now().await;
    drop(held);

    report.await.unwrap().unwrap();
    let refused = next.await.unwrap();
    assert!(
        matches!(refused, Err(Error::RateLimited { .. })),
        "{refused:?}"
    );
    assert_eq!(cluster.whereabouts(ada.user), None);
}
