//! Events as this dialect tells them: one `match`, so that the compiler lists what a new event must still
//! say. It knows rooms and nothing else.

use super::{Server, frames};
use crate::model::{Attendance, Envelope, Event, Stay, Topic};
use crate::transport::push::Sink;
use chinwag_protocol::rooms::{RoomNotification, ServerFrame};
use std::sync::Arc;

/// Tells the connections of this process.
pub(super) struct Push(pub(super) Arc<Server>);

impl Sink for Push {
    fn deliver(&self, Envelope { topics, event }: &Envelope) {
        let hub = &self.0.hub;
        match event {
            Event::MessageSent(message) => {
                if topics.contains(&Topic::Room(message.conversation_id)) {
                    hub.tell(message.conversation_id, message.author, |you, room| {
                        frames::message(you, message, room)
                    });
                }
            }
            Event::RoomCommand {
                conversation_id,
                user,
                command,
                sent_at,
            } => hub.tell(*conversation_id, user.id, |you, room| {
                ServerFrame::Room(RoomNotification::Custom {
                    you,
                    user: user.username.clone(),
                    room_name: room.to_owned(),
                    command: command.name().into(),
                    payload: command.payload().into(),
                    stamp: frames::stamp(*sent_at),
                })
            }),
            Event::MemberJoined { who, stay } => {
                if who.online {
                    self.joined(who);
                }
                // By no other connection does anybody come in to pass.
                if *stay == Stay::Passing {
                    hub.came_in(who.user.id, who.conversation_id, &who.room, who.at);
                }
            }
            Event::MemberVisits { who, on: true } => {
                self.joined(who);
                hub.came_in(who.user.id, who.conversation_id, &who.room, who.at);
            }
            Event::MemberLeft(who) | Event::MemberVisits { who, on: false } => self.parted(who),
            Event::ConversationRemoved(id) => {
                // To a person it says what `MemberLeft` has said.
                if topics.contains(&Topic::Room(*id)) {
                    hub.empty(*id, self.0.app.clock.now());
                }
            }
            Event::RoomChanged {
                conversation_id,
                name,
                ..
            } => hub.rename(*conversation_id, name, self.0.app.clock.now()),
            Event::SessionEnded(_) => hub.dismiss(topics),
            Event::MessageEdited(_)
            | Event::MessageDeleted(_)
            | Event::Receipt(_)
            | Event::Typing { .. }
            | Event::Presence { .. }
            | Event::ConversationAdded(_)
            | Event::Mention(_)
            | Event::MatchWaiting(_)
            | Event::MatchCancelled
            | Event::MatchFound(_)
            | Event::MatchPartner { .. }
            | Event::MatchEnded { .. }
            | Event::MatchKept { .. }
            | Event::NoticeGiven(_) => {}
        }
    }
}

impl Push {
    /// Tells who is in the room; the newcomer is told by their own session, with what they find.
    fn joined(&self, who: &Attendance) {
        let hub = &self.0.hub;
        hub.tell(who.conversation_id, who.user.id, |_, room| {
            frames::joined(&who.user.username, room, who.at, None)
        });
    }

    fn parted(&self, who: &Attendance) {
        let hub = &self.0.hub;
        hub.went_out(who.user.id, who.conversation_id, |you, room| {
            frames::parted(you, &who.user.username, room, who.at)
        });
    }
}
