//! Moderation: reports of conversations, and what those who look after this server do about them.
//!
//! Anybody may report (`reporting.rs`; matches have a verb of their own, which also ends them). All else is
//! for administrators: such a verb takes an [`Admin`], which only [`Moderation::admin`] makes, and asks again in
//! its own transaction, so that who has lost the right a moment ago can do nothing more with it. What
//! changes something goes through `Moderation::act`, which writes a line into the audit log in the same
//! transaction: there is no act without its line.

mod audit;
mod handling;
mod messages;
mod people;
mod queries;
mod reporting;
mod reports;
mod rooms;
mod sms;
mod vitals;

pub use audit::{Act, LogLine};
pub use handling::{Note, Outcome, Term};
pub use messages::{RoomLine, RoomLines};
pub use people::{Ban, Contact, PersonFile, PersonLine, SignIn, Wanted};
pub use reports::{EvidenceLine, Handled, Party, ReportFile, ReportLine};
pub(crate) use rooms::RoomWork;
pub use sms::{CountrySms, SmsFigures};
pub use vitals::Vitals;

use self::audit::Entry;
use self::queries::admins;
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::model::{Actor, UserId};
use crate::store::{Conn, Store, Tx};

/// What a new administrator is told.
const APPOINTED: &str =
    "You look after this server from now on: Administration is in your settings.";
/// Who appoints administrators, as the log has it.
const COMMAND_LINE: &str = "the command line";

/// The verbs of this context. Clones share what is below.
#[derive(Clone)]
pub struct Moderation {
    store: Store,
    clock: Clock,
    settings: ModerationSettings,
}

/// What the operator decides about moderation.
#[derive(Clone, Debug)]
pub struct ModerationSettings {
    /// Reports by one person in a day, those of strangers included; none where limits are lifted.
    pub reports_per_day: Option<i64>,
}

/// Somebody who was an administrator a moment ago: the key to every verb but reporting.
#[derive(Clone, Debug)]
pub struct Admin {
    user: UserId,
    username: String,
}

impl Admin {
    /// Who.
    #[must_use]
    pub fn user(&self) -> UserId {
        self.user
    }

    /// By which name they sign in.
    #[must_use]
    pub fn username(&self) -> &str {
        &self.username
    }
}

/// A stretch of a list, and where the next one begins.
#[derive(Clone, Debug)]
pub struct Stretch<T> {
    /// What is in it.
    pub items: Vec<T>,
    /// The cursor of what follows, if anything does.
    pub next: Option<i64>,
}

impl<T> Stretch<T> {
    /// Of one more than are shown, to see whether there is more.
    fn of(mut items: Vec<T>, shown: usize, cursor: impl Fn(&T) -> i64) -> Self {
        let more = items.len() > shown;
        items.truncate(shown);
        let next = items.last().filter(|_| more).map(cursor);
        Self { items, next }
    }
}

impl Moderation {
    /// Puts the context together.
    #[must_use]
    pub fn new(store: Store, clock: Clock, settings: ModerationSettings) -> Self {
        Self {
            store,
            clock,
            settings,
        }
    }

    /// Whether anybody looks after this server from its pages.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn has_admins(&self) -> Result<bool> {
        self.store.read(admins::has_any).await
    }

    /// Somebody as the administrator that they are.
    ///
    /// # Errors
    /// `NotFound` unless they are one who may be here at present.
    pub async fn admin(&self, actor: Actor) -> Result<Admin> {
        let (user, now) = (actor.user, self.clock.now());
        let username = self
            .store
            .read(move |conn| admins::require(conn, user, now))
            .await?;
        Ok(Admin { user, username })
    }

    /// Makes somebody an administrator, and tells them where they do not know. For the command line of the
    /// machine alone: no page leads here. Says whether they were none before.
    ///
    /// # Errors
    /// `NotFound` unless they are a person with an account.
    pub async fn appoint(&self, user: UserId, know: bool) -> Result<bool> {
        self.store
            .write(move |tx| {
                let (username, is_admin) =
                    admins::candidate(tx.reads(), user)?.ok_or(Error::NotFound)?;
                if is_admin {
                    return Ok(false);
                }
                let now = tx.now();
                admins::appoint(tx.writes(), user)?;
                if !know {
                    queries::people::add_notice(tx.writes(), user, APPOINTED)?;
                }
                let entry = Entry::of_person(Act::Appointed, user, &username, "");
                queries::audit::insert(tx.writes(), None, COMMAND_LINE, &entry, now)?;
                Ok(true)
            })
            .await
    }

    /// Runs a query of an administrator's.
    async fn look<T, Q>(&self, admin: &Admin, query: Q) -> Result<T>
    where
        T: Send + 'static,
        Q: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (user, now) = (admin.user, self.clock.now());
        self.store
            .read(move |conn| {
                admins::require(conn, user, now)?;
                query(conn)
            })
            .await
    }

    /// Does what an administrator wants done, and writes it down: both or neither.
    async fn act<T, J>(&self, admin: &Admin, job: J) -> Result<T>
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Result<(T, Entry)> + Send + 'static,
    {
        let user = admin.user;
        self.store
            .write(move |tx| {
                let now = tx.now();
                let username = admins::require(tx.reads(), user, now)?;
                let (outcome, entry) = job(tx)?;
                queries::audit::insert(tx.writes(), Some(user), &username, &entry, now)?;
                Ok(outcome)
            })
            .await
    }
}

/// An administrator must not be able to lock everybody out by locking themselves out.
fn refuse_oneself(admin: &Admin, user: UserId) -> Result<()> {
    if admin.user == user {
        return Err(Error::Forbidden("That is yourself."));
    }
    Ok(())
}
