//! A token that lives an hour, for whoever would rather not send a password each time.

use super::auth::ApiUser;
use crate::accounts::ACCESS_VALID_FOR;
use crate::app::App;
use crate::transport::errors::ApiError;
use axum::Json;
use axum::extract::State;
use chinwag_protocol::api::AccessToken;

/// `GET /api/token`
pub(super) async fn create(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
) -> Result<Json<AccessToken>, ApiError> {
    let token = app.accounts.create_access_token(actor).await?;
    Ok(Json(AccessToken {
        token: token.reveal().to_owned(),
        expires_in: ACCESS_VALID_FOR.as_secs(),
    }))
}
