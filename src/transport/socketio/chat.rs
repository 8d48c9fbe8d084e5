//! The events of a client: identity was put on the socket at connect, so parse, call, encode.

use super::client::{Client, Reply};
use super::encode::{self, Text};
use super::listener::Packet;
use super::matching;
use super::verbs::{Anything, Verbs};
use crate::conversations::{HISTORY_MAX, SYNC_MAX, With};
use crate::error::{Error, Result};
use crate::model::{
    Body, ClientId, Complaint, ConversationId, Draft, MessageId, Target, Timestamp, UserId,
};
use chinwag_protocol::socketio::{self as wire, Yes, event};
use std::sync::Arc;

/// Adds the verbs.
pub(super) fn add(verbs: &mut Verbs) {
    verbs.on(event::MESSAGE_SEND, message_send);
    verbs.on(event::MESSAGE_EDIT, message_edit);
    verbs.on(event::MESSAGE_DELETE, message_delete);
    verbs.on(event::HISTORY, history);
    verbs.on(event::SYNC, sync);
    verbs.on(event::READ, read);
    verbs.on(event::DELIVERED, delivered);
    verbs.on(event::TYPING, typing);
    verbs.on(event::CONVERSATION_OPEN, conversation_open);
    verbs.on(event::CONVERSATION_LIST, conversation_list);
    verbs.on(event::USER_BLOCK, user_block);
    verbs.on(event::USER_UNBLOCK, user_unblock);
    verbs.on(event::REPORT, report);
}

fn message_send(client: &Arc<Client>, request: wire::MessageSend, reply: Reply) {
    let draft = client
        .server
        .limiter
        .admit_message(client.actor.user)
        .and_then(|()| draft(request, client.server.app.clock.now()));
    let draft = match draft {
        Ok(draft) => draft,
        Err(error) => return reply.refuse(&error),
    };
    // The message itself tells the others that the typing is over.
    client.types_in(None);
    // Submitted before this returns, so in the order in which it was sent; acknowledged by the
    // writer's teller, so after the commit.
    let server = client.server.clone();
    let conversations = &client.server.app.conversations;
    conversations.send(client.actor, draft, move |outcome| match outcome {
        // Who retries is the only one who hears of it.
        Ok(sent) if sent.duplicate => reply.answer(&wire::MessageSent {
            ok: Yes,
            message: encode::message::<Text<'_>>(&sent.message),
            duplicate: true,
        }),
        Ok(sent) => {
            let push = server.encoded.for_author(&sent.message);
            match push.as_deref().and_then(Packet::message) {
                Some(message) => reply.answer_sent(message),
                None => reply.refuse(&Error::Internal(anyhow::anyhow!("it was not encoded"))),
            }
        }
        Err(error) => reply.refuse(&error),
    });
}

fn draft(request: wire::MessageSend, now: Timestamp) -> Result<Draft> {
    let target = match (request.conversation_id, request.to) {
        (Some(id), None) => Target::Conversation(ConversationId(id)),
        (None, Some(person)) => Target::Person(UserId(person)),
        _ => {
            return Err(Error::invalid(
                "conversation_id",
                "Say where to: one of conversation_id and to.",
            ));
        }
    };
    Ok(Draft {
        target,
        body: Body::parse(request.body)?,
        client_id: match request.client_id {
            Some(id) => ClientId::parse(id)?,
            None => ClientId::made_at(now, rand::random()),
        },
    })
}

fn message_edit(client: &Arc<Client>, request: wire::MessageEdit, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        client.server.limiter.admit_message(client.actor.user)?;
        let body = Body::parse(request.body)?;
        let id = MessageId(request.message_id);
        let message = client
            .server
            .app
            .conversations
            .edit(client.actor, id, body)
            .await?;
        Ok(wire::MessageChanged {
            ok: Yes,
            message: encode::message(&message),
        })
    });
}

fn message_delete(client: &Arc<Client>, request: wire::MessageDelete, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        let id = MessageId(request.message_id);
        let message = client
            .server
            .app
            .conversations
            .delete(client.actor, id)
            .await?;
        Ok(wire::MessageChanged {
            ok: Yes,
            message: encode::message(&message),
        })
    });
}

fn history(client: &Arc<Client>, request: wire::History, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        client.admit_long_answer()?;
        let id = ConversationId(request.conversation_id);
        let limit = request.limit.unwrap_or(HISTORY_MAX);
        let conversations = &client.server.app.conversations;
        let page = conversations
            .history(client.actor, id, request.before, limit)
            .await?;
        Ok(wire::HistoryPage {
            ok: Yes,
            messages: encode::messages(&page.messages),
            more: page.more,
        })
    });
}

fn sync(client: &Arc<Client>, request: wire::Sync, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        client.admit_long_answer()?;
        let cursors = request
            .cursors
            .into_iter()
            // A key that is no id is nobody's conversation.
            .filter_map(|(id, rev)| Some((ConversationId(id.parse().ok()?), rev)))
            .collect();
        let app = &client.server.app;
        let limit = request.limit.unwrap_or(SYNC_MAX);
        let missed = app.conversations.sync(client.actor, cursors, limit).await?;
        Ok(wire::Synced {
            ok: Yes,
            conversations: encode::conversations(app, &missed.conversations),
            messages: encode::messages(&missed.messages),
            more: missed.more,
        })
    });
}

fn read(client: &Arc<Client>, request: wire::Mark, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        let id = ConversationId(request.conversation_id);
        let conversations = &client.server.app.conversations;
        let receipt = conversations.read(client.actor, id, request.seq).await?;
        Ok(wire::Read {
            ok: Yes,
            read_seq: receipt.read_seq,
        })
    });
}

fn delivered(client: &Arc<Client>, request: wire::Mark, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        let id = ConversationId(request.conversation_id);
        let conversations = &client.server.app.conversations;
        let receipt = conversations
            .delivered(client.actor, id, request.seq)
            .await?;
        Ok(wire::Delivered {
            ok: Yes,
            delivered_seq: receipt.delivered_seq,
        })
    });
}

fn typing(client: &Arc<Client>, request: wire::Typing, reply: Reply) {
    let id = ConversationId(request.conversation_id);
    let typing_in = request.on.then_some(id);
    // Noted before anything waits: what the client says next must not be overtaken.
    client.types_in(typing_in);
    let client = client.clone();
    reply.wait_for(async move {
        client.admit_typing()?;
        let presence = &client.server.app.presence;
        let typing = presence.typing(client.actor, id, request.on).await?;
        if client.typing_in() == typing_in {
            presence.tell_typing(typing);
        }
        Ok(wire::Done::default())
    });
}

/// A client that is gone does not type any more; the others need not wait for the lease to end.
pub(super) fn stop_typing(client: &Arc<Client>) {
    if let Some(id) = client.types_in(None) {
        let (presence, actor) = (client.server.app.presence.clone(), client.actor);
        tokio::spawn(async move {
            // The lease ends by itself where this fails.
            if let Ok(typing) = presence.typing(actor, id, false).await {
                presence.tell_typing(typing);
            }
        });
    }
}

fn conversation_open(client: &Arc<Client>, request: wire::ConversationOpen, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        let app = &client.server.app;
        let with = match (request.user_id, request.username) {
            (Some(id), None) => With::Known(UserId(id)),
            (None, Some(name)) => {
                With::Found(app.accounts.find_by_username(client.actor, name).await?)
            }
            _ => {
                return Err(Error::invalid(
                    "user_id",
                    "Say with whom: one of user_id and username.",
                ));
            }
        };
        let conversation = app.conversations.open(client.actor, with).await?;
        Ok(wire::ConversationOpened {
            ok: Yes,
            conversation: encode::conversation(app, &conversation),
        })
    });
}

fn conversation_list(client: &Arc<Client>, _: Anything, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        let app = &client.server.app;
        let list = app.conversations.list(client.actor).await?;
        Ok(wire::ConversationListed {
            ok: Yes,
            conversations: encode::conversations(app, &list),
        })
    });
}

fn user_block(client: &Arc<Client>, request: wire::UserBlock, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        match (request.user_id, request.conversation_id) {
            (Some(id), None) => {
                let accounts = &client.server.app.accounts;
                accounts.block(client.actor, UserId(id)).await?;
            }
            (None, Some(id)) => matching::block(&client, id, true).await?,
            _ => return Err(whom()),
        }
        Ok(wire::Done::default())
    });
}

fn user_unblock(client: &Arc<Client>, request: wire::UserBlock, reply: Reply) {
    let client = client.clone();
    reply.wait_for(async move {
        match (request.user_id, request.conversation_id) {
            (Some(id), None) => {
                let accounts = &client.server.app.accounts;
                accounts.unblock(client.actor, UserId(id)).await?;
            }
            (None, Some(id)) => matching::block(&client, id, false).await?,
            _ => return Err(whom()),
        }
        Ok(wire::Done::default())
    });
}

fn whom() -> Error {
    Error::invalid(
        "user_id",
        "Say whom: user_id, or conversation_id for the stranger of a match.",
    )
}

fn report(client: &Arc<Client>, request: wire::Report, reply: Reply) {
    let client = client.clone();
    // After what was asked of the lobby before: the report of a match ends it.
    reply.wait_in_turn(async move {
        let note = request.note.as_deref().unwrap_or_default();
        let complaint = Complaint::parse(&request.reason, note)?;
        let conversation = ConversationId(request.conversation_id);
        let message = request.message_id.map(MessageId);
        let app = &client.server.app;
        let id = app
            .report(client.actor, conversation, message, complaint)
            .await?;
        Ok(wire::Reported {
            ok: Yes,
            report_id: id.0,
        })
    });
}
