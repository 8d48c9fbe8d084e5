//! How the outside reaches the contexts, and how events reach the outside.
//!
//! `pages/` is HTML for people, `api/` REST for programs, `socketio/` the live protocol of both, `rooms/`
//! the two of seed 002, its REST and a plain WebSocket for bots; they never import each other. This file is
//! the table of contents: every route, and every layer that stands in front of it, outermost last.

mod address;
mod api;
mod bodies;
mod errors;
mod health;
mod identity;
mod limiter;
mod line;
mod log;
mod metrics;
mod origin;
mod pages;
mod push;
mod rooms;
mod sessions;
mod shield;
mod socketio;
mod sockets;

pub use address::PeerAddress;
pub use line::{LINGER, Line, Wire};
pub use metrics::metrics_routes;

use self::health::Health;
use self::limiter::Limiter;
use self::origin::Origins;
use self::socketio::Endpoint;
use crate::app::App;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use axum::{Extension, Router};
use http::StatusCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::MissedTickBehavior;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::{RequestBodyTimeoutLayer, TimeoutLayer};

/// What the parsers here promise, for `fuzz/`.
#[cfg(fuzzing)]
pub(crate) mod promises {
    pub(crate) use super::address::promises as address;
    pub(crate) use super::api::promises::{basic, date, fields, filter};
    pub(crate) use super::identity::promises as authorization;
    pub(crate) use super::origin::promises as origin;
    pub(crate) use super::pages::promises as next;
    pub(crate) use super::rooms::promises as frame;
    pub(crate) use super::socketio::promises as sid;
}

/// The largest form or JSON body, in bytes: the longest message, escaped, fits with room to spare.
const BODY_MAX: usize = 128 * 1024;
/// How long a request other than a socket's may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// How long somebody waits at most whose time to widen has come.
const MATCH_EVERY: Duration = Duration::from_millis(200);
/// How long the next piece of a body may take.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Everything that faces outside.
#[derive(Clone)]
pub struct Transport {
    app: App,
    limiter: Arc<Limiter>,
    endpoint: Endpoint,
    rooms: rooms::Endpoint,
    health: Health,
}

impl Transport {
    /// Puts routes and layers together.
    pub fn new(app: &App) -> (Self, Router) {
        let origins = Origins::new(&app.config);
        let limiter = Arc::new(Limiter::new(&app.config.limits));
        let health = Health::default();
        let rooms = rooms::Endpoint::new(app, &origins, &limiter);
        let routes = Router::new()
            .merge(health::routes(&health))
            .merge(pages::routes(app))
            .nest("/api", api::routes(app))
            // Which the nest leaves out.
            .route("/api/", any(api::not_found))
            .merge(rooms.routes())
            .fallback(pages::not_found)
            .layer(from_fn_with_state(app.clone(), pages::give_form_tokens))
            .layer(from_fn_with_state(origins.clone(), shield::refuse_foreign))
            // Outside of that: it never looks at the cookie.
            .layer(from_fn_with_state(
                rooms::account_routes().with_state(app.clone()),
                rooms::divert,
            ))
            .layer(RequestBodyLimitLayer::new(BODY_MAX))
            .layer(TimeoutLayer::with_status_code(
                StatusCode::REQUEST_TIMEOUT,
                ANSWER_WITHIN,
            ))
            .layer(CompressionLayer::new())
            .layer(Extension(limiter.clone()))
            .layer(CatchPanicLayer::new())
            .with_state(app.clone());
        // Timeouts and limits stand behind the endpoint: they would cut long polling.
        let (router, endpoint) = socketio::mount(routes, app, &origins, &limiter);
        let router = router
            .layer(sessions::layer(
                app.accounts.clone(),
                app.config.is_secure(),
            ))
            .layer(from_fn(sessions::spare_cookie))
            .layer(RequestBodyTimeoutLayer::new(BODY_WITHIN))
            .layer(from_fn_with_state(
                shield::Shield::new(&app.config),
                shield::add_headers,
            ))
            .layer(from_fn(log::log))
            .layer(from_fn_with_state(app.clone(), address::note));
        let transport = Self {
            app: app.clone(),
            limiter,
            endpoint,
            rooms,
            health,
        };
        (transport, router)
    }

    /// Tells connections of events until the app is gone.
    pub async fn push(self) {
        let events = self.app.cluster.subscribe();
        push::run(events, vec![self.endpoint.sink(), self.rooms.sink()]).await;
    }

    /// Forgets what nobody needs any more.
    pub async fn sweep(&self) {
        self.limiter.sweep(self.app.clock.elapsed());
        self.endpoint.sweep();
        if let Err(error) = self.app.accounts.sweep().await {
            tracing::warn!(%error, "the sweep failed");
        }
        if let Err(error) = self.app.matching.sweep().await {
            tracing::warn!(%error, "the sweep of matches failed");
        }
        if let Err(error) = self.app.conversations.sweep_visits().await {
            tracing::warn!(%error, "the sweep of visits to rooms failed");
        }
    }

    /// Looks after those who wait for a stranger, for as long as it is let.
    pub async fn match_people(self) {
        let mut rounds = tokio::time::interval(MATCH_EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            self.app.matching.tick();
        }
    }

    /// Says that the server is about to stop: to those who are connected, and to who asks.
    pub fn announce_drain(&self) {
        self.health.begin_to_drain();
        self.endpoint.announce_drain();
    }

    /// Closes every socket, after what waits for it was written.
    pub async fn close_sockets(&self) {
        tokio::join!(self.endpoint.close(), self.rooms.close());
    }
}
