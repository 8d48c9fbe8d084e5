//! Where queries run, and on what they leave behind.

use super::{READERS, Store};
use crate::error::{Error, Result};
use crate::schema::server_facts;
use diesel::prelude::*;
use std::sync::mpsc;
use std::thread::{ThreadId, current};
use tempfile::TempDir;
use tokio::task::JoinHandle;

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
async fn a_query_that_panics_leaves_nobody_an_old_snapshot() {
    let (store, _folder) = store();
    let panicked = store
        .read(|conn| {
            let facts: i64 = server_facts::table.count().get_result(conn)?;
            assert!(facts < 0, "meant to");
            Ok(())
        })
        .await;
    assert!(matches!(panicked, Err(Error::Internal(_))));

    store
        .write(|tx| {
            let fact = (server_facts::name.eq("new"), server_facts::value.eq("x"));
            let insert = diesel::insert_into(server_facts::table).values(fact);
            Ok(insert.execute(tx.writes())?)
        })
        .await
        .unwrap();

    let find_new = |conn: &mut _| {
        let new = server_facts::table.find("new");
        Ok(new.select(server_facts::value).get_result(conn)?)
    };
    let found: String = store.read(find_new).await.unwrap();
    assert_eq!(found, "x");
}
