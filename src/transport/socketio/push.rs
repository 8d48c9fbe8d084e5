//! Events as this dialect pushes them: one `match`, so that the compiler lists what a new event must
//! still say.

use super::encode;
use super::{Server, hub::Hub};
use crate::model::{Conversation, ConversationKind, Envelope, Event, SessionEnd};
use crate::transport::push::Sink;
use chinwag_protocol::socketio::{self as wire, event};
use std::sync::Arc;

/// Tells the sockets of this process.
pub(super) struct Push(pub(super) Arc<Server>);

impl Sink for Push {
    fn deliver(&self, Envelope { topics, event }: &Envelope) {
        let hub: &Hub = &self.0.hub;
        match event {
            Event::MessageSent(message) => {
                hub.tell(topics, || self.0.encoded.take(message));
            }
            Event::MessageEdited(message) => {
                hub.emit(topics, event::MESSAGE_EDITED, &push_of(message));
            }
            Event::MessageDeleted(message) => {
                hub.emit(topics, event::MESSAGE_DELETED, &push_of(message));
            }
            Event::Receipt(receipt) => {
                hub.emit(topics, event::RECEIPT, &encode::receipt(receipt));
            }
            Event::Typing {
                conversation_id,
                user,
                author,
                on,
            } => hub.emit_volatile(
                topics,
                *author,
                event::TYPING,
                &wire::TypingPush {
                    conversation_id: conversation_id.0,
                    user: encode::user(user),
                    on: *on,
                },
            ),
            Event::Presence {
                user_id,
                online,
                last_seen,
            } => hub.emit(
                topics,
                event::PRESENCE,
                &wire::Presence {
                    user_id: user_id.0,
                    online: *online,
                    last_seen: last_seen.map(|at| at.to_string()),
                },
            ),
            Event::ConversationAdded(conversation) => {
                let payload = self.conversation(conversation);
                hub.emit(topics, event::CONVERSATION_NEW, &payload);
                if conversation.kind == ConversationKind::Room {
                    hub.enter_room(topics, conversation.id);
                }
            }
            Event::ConversationRemoved(id) => {
                let payload = wire::ConversationRemoved {
                    conversation_id: id.0,
                };
                hub.emit(topics, event::CONVERSATION_REMOVED, &payload);
                hub.leave_room(topics, *id);
            }
            Event::MemberJoined { who, .. } => {
                hub.emit(topics, event::MEMBER_JOINED, &encode::attendance(who));
            }
            Event::MemberLeft(who) => {
                hub.emit(topics, event::MEMBER_LEFT, &encode::attendance(who));
            }
            Event::RoomChanged {
                conversation_id,
                name,
                topic,
            } => hub.emit(
                topics,
                event::ROOM_CHANGED,
                &wire::RoomChanged {
                    conversation_id: conversation_id.0,
                    name: name.clone(),
                    topic: topic.clone(),
                },
            ),
            // Presence says as much here.
            Event::MemberVisits { .. } => {}
            Event::RoomCommand {
                conversation_id,
                user,
                command,
                sent_at,
            } => hub.emit(
                topics,
                event::ROOM_COMMAND,
                &wire::RoomCommandPush {
                    conversation_id: conversation_id.0,
                    user: encode::user(user),
                    command: command.name().into(),
                    payload: command.payload().into(),
                    sent_at: sent_at.to_string(),
                },
            ),
            Event::Mention(message) => {
                let payload = wire::Mention {
                    conversation_id: message.conversation_id.0,
                    message: encode::message(message),
                };
                hub.emit(topics, event::MENTION, &payload);
            }
            Event::MatchWaiting(state) => {
                hub.emit(topics, event::MATCH_WAITING, &encode::match_state(state));
            }
            Event::MatchCancelled => hub.emit(topics, event::MATCH_CANCELLED, &wire::Empty {}),
            Event::MatchFound(state) => {
                hub.emit(topics, event::MATCH_FOUND, &encode::match_state(state));
            }
            Event::MatchPartner {
                conversation_id,
                presence,
            } => hub.emit(
                topics,
                event::MATCH_PARTNER,
                &wire::MatchPartner {
                    conversation_id: conversation_id.0,
                    presence: encode::presence(*presence),
                },
            ),
            Event::MatchEnded {
                conversation_id,
                reason,
            } => hub.emit(
                topics,
                event::MATCH_ENDED,
                &wire::MatchEnded {
                    conversation_id: conversation_id.0,
                    reason: reason.as_str().into(),
                },
            ),
            Event::MatchKept {
                conversation_id,
                conversation,
            } => hub.emit(
                topics,
                event::MATCH_KEPT,
                &wire::MatchKept {
                    conversation_id: conversation_id.0,
                    conversation: encode::conversation(&self.0.app, conversation),
                },
            ),
            Event::NoticeGiven(text) => hub.emit(
                topics,
                event::NOTICE_NEW,
                &wire::NoticePush { text: text.clone() },
            ),
            Event::SessionEnded(end) => hub.dismiss(
                topics,
                event::SESSION_ENDED,
                &wire::SessionEnded {
                    reason: reason(*end).into(),
                },
            ),
        }
    }
}

impl Push {
    fn conversation(&self, conversation: &Conversation) -> wire::ConversationPush {
        wire::ConversationPush {
            conversation: encode::conversation(&self.0.app, conversation),
        }
    }
}

fn push_of(message: &crate::model::Message) -> wire::MessagePush {
    wire::MessagePush {
        message: encode::message(message),
    }
}

fn reason(end: SessionEnd) -> &'static str {
    match end {
        SessionEnd::SignedOut => "signed_out",
        SessionEnd::Suspended => "suspended",
        SessionEnd::Expired => "expired",
    }
}
