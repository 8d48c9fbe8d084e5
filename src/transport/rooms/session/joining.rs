//! Coming into a room: its turn, the membership, and the place among what is told at which the client is in.

use super::super::frames;
use super::requests::refusal;
use super::waiting::TOLD_WITHIN;
use super::{Over, Session};
use crate::error::Error;
use crate::model::{ConversationId, Member, RoomKey, Stay, Timestamp};
use crate::transport::errors::log_fault;
use chinwag_protocol::rooms::ServerFrame;
use std::time::Duration;
use tokio::time::Instant;

/// How long a client that comes into many rooms waits for its turn with one of them.
const TURN_WITHIN: Duration = Duration::from_secs(10);

impl Session {
    pub(super) async fn join(&mut self, name: String) -> Option<ServerFrame> {
        if self.connection.room(&name).is_some() {
            return Some(frames::about_room("room:already-joined", &name));
        }
        if let Err(error) = self.turn_to_join().await {
            return Some(refusal(&error, &name));
        }
        if self.connection.enters(true) {
            self.connection.enters(false);
            return None;
        }
        let answer = self.enter(name).await;
        if self.entering.is_none() {
            self.connection.enters(false);
        }
        answer
    }

    /// Waits until one more room is within the limits. Bots come into every room at once, and know no
    /// refusal of that.
    async fn turn_to_join(&mut self) -> Result<(), Error> {
        let until = Instant::now() + TURN_WITHIN;
        loop {
            match self.server.limiter.admit_join(self.actor().user) {
                Err(Error::RateLimited { retry_after, .. })
                    if self.over.is_none() && Instant::now() + retry_after <= until =>
                {
                    self.pause(retry_after).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn enter(&mut self, name: String) -> Option<ServerFrame> {
        let conversations = self.server.app.conversations.clone();
        let actor = self.actor();
        let room = RoomKey::Name(name.clone());
        let joining = conversations.join_room(actor, room, Stay::Passing);
        let entry = match self.meanwhile(joining).await {
            Ok(entry) => entry,
            // Not there, or in too many rooms already.
            Err(Error::NotFound | Error::Forbidden(_)) => {
                return Some(frames::about_room("room:invalid", &name));
            }
            Err(error) => return Some(refusal(&error, &name)),
        };
        let id = entry.conversation.id;
        self.entering = Some(id);
        let members = self.who_is_in(id).await?;
        let (room, at) = self.entry().await?;
        self.entering = None;
        let status = frames::status(actor.user, &members, &entry.messages);
        let username = &self.connection.username;
        Some(frames::joined(username, &room, at, Some(status)))
    }

    /// Who is in the room that the client is about to be in; nothing when that is over.
    async fn who_is_in(&mut self, id: ConversationId) -> Option<Vec<Member>> {
        let conversations = self.server.app.conversations.clone();
        let members = conversations.members(self.actor(), RoomKey::Id(id));
        match self.meanwhile(members).await {
            Ok(members) => Some(members.shown),
            // They have left already, by a page: they are told so in its place.
            Err(Error::NotFound) => Some(Vec::new()),
            Err(error) => {
                log_fault(&error);
                self.over = Some(Over::Gone);
                None
            }
        }
    }

    /// The place among what is told from which on the client is in the room; nothing when it is over.
    async fn entry(&mut self) -> Option<(String, Timestamp)> {
        let until = Instant::now() + TOLD_WITHIN;
        while self.entered.is_none() && self.over.is_none() {
            self.pass_next_on(until).await;
        }
        self.entered.take()
    }
}
