//! Keeping in touch: a talk of strangers becomes a conversation of people who know each other, once both
//! have asked for it and both have an account.

use super::queries::{keeping as rows, views};
use super::{Conversations, queries};
use crate::error::{Error, Result};
use crate::model::{Actor, ConversationId, DisplayName, Event, Topic, UserId};
use crate::store::Tx;
use smallvec::smallvec;

/// What came of asking to keep in touch.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// The match.
    pub conversation_id: ConversationId,
    /// The two.
    pub people: [UserId; 2],
    /// Whether both have asked.
    pub kept: bool,
    /// Whether they know each other by now, so that the match is over.
    pub is_direct: bool,
}

impl Conversations {
    /// Asks to keep in touch with the stranger of a match, one's latest if none is named, as `name` if
    /// that is to be another than the account's. They learn of it only if they ask as well. Who was blocked
    /// or reported asks like anybody whom the other one has left, and in vain.
    ///
    /// # Errors
    /// `NotFound` unless one is in it; `Blocked` when one has blocked or reported the other one.
    pub async fn keep(
        &self,
        actor: Actor,
        id: Option<ConversationId>,
        name: Option<DisplayName>,
    ) -> Result<Keeping> {
        self.store
            .write(move |tx| {
                let id = match id {
                    Some(id) if queries::gate::is_member(tx.reads(), actor.user, id)? => Some(id),
                    Some(_) => None,
                    None => rows::latest_talk(tx.reads(), actor.user)?,
                };
                let id = id.ok_or(Error::NotFound)?;
                let people = rows::people(tx.reads(), id)?.ok_or(Error::NotFound)?;
                if rows::has_parted(tx.reads(), actor.user, people.users)? {
                    return Err(Error::Blocked);
                }
                if people.are_direct {
                    return Ok(people.keeping(id));
                }
                let now = tx.now();
                let name = name.as_ref().map(DisplayName::as_str);
                rows::ask(tx.writes(), actor.user, id, name, now)?;
                become_direct(tx, id)
            })
            .await
    }

    /// What somebody last wished to be called by a stranger whom they would keep in touch with.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn chosen_name(&self, actor: Actor) -> Result<Option<String>> {
        self.store
            .read(move |conn| rows::chosen_name(conn, actor.user))
            .await
    }

    /// What a guest was part of is their account's from now on. Says which talks they keep thereby.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn adopt(&self, guest: UserId, account: UserId) -> Result<Vec<Keeping>> {
        self.store
            .write(move |tx| {
                let talks = rows::adopt(tx.writes(), guest, account)?;
                let mut kept = Vec::new();
                for id in talks {
                    // What was swept meanwhile, or is kept with oneself, is nobody's to keep; what was
                    // reported stays evidence.
                    let people = rows::people(tx.reads(), id)?;
                    if people
                        .is_some_and(|people| people.kept && !people.are_direct && !people.apart)
                    {
                        kept.push(become_direct(tx, id)?);
                    }
                }
                Ok(kept)
            })
            .await
    }
}

/// Makes a match the direct conversation of its two people, if both have asked and have accounts, and
/// tells both how it stands if both have asked. Over a block or a report it stays what it is, for ever as
/// evidence.
fn become_direct(tx: &mut Tx<'_>, id: ConversationId) -> Result<Keeping> {
    let people = rows::people(tx.reads(), id)?.ok_or(Error::NotFound)?;
    let [one, other] = people.users;
    let mut keeping = people.keeping(id);
    if !people.kept || people.apart {
        return Ok(keeping);
    }
    let mut shown = id;
    if people.have_accounts {
        let (low, high) = (one.min(other), one.max(other));
        let now = tx.now();
        match queries::gate::direct(tx.reads(), one, other)? {
            None => rows::turn_direct(tx.writes(), id, low, high, now)?,
            Some(known) => {
                rows::merge(tx.writes(), id, known, now)?;
                for user in people.users {
                    queries::gate::insert_member(tx.writes(), user, known, now)?;
                }
                shown = known;
            }
        }
        keeping.is_direct = true;
    }
    for user in people.users {
        if let Some(view) = views::one(tx.reads(), user, shown)? {
            let kept = Event::MatchKept {
                conversation_id: id,
                conversation: Box::new(view),
            };
            tx.publish(smallvec![Topic::User(user)], kept);
        }
    }
    Ok(keeping)
}

impl rows::People {
    fn keeping(&self, id: ConversationId) -> Keeping {
        Keeping {
            conversation_id: id,
            people: self.users,
            kept: self.kept && (self.are_direct || !self.apart),
            is_direct: self.are_direct,
        }
    }
}
