//! The writer's promises, on a real database.

use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::model::{ConversationId, Event, SessionEnd, SessionId, Topic};
use crate::schema::server_facts;
use crate::store::job::QUEUE_MAX;
use crate::store::testing::hold;
use crate::store::{Batch, Conn, Store, StoreUrl, Tx};
use diesel::prelude::*;
use smallvec::smallvec;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

fn store() -> (Store, Cluster, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let cluster = Cluster::memory();
    let url = StoreUrl::Sqlite(folder.path().join("test.db"));
    let store = Store::open(&url, Clock::System, cluster.clone()).unwrap();
    (store, cluster, folder)
}

fn put(tx: &mut Tx<'_>, name: &str) -> Result<()> {
    diesel::insert_into(server_facts::table)
        .values((server_facts::name.eq(name), server_facts::value.eq("x")))
        .execute(tx.writes())?;
    Ok(())
}

async fn facts(store: &Store) -> Vec<String> {
    store.read(|conn| Ok(all_facts(conn))).await.unwrap()
}

fn all_facts(conn: &mut Conn) -> Vec<String> {
    server_facts::table
        .filter(server_facts::name.ne("epoch"))
        .select(server_facts::name)
        .order(server_facts::name)
        .load(conn)
        .unwrap()
}

/// As a job of the writer sees them.
async fn facts_of_the_writer(store: &Store) -> Vec<String> {
    store.write(|tx| Ok(all_facts(tx.reads()))).await.unwrap()
}

#[tokio::test]
async fn a_job_that_refuses_after_it_wrote_is_undone_alone() {
    let (store, _, _folder) = store();
    let held = hold(&store).await;
    let before = tokio::spawn({
        let store = store.clone();
        async move { store.write(|tx| put(tx, "before")).await }
    });
    let refused = tokio::spawn({
        let store = store.clone();
        async move {
            store
                .write(|tx| {
                    put(tx, "refused")?;
                    Err::<(), _>(Error::Blocked)
                })
                .await
        }
    });
    let after = tokio::spawn({
        let store = store.clone();
        async move { store.write(|tx| put(tx, "after")).await }
    });
    tokio::task::yield_now().await;
    drop(held);
    before.await.unwrap().unwrap();
    assert!(matches!(refused.await.unwrap(), Err(Error::Blocked)));
    after.await.unwrap().unwrap();
    assert_eq!(facts(&store).await, ["after", "before"]);
}

#[tokio::test]
async fn a_job_that_panics_is_undone_alone_and_the_writer_lives_on() {
    let (store, _, _folder) = store();
    let panicked = store
        .write(|tx| {
            put(tx, "panicked")?;
            if tx.now().0 > 0 {
                panic!("meant to");
            }
            Ok(())
        })
        .await;
    assert!(matches!(panicked, Err(Error::Internal(_))));
    store.write(|tx| put(tx, "later")).await.unwrap();
    assert_eq!(facts(&store).await, ["later"]);
}

#[tokio::test]
async fn a_statement_that_fails_undoes_its_own_job_only() {
    let (store, _, _folder) = store();
    store.write(|tx| put(tx, "taken")).await.unwrap();
    let twice = store
        .write(|tx| {
            put(tx, "new")?;
            put(tx, "taken")
        })
        .await;
    assert!(matches!(twice, Err(Error::Database(_))));
    assert_eq!(facts(&store).await, ["taken"]);
}

/// A batch that puts its names down when it is settled, and keeps none.
#[derive(Default)]
struct Names(Vec<&'static str>);

impl Batch for Names {
    fn settle(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        match std::mem::take(&mut self.0) {
            names if names.is_empty() => Ok(()),
            names => put(tx, &names.join("+")),
        }
    }

    fn forget(&mut self, _: ConversationId) {}
}

fn note(store: &Store, name: &'static str) {
    let job = move |_: &mut Tx<'_>, names: &mut Names| {
        names.0.push(name);
        Ok(())
    };
    store.submit_to(job, |outcome| outcome.unwrap());
}

#[tokio::test]
async fn jobs_of_a_kind_share_a_batch_and_any_other_finds_it_written() {
    let (store, _, _folder) = store();
    let held = hold(&store).await;
    note(&store, "one");
    note(&store, "two");
    let seen = tokio::spawn({
        let store = store.clone();
        async move { facts_of_the_writer(&store).await }
    });
    tokio::task::yield_now().await;
    note(&store, "three");
    drop(held);
    assert_eq!(seen.await.unwrap(), ["one+two"]);
    store.close().await;
    assert_eq!(facts(&store).await, ["one+two", "three"]);
}

#[tokio::test]
async fn a_job_of_a_batch_that_fails_after_it_wrote_is_undone_alone() {
    let (store, _, _folder) = store();
    let held = hold(&store).await;
    note(&store, "one");
    let (tell, told) = tokio::sync::oneshot::channel();
    store.submit_to(
        |tx, names: &mut Names| {
            names.0.push("never");
            put(tx, "refused")?;
            Err::<(), _>(Error::Blocked)
        },
        |outcome| tell.send(outcome).unwrap(),
    );
    note(&store, "two");
    drop(held);
    assert!(matches!(told.await.unwrap(), Err(Error::Blocked)));
    store.close().await;
    assert_eq!(facts(&store).await, ["one", "two"]);
}

/// A batch that counts its jobs; to forget a conversation takes away as many as its id says.
#[derive(Default)]
struct Counted(usize);

impl Batch for Counted {
    fn settle(&mut self, _: &mut Tx<'_>) -> Result<()> {
        Ok(())
    }

    fn forget(&mut self, id: ConversationId) {
        self.0 -= usize::try_from(id.0).unwrap();
    }
}

/// How many jobs the batch has seen, this one included.
async fn count(store: &Store) -> usize {
    let job = |_: &mut Tx<'_>, counted: &mut Counted| {
        counted.0 += 1;
        Ok(counted.0)
    };
    store.write_to(job).await.unwrap()
}

#[tokio::test]
async fn a_batch_outlives_its_group_until_a_job_of_another_kind() {
    let (store, _, _folder) = store();
    // Each is awaited, so each is a group of its own.
    assert_eq!([count(&store).await, count(&store).await], [1, 2]);

    store.write(|tx| put(tx, "other")).await.unwrap();

    assert_eq!([count(&store).await, count(&store).await], [1, 2]);
}

#[tokio::test]
async fn a_batch_outlives_jobs_that_write_nothing_or_of_one_conversation_only() {
    let (store, _, _folder) = store();
    assert_eq!([count(&store).await, count(&store).await], [1, 2]);

    facts_of_the_writer(&store).await;
    assert_eq!(count(&store).await, 3);

    store
        .write(|tx| {
            tx.changes_only(ConversationId(2));
            put(tx, "about 2")
        })
        .await
        .unwrap();
    assert_eq!(count(&store).await, 2, "it forgot two of three");
}

#[tokio::test]
async fn a_batch_of_another_kind_takes_the_place_of_one_that_could_go_on() {
    let (store, _, _folder) = store();
    assert_eq!([count(&store).await, count(&store).await], [1, 2]);
    note(&store, "of another kind");
    facts_of_the_writer(&store).await;
    assert_eq!(count(&store).await, 1);
    assert_eq!(facts(&store).await, ["of another kind"]);
}

#[tokio::test]
async fn a_batch_knows_nothing_any_more_once_another_program_has_written() {
    let (store, _, folder) = store();
    assert_eq!([count(&store).await, count(&store).await], [1, 2]);
    let url = StoreUrl::Sqlite(folder.path().join("test.db"));
    let mut beside = Conn::open(&url).unwrap();

    all_facts(&mut beside);
    assert_eq!(count(&store).await, 3, "reading changes nothing");
    diesel::insert_into(server_facts::table)
        .values((server_facts::name.eq("beside"), server_facts::value.eq("x")))
        .execute(&mut beside)
        .unwrap();

    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_batch_does_not_outlive_a_group_that_was_undone() {
    let (store, _, _folder) = store();
    assert_eq!([count(&store).await, count(&store).await], [1, 2]);

    let refused = store
        .write_to(|tx, counted: &mut Counted| {
            counted.0 = 100;
            put(tx, "refused")?;
            Err::<(), _>(Error::Blocked)
        })
        .await;

    assert!(matches!(refused, Err(Error::Blocked)));
    assert_eq!(count(&store).await, 1);
    assert!(facts(&store).await.is_empty());
}

#[tokio::test]
async fn a_batch_that_cannot_be_settled_stores_nothing_and_says_so() {
    let (store, _, _folder) = store();
    store.write(|tx| put(tx, "taken")).await.unwrap();
    let (tell, told) = tokio::sync::oneshot::channel();
    store.submit_to(
        |tx, names: &mut Names| {
            names.0.push("taken");
            put(tx, "beside")
        },
        |outcome| tell.send(outcome).unwrap(),
    );
    assert!(matches!(told.await.unwrap(), Err(Error::Unavailable(_))));
    assert_eq!(facts(&store).await, ["taken"]);
}

#[tokio::test]
async fn outcomes_and_events_come_in_commit_order_and_a_refused_job_publishes_nothing() {
    let (store, cluster, _folder) = store();
    let mut events = cluster.subscribe();
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..50_i64 {
        let order = order.clone();
        store.submit(
            move |tx| {
                tx.publish(
                    smallvec![Topic::Session(SessionId(n))],
                    Event::SessionEnded(SessionEnd::Expired),
                );
                if n % 7 == 3 { Err(Error::Ended) } else { Ok(n) }
            },
            move |outcome| order.lock().unwrap().push((n, outcome.is_ok())),
        );
    }
    store.close().await;
    cluster.close();
    let told = order.lock().unwrap().clone();
    assert_eq!(told, (0..50).map(|n| (n, n % 7 != 3)).collect::<Vec<_>>());
    let mut published = Vec::new();
    while let Some(envelope) = events.recv().await {
        published.push(envelope.topics[0]);
    }
    let kept = (0..50)
        .filter(|n| n % 7 != 3)
        .map(|n| Topic::Session(SessionId(n)));
    assert_eq!(published, kept.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_full_queue_refuses_at_once_and_loses_nothing_that_it_took() {
    let (store, _, _folder) = store();
    let held = hold(&store).await;
    let (taken, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    for _ in 0..QUEUE_MAX + 10 {
        let (taken, refused) = (taken.clone(), refused.clone());
        store.submit(
            |_| Ok(()),
            move |outcome| match outcome {
                Ok(()) => drop(taken.fetch_add(1, Ordering::SeqCst)),
                Err(Error::Overloaded) => drop(refused.fetch_add(1, Ordering::SeqCst)),
                Err(error) => panic!("{error}"),
            },
        );
    }
    assert_eq!(refused.load(Ordering::SeqCst), 10);
    drop(held);
    store.close().await;
    assert_eq!(taken.load(Ordering::SeqCst), QUEUE_MAX);
}

#[tokio::test]
async fn what_was_queued_is_stored_when_the_store_closes_and_later_jobs_are_refused() {
    let (store, _, _folder) = store();
    let held = hold(&store).await;
    let queued = tokio::spawn({
        let store = store.clone();
        async move { store.write(|tx| put(tx, "queued")).await }
    });
    tokio::task::yield_now().await;
    drop(held);
    store.close().await;
    queued.await.unwrap().unwrap();
    let late = store.write(|tx| put(tx, "late")).await;
    assert!(matches!(late, Err(Error::Stopping)));
    assert_eq!(facts(&store).await, ["queued"]);
}

#[tokio::test]
async fn two_servers_cannot_use_one_database() {
    let (_store, _, folder) = store();
    let url = StoreUrl::Sqlite(folder.path().join("test.db"));
    let second = Store::open(&url, Clock::System, Cluster::memory());
    let Err(Error::Internal(cause)) = second.map(|_| ()) else {
        panic!("it was opened twice");
    };
    assert!(
        format!("{cause:#}").contains("another server is using it"),
        "{cause:#}"
    );
}

#[tokio::test]
async fn the_epoch_stays_with_the_database() {
    let (store, _, folder) = store();
    let epoch = store.epoch().to_owned();
    assert_eq!(epoch.len(), 16);
    store.close().await;
    drop(store);
    let url = StoreUrl::Sqlite(folder.path().join("test.db"));
    let again = Store::open(&url, Clock::System, Cluster::memory()).unwrap();
    assert_eq!(again.epoch(), epoch);
}

#[tokio::test]
async fn every_connection_waits_for_the_disk_and_holds_its_constraints() {
    #[derive(diesel::QueryableByName)]
    struct Pragma {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        value: i64,
    }
    let (store, _, _folder) = store();
    let pragmas = |conn: &mut Conn| {
        let names = ["synchronous", "foreign_keys"].into_iter();
        names
            .map(|name| {
                let sql = format!("SELECT {name} AS value FROM pragma_{name}");
                Ok(diesel::sql_query(sql).get_result::<Pragma>(conn)?.value)
            })
            .collect::<Result<Vec<_>>>()
    };
    let read = store.read(pragmas).await.unwrap();
    let write = store.write(move |tx| pragmas(tx.reads())).await.unwrap();
    assert_eq!(read, [2, 1], "synchronous = FULL, foreign_keys = ON");
    assert_eq!(write, [2, 1]);
}
