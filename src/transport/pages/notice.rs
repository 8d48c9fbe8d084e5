//! What those who look after this server have to say to somebody: on every page, until they have read it.

use super::problems::PageError;
use crate::app::App;
use crate::error::Error;
use crate::model::UserKind;
use crate::transport::identity::Visitor;
use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

/// What was on the page that they had before them.
#[derive(Deserialize)]
pub(super) struct Read {
    #[serde(default)]
    shown: String,
}

/// `POST /notice/read`
pub(super) async fn read(
    State(app): State<App>,
    visitor: Visitor,
    Form(form): Form<Read>,
) -> Result<Redirect, PageError> {
    let actor = visitor.actor().await?.ok_or(Error::NotSignedIn)?;
    app.accounts.forget_notice(actor, form.shown).await?;
    Ok(Redirect::to(match actor.kind {
        UserKind::Guest => "/match",
        UserKind::Person | UserKind::Bot => "/chats",
    }))
}
