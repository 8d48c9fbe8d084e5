//! What a client asks for, frame by frame, and what it is answered.

use super::super::frames;
use super::{Over, Session};
use crate::error::Error;
use crate::model::{Body, ClientId, Command, Draft, RoomKey, Target};
use crate::transport::errors::log_fault;
use axum::extract::ws::Message;
use chinwag_protocol::rooms::{self as wire, ClientFrame, ListedRoom, Said, ServerFrame};

impl Session {
    pub(super) async fn hear(&mut self, message: Message) {
        let answer = match message {
            Message::Text(_) | Message::Binary(_) if !self.admit() => Some(too_fast()),
            Message::Text(text) => self.read(&text).await,
            Message::Binary(bytes) => match str::from_utf8(&bytes) {
                Ok(text) => self.read(text).await,
                Err(_) => Some(frames::invalid_format()),
            },
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => None,
        };
        if let Some(answer) = answer {
            self.say(&answer).await;
        }
    }

    async fn read(&mut self, text: &str) -> Option<ServerFrame> {
        match frames::read(text) {
            Ok(frame) => self.act(frame).await,
            Err(answer) => Some(*answer),
        }
    }

    /// Whether one frame more is within the limits. One who keeps overspending is hung up on.
    fn admit(&mut self) -> bool {
        let limiter = &self.server.limiter;
        if limiter.admit_event(&self.events).is_ok() {
            return true;
        }
        if limiter.admit_event(&self.patience).is_err() {
            self.over = Some(Over::Gone);
        }
        false
    }

    /// Does what the client says; what to answer, if anything.
    async fn act(&mut self, frame: ClientFrame) -> Option<ServerFrame> {
        match frame {
            ClientFrame::Help => Some(frames::help()),
            ClientFrame::List => Some(self.list().await),
            ClientFrame::Join { room_name } => self.join(room_name).await,
            ClientFrame::Part { room_name } => self.part(&room_name).await,
            ClientFrame::Message {
                room_name,
                said: Said::Words { body },
            } => self.speak(&room_name, &body).await,
            ClientFrame::Message {
                room_name,
                said: Said::Command(command),
            }
            | ClientFrame::Custom { room_name, command } => {
                self.command(&room_name, &command).await
            }
        }
    }

    async fn list(&mut self) -> ServerFrame {
        let conversations = self.server.app.conversations.clone();
        let actor = self.actor();
        match self.meanwhile(conversations.room_names(actor)).await {
            Ok(rooms) => {
                let listed = rooms.into_iter().map(|(id, name)| ListedRoom {
                    joined: self.connection.room(&name) == Some(id),
                    name,
                });
                frames::list(listed.collect())
            }
            Err(error) => refusal(&error, ""),
        }
    }

    async fn part(&mut self, name: &str) -> Option<ServerFrame> {
        let Some(room) = self.connection.room(name) else {
            return Some(frames::about_room("room:not-joined", name));
        };
        let conversations = self.server.app.conversations.clone();
        let actor = self.actor();
        let leaving = conversations.leave_room(actor, RoomKey::Id(room));
        let error = self.confirmed(leaving).await.err()?;
        if matches!(error, Error::NotFound) {
            self.connection.forget_room(room);
        }
        Some(refusal(&error, name))
    }

    async fn speak(&mut self, name: &str, body: &str) -> Option<ServerFrame> {
        let Some(room) = self.connection.room(name) else {
            return Some(frames::about_room("room:not-joined", name));
        };
        let body = body.trim();
        if body.is_empty() {
            return Some(frames::error("room:empty-message", None));
        }
        let draft = Body::parse(body).map(|body| Draft {
            target: Target::Conversation(room),
            body,
            client_id: ClientId::made_at(self.server.app.clock.now(), rand::random()),
        });
        let user = self.actor().user;
        let draft = draft.and_then(|draft| {
            self.server.limiter.admit_message(user)?;
            Ok(draft)
        });
        let draft = match draft {
            Ok(draft) => draft,
            Err(error) => return Some(refusal(&error, name)),
        };
        let conversations = self.server.app.conversations.clone();
        let sent = conversations.send_and_wait(self.actor(), draft);
        let sent = self.confirmed(sent).await;
        sent.err().map(|error| refusal(&error, name))
    }

    async fn command(&mut self, name: &str, sent: &wire::Command) -> Option<ServerFrame> {
        let Some(room) = self.connection.room(name) else {
            return Some(frames::about_room("room:not-joined", name));
        };
        if sent.command.trim().is_empty() || sent.payload.is_empty() {
            return Some(frames::error("room:empty-custom", None));
        }
        let user = self.actor().user;
        let command = Command::parse(&sent.command, &sent.payload).and_then(|command| {
            self.server.limiter.admit_message(user)?;
            Ok(command)
        });
        let command = match command {
            Ok(command) => command,
            Err(error) => return Some(refusal(&error, name)),
        };
        let conversations = self.server.app.conversations.clone();
        let relayed = conversations.command_and_wait(self.actor(), room, command);
        let relayed = self.confirmed(relayed).await;
        relayed.err().map(|error| refusal(&error, name))
    }
}

fn too_fast() -> ServerFrame {
    frames::error("rate-limited", None)
}

/// What a refused verb is called here.
pub(super) fn refusal(error: &Error, room: &str) -> ServerFrame {
    log_fault(error);
    match error {
        Error::NotFound => frames::about_room("room:not-joined", room),
        Error::TooLarge(_) => frames::too_long(),
        Error::Invalid { .. } => frames::invalid_format(),
        Error::RateLimited { .. } => too_fast(),
        _ => frames::error("unavailable", None),
    }
}
