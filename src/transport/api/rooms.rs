//! Rooms: listed, made and deleted.

use super::auth::ApiUser;
use super::fields::{ApiRefusal, Fields};
use super::ids::Named;
use crate::app::App;
use crate::error::Error;
use crate::model::{RoomKey, RoomName, RoomSummary, RoomTopic};
use crate::transport::errors::ApiError;
use crate::transport::limiter::Limiter;
use axum::extract::State;
use axum::{Extension, Json};
use chinwag_protocol::api as wire;
use http::StatusCode;
use std::sync::Arc;

/// `GET /api/rooms`
pub(super) async fn list(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::RoomList>, ApiError> {
    let rooms = app.conversations.rooms(actor).await?;
    Ok(Json(wire::RoomList {
        user_id: actor.user.0,
        data: rooms.into_iter().map(shown).collect(),
    }))
}

/// `POST /api/rooms`
pub(super) async fn create(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    ApiUser(actor): ApiUser,
    mut fields: Fields,
) -> Result<(StatusCode, Json<wire::RoomDone>), ApiRefusal> {
    let name = fields.required("name");
    let topic = fields.optional("topic").unwrap_or_default();
    fields.complete()?;
    let (name, topic) = (RoomName::parse(&name)?, RoomTopic::parse(&topic)?);
    limiter.admit_join(actor.user)?;
    let made = app.conversations.create_room(actor, name.clone(), topic);
    made.await.map_err(|error| match error {
        Error::Conflict { .. } => {
            ApiRefusal::bad(format!("Room '{}' already exists", name.as_str()))
        }
        error => error.into(),
    })?;
    let answer = wire::RoomDone {
        user_id: actor.user.0,
        name: name.as_str().to_owned(),
        message: "Room was successfully created".into(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// `DELETE /api/rooms/{name}`
pub(super) async fn delete(
    State(app): State<App>,
    Named(name): Named,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::RoomDone>, ApiRefusal> {
    let room = RoomKey::Name(name.clone());
    let deleted = app.delete_room(actor, room);
    deleted.await.map_err(|error| missing(error, &name))?;
    Ok(Json(wire::RoomDone {
        user_id: actor.user.0,
        name,
        message: "Room was successfully deleted".into(),
    }))
}

/// A refusal that names the room where there is none of that name.
pub(super) fn missing(error: Error, name: &str) -> ApiRefusal {
    match error {
        Error::NotFound => ApiRefusal::of(
            StatusCode::NOT_FOUND,
            format!("Room '{name}' does not exist"),
        ),
        error => error.into(),
    }
}

fn shown(room: RoomSummary) -> wire::ListedRoom {
    wire::ListedRoom {
        conversation_id: room.id.0,
        name: room.name,
        topic: room.topic,
        created_by: room.created_by,
        members: room.members,
        online: room.online,
        joined: room.joined,
    }
}
