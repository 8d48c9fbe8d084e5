//! The people of this server, as far as they want to be found.

use super::auth::ApiUser;
use super::dates;
use super::filters::{Filtered, Onwards, onwards};
use super::ids::Ids;
use crate::app::App;
use crate::model::{Person, PersonAttribute, UserId};
use crate::transport::errors::ApiError;
use crate::transport::limiter::Limiter;
use axum::extract::State;
use axum::{Extension, Json};
use chinwag_protocol::api as wire;
use http::Uri;
use std::sync::Arc;

/// `GET /api/users`
pub(super) async fn list(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    ApiUser(actor): ApiUser,
    uri: Uri,
    wanted: Filtered<PersonAttribute>,
) -> Result<(Onwards, Json<wire::UserList>), ApiError> {
    let filter = wanted.admitted(&limiter, actor.user)?;
    let offset = filter.offset;
    let part = app.accounts.people(actor, filter).await?;
    let next = onwards(&uri, offset, &part);
    let list = wire::UserList {
        user_id: actor.user.0,
        data: part.rows.into_iter().map(shown).collect(),
    };
    Ok((next, Json(list)))
}

/// `GET /api/users/{user_id}`
pub(super) async fn one(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::UserFound>, ApiError> {
    let person = app.accounts.person(actor, UserId(id)).await?;
    Ok(Json(wire::UserFound {
        user_id: actor.user.0,
        data: shown(person),
    }))
}

fn shown(person: Person) -> wire::ListedUser {
    wire::ListedUser {
        user_id: person.profile.id.0,
        username: person.profile.username,
        name: person.profile.name,
        date_joined: dates::written(person.joined_at),
    }
}
