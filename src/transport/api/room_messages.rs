//! Talking in rooms without a connection: come in, say something, read what was said, go.
//!
//! What is said, changed or taken back here is seen by all who are connected at once, in the same order.

use super::auth::ApiUser;
use super::dates;
use super::fields::{ApiRefusal, Fields};
use super::ids::{Ids, Named};
use super::messages::{body, idempotency_key};
use super::rooms::missing;
use crate::app::App;
use crate::error::Error;
use crate::model::{Actor, ConversationId, Draft, Message, MessageId, RoomKey, Stay, Target};
use crate::transport::errors::ApiError;
use crate::transport::limiter::Limiter;
use axum::extract::{RawQuery, State};
use axum::{Extension, Json};
use chinwag_protocol::api as wire;
use http::{HeaderMap, StatusCode};
use std::sync::Arc;

/// Messages of one page, where nobody says how many.
const PAGE: i64 = 50;

/// `PUT /api/rooms/{name}/membership`
pub(super) async fn join(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Named(name): Named,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::RoomDone>, ApiRefusal> {
    limiter.admit_join(actor.user)?;
    let room = RoomKey::Name(name.clone());
    let joined = app.conversations.join_room(actor, room, Stay::Lasting);
    joined.await.map_err(|error| missing(error, &name))?;
    Ok(Json(wire::RoomDone {
        user_id: actor.user.0,
        message: "You are in the room".into(),
        name,
    }))
}

/// `DELETE /api/rooms/{name}/membership`
pub(super) async fn leave(
    State(app): State<App>,
    Named(name): Named,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::RoomDone>, ApiRefusal> {
    let room = entered(&app, actor, &name).await?;
    let left = app.conversations.leave_room(actor, RoomKey::Id(room));
    left.await.map_err(|error| missing(error, &name))?;
    Ok(Json(wire::RoomDone {
        user_id: actor.user.0,
        message: "You left the room".into(),
        name,
    }))
}

/// `GET /api/rooms/{name}/messages`
pub(super) async fn list(
    State(app): State<App>,
    Named(name): Named,
    ApiUser(actor): ApiUser,
    RawQuery(query): RawQuery,
) -> Result<Json<wire::RoomMessageList>, ApiRefusal> {
    let room = entered(&app, actor, &name).await?;
    let query = query.unwrap_or_default();
    let before = number(&query, "before_seq");
    let limit = number(&query, "limit").unwrap_or(PAGE);
    let page = app.conversations.history(actor, room, before, limit).await;
    let page = page.map_err(|error| missing(error, &name))?;
    let first = page.messages.first().map(|message| message.seq);
    Ok(Json(wire::RoomMessageList {
        user_id: actor.user.0,
        name,
        before_seq: first.filter(|_| page.more),
        data: page
            .messages
            .into_iter()
            .filter(|message| !message.deleted)
            .map(shown)
            .collect(),
    }))
}

/// `POST /api/rooms/{name}/messages`
pub(super) async fn send(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Named(name): Named,
    ApiUser(actor): ApiUser,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<(StatusCode, Json<wire::SaidInRoom>), ApiRefusal> {
    let text = fields.required("text");
    fields.complete()?;
    let (body, client_id) = (
        body("text", &text)?,
        idempotency_key(&headers, app.clock.now())?,
    );
    let room = entered(&app, actor, &name).await?;
    limiter.admit_message(actor.user)?;
    let draft = Draft {
        target: Target::Conversation(room),
        body,
        client_id,
    };
    let sent = app.conversations.send_and_wait(actor, draft).await;
    let sent = sent.map_err(|error| missing(error, &name))?;
    let answer = wire::SaidInRoom {
        user_id: actor.user.0,
        name,
        message_id: sent.message.id.0,
        message: "Your message was successfully sent".into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `PUT /api/messages/{message_id}`
pub(super) async fn change(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
    mut fields: Fields,
) -> Result<Json<wire::MessageDone>, ApiRefusal> {
    let text = fields.required("text");
    fields.complete()?;
    let body = body("text", &text)?;
    limiter.admit_message(actor.user)?;
    app.conversations.edit(actor, MessageId(id), body).await?;
    Ok(done(actor, id, "updated"))
}

/// `DELETE /api/messages/{message_id}`
pub(super) async fn delete(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::MessageDone>, ApiError> {
    app.conversations.delete(actor, MessageId(id)).await?;
    Ok(done(actor, id, "deleted"))
}

fn done(actor: Actor, id: i64, what: &str) -> Json<wire::MessageDone> {
    Json(wire::MessageDone {
        user_id: actor.user.0,
        message_id: id,
        message: format!("Message {id} was successfully {what}"),
    })
}

/// The room, which one is in.
async fn entered(app: &App, actor: Actor, name: &str) -> Result<ConversationId, ApiRefusal> {
    let (room, joined) = app
        .conversations
        .find_room(actor, RoomKey::Name(name.to_owned()))
        .await
        .map_err(|error| missing(error, name))?;
    if joined {
        Ok(room)
    } else {
        Err(Error::NotYours(format!("You are not in the room '{name}'")).into())
    }
}

/// As with the filters of chats: the first of that name counts, and what is no number is not there.
fn number(query: &str, name: &str) -> Option<i64> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name)?.1.parse().ok()
}

fn shown(message: Message) -> wire::RoomMessage {
    wire::RoomMessage {
        message_id: message.id.0,
        seq: message.seq,
        datetime_writing: dates::written(message.sent_at),
        text: message.body,
        sender_id: message.sender.id.0,
        sender: message.sender.username.clone(),
    }
}
