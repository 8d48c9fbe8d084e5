//! Who is here, and who writes.
//!
//! Presence counts all sockets of a person over all processes, and waits before it says that they
//! are gone: a reload or a tunnel is no departure. All of it is best effort; nothing is promised.

mod queries;

use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::model::{Actor, ConversationId, Envelope, Event, Timestamp, Topic, UserId};
use crate::store::Store;
use std::time::Duration;

/// The verbs of this context. Clones share what is below.
#[derive(Clone)]
pub struct Presence {
    store: Store,
    cluster: Cluster,
    clock: Clock,
    grace: Duration,
}

impl Presence {
    /// Puts the context together. Somebody stays "online" for `grace` after their last socket closed.
    #[must_use]
    pub fn new(store: Store, cluster: Cluster, clock: Clock, grace: Duration) -> Self {
        Self {
            store,
            cluster,
            clock,
            grace,
        }
    }

    /// Whether any device of `user` is connected, or was a moment ago.
    #[must_use]
    pub fn is_online(&self, user: UserId) -> bool {
        self.cluster.connections(user) > 0
    }

    /// Whether somebody may see that `person` is here: not where one of the two has blocked the other.
    #[must_use]
    pub fn shows(&self, person: UserId, hidden: bool) -> bool {
        !hidden && self.is_online(person)
    }

    /// Notes a socket of `user`. The returned visit ends when it is dropped.
    #[must_use]
    pub fn arrive(&self, user: UserId) -> Visit {
        if self.cluster.arrive(user) == 1 {
            tokio::spawn(self.clone().tell(user, None));
        }
        Visit {
            presence: self.clone(),
            user,
        }
    }

    /// Tells everybody who may know that somebody came, or when they left.
    async fn tell(self, user: UserId, left_at: Option<Timestamp>) {
        if let Err(error) = self.try_tell(user, left_at).await {
            tracing::warn!(%error, "presence could not be told");
        }
    }

    async fn try_tell(&self, user: UserId, left_at: Option<Timestamp>) -> Result<()> {
        if let Some(at) = left_at {
            self.store
                .write(move |tx| queries::set_last_seen(tx.writes(), user, at))
                .await?;
        }
        let audience = self
            .store
            .read(move |conn| queries::audience(conn, user))
            .await?;
        // Somebody may have come or gone while we read; the later word has to be the true one.
        let online = left_at.is_none();
        if self.is_online(user) == online {
            self.cluster.publish(Envelope {
                topics: audience.into_iter().map(Topic::User).collect(),
                event: Event::Presence {
                    user_id: user,
                    online,
                    last_seen: left_at,
                },
            });
        }
        Ok(())
    }

    /// What the others of a conversation are to be told: that one writes, or stopped.
    ///
    /// # Errors
    /// `NotFound` unless one is in it; `Blocked`; `Ended`.
    pub async fn typing(&self, actor: Actor, id: ConversationId, on: bool) -> Result<Typing> {
        let (user, topics) = self
            .store
            .read(move |conn| queries::typing(conn, actor.user, id)?.ok_or(Error::NotFound))
            .await?;
        Ok(Typing(Envelope {
            topics,
            event: Event::Typing {
                conversation_id: id,
                user,
                author: actor.user,
                on,
            },
        }))
    }

    /// Tells them.
    pub fn tell_typing(&self, typing: Typing) {
        self.cluster.publish(typing.0);
    }
}

/// Typing that was found to be allowed, and not told yet: who waited for that may have learned meanwhile
/// that it is over.
pub struct Typing(Envelope);

/// One socket's share in somebody's presence.
pub struct Visit {
    presence: Presence,
    user: UserId,
}

impl Drop for Visit {
    fn drop(&mut self) {
        let (presence, user) = (self.presence.clone(), self.user);
        presence.cluster.close_connection(user);
        let left_at = presence.clock.now();
        // At shutdown there is no runtime to wait on any more, and nobody to tell.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            tokio::time::sleep(presence.grace).await;
            if presence.cluster.depart(user) == 0 {
                presence.tell(user, Some(left_at)).await;
            }
        });
    }
}
