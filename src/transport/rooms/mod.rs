//! The dialect of seed 002: REST for accounts, and JSON in text frames at `/ws/chat` (protocol page, section 9),
//! for bots and terminals.
//!
//! Here is the door of the WebSocket. `accounts.rs` is the REST, `form.rs` what is sent to it, `refused.rs` how it
//! refuses, and `divert.rs` what is meant for it; `session/` is one connection from its greeting to its end,
//! `frames.rs` what is said on it, `connection.rs` what others see of it, `hub.rs` who is connected and in which rooms,
//! `push.rs` how they are told what happened.
//!
//! The door always opens, except to foreign pages: who may not chat is told so in a frame. One connection
//! per person, over all processes; one whose peer is gone is noticed by its pings.

mod accounts;
mod connection;
mod divert;
mod form;
mod frames;
mod hub;
mod push;
mod refused;
mod session;

pub(super) use self::divert::{account_routes, divert};
#[cfg(fuzzing)]
pub(crate) use self::frames::promises;

use self::hub::Hub;
use super::address::ClientAddress;
use super::identity::ChatCredential;
use super::limiter::Limiter;
use super::line::Line;
use super::origin::Origins;
use super::push::Sink;
use crate::app::App;
use crate::metrics::metrics;
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;

/// The largest frame and message, in bytes: the longest text, with every character escaped, fits.
const MESSAGE_MAX: usize = 128 * 1024;
/// How long connections may take to end when the server stops.
const GONE_WITHIN: Duration = Duration::from_secs(3);

/// What the parts of this transport share.
struct Server {
    app: App,
    origins: Origins,
    limiter: Arc<Limiter>,
    hub: Hub,
    sessions: TaskTracker,
}

/// The running transport.
#[derive(Clone)]
pub(super) struct Endpoint(Arc<Server>);

impl Endpoint {
    pub(super) fn new(app: &App, origins: &Origins, limiter: &Arc<Limiter>) -> Self {
        Self(Arc::new(Server {
            app: app.clone(),
            origins: origins.clone(),
            limiter: limiter.clone(),
            hub: Hub::new(app.clone()),
            sessions: TaskTracker::new(),
        }))
    }

    /// Where it is.
    pub(super) fn routes<S>(&self) -> Router<S> {
        Router::new()
            .route("/ws/chat", get(open))
            .route("/ws/chat/", get(open))
            .with_state(self.0.clone())
    }

    /// How this transport tells of events.
    pub(super) fn sink(&self) -> Box<dyn Sink> {
        Box::new(push::Push(self.0.clone()))
    }

    /// Closes every connection, after what waits for it was written. Nobody is let in any more.
    pub(super) async fn close(&self) {
        self.0.hub.drain();
        self.0.sessions.close();
        // Whoever is too slow is cut off with the program.
        let _ = tokio::time::timeout(GONE_WITHIN, self.0.sessions.wait()).await;
    }
}

async fn open(State(server): State<Arc<Server>>, request: Request) -> Response {
    let credential = ChatCredential::of(&request);
    let admitted = match &credential {
        // A token was put there by hand; a cookie by the browser, for whoever's page it was.
        ChatCredential::Token(_) => !server.origins.is_foreign(request.headers()),
        ChatCredential::Cookie(_) | ChatCredential::None => {
            server.origins.admits(request.headers())
        }
    };
    if !admitted {
        metrics().refused("foreign_origin");
        return (StatusCode::FORBIDDEN, "this origin is not allowed").into_response();
    }
    let address = request.extensions().get::<ClientAddress>().map(|at| at.0);
    if address.is_some_and(|address| !server.limiter.admits_handshake(address)) {
        metrics().refused("too_many_connections");
        return (StatusCode::TOO_MANY_REQUESTS, "too many connections").into_response();
    }
    let counted = address.map(|address| server.limiter.count_socket(address));
    let line = request.extensions().get::<Line>().cloned();
    let upgrade = match upgrade(request).await {
        Ok(upgrade) => upgrade,
        Err(response) => return response,
    };
    let line = line.unwrap_or_default();
    let tracker = server.sessions.clone();
    upgrade.on_upgrade(move |socket| {
        tracker.track_future(async move {
            session::run(server, socket, credential, line).await;
            drop(counted);
        })
    })
}

async fn upgrade(request: Request) -> Result<WebSocketUpgrade, Response> {
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = upgrade.map_err(IntoResponse::into_response)?;
    // Nothing limits what is written: it is one frame at a time, which has left before the next one is begun,
    // and who comes into a room is told more than we would take.
    Ok(upgrade
        .read_buffer_size(1_024)
        .max_message_size(MESSAGE_MAX)
        .max_frame_size(MESSAGE_MAX))
}
