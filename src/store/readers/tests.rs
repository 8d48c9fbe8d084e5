//! Where queries run, and what they leave behind.

use super::READERS;
use crate::error::{Error, Result};
use crate::schema::server_facts;
use crate::store::{Conn, Store};
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use std::sync::{Arc, Barrier, mpsc};
use std::thread::{ThreadId, current};
use tempfile::TempDir;
use tokio::task::{JoinHandle, JoinSet};

fn store() -> (Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Store::in_folder(folder.path()), folder)
}

/// Keeps every reader busy until the returned senders are dropped.
async fn hold_readers(store: &Store) -> Vec<(mpsc::Sender<()>, JoinHandle<Result<()>>)> {
    let mut held = Vec::new();
    for _ in 0..READERS {
        let (release, released) = mpsc::channel::<()>();
        let (began, begins) = tokio::sync::oneshot::channel();
        let store = store.clone();
        let reading = tokio::spawn(async move {
            let wait = move |_: &mut _| {
                began.send(()).unwrap();
                // Ends when the sender is dropped.
                let _ = released.recv();
                Ok(())
            };
            store.read(wait).await
        });
        begins.await.unwrap();
        held.push((release, reading));
    }
    held
}

async fn look_up_thread(store: &Store) -> ThreadId {
    store.look_up(|_| Ok(current().id())).await.unwrap()
}

#[tokio::test]
async fn a_look_up_runs_on_the_spot_and_a_read_elsewhere() {
    let (store, _folder) = store();
    let read = store.read(|_| Ok(current().id())).await.unwrap();
    assert_ne!(read, current().id());
    assert_eq!(look_up_thread(&store).await, current().id());
}

#[tokio::test]
async fn a_look_up_waits_its_turn_where_every_reader_is_busy() {
    let (store, _folder) = store();
    let held = hold_readers(&store).await;
    let looking = tokio::spawn({
        let store = store.clone();
        async move { look_up_thread(&store).await }
    });
    tokio::task::yield_now().await;
    assert!(!looking.is_finished());

    for (release, reading) in held {
        drop(release);
        reading.await.unwrap().unwrap();
    }

    assert_ne!(looking.await.unwrap(), current().id());
}

#[tokio::test]
async fn a_look_up_waits_its_turn_where_no_reader_is_open_yet() {
    let (store, _folder) = store();
    let every: Vec<_> = std::iter::from_fn(|| store.0.readers.pool.try_get()).collect();
    assert!(!every.is_empty());
    let looking = tokio::spawn({
        let store = store.clone();
        async move { look_up_thread(&store).await }
    });
    tokio::task::yield_now().await;
    drop(every);
    assert_ne!(looking.await.unwrap(), current().id());
}

fn panics(conn: &mut Conn) -> Result<()> {
    let facts: i64 = server_facts::table.count().get_result(conn)?;
    assert!(facts < 0, "meant to");
    Ok(())
}

/// Whether each of the readers, all of them at once, sees what is stored now.
async fn all_see_what_is_new(store: &Store) -> bool {
    store
        .write(|tx| {
            let fact = (server_facts::name.eq("new"), server_facts::value.eq("x"));
            let insert = diesel::insert_into(server_facts::table).values(fact);
            Ok(insert.execute(tx.writes())?)
        })
        .await
        .unwrap();
    let meeting = Arc::new(Barrier::new(READERS as usize));
    let mut readings = JoinSet::new();
    for _ in 0..READERS {
        let (store, meeting) = (store.clone(), meeting.clone());
        readings.spawn(async move {
            let find_new = move |conn: &mut Conn| {
                meeting.wait();
                let new = server_facts::table.find("new");
                Ok(select(exists(new)).get_result(conn)?)
            };
            store.read(find_new).await.unwrap()
        });
    }
    let seen: Vec<bool> = readings.join_all().await;
    seen.into_iter().all(|is_seen| is_seen)
}

#[tokio::test]
async fn a_read_that_panics_is_an_error_and_leaves_nobody_an_old_snapshot() {
    let (store, _folder) = store();
    assert!(matches!(store.read(panics).await, Err(Error::Internal(_))));
    assert!(all_see_what_is_new(&store).await);
}

#[tokio::test]
async fn a_look_up_that_panics_is_an_error_and_leaves_nobody_an_old_snapshot() {
    let (store, _folder) = store();
    let panicked = store.look_up(panics).await;
    assert!(matches!(panicked, Err(Error::Internal(_))));
    assert!(all_see_what_is_new(&store).await);
}
