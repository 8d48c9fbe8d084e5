//! Tokens: for programs, with a label and an end, shown once and revocable. Any of them is good wherever a
//! token is taken; the kinds differ in how they are come by and how long they live.

use super::queries::tokens::{NewToken, Standing};
use super::sessions::{require_live, tell_ended};
use super::{Accounts, Token, queries};
use crate::error::{Error, Result};
use crate::model::{Actor, Label, SessionEnd, Timestamp, TokenId, UserId, Via};
use crate::store::Conn;
use std::time::Duration;

/// How long a token is good.
const VALID_FOR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
/// How long one is good that is asked for each time.
const ACCESS_VALID_FOR: Duration = Duration::from_secs(60 * 60);
/// How many of those that are had by asking somebody has at a time; the oldest makes room.
const KEPT: i64 = 200;
/// Tokens begin with this, so that scanners for leaked secrets know them.
const PREFIX: &str = "chinwag_";

/// How a token was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// In the settings, or by signing in by phone.
    Api,
    /// By asking for one that lives an hour.
    Access,
    /// By signing in to the rooms, until signing out there.
    Room,
}

impl TokenKind {
    /// The word in the database.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Access => "access",
            Self::Room => "room",
        }
    }
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenCheck {
    /// To act as somebody.
    Live(Actor),
    /// For nothing any more: its time is over. For a day this is told from the next.
    Expired,
    /// For nothing: it was never made, or was ended.
    Unknown,
}

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
    /// Makes a token for oneself. This is the only time that it is shown.
    ///
    /// # Errors
    /// `NotSignedIn` when what one acts by has ended meanwhile.
    pub async fn create_token(&self, actor: Actor, label: Label) -> Result<(Token, TokenSummary)> {
        let holder = Holder::Acting(actor);
        self.issue_token(holder, TokenKind::Api, label, VALID_FOR)
            .await
    }

    /// Makes a token for somebody who has proved their number just now.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn create_first_token(&self, user: UserId, label: Label) -> Result<Token> {
        let holder = Holder::Proved(user);
        let made = self.issue_token(holder, TokenKind::Api, label, VALID_FOR);
        Ok(made.await?.0)
    }

    /// Makes a token that lives for an hour; made by a token, no longer than that one, and it
    /// ends with it. Says until when.
    ///
    /// # Errors
    /// `NotSignedIn` when what one acts by has ended meanwhile.
    pub async fn create_access_token(&self, actor: Actor) -> Result<(Token, Timestamp)> {
        let label = Label::parse("Access")?;
        let holder = Holder::Acting(actor);
        let made = self.issue_token(holder, TokenKind::Access, label, ACCESS_VALID_FOR);
        let (token, summary) = made.await?;
        Ok((token, summary.expires_at))
    }

    /// One's token for the rooms: the same each time, until [`Accounts::end_room_tokens`], another password,
    /// or a year in which nobody asked. It is made from the server's secret and the row that stands for it,
    /// so that it can be told again though only its hash is stored.
    ///
    /// # Errors
    /// `NotSignedIn` when what one acts by has ended meanwhile.
    pub async fn room_token(&self, actor: Actor) -> Result<Token> {
        let (this, now) = (self.clone(), self.clock.now());
        let standing = self.store.read(move |conn| {
            require_live(conn, actor, now)?;
            let found = queries::tokens::newest(conn, actor.user, TokenKind::Room)?;
            // One that has lived for long is written anew below.
            let fresh = found.filter(|found| now.after(VALID_FOR / 2) < found.expires_at);
            Ok(fresh.and_then(|found| this.told_again(actor.user, &found)))
        });
        match standing.await? {
            Some(token) => Ok(token),
            None => self.renew_room_token(actor).await,
        }
    }

    async fn renew_room_token(&self, actor: Actor) -> Result<Token> {
        let label = Label::parse("Rooms")?;
        // Until its number is known there is nothing to make the token from.
        let nobodys = Token::random(PREFIX).key();
        let this = self.clone();
        self.store
            .write(move |tx| {
                let now = tx.now();
                require_live(tx.reads(), actor, now)?;
                let expires_at = now.after(VALID_FOR);
                let found = queries::tokens::newest(tx.reads(), actor.user, TokenKind::Room)?;
                if let Some(found) = found.filter(|found| now < found.expires_at)
                    && let Some(token) = this.told_again(actor.user, &found)
                {
                    queries::tokens::prolong(tx.writes(), found.id, expires_at)?;
                    return Ok(token);
                }
                let user = actor.user;
                let ended = queries::tokens::delete_kind(tx.writes(), user, TokenKind::Room)?;
                tell_ended(tx, Vec::new(), ended, SessionEnd::SignedOut);
                let new = NewToken {
                    user,
                    kind: TokenKind::Room,
                    label: &label,
                    key: &nobodys,
                    parent: None,
                    expires_at,
                };
                let made = queries::tokens::insert(tx.writes(), &new, now)?;
                let token = this.room_token_of(user, made.id);
                queries::tokens::set_key(tx.writes(), made.id, &token.key())?;
                Ok(token)
            })
            .await
    }

    /// Nothing where the server's secret was another one when the token was made.
    fn told_again(&self, user: UserId, found: &Standing) -> Option<Token> {
        let token = self.room_token_of(user, found.id);
        (token.key() == found.key).then_some(token)
    }

    /// 40 characters, as the clients of old expect.
    fn room_token_of(&self, user: UserId, id: TokenId) -> Token {
        let parts = [&user.0.to_string()[..], &id.0.to_string()];
        let mac = self.secrets.mac("room token", &parts);
        Token::derived(&mac[..40])
    }

    /// Ends all one's tokens for the rooms, and their sockets.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn end_room_tokens(&self, actor: Actor) -> Result<()> {
        self.store
            .write(move |tx| {
                let mut ended =
                    queries::tokens::delete_kind(tx.writes(), actor.user, TokenKind::Room)?;
                // Whoever came with another kind of token signs out by that one.
                if let Via::Token(id) = actor.via {
                    ended.extend(queries::tokens::delete_own(tx.writes(), actor.user, id)?);
                }
                tell_ended(tx, Vec::new(), ended, SessionEnd::SignedOut);
                Ok(())
            })
            .await
    }

    pub(super) async fn issue_token(
        &self,
        holder: Holder,
        kind: TokenKind,
        label: Label,
        valid_for: Duration,
    ) -> Result<(Token, TokenSummary)> {
        let token = Token::random(PREFIX);
        let key = token.key();
        let summary = self
            .store
            .write(move |tx| {
                let now = tx.now();
                let (user, parent) = holder.admit(tx.reads(), now)?;
                let expires_at = now.after(valid_for);
                let new = NewToken {
                    user,
                    kind,
                    label: &label,
                    key: &key,
                    parent: parent.map(|(id, _)| id),
                    expires_at: parent.map_or(expires_at, |(_, end)| expires_at.min(end)),
                };
                let made = queries::tokens::insert(tx.writes(), &new, now)?;
                if kind != TokenKind::Api {
                    let ended = queries::tokens::delete_oldest(tx.writes(), user, kind, KEPT)?;
                    tell_ended(tx, Vec::new(), ended, SessionEnd::SignedOut);
                }
                Ok(made)
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
        match self.check_token_key(key).await? {
            TokenCheck::Live(actor) => Ok(actor),
            TokenCheck::Expired | TokenCheck::Unknown => Err(Error::NotSignedIn),
        }
    }

    /// What that token is good for.
    ///
    /// # Errors
    /// `Suspended`.
    pub async fn check_token(&self, token: &Token) -> Result<TokenCheck> {
        self.check_token_key(token.key()).await
    }

    async fn check_token_key(&self, key: String) -> Result<TokenCheck> {
        let now = self.clock.now();
        let found = self
            .store
            .look_up(move |conn| {
                let Some(found) = queries::tokens::find(conn, &key)? else {
                    return Ok(None);
                };
                let holder = queries::users::holder(conn, found.user, now)?;
                Ok(holder.map(|(_, kind)| (found, kind)))
            })
            .await?;
        let Some((found, kind)) = found else {
            return Ok(TokenCheck::Unknown);
        };
        if found.expires_at <= now {
            return Ok(TokenCheck::Expired);
        }
        self.note_use(found.last_used_at, move |conn, now| {
            queries::tokens::touch(conn, found.id, now)
        });
        Ok(TokenCheck::Live(Actor {
            user: found.user,
            kind,
            via: Via::Token(found.id),
        }))
    }

    /// One's tokens, the newest first. Those made by another one are that one's.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn tokens(&self, actor: Actor) -> Result<Vec<TokenSummary>> {
        let now = self.clock.now();
        self.store
            .read(move |conn| queries::tokens::list(conn, actor.user, now))
            .await
    }

    /// Revokes one of one's own tokens and what was made by it, and ends their sockets.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own.
    pub async fn revoke_token(&self, actor: Actor, id: TokenId) -> Result<()> {
        self.store
            .write(move |tx| {
                let ended = queries::tokens::delete_own(tx.writes(), actor.user, id)?;
                if ended.is_empty() {
                    return Err(Error::NotFound);
                }
                tell_ended(tx, Vec::new(), ended, SessionEnd::SignedOut);
                Ok(())
            })
            .await
    }
}

/// Whom a token is for.
#[derive(Clone, Copy)]
pub(super) enum Holder {
    /// Oneself, as long as what one acts by holds.
    Acting(Actor),
    /// Somebody who has just come, and acts by nothing yet.
    Proved(UserId),
}

impl Holder {
    /// Whose it will be, and which token stands behind it, until when.
    fn admit(
        self,
        conn: &mut Conn,
        now: Timestamp,
    ) -> Result<(UserId, Option<(TokenId, Timestamp)>)> {
        match self {
            Self::Acting(actor) => {
                require_live(conn, actor, now)?;
                let parent = match actor.via {
                    Via::Token(id) => Some(queries::tokens::root(conn, id)?),
                    Via::Session(_) | Via::Password(_) => None,
                };
                Ok((actor.user, parent))
            }
            Self::Proved(user) => Ok((user, None)),
        }
    }
}
