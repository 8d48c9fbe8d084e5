//! The list of people: everybody who wants to be found by name, and oneself. Guests are in no list.

use super::{Accounts, queries};
use crate::error::{Error, Result};
use crate::model::{Actor, Filter, Part, Person, PersonAttribute, UserId};

impl Accounts {
    /// Those of the list that the filter wants.
    ///
    /// # Errors
    /// `Forbidden` for guests.
    pub async fn people(
        &self,
        actor: Actor,
        filter: Filter<PersonAttribute>,
    ) -> Result<Part<Person>> {
        actor.require_account()?;
        self.store
            .read(move |conn| {
                let listed = queries::directory::is_listed(conn, actor.user)?;
                queries::directory::list(conn, actor.user, listed, &filter)
            })
            .await
    }

    /// Somebody by id: whoever is in the list, and people one knows.
    ///
    /// # Errors
    /// `Missing`, also for those who do not want to be found; `Forbidden` for guests.
    pub async fn person(&self, actor: Actor, id: UserId) -> Result<Person> {
        actor.require_account()?;
        self.store
            .read(move |conn| queries::directory::one(conn, actor.user, id))
            .await?
            .ok_or_else(|| Error::Missing(format!("User {id} does not exist")))
    }
}
