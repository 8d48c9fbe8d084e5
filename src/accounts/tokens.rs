//! API tokens: for programs, with a label and an end, shown once and revocable.

use super::{Accounts, Token, queries};
use crate::error::{Error, Result};
use crate::model::{Actor, Event, Label, SessionEnd, Timestamp, TokenId, Topic, UserId, Via};
use std::time::Duration;

/// How long a token is good.
const VALID_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// Tokens begin with this, so that scanners for leaked secrets know them.
const PREFIX: &str = "chinwag_";

/// A token as its owner sees it.
#[derive(Clone, Debug)]
pub struct TokenSummary {
    /// Names it, and opens nothing.
    pub id: TokenId,
    /// What its owner calls it.
    pub label: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

impl Accounts {
    /// Makes a token for `user`. This is the only time that it is shown.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn create_token(&self, user: UserId, label: Label) -> Result<(Token, TokenSummary)> {
        self.issue_token(user, label, VALID_FOR).await
    }

    pub(super) async fn issue_token(
        &self,
        user: UserId,
        label: Label,
        valid_for: Duration,
    ) -> Result<(Token, TokenSummary)> {
        let token = Token::random(PREFIX);
        let key = token.key();
        let summary = self
            .store
            .write(move |tx| {
                let now = tx.now();
                let expires_at = now.after(valid_for);
                queries::tokens::insert(tx.writes(), user, &label, &key, now, expires_at)
            })
            .await?;
        Ok((token, summary))
    }

    /// Who acts by that token.
    ///
    /// # Errors
    /// `NotSignedIn` when nobody does; `Suspended`.
    pub async fn token_actor(&self, token: &Token) -> Result<Actor> {
        self.token_key_actor(token.key()).await
    }

    /// Who acts by the token of that key.
    ///
    /// # Errors
    /// As [`Accounts::token_actor`].
    pub async fn token_key_actor(&self, key: String) -> Result<Actor> {
        let now = self.clock.now();
        let ((id, user, last_used_at), kind) = self
            .store
            .read(move |conn| {
                let found = queries::tokens::find(conn, &key, now)?.ok_or(Error::NotSignedIn)?;
                let account = queries::users::account(conn, found.1, now)?;
                Ok((found, account.ok_or(Error::NotSignedIn)?.kind))
            })
            .await?;
        self.note_use(last_used_at, move |conn, now| {
            queries::tokens::touch(conn, id, now)
        });
        Ok(Actor {
            user,
            kind,
            via: Via::Token(id),
        })
    }

    /// One's tokens, the newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn tokens(&self, actor: Actor) -> Result<Vec<TokenSummary>> {
        let now = self.clock.now();
        self.store
            .read(move |conn| queries::tokens::list(conn, actor.user, now))
            .await
    }

    /// Revokes one of one's own tokens, and ends its sockets.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own.
    pub async fn revoke_token(&self, actor: Actor, id: TokenId) -> Result<()> {
        self.store
            .write(move |tx| {
                if !queries::tokens::delete_own(tx.writes(), actor.user, id)? {
                    return Err(Error::NotFound);
                }
                tx.publish(
                    vec![Topic::Token(id)],
                    Event::SessionEnded(SessionEnd::SignedOut),
                );
                Ok(())
            })
            .await
    }
}
