//! The events of talking with a stranger.

use super::client::{Client, Reply};
use super::encode;
use super::verbs::{Anything, Perhaps, Verbs};
use crate::error::{Error, Result};
use crate::model::{Appearance, ConversationId, DisplayName, MatchState, Wishes};
use chinwag_protocol::socketio::{self as wire, Yes, event};
use std::sync::Arc;

/// Adds the verbs; without them these events are unknown.
pub(super) fn add(verbs: &mut Verbs) {
    verbs.on(event::MATCH_FIND, match_find);
    verbs.on(event::MATCH_CANCEL, match_cancel);
    verbs.on(event::MATCH_LEAVE, match_leave);
    verbs.on(event::MATCH_NEXT, match_next);
    verbs.on(event::MATCH_KEEP, match_keep);
}

fn match_find(client: &Arc<Client>, Perhaps(request): Perhaps<wire::MatchFind>, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        let wishes = admit(&client, request)?;
        let app = &client.server.app;
        let address = app.accounts.address_key(client.address);
        let is_wanted = || !client.is_gone();
        let first = app.matching.find(client.actor, address, wishes, is_wanted);
        found(first.await)
    });
}

fn match_next(client: &Arc<Client>, Perhaps(request): Perhaps<wire::MatchFind>, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        let wishes = admit(&client, request)?;
        let app = &client.server.app;
        let address = app.accounts.address_key(client.address);
        let is_wanted = || !client.is_gone();
        let next = app.matching.next(client.actor, address, wishes, is_wanted);
        found(next.await)
    });
}

fn admit(client: &Client, request: wire::MatchFind) -> Result<Wishes> {
    let appearance = request.appearance.as_deref().map(Appearance::parse);
    let wishes = Wishes::parse(
        &request.interests,
        request.only_common,
        appearance.transpose()?,
    )?;
    client.server.limiter.admit_match(client.actor.user)?;
    Ok(wishes)
}

fn found(state: Result<MatchState>) -> Result<wire::MatchAnswer> {
    Ok(wire::MatchAnswer {
        ok: Yes,
        state: encode::match_state(&state?),
    })
}

fn match_cancel(client: &Arc<Client>, _: Anything, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        client.server.app.matching.cancel(client.actor);
        Ok(wire::Done::default())
    });
}

fn match_leave(client: &Arc<Client>, _: Anything, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        client.server.app.matching.leave(client.actor).await?;
        Ok(wire::Done::default())
    });
}

fn match_keep(client: &Arc<Client>, Perhaps(request): Perhaps<wire::MatchKeep>, reply: Reply) {
    let client = client.clone();
    reply.wait_in_turn(async move {
        let name = request
            .name
            .as_deref()
            .map(DisplayName::parse)
            .transpose()?;
        let id = request.conversation_id.map(ConversationId);
        let kept = client
            .server
            .app
            .keep_in_touch(client.actor, id, name)
            .await?;
        Ok(wire::Kept { ok: Yes, kept })
    });
}

/// # Errors
/// As [`Matching::block`](crate::matching::Matching::block); `NotFound` where there are no matches.
pub(super) async fn block(client: &Client, id: i64, block: bool) -> Result<()> {
    let app = &client.server.app;
    let id = ConversationId(id);
    if !app.config.matching.enabled {
        return Err(Error::NotFound);
    }
    if block {
        app.matching.block(client.actor, id).await
    } else {
        app.matching.unblock(client.actor, id).await
    }
}
