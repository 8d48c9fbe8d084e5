//! `/healthz`: the process lives. `/readyz`: it can take and store messages.

use crate::app::App;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the server is about to stop.
#[derive(Clone, Default)]
pub(super) struct Draining(Arc<AtomicBool>);

impl Draining {
    pub(super) fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(super) fn routes(draining: &Draining) -> Router<App> {
    let draining = draining.clone();
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(move |app| ready(app, draining)))
}

async fn ready(State(app): State<App>, draining: Draining) -> Response {
    if draining.0.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping").into_response();
    }
    match app.check().await {
        Ok(()) => "ready".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}
