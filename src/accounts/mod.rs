//! Accounts: who somebody is, how they prove it, and whom they know.
//!
//! `code_sending.rs` sends a code, `phone_login.rs` turns a proved number into a user,
//! `password_login.rs` does so with a password; `sessions.rs` and `tokens.rs` make a credential of that
//! which lasts. `guests.rs` makes people without an account, `contacts.rs` keeps one's own list of people,
//! `directory.rs` is the list of all who want to be found. The limits that cost money stand in
//! `sms_limits.rs`, and hold for what people send themselves (`own_sms.rs`) as well; all SQL in `queries/`.

mod code_sending;
mod contacts;
mod directory;
mod failures;
mod guests;
mod limits;
mod own_sms;
mod password_login;
mod password_reset;
mod password_rules;
mod passwords;
mod people;
mod phone_login;
mod queries;
mod remembered;
mod secrets;
mod sessions;
mod sms_limits;
mod tokens;

pub use code_sending::{PendingCode, Requester, Sending};
pub use contacts::Who;
pub use password_login::{NewAccount, PasswordCheck};
pub use password_reset::ResetCheck;
pub use password_rules::{PasswordFault, password_faults};
pub use passwords::Password;
pub use phone_login::{Proof, number_is_taken};
pub use secrets::{Secrets, Token, key_of};
pub use sessions::{SessionRecord, SessionSummary};
pub use sms_limits::{HeldBack, SmsLimits};
pub use tokens::{TokenCheck, TokenSummary};

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::mail::Mail;
use crate::model::{
    Account, Actor, Country, DisplayName, Email, Profile, SessionEnd, Theme, Timestamp, UserId,
    Username,
};
use crate::sms::Sms;
use crate::store::{Conn, Store};
use failures::Failures;
use passwords::Hasher;
use remembered::Remembered;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How often the last use of a credential is written down.
const NOTE_USE_EVERY: Duration = Duration::from_secs(60 * 60);

/// The verbs of this context. Clones share what is below.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    sms: Sms,
    mail: Mail,
    secrets: Secrets,
    clock: Clock,
    settings: AccountSettings,
    hasher: Hasher,
    failures: Failures,
    mails_asked: Failures,
    remembered: Remembered,
    /// Until when the sockets of tokens whose time was over were told.
    told_until: Arc<AtomicI64>,
}

/// What the operator decides about accounts.
#[derive(Clone, Debug)]
pub struct AccountSettings {
    /// The countries that SMS are sent to.
    pub sms_countries: Vec<Country>,
    /// The last line of an SMS names this host, so that phones offer the code on our site only.
    pub sms_host: String,
    /// Whether limits of rate hold; the tries per code always do.
    pub limits_enforced: bool,
    /// How many SMS may be sent.
    pub sms: SmsLimits,
    /// Wrong codes per code, before it is dead.
    pub code_tries: i64,
    /// Wrong codes per number and day.
    pub failures_per_number_day: i64,
    /// Wrong codes per address and hour.
    pub failures_per_address_hour: i64,
    /// People asked for by number or username, per person and day.
    pub contact_lookups_per_day: i64,
    /// What the server is called in mails.
    pub server_name: String,
    /// Where the links of mails lead.
    pub public_url: url::Url,
    /// Mails about a forgotten password, per e-mail address and hour.
    pub resets_per_email_hour: i64,
    /// The same, per network address and hour.
    pub resets_per_address_hour: i64,
    /// How dear the hash of a password is: each step doubles it.
    pub password_cost: u32,
    /// Wrong passwords per account and hour, from everywhere.
    pub password_failures_per_account_hour: i64,
    /// The same, from one network.
    pub password_failures_per_account_network_hour: i64,
    /// Wrong passwords per address and hour.
    pub password_failures_per_address_hour: i64,
}

impl Accounts {
    /// Puts the context together.
    #[must_use]
    pub fn new(
        store: Store,
        sms: Sms,
        mail: Mail,
        secrets: Secrets,
        clock: Clock,
        settings: AccountSettings,
    ) -> Self {
        Self {
            hasher: Hasher::new(settings.password_cost),
            failures: Failures::default(),
            mails_asked: Failures::default(),
            remembered: Remembered::default(),
            told_until: Arc::new(AtomicI64::new(clock.now().0)),
            store,
            sms,
            mail,
            secrets,
            clock,
            settings,
        }
    }

    /// What the operator decided.
    #[must_use]
    pub fn settings(&self) -> &AccountSettings {
        &self.settings
    }

    /// One's own account.
    ///
    /// # Errors
    /// `NotSignedIn` when it is gone; `Suspended` while it may not be used.
    pub async fn account(&self, user: UserId) -> Result<Account> {
        let now = self.clock.now();
        self.store
            .read(move |conn| queries::users::account(conn, user, now)?.ok_or(Error::NotSignedIn))
            .await
    }

    /// Changes the name and username that others see.
    ///
    /// # Errors
    /// `Conflict` when somebody else has that username, in whatever case.
    pub async fn set_profile(
        &self,
        actor: Actor,
        name: DisplayName,
        username: Username,
    ) -> Result<Profile> {
        actor.require_account()?;
        self.store
            .write(move |tx| {
                if queries::users::username_taken(tx.reads(), &username, Some(actor.user))? {
                    return Err(username_is_busy(&username));
                }
                queries::users::set_profile(tx.writes(), actor.user, &name, &username)
            })
            .await
    }

    /// Changes the name, the username, or both: what is given, or nothing of it.
    ///
    /// # Errors
    /// As [`Accounts::set_profile`].
    pub async fn change_profile(
        &self,
        actor: Actor,
        name: Option<DisplayName>,
        username: Option<Username>,
    ) -> Result<()> {
        actor.require_account()?;
        self.store
            .write(move |tx| {
                if let Some(username) = &username {
                    if queries::users::username_taken(tx.reads(), username, Some(actor.user))? {
                        return Err(username_is_busy(username));
                    }
                    queries::users::set_username(tx.writes(), actor.user, username)?;
                }
                if let Some(name) = &name {
                    queries::users::set_name(tx.writes(), actor.user, name)?;
                }
                Ok(())
            })
            .await
    }

    /// Remembers how one's pages look.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn set_theme(&self, actor: Actor, theme: Theme) -> Result<()> {
        self.store
            .write(move |tx| queries::users::set_theme(tx.writes(), actor.user, theme))
            .await
    }

    /// The person or bot of that username, in whatever case; for the operator, who asks for nobody else.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn find_person(&self, username: &Username) -> Result<Option<Profile>> {
        let username = username.as_str().to_owned();
        self.store
            .read(move |conn| queries::users::profile_by_username(conn, &username))
            .await
    }

    /// Takes away what somebody was told and has read: the words of that [`Notice::mark`](crate::model::Notice::mark). What was added
    /// to them since stays, and is shown with them once more.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn forget_notice(&self, actor: Actor, mark: String) -> Result<()> {
        self.store
            .write(
                move |tx| match queries::users::notice(tx.reads(), actor.user)? {
                    Some(notice) if notice.mark() == mark => {
                        queries::users::forget_notice(tx.writes(), actor.user)
                    }
                    _ => Ok(()),
                },
            )
            .await
    }

    /// Writes down by `touch` that a credential is used, once an hour at most.
    fn note_use<T>(&self, last_used_at: Option<Timestamp>, touch: T)
    where
        T: Fn(&mut Conn, Timestamp) -> Result<()> + Send + 'static,
    {
        let now = self.clock.now();
        if last_used_at.is_some_and(|at| now < at.after(NOTE_USE_EVERY)) {
            return;
        }
        // Nobody waits for this, and nothing depends on it.
        self.store.submit(
            move |tx| touch(tx.writes(), now),
            |outcome| {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "the use of a credential was not written down");
                }
            },
        );
    }

    /// Forgets what the limits no longer count, and ends what has had its time, with its sockets.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sweep(&self) -> Result<()> {
        let yesterday = self.clock.now().before(limits::DAY);
        self.failures.sweep(self.clock.now());
        self.mails_asked.sweep(self.clock.now());
        self.remembered.sweep(self.clock.elapsed());
        let told_until = Timestamp(self.told_until.load(Ordering::Relaxed));
        // Looked for among the readers: it takes a while where there are many.
        let guests = self
            .store
            .read(move |conn| queries::users::idle_guests(conn, yesterday))
            .await?;
        let now = self
            .store
            .write(move |tx| {
                let now = tx.now();
                queries::phone::forget_before(tx.writes(), now.before(2 * limits::DAY))?;
                queries::contacts::forget_lookups(tx.writes(), now.before(2 * limits::DAY))?;
                queries::users::delete(tx.writes(), &guests)?;
                let expired = queries::sessions::delete_expired(tx.writes(), now)?;
                let tokens = queries::tokens::expired_since(tx.reads(), told_until, now)?;
                // Until then whoever comes with one learns that its time is over.
                queries::tokens::forget_before(tx.writes(), now.before(limits::DAY))?;
                queries::passwords::forget_resets_before(tx.writes(), now.before(limits::DAY))?;
                sessions::tell_ended(tx, expired, tokens, SessionEnd::Expired);
                Ok(now)
            })
            .await?;
        self.told_until.store(now.0, Ordering::Relaxed);
        Ok(())
    }
}

fn email_is_taken(email: &Email) -> Error {
    Error::conflict(
        "email",
        format!("User '{}' has been registered!", email.as_str()),
    )
}

fn username_is_busy(username: &Username) -> Error {
    Error::conflict(
        "username",
        format!(
            "Username '{}' is busy! Try putting another one",
            username.as_str()
        ),
    )
}
