//! Looking for people by name. Only who wants to be found is.

use super::{Accounts, queries};
use crate::error::{Error, Result};
use crate::model::{Actor, Profile, UserId};

/// How many people a search shows.
const SHOWN: i64 = 50;
/// How many words of a search count.
const WORDS: usize = 8;

impl Accounts {
    /// The people with any of the words in their name or username, in whatever case. Oneself and whoever one has blocked, or is blocked
    /// by, are not among them.
    ///
    /// # Errors
    /// `Invalid` without a word of two characters; `Forbidden` for guests.
    pub async fn search_people(&self, actor: Actor, text: &str) -> Result<Vec<Profile>> {
        actor.require_account()?;
        let words: Vec<String> = text
            .split_whitespace()
            .map(|word| word.trim_start_matches('@').to_lowercase())
            // A single letter is in nearly every name.
            .filter(|word| word.chars().count() >= 2)
            .take(WORDS)
            .collect();
        if words.is_empty() {
            return Err(Error::invalid("q", "Please type at least two letters."));
        }
        let now = self.clock.now();
        self.store
            .read(move |conn| queries::people::search(conn, actor.user, &words, SHOWN, now))
            .await
    }

    /// Somebody whom [`Accounts::search_people`] may find.
    ///
    /// # Errors
    /// `NotFound` for everybody else; `Forbidden` for guests.
    pub async fn found_person(&self, actor: Actor, user: UserId) -> Result<Profile> {
        actor.require_account()?;
        let now = self.clock.now();
        self.store
            .read(move |conn| {
                queries::people::found(conn, actor.user, user, now)?.ok_or(Error::NotFound)
            })
            .await
    }

    /// Decides whether others find one by name.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn set_listed(&self, actor: Actor, is_listed: bool) -> Result<()> {
        actor.require_account()?;
        self.store
            .write(move |tx| queries::people::set_listed(tx.writes(), actor.user, is_listed))
            .await
    }
}
