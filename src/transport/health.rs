//! `/healthz`: the process lives. `/readyz`: it can take and store messages.

use crate::app::App;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long one look at the disk answers everybody: looking writes to it.
const FRESH_FOR: Duration = Duration::from_secs(1);

/// What is known of the server's health.
#[derive(Clone, Default)]
pub(super) struct Health {
    draining: Arc<AtomicBool>,
    /// Held while one looks: the others wait for it.
    last: Arc<Mutex<Option<Look>>>,
}

/// One look at the disk.
struct Look {
    at: Instant,
    problem: Option<String>,
}

impl Health {
    /// The server is about to stop.
    pub(super) fn begin_to_drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// Why nothing can be stored, if nothing can.
    async fn problem(&self, app: &App) -> Option<String> {
        if self.draining.load(Ordering::Relaxed) {
            return Some("stopping".into());
        }
        let mut last = self.last.lock().await;
        match &*last {
            Some(look) if look.at.elapsed() < FRESH_FOR => look.problem.clone(),
            _ => {
                let problem = app.check().await.err().map(|error| error.to_string());
                *last = Some(Look {
                    at: Instant::now(),
                    problem: problem.clone(),
                });
                problem
            }
        }
    }
}

pub(super) fn routes(health: &Health) -> Router<App> {
    let health = health.clone();
    Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(move |app| ready(app, health)))
}

async fn ready(State(app): State<App>, health: Health) -> Response {
    match health.problem(&app).await {
        None => "ready".into_response(),
        Some(problem) => (StatusCode::SERVICE_UNAVAILABLE, problem).into_response(),
    }
}
