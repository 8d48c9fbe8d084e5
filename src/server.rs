//! Bind, serve, stop.
//!
//! One `current_thread` runtime carries every socket: much is then said on a connection
//! before it is written to, instead of one message each time (`docs/ARCHITECTURE.md`, performance). The choice stands here.

mod crowd;

pub(crate) use self::crowd::RESERVED_FILES;

use self::crowd::{Crowd, Place};
use crate::app::App;
use crate::transport::{LINGER, Line, PeerAddress, Transport, Wire, metrics_routes};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// How long a client may take to send the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How large that head may be, in bytes, and how many headers it may have.
const HEAD_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// How long requests in flight may take to finish when the server stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// Makes the runtime that everything runs on.
///
/// # Errors
/// When the system refuses.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

/// Serves an app that has [resumed](App::resume) on a bound listener until `shutdown` resolves, then drains: new connections are refused,
/// sockets are told, queued messages are committed and acknowledged, requests in flight finish.
pub async fn run(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) {
    let (transport, router) = Transport::new(&app);
    let pushing = tokio::spawn(transport.clone().push());
    let sweeping = tokio::spawn(sweep_regularly(transport.clone()));
    let matching = tokio::spawn(transport.clone().match_people());
    let open = Open::default();
    let crowd = Crowd::new(&app.config);
    tokio::select! {
        () = accept(&listener, &router, &open, &crowd) => {}
        () = shutdown => {}
    }
    drop(listener);
    sweeping.abort();
    matching.abort();
    drain(&transport, &app, &open, pushing).await;
}

/// Shows what is counted, on a listener that people do not reach.
pub async fn serve_metrics(listener: TcpListener, app: App) {
    if let Err(error) = axum::serve(listener, metrics_routes(app)).await {
        tracing::warn!(%error, "the metrics are not served any more");
    }
}

/// The open connections, and the word that they should finish.
#[derive(Default)]
struct Open {
    connections: TaskTracker,
    /// As many as there are wires: an upgraded one outlives its connection.
    wires: TaskTracker,
    finish: CancellationToken,
}

async fn accept(listener: &TcpListener, router: &Router, open: &Open, crowd: &Crowd) {
    loop {
        // Never closed, so this waits for room and nothing else.
        let Ok(room) = crowd.room().await else {
            return;
        };
        match listener.accept().await {
            // One who takes more than a share is hung up on at once.
            Ok((stream, peer)) => {
                if let Some(place) = crowd.place(room, peer.ip().to_canonical()) {
                    serve(stream, PeerAddress(peer.ip()), place, router.clone(), open);
                }
            }
            Err(error) => {
                // Out of file descriptors, most likely: others have to close before it helps to ask.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn serve(stream: TcpStream, peer: PeerAddress, place: Place, router: Router, open: &Open) {
    // Small packets must leave at once; a socket that refuses the option is as good as closed.
    let _ = stream.set_nodelay(true);
    let line = Line::default();
    let wire = Wire::new(stream, &line, (place, open.wires.token()));
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(line.clone());
        router.clone().oneshot(request.map(Body::new))
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_buf_size(HEAD_MAX)
        .max_headers(HEADERS_MAX)
        .serve_connection(TokioIo::new(wire), service)
        .with_upgrades();
    let finish = open.finish.clone();
    open.connections.spawn(async move {
        let mut connection = pin!(connection);
        let outcome = tokio::select! {
            outcome = connection.as_mut() => outcome,
            () = finish.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = outcome {
            tracing::debug!(%error, "a connection ended badly");
        }
    });
}

async fn sweep_regularly(transport: Transport) {
    let mut rounds = tokio::time::interval(SWEEP_EVERY);
    loop {
        rounds.tick().await;
        transport.sweep().await;
    }
}

async fn drain(transport: &Transport, app: &App, open: &Open, pushing: JoinHandle<()>) {
    tracing::info!("stopping: no new connections, finishing what is under way");
    transport.announce_drain();
    // Whatever was queued is committed, acknowledged and pushed before any socket is closed.
    app.close().await;
    // The task ends once everything published was handed on; it fails only by a panic, now logged.
    let _ = pushing.await;
    transport.close_sockets().await;
    open.finish.cancel();
    open.connections.close();
    let finished = tokio::time::timeout(DRAIN_WITHIN, open.connections.wait()).await;
    if finished.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
    // Their last words are on the way.
    open.wires.close();
    let _ = tokio::time::timeout(LINGER, open.wires.wait()).await;
    tracing::info!("stopped");
}
