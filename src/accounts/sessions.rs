//! Browser sessions: what `transport/sessions.rs` keeps here for the pages, and what their owner can
//! see and end. Keys are hashes of the cookie's id.

use super::{Accounts, queries};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Event, Profile, SessionEnd, SessionId, Timestamp, TokenId, Topic, Topics, UserId,
    UserKind, Via,
};
use crate::store::{Conn, Tx};

/// A session as the pages store it.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    /// Who is signed in.
    pub user: Option<UserId>,
    /// What else the pages keep, as JSON.
    pub data: String,
    /// The browser's own description of itself.
    pub user_agent: String,
    /// Until when it lives.
    pub expires_at: Timestamp,
}

/// A session as its owner sees it.
#[derive(Clone, Debug)]
pub struct SessionSummary {
    /// Names it, and opens nothing.
    pub id: SessionId,
    /// The browser's own description of itself.
    pub user_agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    pub last_used_at: Timestamp,
}

impl Accounts {
    /// Stores a new session; says whether the key was free.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn create_session(&self, key: String, record: SessionRecord) -> Result<bool> {
        self.store
            .write(move |tx| {
                let now = tx.now();
                queries::sessions::insert(tx.writes(), &key, &record, now)
            })
            .await
    }

    /// Stores what changed in a session; nothing if it has ended meanwhile.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn save_session(&self, key: String, record: SessionRecord) -> Result<()> {
        self.store
            .write(move |tx| {
                let now = tx.now();
                queries::sessions::update(tx.writes(), &key, &record, now)
            })
            .await
    }

    /// The session of that key, while it lives.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn session(&self, key: String) -> Result<Option<(SessionId, SessionRecord)>> {
        let now = self.clock.now();
        self.store
            .look_up(move |conn| queries::sessions::load(conn, &key, now))
            .await
    }

    /// Who acts by the session of that key.
    ///
    /// # Errors
    /// `NotSignedIn` when nobody does; `Suspended`.
    pub async fn session_actor(&self, key: String) -> Result<Actor> {
        let now = self.clock.now();
        let ((id, user, last_used_at), kind) = self
            .store
            .look_up(move |conn| {
                let found = queries::sessions::find(conn, &key, now)?.ok_or(Error::NotSignedIn)?;
                let holder = queries::users::holder(conn, found.1, now)?;
                Ok((found, holder.ok_or(Error::NotSignedIn)?.1))
            })
            .await?;
        self.note_use(Some(last_used_at), move |conn, now| {
            queries::sessions::touch(conn, id, now)
        });
        Ok(Actor {
            user,
            kind,
            via: Via::Session(id),
        })
    }

    /// Who acts, and what they are, if the credential still holds.
    ///
    /// # Errors
    /// `NotSignedIn` when it has ended; `Suspended`.
    pub async fn holder(&self, actor: Actor) -> Result<(Profile, UserKind)> {
        let now = self.clock.now();
        self.store
            .look_up(move |conn| {
                require_live(conn, actor, now)?;
                queries::users::holder(conn, actor.user, now)?.ok_or(Error::NotSignedIn)
            })
            .await
    }

    /// Ends the session of that key, and its sockets.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn delete_session(&self, key: String) -> Result<()> {
        self.store
            .write(move |tx| {
                if let Some(id) = queries::sessions::delete_by_key(tx.writes(), &key)? {
                    tell_ended(tx, vec![id], Vec::new(), SessionEnd::SignedOut);
                }
                Ok(())
            })
            .await
    }

    /// Where one is signed in, the latest used first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sessions(&self, actor: Actor) -> Result<Vec<SessionSummary>> {
        let now = self.clock.now();
        self.store
            .read(move |conn| queries::sessions::list(conn, actor.user, now))
            .await
    }

    /// Ends one of one's own sessions, and its sockets.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own.
    pub async fn end_session(&self, actor: Actor, id: SessionId) -> Result<()> {
        self.store
            .write(move |tx| {
                if !queries::sessions::delete_own(tx.writes(), actor.user, id)? {
                    return Err(Error::NotFound);
                }
                tell_ended(tx, vec![id], Vec::new(), SessionEnd::SignedOut);
                Ok(())
            })
            .await
    }
}

/// Refuses whoever acts by what has ended meanwhile. What hands something out, or changes how one signs in,
/// asks within its own job: a request may have waited for long since it was let in.
pub(super) fn require_live(conn: &mut Conn, actor: Actor, now: Timestamp) -> Result<()> {
    let is_live = match actor.via {
        Via::Session(id) => queries::sessions::is_live(conn, id, now)?,
        Via::Token(id) => queries::tokens::is_live(conn, id, now)?,
        Via::Password(set_at) => {
            let stored = queries::passwords::credential(conn, actor.user)?;
            stored.is_some_and(|stored| stored.set_at == set_at)
        }
    };
    if is_live {
        Ok(())
    } else {
        Err(Error::NotSignedIn)
    }
}

/// Tells whoever is connected by them that sessions and tokens have ended.
pub(super) fn tell_ended(
    tx: &mut Tx<'_>,
    sessions: Vec<SessionId>,
    tokens: Vec<TokenId>,
    why: SessionEnd,
) {
    let sessions = sessions.into_iter().map(Topic::Session);
    let ended: Topics = sessions
        .chain(tokens.into_iter().map(Topic::Token))
        .collect();
    if !ended.is_empty() {
        tx.publish(ended, Event::SessionEnded(why));
    }
}
