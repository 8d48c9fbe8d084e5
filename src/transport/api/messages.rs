//! The messages of a chat. What is said, changed or taken back here is seen on open pages at once.

use super::auth::ApiUser;
use super::dates;
use super::fields::{ApiRefusal, Fields};
use super::filters::{Filtered, Onwards, onwards};
use super::ids::Ids;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::{
    Body, ChatMessage, ClientId, ConversationId, MessageAttribute, MessageId, Timestamp,
};
use crate::transport::errors::ApiError;
use crate::transport::limiter::Limiter;
use axum::extract::State;
use axum::{Extension, Json};
use chinwag_protocol::api as wire;
use http::{HeaderMap, StatusCode, Uri};
use std::sync::Arc;

/// Texts in one request: they are stored in one job of the writer, which has others to serve.
const TEXTS_MAX: usize = 100;
/// By which a request that is sent again is known.
pub(super) const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
const EMPTY: &str = "Message text length cannot be equal to zero";

/// `GET /api/chats/{chat_id}/messages`
pub(super) async fn list(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Ids([chat]): Ids<1>,
    ApiUser(actor): ApiUser,
    uri: Uri,
    wanted: Filtered<MessageAttribute>,
) -> Result<(Onwards, Json<wire::ChatMessageList>), ApiError> {
    let filter = wanted.admitted(&limiter, actor.user)?;
    let (id, offset) = (ConversationId(chat), filter.offset);
    let part = app.conversations.chat_messages(actor, id, filter).await?;
    let next = onwards(&uri, offset, &part);
    let list = wire::ChatMessageList {
        user_id: actor.user.0,
        chat_id: chat,
        data: part.rows.into_iter().map(shown).collect(),
    };
    Ok((next, Json(list)))
}

/// `POST /api/chats/{chat_id}/messages`
pub(super) async fn send(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Ids([chat]): Ids<1>,
    ApiUser(actor): ApiUser,
    headers: HeaderMap,
    mut fields: Fields,
) -> Result<(StatusCode, Json<wire::TextsSent>), ApiRefusal> {
    let texts = fields.texts("texts");
    fields.complete()?;
    let bodies = bodies(&texts)?;
    let key = idempotency_key(&headers, app.clock.now())?;
    limiter.admit_messages(actor.user, bodies.len())?;
    let message = match bodies.len() {
        1 => "Your message was successfully sent",
        _ => "Your messages were successfully sent",
    };
    app.conversations
        .send_all(actor, ConversationId(chat), bodies, key)
        .await?;
    let answer = wire::TextsSent {
        user_id: actor.user.0,
        chat_id: chat,
        message: message.into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /api/chats/{chat_id}/messages/{message_id}`
pub(super) async fn one(
    State(app): State<App>,
    Ids([chat, message]): Ids<2>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::ChatMessageFound>, ApiError> {
    let found = app
        .conversations
        .chat_message(actor, ConversationId(chat), MessageId(message))
        .await?;
    Ok(Json(wire::ChatMessageFound {
        user_id: actor.user.0,
        chat_id: chat,
        data: shown(found),
    }))
}

/// `PUT /api/chats/{chat_id}/messages/{message_id}`
pub(super) async fn change(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    Ids([chat, message]): Ids<2>,
    ApiUser(actor): ApiUser,
    mut fields: Fields,
) -> Result<Json<wire::TextChanged>, ApiRefusal> {
    let text = fields.required("text");
    fields.complete()?;
    let body = body("text", &text)?;
    limiter.admit_message(actor.user)?;
    let answer = wire::TextChanged {
        user_id: actor.user.0,
        chat_id: chat,
        message_id: message,
        text: body.as_str().to_owned(),
        message: format!("Message {message} was successfully updated"),
    };
    app.conversations
        .edit_in_chat(actor, ConversationId(chat), MessageId(message), body)
        .await?;
    Ok(Json(answer))
}

/// `DELETE /api/chats/{chat_id}/messages/{message_id}`
pub(super) async fn delete(
    State(app): State<App>,
    Ids([chat, message]): Ids<2>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::TextDeleted>, ApiError> {
    app.conversations
        .delete_in_chat(actor, ConversationId(chat), MessageId(message))
        .await?;
    Ok(Json(wire::TextDeleted {
        user_id: actor.user.0,
        chat_id: chat,
        message_id: message,
        message: format!("Message {message} was successfully deleted"),
    }))
}

fn bodies(texts: &[String]) -> Result<Vec<Body>> {
    if texts.len() > TEXTS_MAX {
        return Err(Error::invalid(
            "texts",
            format!("At most {TEXTS_MAX} messages can be sent at once."),
        ));
    }
    texts.iter().map(|text| body("texts", text)).collect()
}

/// A body, refused under the name of its field.
pub(super) fn body(field: &'static str, text: &str) -> Result<Body> {
    Body::parse(text).map_err(|error| match error {
        Error::Invalid { .. } if text.trim().is_empty() => Error::invalid(field, EMPTY),
        Error::Invalid { message, .. } => Error::invalid(field, message),
        error => error,
    })
}

/// The key in the headers; without one, one that nobody else has.
pub(super) fn idempotency_key(headers: &HeaderMap, now: Timestamp) -> Result<ClientId> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(ClientId::made_at(now, rand::random()));
    };
    let id = key.to_str().ok().and_then(|key| ClientId::parse(key).ok());
    id.ok_or_else(|| {
        Error::invalid(
            IDEMPOTENCY_KEY,
            "A key is 1 to 64 of A-Z, a-z, 0-9, _ and -.",
        )
    })
}

fn shown(message: ChatMessage) -> wire::ChatMessage {
    wire::ChatMessage {
        message_id: message.id.0,
        datetime_writing: dates::written(message.sent_at),
        text: message.body,
        sender_id: message.sender.0,
        receiver_id: message.receiver.0,
    }
}
