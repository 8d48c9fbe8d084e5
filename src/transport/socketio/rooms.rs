//! The events of rooms. Who comes in by a socket of this dialect comes to stay.

use super::client::{Client, Reply};
use super::encode;
use super::verbs::{Anything, Verbs};
use crate::error::{Error, Result};
use crate::model::{Command, ConversationId, RoomKey, RoomName, RoomTopic, Stay};
use chinwag_protocol::socketio::{self as wire, Yes, event};
use std::sync::Arc;

/// Adds the verbs.
pub(super) fn add(verbs: &mut Verbs) {
    verbs.on(event::ROOM_LIST, room_list);
    verbs.on(event::ROOM_CREATE, room_create);
    verbs.on(event::ROOM_DELETE, room_delete);
    verbs.on(event::ROOM_JOIN, room_join);
    verbs.on(event::ROOM_LEAVE, room_leave);
    verbs.on(event::ROOM_COMMAND, room_command);
    verbs.on(event::ROOM_MEMBERS, room_members);
}

fn room_list(client: &Arc<Client>, _: Anything, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        client.admit_long_answer()?;
        let rooms = client.server.app.conversations.rooms(client.actor).await?;
        Ok(wire::RoomListed {
            ok: Yes,
            rooms: rooms.iter().map(encode::room).collect(),
        })
    });
}

fn room_create(client: &Arc<Client>, request: wire::RoomCreate, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        let name = RoomName::parse(&request.name)?;
        let topic = RoomTopic::parse(request.topic.as_deref().unwrap_or_default())?;
        client.server.limiter.admit_join(client.actor.user)?;
        let app = &client.server.app;
        let conversations = &app.conversations;
        let conversation = conversations.create_room(client.actor, name, topic).await?;
        Ok(wire::ConversationOpened {
            ok: Yes,
            conversation: encode::conversation(app, &conversation),
        })
    });
}

fn room_delete(client: &Arc<Client>, request: wire::RoomDelete, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        let room = RoomKey::Id(ConversationId(request.conversation_id));
        client.server.app.delete_room(client.actor, room).await?;
        Ok(wire::Done::default())
    });
}

fn room_join(client: &Arc<Client>, request: wire::WhichRoom, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        client.admit_long_answer()?;
        let room = which(request)?;
        client.server.limiter.admit_join(client.actor.user)?;
        let app = &client.server.app;
        let conversations = &app.conversations;
        let entry = conversations
            .join_room(client.actor, room, Stay::Lasting)
            .await?;
        let room = RoomKey::Id(entry.conversation.id);
        let members = conversations.members(client.actor, room).await?;
        Ok(wire::RoomJoined {
            ok: Yes,
            conversation: encode::conversation(app, &entry.conversation),
            members: members.shown.iter().map(encode::member).collect(),
            member_count: members.count,
            messages: encode::messages(&entry.messages),
        })
    });
}

fn room_leave(client: &Arc<Client>, request: wire::WhichRoom, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        let room = which(request)?;
        let conversations = &client.server.app.conversations;
        conversations.leave_room(client.actor, room).await?;
        Ok(wire::Done::default())
    });
}

fn room_members(client: &Arc<Client>, request: wire::WhichRoom, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        client.admit_long_answer()?;
        let room = which(request)?;
        let conversations = &client.server.app.conversations;
        let members = conversations.members(client.actor, room).await?;
        Ok(wire::RoomMembers {
            ok: Yes,
            members: members.shown.iter().map(encode::member).collect(),
            member_count: members.count,
        })
    });
}

fn room_command(client: &Arc<Client>, request: wire::RoomCommand, reply: Reply) {
    let command = client
        .server
        .limiter
        .admit_message(client.actor.user)
        .and_then(|()| Command::parse(&request.command, &request.payload));
    let command = match command {
        Ok(command) => command,
        Err(error) => return reply.refuse(&error),
    };
    // Submitted before this returns, so in its place among the messages of this client.
    let id = ConversationId(request.conversation_id);
    let conversations = &client.server.app.conversations;
    conversations.command(client.actor, id, command, |outcome| {
        reply.finish(outcome.map(|()| wire::Done::default()));
    });
}

fn which(request: wire::WhichRoom) -> Result<RoomKey> {
    match (request.conversation_id, request.name) {
        (Some(id), None) => Ok(RoomKey::Id(ConversationId(id))),
        (None, Some(name)) => Ok(RoomKey::Name(name)),
        _ => Err(Error::invalid(
            "conversation_id",
            "Say which room: one of conversation_id and name.",
        )),
    }
}
