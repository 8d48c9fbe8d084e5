//! What jobs that are stored together know of each other, on a real database.

use super::{Conversations, With};
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::model::{
    Actor, Body, ClientId, ConversationId, Draft, MessageId, Profile, SessionId, Target, Timestamp,
    UserId, UserKind, Via,
};
use crate::schema::messages;
use crate::store::testing::{hold, person};
use crate::store::{Conn, Store, Tx};
use diesel::dsl::max;
use diesel::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// Ada, who talks with Ben, and the store of both.
struct World {
    store: Store,
    conversations: Conversations,
    ada: Actor,
    talk: ConversationId,
    _folder: TempDir,
}

const ADA: UserId = UserId(1);
const BEN: UserId = UserId(2);
const NOBODY_SHE_KNOWS: UserId = UserId(3);

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        for id in [ADA, BEN, NOBODY_SHE_KNOWS] {
            store
                .write(move |tx| person(tx.writes(), id))
                .await
                .unwrap();
        }
        let conversations = Conversations::new(store.clone(), Cluster::memory());
        let ada = Actor {
            user: ADA,
            kind: UserKind::Person,
            via: Via::Session(SessionId(1)),
        };
        let ben = Profile {
            id: BEN,
            username: "person2".into(),
            name: "Ben".into(),
        };
        let talk = conversations.open(ada, With::Found(ben)).await.unwrap();
        Self {
            store,
            conversations,
            ada,
            talk: talk.id,
            _folder: folder,
        }
    }

    /// Submits a message of Ada's; where it is stored comes with the outcome.
    fn says(&self, target: Target) -> oneshot::Receiver<Result<i64>> {
        let draft = Draft {
            target,
            body: Body::parse("hello").unwrap(),
            client_id: ClientId::made_at(Timestamp(0), rand::random()),
        };
        let (tell, told) = oneshot::channel();
        self.conversations.send(self.ada, draft, move |outcome| {
            tell.send(outcome.map(|sent| sent.message.seq)).unwrap();
        });
        told
    }
}

#[tokio::test]
async fn a_mark_reaches_a_message_that_is_stored_together_with_it() {
    let world = World::new().await;
    let held = hold(&world.store).await;
    let first = world.says(Target::Conversation(world.talk));
    let second = world.says(Target::Conversation(world.talk));
    let mark = tokio::spawn({
        let (conversations, ada, talk) = (world.conversations.clone(), world.ada, world.talk);
        async move { conversations.read(ada, talk, i64::MAX).await }
    });
    // It submits its job before it waits.
    tokio::task::yield_now().await;
    drop(held);

    assert_eq!(first.await.unwrap().unwrap(), 1);
    assert_eq!(second.await.unwrap().unwrap(), 2);
    assert_eq!(mark.await.unwrap().unwrap().read_seq, 2);
}

#[tokio::test]
async fn a_refused_message_does_not_undo_what_is_stored_together_with_it() {
    let world = World::new().await;
    let runs = Arc::new(AtomicUsize::new(0));
    let held = hold(&world.store).await;
    let stored = world.says(Target::Conversation(world.talk));
    let refused = world.says(Target::Person(NOBODY_SHE_KNOWS));
    let counting = tokio::spawn({
        let (store, runs) = (world.store.clone(), runs.clone());
        async move {
            let job = move |_: &mut crate::store::Tx<'_>| Ok(runs.fetch_add(1, Ordering::Relaxed));
            store.write(job).await
        }
    });
    tokio::task::yield_now().await;
    drop(held);

    assert_eq!(stored.await.unwrap().unwrap(), 1);
    assert!(matches!(refused.await.unwrap(), Err(Error::NotFound)));
    counting.await.unwrap().unwrap();
    assert_eq!(runs.load(Ordering::Relaxed), 1, "the group ran once");
}

#[tokio::test]
async fn no_id_is_given_twice_even_when_the_newest_messages_are_gone() {
    let world = World::new().await;
    for _ in 0..2 {
        let said = world.says(Target::Conversation(world.talk));
        said.await.unwrap().unwrap();
    }
    let newest = newest(&world.store).await;
    let empty = |tx: &mut Tx<'_>| Ok(diesel::delete(messages::table).execute(tx.writes())?);
    assert_eq!(world.store.write(empty).await.unwrap(), 2);

    let said = world.says(Target::Conversation(world.talk));

    said.await.unwrap().unwrap();
    assert_eq!(self::newest(&world.store).await.0, newest.0 + 1);
}

#[tokio::test]
async fn what_is_said_while_rooms_are_entered_is_in_the_list() {
    let world = World::new().await;
    let (reached, reaches) = oneshot::channel();
    let (release, released) = mpsc::channel::<()>();
    let enter = move |_: &[ConversationId]| {
        reached.send(()).unwrap();
        // Ends when the sender is dropped.
        let _ = released.recv();
    };
    let listing = tokio::spawn({
        let (conversations, ada) = (world.conversations.clone(), world.ada);
        async move { conversations.list_after_rooms(ada, enter).await }
    });
    reaches.await.unwrap();
    let said = world.says(Target::Conversation(world.talk));
    let seq = said.await.unwrap().unwrap();
    drop(release);

    let list = listing.await.unwrap().unwrap();

    let shown = list[0].last_message.as_ref().map(|message| message.seq);
    assert_eq!(shown, Some(seq));
}

async fn newest(store: &Store) -> MessageId {
    let newest = |conn: &mut Conn| {
        let ids = messages::table.select(max(messages::id));
        Ok(ids.get_result::<Option<MessageId>>(conn)?)
    };
    store.read(newest).await.unwrap().unwrap()
}
