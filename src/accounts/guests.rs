//! Guests: somebody without an account, here to talk with strangers.

use super::tokens::{Holder, TokenKind};
use super::{Accounts, Token, queries};
use crate::error::Result;
use crate::model::{Label, Profile, UserId};
use std::net::IpAddr;
use std::time::Duration;

/// How long a guest's token is good.
const TOKEN_VALID_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Accounts {
    /// Makes a guest.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn create_guest(&self) -> Result<Profile> {
        self.store
            .write(|tx| {
                let now = tx.now();
                queries::users::insert_guest(tx.writes(), now)
            })
            .await
    }

    /// Makes a token for a guest. This is the only time that it is shown.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn create_guest_token(&self, guest: UserId) -> Result<Token> {
        let label = Label::parse("Guest")?;
        let (token, _) = self
            .issue_token(
                Holder::Proved(guest),
                TokenKind::Api,
                label,
                TOKEN_VALID_FOR,
            )
            .await?;
        Ok(token)
    }

    /// Remembers that somebody is of age and follows the rules of talking with strangers.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn accept_match_rules(&self, user: UserId) -> Result<()> {
        self.store
            .write(move |tx| {
                let now = tx.now();
                queries::users::set_match_rules(tx.writes(), user, now)
            })
            .await
    }

    /// What is stored of an address by which somebody may be kept out: a keyed hash, which says nothing
    /// to who has the database alone.
    #[must_use]
    pub fn address_key(&self, address: IpAddr) -> String {
        self.secrets.address(address).single
    }
}
