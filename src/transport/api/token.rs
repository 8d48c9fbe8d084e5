//! A token that lives an hour, for whoever would rather not send a password each time.

use super::auth::ApiUser;
use crate::app::App;
use crate::transport::errors::ApiError;
use crate::transport::limiter::Limiter;
use axum::extract::State;
use axum::{Extension, Json};
use chinwag_protocol::api::AccessToken;
use std::sync::Arc;

/// `GET /api/token`
pub(super) async fn create(
    State(app): State<App>,
    Extension(limiter): Extension<Arc<Limiter>>,
    ApiUser(actor): ApiUser,
) -> Result<Json<AccessToken>, ApiError> {
    // It makes something, whatever its method says.
    limiter.admit_form(actor.user)?;
    let (token, until) = app.accounts.create_access_token(actor).await?;
    Ok(Json(AccessToken {
        token: token.reveal().to_owned(),
        expires_in: until.remaining(app.clock.now()).as_millis().div_ceil(1_000) as u64,
    }))
}
