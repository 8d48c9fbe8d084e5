//! `/metrics`: what the server counts, for Prometheus. It stands on a listener of its own
//! (`METRICS_ADDRESS`) and on no other: where people come in, nothing of it can be reached.

use crate::app::App;
use crate::metrics::{Known, metrics};
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{StatusCode, header};

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All there is on that listener.
pub fn metrics_routes(app: App) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app)
}

async fn show(State(app): State<App>) -> Response {
    let census = app.cluster.census();
    let known = Known {
        online: census.online,
        waiting: census.waiting,
        matched: census.matched,
        disk: app.disk(),
    };
    match metrics().text(known) {
        Ok(page) => ([(header::CONTENT_TYPE, OPEN_METRICS)], page).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
