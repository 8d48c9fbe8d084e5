//! One's own list of people, and whom one does not want to hear.

use super::limits::DAY;
use super::{Accounts, queries};
use crate::error::{Error, Result};
use crate::model::{Actor, Contact, ContactId, Label, Phone, Profile, UserId};
use crate::store::{Conn, Tx};

/// How somebody is asked for.
#[derive(Clone, Debug)]
pub enum Who {
    /// By their number.
    Phone(Phone),
    /// By their username, in whatever case.
    Username(String),
}

/// What a look-up in the writer came to. A miss is no error there: it counts, so it is committed.
enum Lookup {
    Added(Contact),
    Known,
    Nobody,
    Oneself,
}

impl Accounts {
    /// One's contacts, by label.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn contacts(&self, actor: Actor) -> Result<Vec<Contact>> {
        self.store
            .read(move |conn| queries::contacts::list(conn, actor.user))
            .await
    }

    /// One of one's contacts.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own.
    pub async fn contact(&self, actor: Actor, id: ContactId) -> Result<Contact> {
        self.store
            .read(move |conn| queries::contacts::one(conn, actor.user, id)?.ok_or(Error::NotFound))
            .await
    }

    /// Adds somebody under one's own label. They do not learn of it.
    ///
    /// # Errors
    /// `Invalid` when nobody is found, oneself included; `Conflict` when they are in the list;
    /// `RateLimited` past the look-ups of a day: asking in sequence must not tell who has an account.
    pub async fn add_contact(
        &self,
        actor: Actor,
        who: Who,
        label: Option<Label>,
    ) -> Result<Contact> {
        actor.require_account()?;
        let this = self.clone();
        let lookup = self
            .store
            .write(move |tx| {
                this.admit_lookup(tx, actor.user)?;
                let Some(person) = find(tx.reads(), &who)? else {
                    return Ok(Lookup::Nobody);
                };
                if person.id == actor.user {
                    return Ok(Lookup::Oneself);
                }
                if queries::contacts::is_listed(tx.reads(), actor.user, person.id)? {
                    return Ok(Lookup::Known);
                }
                let now = tx.now();
                let label = match &label {
                    Some(label) => label.clone(),
                    None => Label::parse(&person.name)?,
                };
                let id =
                    queries::contacts::insert(tx.writes(), actor.user, person.id, &label, now)?;
                let listed = queries::contacts::one(tx.reads(), actor.user, id)?;
                Ok(Lookup::Added(listed.ok_or(Error::NotFound)?))
            })
            .await?;
        match lookup {
            Lookup::Added(contact) => Ok(contact),
            Lookup::Known => Err(Error::conflict(
                "who",
                "This person is already in your contacts.",
            )),
            Lookup::Oneself => Err(Error::invalid("who", "That is you.")),
            Lookup::Nobody => Err(Error::invalid(
                "who",
                "Nobody with this number or username was found.",
            )),
        }
    }

    /// Counts that somebody asks whether others are here, by whatever they are known by.
    pub(super) fn admit_lookup(&self, tx: &mut Tx<'_>, owner: UserId) -> Result<()> {
        let now = tx.now();
        if self.settings.limits_enforced {
            queries::contacts::lookups(tx.reads(), owner, DAY, now)?.at_most(
                self.settings.contact_lookups_per_day,
                now,
                "You have looked for many people today.",
            )?;
        }
        queries::contacts::record_lookup(tx.writes(), owner, now)
    }

    /// Changes one's label for a contact.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own.
    pub async fn rename_contact(&self, actor: Actor, id: ContactId, label: Label) -> Result<()> {
        self.store
            .write(move |tx| {
                let renamed = queries::contacts::rename(tx.writes(), actor.user, id, &label)?;
                if renamed {
                    Ok(())
                } else {
                    Err(Error::NotFound)
                }
            })
            .await
    }

    /// Takes somebody off one's list. The conversation stays.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own.
    pub async fn delete_contact(&self, actor: Actor, id: ContactId) -> Result<()> {
        self.store
            .write(move |tx| {
                let deleted = queries::contacts::delete(tx.writes(), actor.user, id)?;
                if deleted {
                    Ok(())
                } else {
                    Err(Error::NotFound)
                }
            })
            .await
    }

    /// Whom one of one's own contacts points to.
    ///
    /// # Errors
    /// `NotFound` unless it is one's own.
    pub async fn contact_person(&self, actor: Actor, id: ContactId) -> Result<UserId> {
        self.store
            .read(move |conn| {
                queries::contacts::person_of(conn, actor.user, id)?.ok_or(Error::NotFound)
            })
            .await
    }

    /// Whose username that is.
    ///
    /// # Errors
    /// `NotFound` when it is nobody's; `RateLimited` past the look-ups of a day.
    pub async fn find_by_username(&self, actor: Actor, username: String) -> Result<Profile> {
        actor.require_account()?;
        let this = self.clone();
        self.store
            .write(move |tx| {
                this.admit_lookup(tx, actor.user)?;
                queries::users::profile_by_username(tx.reads(), &username)
            })
            .await?
            .ok_or(Error::NotFound)
    }

    /// Stops hearing from somebody that one knows. Blocking twice changes nothing.
    ///
    /// # Errors
    /// `NotFound` for strangers: it does not tell whether they exist.
    pub async fn block(&self, actor: Actor, other: UserId) -> Result<()> {
        actor.require_account()?;
        self.store
            .write(move |tx| {
                let now = tx.now();
                let known = other != actor.user
                    && queries::contacts::know_each_other(tx.reads(), actor.user, other)?;
                if !known {
                    return Err(Error::NotFound);
                }
                queries::contacts::block(tx.writes(), actor.user, other, now)
            })
            .await
    }

    /// Hears from somebody again. Unblocking whom one has not blocked changes nothing.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn unblock(&self, actor: Actor, other: UserId) -> Result<()> {
        actor.require_account()?;
        self.store
            .write(move |tx| queries::contacts::unblock(tx.writes(), actor.user, other))
            .await
    }

    /// Whom one has blocked, by name.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn blocked(&self, actor: Actor) -> Result<Vec<Profile>> {
        self.store
            .read(move |conn| queries::contacts::blocked_by(conn, actor.user))
            .await
    }
}

fn find(conn: &mut Conn, who: &Who) -> Result<Option<Profile>> {
    match who {
        Who::Phone(phone) => queries::users::profile_by_phone(conn, phone),
        Who::Username(username) => queries::users::profile_by_username(conn, username),
    }
}
