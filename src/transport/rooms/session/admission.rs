//! Before the greeting: who may chat at all.

use super::super::Server;
use super::super::connection::{Connection, Outgoing, Seat};
use crate::error::Error;
use crate::model::UserKind;
use crate::transport::errors::log_fault;
use crate::transport::identity::ChatCredential;
use crate::transport::line::Line;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Why somebody may not chat.
pub(super) enum Refusal {
    Fatal(&'static str),
    /// It can be tried again.
    Later,
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::NotSignedIn | Error::Suspended(_) => Self::Fatal("not-authenticated"),
            error => {
                log_fault(&error);
                Self::Later
            }
        }
    }
}

pub(super) async fn admit(
    server: &Server,
    credential: &ChatCredential,
    line: Line,
) -> Result<(Arc<Connection>, mpsc::Receiver<Outgoing>), Refusal> {
    let app = &server.app;
    let actor = credential.actor(&app.accounts).await?;
    if actor.kind == UserKind::Guest {
        return Err(Refusal::Fatal("not-authenticated"));
    }
    let seat = Seat::take(app, actor.user).ok_or(Refusal::Fatal("already-chatting"))?;
    let open = app.cluster.open_connections(actor.user);
    if !server.limiter.admits_socket(open) {
        return Err(Refusal::Fatal("too-many-connections"));
    }
    let username = app.accounts.account(actor.user).await?.profile.username;
    let entered = server.hub.enter(actor, username, line, seat);
    let (connection, queue) = entered.ok_or(Refusal::Later)?;
    // Asked again, now that we listen: the credential may have ended while we were entering.
    if let Err(error) = app.accounts.holder(actor).await {
        server.hub.retire(&connection);
        return Err(error.into());
    }
    Ok((connection, queue))
}
