//! Blocking and unblocking people, from wherever they are shown.

use super::Flash;
use super::problems::PageError;
use super::visitor::is_local_path;
use crate::app::App;
use crate::model::UserId;
use crate::transport::identity::SignedIn;
use axum::extract::{Form, Path, State};
use axum::response::Redirect;
use serde::Deserialize;

/// Where the button stood.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

impl Back {
    fn redirect(&self) -> Redirect {
        Redirect::to(if is_local_path(&self.back) {
            &self.back
        } else {
            "/settings"
        })
    }
}

/// `POST /people/{id}/block`
pub(super) async fn block(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Back>,
) -> Result<Redirect, PageError> {
    app.accounts.block(me.actor, UserId(id)).await?;
    me.visitor
        .flash(Flash::done(
            "Blocked. You will not hear from them any more.",
        ))
        .await?;
    Ok(form.redirect())
}

/// `POST /people/{id}/unblock`
pub(super) async fn unblock(
    State(app): State<App>,
    me: SignedIn,
    Path(id): Path<i64>,
    Form(form): Form<Back>,
) -> Result<Redirect, PageError> {
    app.accounts.unblock(me.actor, UserId(id)).await?;
    me.visitor
        .flash(Flash::done("Unblocked. You can write to each other again."))
        .await?;
    Ok(form.redirect())
}
