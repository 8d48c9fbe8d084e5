//! Chats: talks of two people.

use super::auth::ApiUser;
use super::fields::{ApiRefusal, Fields};
use super::ids::Ids;
use crate::app::App;
use crate::model::{Chat, ConversationId, UserId};
use crate::transport::errors::ApiError;
use axum::Json;
use axum::extract::State;
use chinwag_protocol::api as wire;
use http::StatusCode;

/// `GET /api/chats`
pub(super) async fn list(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::ChatList>, ApiError> {
    let chats = app.conversations.chats(actor).await?;
    Ok(Json(wire::ChatList {
        user_id: actor.user.0,
        data: chats.into_iter().map(shown).collect(),
    }))
}

/// `POST /api/chats`
pub(super) async fn create(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
    mut fields: Fields,
) -> Result<(StatusCode, Json<wire::ChatStarted>), ApiRefusal> {
    let companion = fields.integer("companion_id", "User's id to create a chat with");
    fields.complete()?;
    let companion = app.accounts.person(actor, UserId(companion)).await?;
    let companion = companion.profile.id;
    let chat = app.conversations.begin_chat(actor, companion).await?;
    let answer = wire::ChatStarted {
        user_id: actor.user.0,
        companion_id: companion.0,
        chat_id: chat.id.0,
        message: "Chat was successfully created".into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `GET /api/chats/{chat_id}`
pub(super) async fn one(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::ChatFound>, ApiError> {
    let chat = app.conversations.chat(actor, ConversationId(id)).await?;
    Ok(Json(wire::ChatFound {
        user_id: actor.user.0,
        data: shown(chat),
    }))
}

/// `DELETE /api/chats/{chat_id}`
pub(super) async fn delete(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::ChatDeleted>, ApiError> {
    app.conversations
        .delete_chat(actor, ConversationId(id))
        .await?;
    Ok(Json(wire::ChatDeleted {
        user_id: actor.user.0,
        chat_id: id,
        message: "Chat was successfully deleted".into(),
    }))
}

fn shown(chat: Chat) -> wire::Chat {
    wire::Chat {
        chat_id: chat.id.0,
        user1_id: chat.low.0,
        user2_id: chat.high.0,
    }
}
