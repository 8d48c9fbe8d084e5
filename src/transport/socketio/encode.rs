//! Nouns as this dialect writes them.

use crate::app::App;
use crate::metrics::{Fault, metrics};
use crate::model;
use chinwag_protocol::socketio as wire;
use serde::{Serialize, Serializer};
use std::fmt::Display;

/// A text for whoever only writes it: nothing is copied before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text<'a> {
    Said(&'a str),
    At(model::Timestamp),
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        match text {
            Text::Said(said) => said.to_owned(),
            Text::At(at) => at.to_string(),
        }
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Said(said) => serializer.serialize_str(said),
            Self::At(at) => serializer.collect_str(at),
        }
    }
}

/// Whatever cannot be encoded is a fault of ours.
pub(super) fn not_encoded(error: &impl Display) {
    metrics().fault(Fault::NotEncoded);
    tracing::error!(%error, "a payload was not encoded");
}

pub(super) fn user<'a, T: From<Text<'a>>>(profile: &'a model::Profile) -> wire::User<T> {
    wire::User {
        id: profile.id.0,
        username: Text::Said(&profile.username).into(),
        name: Text::Said(&profile.name).into(),
    }
}

pub(super) fn message<'a, T: From<Text<'a>>>(message: &'a model::Message) -> wire::Message<T> {
    let client_id = message.client_id.as_deref();
    wire::Message {
        id: message.id.0,
        conversation_id: message.conversation_id.0,
        seq: message.seq,
        rev: message.rev,
        sender: user(&message.sender),
        body: Text::Said(&message.body).into(),
        client_id: client_id.map(|id| Text::Said(id).into()),
        sent_at: Text::At(message.sent_at).into(),
        edited_at: message.edited_at.map(|at| Text::At(at).into()),
        deleted: message.deleted,
    }
}

pub(super) fn messages(messages: &[model::Message]) -> Vec<wire::Message> {
    messages.iter().map(message).collect()
}

/// Whether the peer is here is known to presence, not to the database.
pub(super) fn conversation(app: &App, conversation: &model::Conversation) -> wire::Conversation {
    wire::Conversation {
        id: conversation.id.0,
        kind: conversation.kind.as_str().into(),
        title: conversation.title.clone(),
        counter: conversation.counter,
        last_seq: conversation.last_seq,
        read_seq: conversation.read_seq,
        delivered_seq: conversation.delivered_seq,
        unread: conversation.unread,
        mentioned: conversation.mentioned,
        muted: conversation.muted,
        peer: conversation.peer.as_ref().map(|p| peer(app, p)),
        topic: conversation.topic.clone(),
        last_message: conversation.last_message.as_ref().map(message),
        ended_at: conversation.ended_at.map(|at| at.to_string()),
    }
}

pub(super) fn conversations(app: &App, list: &[model::Conversation]) -> Vec<wire::Conversation> {
    list.iter().map(|one| conversation(app, one)).collect()
}

fn peer(app: &App, peer: &model::Peer) -> wire::Peer {
    wire::Peer {
        id: peer.person.id.0,
        username: peer.person.username.clone(),
        name: peer.person.name.clone(),
        online: app.presence.shows(peer.person.id, peer.hidden),
        last_seen: peer.last_seen.map(|at| at.to_string()),
        read_seq: peer.read_seq,
        delivered_seq: peer.delivered_seq,
        blocked: peer.blocked,
    }
}

pub(super) fn receipt(receipt: &model::Receipt) -> wire::Receipt {
    wire::Receipt {
        conversation_id: receipt.conversation_id.0,
        user_id: receipt.user_id.0,
        delivered_seq: receipt.delivered_seq,
        read_seq: receipt.read_seq,
    }
}

pub(super) fn room(room: &model::RoomSummary) -> wire::Room {
    wire::Room {
        id: room.id.0,
        name: room.name.clone(),
        topic: room.topic.clone(),
        members: room.members,
        online: room.online,
        joined: room.joined,
    }
}

pub(super) fn member(member: &model::Member) -> wire::Member {
    wire::Member {
        id: member.profile.id.0,
        username: member.profile.username.clone(),
        name: member.profile.name.clone(),
        online: member.online,
    }
}

pub(super) fn attendance(who: &model::Attendance) -> wire::MemberPush {
    wire::MemberPush {
        conversation_id: who.conversation_id.0,
        user: user(&who.user),
        online: who.online,
    }
}

pub(super) fn match_state(state: &model::MatchState) -> wire::MatchState {
    match state {
        model::MatchState::Waiting {
            since,
            interests: wished,
            only_common,
            widen_at,
        } => wire::MatchState::Waiting {
            since: since.to_string(),
            interests: interests(wished),
            only_common: *only_common,
            widen_at: widen_at.map(|at| at.to_string()),
        },
        model::MatchState::Matched(view) => wire::MatchState::Matched {
            conversation_id: view.conversation_id.0,
            partner: wire::Partner {
                name: view.partner.alias.clone(),
                presence: presence(view.presence),
            },
            you: wire::Seat {
                id: view.you.number,
                name: view.you.alias.clone(),
            },
            common_interests: interests(&view.common_interests),
            started_at: view.started_at.to_string(),
            asked_to_keep: view.asked_to_keep,
            kept: view.kept,
        },
    }
}

fn interests(interests: &[model::Interest]) -> Vec<String> {
    interests
        .iter()
        .map(|one| one.as_str().to_owned())
        .collect()
}

pub(super) fn presence(presence: model::PartnerPresence) -> wire::PartnerPresence {
    let (word, until) = match presence {
        model::PartnerPresence::Here => ("here", None),
        model::PartnerPresence::Reconnecting { until } => ("reconnecting", Some(until)),
    };
    wire::PartnerPresence {
        presence: word.into(),
        until: until.map(|at| at.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{ConversationId, MessageId, Profile, Timestamp, UserId};

    #[test]
    fn what_is_borrowed_is_written_as_what_is_owned() {
        let sent = model::Message {
            id: MessageId(7),
            conversation_id: ConversationId(1),
            seq: 3,
            rev: 4,
            sender: Profile {
                id: UserId(1),
                username: "ada".into(),
                name: "Ada \"the\" 🎈".into(),
            }
            .into(),
            author: UserId(1),
            body: "two\nlines".into(),
            client_id: Some("c-1".into()),
            sent_at: Timestamp(0),
            edited_at: Some(Timestamp(1_795_197_845_123)),
            deleted: false,
        };
        let borrowed = serde_json::to_value(message::<Text<'_>>(&sent)).unwrap();
        let owned = serde_json::to_value(message::<String>(&sent)).unwrap();
        assert_eq!(borrowed, owned);
        assert_eq!(owned["edited_at"], "2026-11-20T18:04:05.123Z");
    }
}
