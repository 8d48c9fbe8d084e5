//! Where somebody is signed in by a browser.

use super::auth::ApiUser;
use super::ids::Ids;
use crate::accounts::SessionSummary;
use crate::app::App;
use crate::model::SessionId;
use crate::transport::errors::ApiError;
use axum::Json;
use axum::extract::State;
use chinwag_protocol::api as wire;

/// `GET /api/sessions`
pub(super) async fn list(
    State(app): State<App>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::SessionList>, ApiError> {
    let sessions = app.accounts.sessions(actor).await?;
    Ok(Json(wire::SessionList {
        user_id: actor.user.0,
        data: sessions.into_iter().map(shown).collect(),
    }))
}

/// `DELETE /api/sessions/{session_id}`
pub(super) async fn end(
    State(app): State<App>,
    Ids([id]): Ids<1>,
    ApiUser(actor): ApiUser,
) -> Result<Json<wire::SessionDeleted>, ApiError> {
    app.accounts.end_session(actor, SessionId(id)).await?;
    Ok(Json(wire::SessionDeleted {
        user_id: actor.user.0,
        session_id: id,
        message: "Session was successfully ended".into(),
    }))
}

fn shown(session: SessionSummary) -> wire::ListedSession {
    wire::ListedSession {
        session_id: session.id.0,
        user_agent: session.user_agent,
        created_at: session.created_at.to_string(),
        last_used_at: session.last_used_at.to_string(),
    }
}
