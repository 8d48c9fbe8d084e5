//! Accounts with a password: making one, signing in by one, changing one.
//!
//! Whoever has an address or a username and the password is the person; a phone is another way into the
//! same account. A new password ends what was handed out under the one before: other sessions, tokens,
//! their sockets, and what mails would open.

use super::failures::Count;
use super::passwords::{Password, Turn};
use super::queries::passwords::{self, Credential};
use super::secrets::same;
use super::sessions::{require_live, tell_ended};
use super::{Accounts, Requester, email_is_taken, queries, username_is_busy};
use crate::error::{Error, Result};
use crate::model::{
    Actor, DisplayName, Email, Profile, SessionEnd, SessionId, UserId, Username, Via,
};
use crate::store::{Conn, Tx};

/// Somebody about to have an account.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// Where mail reaches them, if they say.
    pub email: Option<Email>,
    /// What they sign in by.
    pub username: Username,
    /// As others see them.
    pub name: DisplayName,
    /// What they sign in with.
    pub password: Password,
}

/// What came of a login and a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordCheck<T> {
    /// They are somebody's.
    Right(T),
    /// Nobody has that username or address.
    UnknownLogin,
    /// Somebody has, and another password or none.
    WrongPassword,
}

impl Accounts {
    /// Makes an account with a password. Others find it by name.
    ///
    /// # Errors
    /// `Conflict` when the address or the username is somebody's, the address first; `Overloaded`.
    pub async fn register(&self, new: NewAccount) -> Result<Profile> {
        let wanted = new.clone();
        // Before the hash, which is dear; and again with it, as somebody may be faster.
        self.store
            .read(move |conn| refuse_taken(conn, &wanted))
            .await?;
        // How many accounts are made from one address is limited before.
        let turn = self.hasher.turn(&[]).await?;
        let hash = turn.hash(&new.password).await?;
        self.store
            .write(move |tx| {
                refuse_taken(tx.reads(), &new)?;
                let now = tx.now();
                passwords::insert_person(tx.writes(), &new, &hash, now)
            })
            .await
    }

    /// Whose username or address that is, by their password. They act by this one: it may be another by
    /// the time that something is handed out to them, which then is not.
    ///
    /// # Errors
    /// `RateLimited` past the failures of an hour; `Suspended` after the right password; `Overloaded`.
    pub async fn sign_in_by_password(
        &self,
        login: &str,
        password: &Password,
        from: Requester,
    ) -> Result<PasswordCheck<Actor>> {
        let found = self.find_login(login).await?;
        let counts = self.counts_of(login, found.as_ref(), from);
        self.failures.admit(&counts, self.clock.now())?;
        let turn = self.turn(login, found.as_ref(), from).await?;
        self.guess(turn, &counts, found, password).await
    }

    /// Who acts by the login and password of one request. Programs send them each time, so what was
    /// right is remembered for a minute.
    ///
    /// # Errors
    /// As [`Accounts::sign_in_by_password`].
    pub async fn password_actor(
        &self,
        login: &str,
        password: &Password,
        from: Requester,
    ) -> Result<PasswordCheck<Actor>> {
        let key = self.secrets.mac("login", &[login, password.reveal()]);
        let found = self.find_login(login).await?;
        let counts = self.counts_of(login, found.as_ref(), from);
        let Some(stored) = found.clone() else {
            self.failures.admit(&counts, self.clock.now())?;
            let turn = self.turn(login, None, from).await?;
            return self.guess(turn, &counts, None, password).await;
        };
        if !self.remembered.holds(&key, &stored, self.clock.elapsed()) {
            self.failures.admit(&counts, self.clock.now())?;
            let turn = self.turn(login, found.as_ref(), from).await?;
            // Of many at once the first one pays for all.
            if !self.remembered.holds(&key, &stored, self.clock.elapsed()) {
                let check = self.guess(turn, &counts, found, password).await?;
                if let PasswordCheck::Right(_) = check {
                    self.remembered.insert(key, &stored, self.clock.elapsed());
                }
                return Ok(check);
            }
        }
        self.by_password(&stored).await.map(PasswordCheck::Right)
    }

    /// Whether that is the password of somebody who is signed in and asked for it again. Nobody else's
    /// failures are in their way here.
    ///
    /// # Errors
    /// `RateLimited` past the failures of an hour; `Overloaded`.
    pub async fn is_password_of(
        &self,
        actor: Actor,
        password: &Password,
        from: Requester,
    ) -> Result<bool> {
        let stored = self.credential(actor.user).await?;
        let counts = self.counts_again(actor);
        self.failures.admit(&counts, self.clock.now())?;
        let turn = self.turn("", Some(&stored), from).await?;
        let check = self.guess(turn, &counts, Some(stored), password).await?;
        Ok(matches!(check, PasswordCheck::Right(_)))
    }

    /// Whoever has a password gives it once more before they change how they sign in: an open browser is
    /// not enough to take an account over.
    ///
    /// # Errors
    /// `Invalid` for `current` unless it is right; `RateLimited` past the failures of an hour;
    /// `Overloaded`.
    pub async fn confirm(&self, actor: Actor, current: &Password, from: Requester) -> Result<()> {
        actor.require_account()?;
        let has_password = self.credential(actor.user).await?.hash.is_some();
        if has_password && !self.is_password_of(actor, current, from).await? {
            return Err(not_the_password());
        }
        Ok(())
    }

    /// Whether that username and that address are somebody's.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn are_taken(
        &self,
        username: Option<Username>,
        email: Option<Email>,
    ) -> Result<(bool, bool)> {
        self.store
            .read(move |conn| {
                let username = match username {
                    Some(username) => queries::users::username_taken(conn, &username, None)?,
                    None => false,
                };
                let email = match email {
                    Some(email) => passwords::email_taken(conn, &email, None)?,
                    None => false,
                };
                Ok((username, email))
            })
            .await
    }

    /// Gives oneself a password, or another one: then `current` must be the one that it replaces. All
    /// one's other sessions and all tokens end.
    ///
    /// # Errors
    /// `Invalid` for `current` unless it is right; `RateLimited` past the failures of an hour;
    /// `Overloaded`.
    pub async fn set_password(
        &self,
        actor: Actor,
        current: &Password,
        new: &Password,
        from: Requester,
    ) -> Result<()> {
        actor.require_account()?;
        let former = self.credential(actor.user).await?;
        if former.hash.is_some() && !self.is_password_of(actor, current, from).await? {
            return Err(not_the_password());
        }
        let turn = self.turn("", Some(&former), from).await?;
        let hash = turn.hash(new).await?;
        self.store
            .write(move |tx| {
                let now = tx.now();
                require_live(tx.reads(), actor, now)?;
                // Somebody else may have been faster.
                let now_stored = passwords::credential(tx.reads(), actor.user)?;
                if now_stored.map(|stored| stored.hash) != Some(former.hash.clone()) {
                    return Err(not_the_password());
                }
                let keep = match actor.via {
                    Via::Session(id) => Some(id),
                    Via::Token(_) | Via::Password(_) => None,
                };
                replace_password(tx, actor.user, &hash, keep)
            })
            .await
    }

    /// Gives oneself another e-mail address, or none. Where there is a password it must be given.
    ///
    /// # Errors
    /// `Invalid` for `current` unless the password is right; `Conflict` when the address is somebody's;
    /// `RateLimited` past the failures of an hour, or the look-ups of a day.
    pub async fn set_email(
        &self,
        actor: Actor,
        email: Option<Email>,
        current: &Password,
        from: Requester,
    ) -> Result<()> {
        self.confirm(actor, current, from).await?;
        let this = self.clone();
        let taken = self.store.write(move |tx| {
            let now = tx.now();
            require_live(tx.reads(), actor, now)?;
            if let Some(email) = &email {
                // Whoever learns that somebody has it, has looked for them: both answers are counted.
                this.admit_lookup(tx, actor.user)?;
                if passwords::email_taken(tx.reads(), email, Some(actor.user))? {
                    return Ok(Some(email_is_taken(email)));
                }
            }
            // What was sent to the address before must open nothing any more.
            passwords::forget_resets(tx.writes(), actor.user)?;
            passwords::set_email(tx.writes(), actor.user, email.as_ref())?;
            Ok(None)
        });
        taken.await?.map_or(Ok(()), Err)
    }

    /// What a form of ours holds that was made for the browser of that cookie. Another site knows neither.
    #[must_use]
    pub fn form_token(&self, cookie: &str) -> String {
        self.secrets.mac("form", &[cookie])
    }

    /// Whether a form holds it.
    #[must_use]
    pub fn is_form_token(&self, cookie: &str, given: &str) -> bool {
        same(&self.form_token(cookie), given)
    }

    async fn credential(&self, user: UserId) -> Result<Credential> {
        self.store
            .read(move |conn| passwords::credential(conn, user)?.ok_or(Error::NotSignedIn))
            .await
    }

    async fn find_login(&self, login: &str) -> Result<Option<Credential>> {
        let login = login.to_owned();
        self.store
            .read(move |conn| passwords::by_login(conn, &login))
            .await
    }

    async fn turn(&self, login: &str, found: Option<&Credential>, from: Requester) -> Result<Turn> {
        let address = self.secrets.address(from.address).single;
        let account = self.account_key(login, found);
        self.hasher.turn(&[&address, &account]).await
    }

    /// One look at a password. It counts as failed until it was right.
    async fn guess(
        &self,
        turn: Turn,
        counts: &[Count],
        found: Option<Credential>,
        password: &Password,
    ) -> Result<PasswordCheck<Actor>> {
        let begun_at = self.clock.now();
        self.failures.count(counts, begun_at)?;
        let hash = found.as_ref().and_then(|stored| stored.hash.clone());
        let right = turn.verify(password, hash).await?;
        match found {
            None => Ok(PasswordCheck::UnknownLogin),
            Some(_) if !right => Ok(PasswordCheck::WrongPassword),
            Some(stored) => {
                self.failures.take_back(counts, begun_at);
                // A suspended person learns it here, after the password, and nobody else does.
                self.by_password(&stored).await.map(PasswordCheck::Right)
            }
        }
    }

    /// For whom the operator acts at the console: who has the database needs no credential.
    ///
    /// # Errors
    /// `Suspended`; `NotFound`.
    pub async fn acting_for(&self, user: UserId) -> Result<Actor> {
        let stored = self.credential(user).await?;
        self.by_password(&stored).await
    }

    async fn by_password(&self, stored: &Credential) -> Result<Actor> {
        let account = self.account(stored.user).await?;
        Ok(Actor {
            user: stored.user,
            kind: account.kind,
            via: Via::Password(stored.set_at),
        })
    }

    /// An account is one, by whichever of its names; a login that nobody has is told from others alike, so that no limit tells.
    fn account_key(&self, login: &str, found: Option<&Credential>) -> String {
        match found {
            Some(stored) => self.secrets.mac("account", &[&stored.user.0.to_string()]),
            None => self.secrets.mac("no account", &[&Username::key_of(login)]),
        }
    }

    /// What a failure counts for. Few from one network are enough for an account; many from everywhere, as whoever knows
    /// its name could otherwise keep its owner out.
    fn counts_of(&self, login: &str, found: Option<&Credential>, from: Requester) -> Vec<Count> {
        if !self.settings.limits_enforced {
            return Vec::new();
        }
        let words = "Too many wrong passwords for this account.";
        let account = self.account_key(login, found);
        let address = self.secrets.address(from.address);
        vec![
            Count {
                key: self
                    .secrets
                    .mac("account from", &[&account, &address.network]),
                limit: self.settings.password_failures_per_account_network_hour,
                words,
            },
            Count {
                key: account,
                limit: self.settings.password_failures_per_account_hour,
                words,
            },
            Count {
                key: address.single,
                limit: self.settings.password_failures_per_address_hour,
                words: "Too many wrong passwords from here.",
            },
        ]
    }

    /// The same where somebody is signed in: as few for each credential of theirs.
    fn counts_again(&self, actor: Actor) -> Vec<Count> {
        if !self.settings.limits_enforced {
            return Vec::new();
        }
        let (kind, id) = match actor.via {
            Via::Session(id) => ("session", id.0),
            Via::Token(id) => ("token", id.0),
            Via::Password(_) => ("user", actor.user.0),
        };
        vec![Count {
            key: self.secrets.mac("again", &[kind, &id.to_string()]),
            limit: self.settings.password_failures_per_account_network_hour,
            words: "Too many wrong passwords.",
        }]
    }
}

fn refuse_taken(conn: &mut Conn, new: &NewAccount) -> Result<()> {
    if let Some(email) = &new.email
        && passwords::email_taken(conn, email, None)?
    {
        return Err(email_is_taken(email));
    }
    if queries::users::username_taken(conn, &new.username, None)? {
        return Err(username_is_busy(&new.username));
    }
    Ok(())
}

/// Stores another password, and ends everything that was handed out before but the session that acts.
pub(super) fn replace_password(
    tx: &mut Tx<'_>,
    user: UserId,
    hash: &str,
    keep: Option<SessionId>,
) -> Result<()> {
    let now = tx.now();
    passwords::set(tx.writes(), user, hash, now)?;
    passwords::forget_resets(tx.writes(), user)?;
    let sessions = queries::sessions::delete_others(tx.writes(), user, keep)?;
    let tokens = queries::tokens::delete_all(tx.writes(), user)?;
    tell_ended(tx, sessions, tokens, SessionEnd::SignedOut);
    Ok(())
}

fn not_the_password() -> Error {
    Error::invalid("current", "This is not your password.")
}
