//! What administrators do that is the business of two contexts: one decides and writes it down, the other
//! does it.

use super::App;
use crate::conversations::{Right, alter_room, detach_room, make_room};
use crate::error::{Error, Result};
use crate::model::{Actor, ConversationId, ReportId, RoomKey, RoomName, RoomTopic, UserId};
use crate::moderation::{Act, Admin, Note, Outcome, RoomWork};

impl App {
    /// Decides a report, as [`Moderation::decide`](crate::moderation::Moderation::decide); who may not be matched any more leaves their match.
    ///
    /// # Errors
    /// As there.
    pub async fn decide(
        &self,
        admin: &Admin,
        id: ReportId,
        outcome: Outcome,
        note: Note,
    ) -> Result<()> {
        let whom = self.moderation.decide(admin, id, outcome, note).await?;
        self.end_match_of(whom).await
    }

    /// Warns, suspends or bans somebody, as [`Moderation::sanction`](crate::moderation::Moderation::sanction); who may
    /// not be matched any more leaves their match.
    ///
    /// # Errors
    /// As there.
    pub async fn sanction(
        &self,
        admin: &Admin,
        user: UserId,
        outcome: Outcome,
        note: Note,
    ) -> Result<()> {
        let whom = self.moderation.sanction(admin, user, outcome, note).await?;
        self.end_match_of(whom).await
    }

    async fn end_match_of(&self, whom: Option<UserId>) -> Result<()> {
        match whom {
            Some(user) => self.matching.dismiss(user).await,
            None => Ok(()),
        }
    }

    /// Makes a room, as [`Conversations::create_room`](crate::conversations::Conversations::create_room). The
    /// administrator is in it.
    ///
    /// # Errors
    /// As there; `NotFound` for who is no administrator any more.
    pub async fn make_room(
        &self,
        admin: &Admin,
        actor: Actor,
        name: RoomName,
        topic: RoomTopic,
    ) -> Result<ConversationId> {
        self.moderation
            .act_on_room(admin, Act::MadeRoom, move |tx| {
                let made = make_room(tx, actor, &name, &topic)?;
                Ok(RoomWork {
                    outcome: made.id,
                    room: name.as_str().to_owned(),
                    detail: about(&topic),
                })
            })
            .await
    }

    /// Gives a room another name or topic. Whoever is passing through it leaves with the old name.
    ///
    /// # Errors
    /// `NotFound`, also for who is no administrator any more; `Forbidden` for the name of `general`; `Conflict`
    /// when the name is taken.
    pub async fn change_room(
        &self,
        admin: &Admin,
        room: RoomKey,
        name: RoomName,
        topic: RoomTopic,
    ) -> Result<()> {
        self.moderation
            .act_on_room(admin, Act::ChangedRoom, move |tx| {
                let called = alter_room(tx, &room, Some(&name), Some(&topic))?;
                let is_new = called != name.as_str();
                let parts = [
                    is_new.then(|| format!("now {}", name.as_str())),
                    Some(about(&topic)).filter(|about| !about.is_empty()),
                ];
                Ok(RoomWork {
                    outcome: (),
                    room: called,
                    detail: parts.into_iter().flatten().collect::<Vec<_>>().join(", "),
                })
            })
            .await
    }

    /// Deletes a room for its maker, as [`Conversations::delete_room`](crate::conversations::Conversations::delete_room),
    /// or for an administrator, as [`App::delete_room_as`]: nothing that takes their right goes unwritten, by
    /// whichever door they came.
    ///
    /// # Errors
    /// `NotFound`; `Forbidden` unless one made it or is an administrator, and for `general`.
    pub async fn delete_room(&self, actor: Actor, room: RoomKey) -> Result<()> {
        let refusal = match self.conversations.delete_room(actor, room.clone()).await {
            Err(refusal @ Error::Forbidden(_)) => refusal,
            outcome => return outcome,
        };
        match self.moderation.admin(actor).await {
            Ok(admin) => {
                self.delete_room_as(&admin, actor, room, Note::default())
                    .await
            }
            Err(Error::NotFound) => Err(refusal),
            Err(error) => Err(error),
        }
    }

    /// Deletes any room but `general`, with its line in the log.
    ///
    /// # Errors
    /// `NotFound`, also for who is no administrator any more; `Forbidden` for `general`.
    pub async fn delete_room_as(
        &self,
        admin: &Admin,
        actor: Actor,
        room: RoomKey,
        note: Note,
    ) -> Result<()> {
        let id = self
            .moderation
            .act_on_room(admin, Act::DeletedRoom, move |tx| {
                let (outcome, room) = detach_room(tx, actor, &room, Right::Administrator)?;
                Ok(RoomWork {
                    outcome,
                    room,
                    detail: note.as_str().to_owned(),
                })
            })
            .await?;
        self.conversations.clear_away(id);
        Ok(())
    }
}

fn about(topic: &RoomTopic) -> String {
    let topic = topic.as_deref();
    topic.map_or_else(String::new, |topic| format!("about {topic}"))
}
