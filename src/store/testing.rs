//! A store for tests: people in it, and a writer that is kept busy.

use super::{Conn, Store};
use crate::error::Result;
use crate::model::{Timestamp, UserId};
use crate::schema::users;
use diesel::prelude::*;
use std::sync::{Mutex, mpsc};

/// Puts somebody into the database, under a name that is made of their id.
pub(crate) fn person(conn: &mut Conn, id: UserId) -> Result<()> {
    let name = format!("person{}", id.0);
    diesel::insert_into(users::table)
        .values((
            users::id.eq(id),
            users::kind.eq("person"),
            users::name.eq(&name),
            users::username.eq(&name),
            users::username_key.eq(&name),
            users::created_at.eq(Timestamp(0)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Keeps the writer busy until the returned sender is dropped, so that what is submitted meanwhile
/// becomes one group.
pub(crate) async fn hold(store: &Store) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (began, begins) = tokio::sync::oneshot::channel();
    let began = Mutex::new(Some(began));
    let released = Mutex::new(released);
    store.submit(
        move |_| {
            if let Some(began) = began.lock().unwrap().take() {
                began.send(()).unwrap();
            }
            // Ends when the sender is dropped.
            let _ = released.lock().unwrap().recv();
            Ok(())
        },
        |outcome| outcome.unwrap(),
    );
    begins.await.unwrap();
    release
}
