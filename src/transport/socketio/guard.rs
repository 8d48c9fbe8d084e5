//! What stands in front of the Socket.IO endpoint, on both transports: the origin, the binding of the
//! sid, the limits of an address. What passes is handed on lean.

use super::Server;
use super::bindings::{Credential, Opening};
use crate::metrics::metrics;
use crate::transport::address::ClientAddress;
use crate::transport::line::Line;
use crate::transport::{identity, sessions};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chinwag_protocol::socketio::event;
use http::{Extensions, HeaderMap, Method, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper::upgrade::OnUpgrade;
use socketioxide::socket::Sid;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::sync::Arc;

/// Where the endpoint is.
pub(super) const PATH: &str = "/socket.io";

/// Lets a request through to the endpoint, or refuses it before anything is allocated for it.
pub(super) async fn guard(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response {
    if !is_endpoint(request.uri().path()) {
        return next.run(request).await;
    }
    if !server.origins.admits(request.headers()) {
        metrics().refused("foreign_origin");
        return (StatusCode::FORBIDDEN, "this origin is not allowed").into_response();
    }
    let opening = opening(&request);
    match query_sid(request.uri()) {
        Some(Ok(sid)) => continue_session(&server, sid, opening, request, next).await,
        Some(Err(())) => unknown_sid(),
        None => open_session(&server, opening, request, next).await,
    }
}

fn is_endpoint(path: &str) -> bool {
    path.strip_prefix(PATH)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn query_sid(uri: &Uri) -> Option<Result<Sid, ()>> {
    let query = uri.query().unwrap_or_default();
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "sid")
        .map(|(_, value)| Sid::from_str(&value).map_err(|_| ()))
}

fn opening(request: &Request) -> Opening {
    let extensions = request.extensions();
    let address = extensions
        .get::<ClientAddress>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |address| address.0);
    let credential = match (
        identity::bearer(request.headers()),
        identity::session_id(extensions),
    ) {
        (Some(token), _) => Credential::Token(token.key()),
        (None, Some(id)) => Credential::Session(sessions::key(id)),
        (None, None) => Credential::Address(address),
    };
    Opening {
        credential,
        address,
        upgrade: asks_for_websocket(request)
            .then(|| extensions.get::<Line>().cloned().unwrap_or_default()),
    }
}

/// As the library sees it, for which the first word of the query about it decides: one that polls stays a request among
/// others, whatever its headers ask for.
fn asks_for_websocket(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let transport = query.split('&').find(|part| part.starts_with("transport="));
    transport == Some("transport=websocket") && request.headers().contains_key(header::UPGRADE)
}

async fn continue_session(
    server: &Server,
    sid: Sid,
    opening: Opening,
    request: Request,
    next: Next,
) -> Response {
    match server.bindings.belongs(sid, &opening.credential) {
        None => return unknown_sid(),
        Some(false) => {
            return (
                StatusCode::FORBIDDEN,
                "this session belongs to another credential",
            )
                .into_response();
        }
        Some(true) => {}
    }
    let is_get = request.method() == Method::GET;
    let response = next.run(lean(request, None)).await;
    match (response.status(), opening.upgrade) {
        // The library says so to each that asks, and then drops all but the first.
        (StatusCode::SWITCHING_PROTOCOLS, Some(line)) => {
            if server.bindings.move_to(sid, line) {
                response
            } else {
                (StatusCode::BAD_REQUEST, "this session has a WebSocket").into_response()
            }
        }
        (StatusCode::OK, _) if is_get => note_poll(server, sid, response).await,
        _ => response,
    }
}

/// Somebody has fetched what waited for them.
async fn note_poll(server: &Server, sid: Sid, response: Response) -> Response {
    let (response, told) = if server.bindings.is_draining() {
        look_for_goodbye(response).await
    } else {
        (response, false)
    };
    server.bindings.polled(sid, told);
    response
}

/// Whether what a client has fetched tells it that the server stops: it may be what came just before that.
async fn look_for_goodbye(response: Response) -> (Response, bool) {
    let (head, body) = response.into_parts();
    match to_bytes(body, usize::MAX).await {
        Ok(bytes) => {
            let goodbye = event::SERVER_DRAINING.as_bytes();
            let told = bytes.windows(goodbye.len()).any(|part| part == goodbye);
            (Response::from_parts(head, bytes.into()), told)
        }
        Err(_) => (StatusCode::INTERNAL_SERVER_ERROR.into_response(), false),
    }
}

async fn open_session(server: &Server, opening: Opening, request: Request, next: Next) -> Response {
    if !server.limiter.admits_handshake(opening.address) {
        metrics().refused("too_many_connections");
        return (StatusCode::TOO_MANY_REQUESTS, "too many connections").into_response();
    }
    let opening = Arc::new(opening);
    let response = next.run(lean(request, Some(opening.clone()))).await;
    if response.status().is_success() {
        bind_opened(server, opening, response).await
    } else {
        response
    }
}

/// Binds a session that polls, whatever the request asked for besides. Reads the sid from the open packet,
/// `0{"sid":"…",…}`: the only place where it is told before the namespace is entered.
async fn bind_opened(server: &Server, opening: Arc<Opening>, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(body) = body.collect().await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let body: Bytes = body.to_bytes();
    if let Some(sid) = opened_sid(&body) {
        server.bindings.bind(sid, opening, None);
    }
    Response::from_parts(parts, Body::from(body))
}

fn opened_sid(packet: &[u8]) -> Option<Sid> {
    let open: serde_json::Value = serde_json::from_slice(packet.strip_prefix(b"0")?).ok()?;
    open.get("sid")?.as_str()?.parse().ok()
}

/// What the official server answers, by which clients know that they have to begin anew.
fn unknown_sid() -> Response {
    let body = r#"{"code":1,"message":"Session ID unknown"}"#;
    let json = [(header::CONTENT_TYPE, "application/json")];
    (StatusCode::BAD_REQUEST, json, body).into_response()
}

/// The request with only what the library needs, in memory of its own. The library keeps the parts of
/// a handshake for as long as the session lives, and with hyper's they would keep its read buffer.
fn lean(request: Request, opening: Option<Arc<Opening>>) -> Request {
    let (mut parts, body) = request.into_parts();
    let mut extensions = Extensions::new();
    if let Some(upgrade) = parts.extensions.remove::<OnUpgrade>() {
        extensions.insert(upgrade);
    }
    if let Some(opening) = opening {
        extensions.insert(opening);
    }
    parts.extensions = extensions;
    parts.headers = needed(&parts.headers);
    parts.uri = parts.uri.to_string().parse().unwrap_or_default();
    Request::from_parts(parts, body)
}

/// The headers that the library looks at: of a WebSocket the first alone, kept in a map that has room for no more.
fn needed(headers: &HeaderMap) -> HeaderMap {
    let wanted = [header::SEC_WEBSOCKET_KEY, header::CONTENT_TYPE];
    let mut needed = HeaderMap::with_capacity(1);
    needed.extend(wanted.into_iter().filter_map(|name| {
        let copy = http::HeaderValue::from_bytes(headers.get(&name)?.as_bytes()).ok()?;
        Some((name, copy))
    }));
    needed
}

/// What holds of any query and any packet: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Some(sid) = opened_sid(text.as_bytes()) {
        assert!(text.starts_with('0') && sid.to_string().parse().ok() == Some(sid));
    }
    let Ok(uri) = format!("{PATH}/?{text}").parse::<Uri>() else {
        return;
    };
    // What names a session must not pass for a handshake, which asks for no credential.
    let query = uri.query().unwrap_or_default().to_owned();
    let names_one = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "sid");
    assert_eq!(query_sid(&uri).is_some(), names_one);
    let request = Request::builder()
        .uri(uri)
        .body(Body::empty())
        .expect("a request");
    let lean = lean(request, None);
    assert_eq!(lean.uri().query(), Some(query.as_str()));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_guard_stands_before_the_endpoint_and_nothing_else() {
        for path in ["/socket.io", "/socket.io/", "/socket.io/x"] {
            assert!(is_endpoint(path), "{path}");
        }
        for path in ["/", "/socket.iox", "/chats"] {
            assert!(!is_endpoint(path), "{path}");
        }
    }

    #[test]
    fn the_sid_is_read_from_the_open_packet() {
        let sid = Sid::new();
        let packet = format!(r#"0{{"sid":"{sid}","upgrades":["websocket"]}}"#);
        assert_eq!(opened_sid(packet.as_bytes()), Some(sid));
        assert_eq!(opened_sid(b"2"), None);
    }

    #[test]
    fn a_sid_is_found_wherever_it_stands_in_the_query() {
        let sid = Sid::new();
        let uri: Uri = format!("/socket.io/?EIO=4&transport=polling&sid={sid}")
            .parse()
            .unwrap();
        assert_eq!(query_sid(&uri), Some(Ok(sid)));
        let uri: Uri = "/socket.io/?EIO=4&sid=nonsense".parse().unwrap();
        assert_eq!(query_sid(&uri), Some(Err(())));
        let uri: Uri = "/socket.io/?EIO=4".parse().unwrap();
        assert_eq!(query_sid(&uri), None);
    }
    proptest! {
        #[test]
        fn a_sid_is_the_same_before_and_behind_the_guard(text in "(EIO=4&|transport=polling&|sid=|s%69d=|[A-Za-z0-9&=%_-]){0,20}") {
            promises(&text);
        }
    }
}
