//! A guest, to talk with strangers by program.

use crate::app::App;
use crate::transport::address::ClientAddress;
use crate::transport::errors::ApiError;
use crate::transport::limiter::Limiter;
use axum::extract::State;
use axum::{Extension, Json};
use chinwag_protocol::api::GuestMade;
use http::StatusCode;
use std::sync::Arc;

/// `POST /api/guests`
pub(super) async fn create(
    Extension(address): Extension<ClientAddress>,
    Extension(limiter): Extension<Arc<Limiter>>,
    State(app): State<App>,
) -> Result<(StatusCode, Json<GuestMade>), ApiError> {
    limiter.admit_guest(address.0)?;
    let guest = app.accounts.create_guest().await?;
    let token = app.accounts.create_guest_token(guest.id).await?;
    let answer = GuestMade {
        token: token.reveal().to_owned(),
        user_id: guest.id.0,
        username: guest.username,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}
