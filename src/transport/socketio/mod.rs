//! Socket.IO, namespace `/` (protocol page, sections 1 to 5).
//!
//! `guard.rs` stands in front of the endpoint, `verbs.rs` finds what an event asks for, `client.rs` admits and
//! acknowledges it, `chat.rs`, `rooms.rs` and `matching.rs` are the list of what there is. `push.rs` and `hub.rs`
//! tell sockets what happened, `listener.rs` one of them; `encoded.rs` keeps new messages for them, and `frame.rs` makes
//! packets of what is told.

mod bindings;
mod chat;
mod client;
mod encode;
mod encoded;
mod frame;
mod guard;
mod hub;
mod listener;
mod matching;
mod push;
mod rooms;
mod verbs;

#[cfg(fuzzing)]
pub(crate) use self::guard::promises;

use self::bindings::{Bindings, Credential, Opening};
use self::client::Client;
use self::encoded::Encoded;
use self::hub::Hub;
use self::listener::Listener;
use self::verbs::{AnyEvent, Verbs};
use super::errors::code_and_status;
use super::limiter::Limiter;
use super::line::Post;
use super::origin::Origins;
use super::push::Sink;
use crate::accounts::Token;
use crate::app::App;
use crate::conversations::{HISTORY_MAX, SYNC_MAX};
use crate::error::{Error, Result};
use crate::metrics::{Counted, Door, metrics};
use crate::model::{Actor, Body, Topic, Via};
use crate::presence::Visit;
use axum::Router;
use axum::middleware::from_fn_with_state;
use chinwag_protocol::socketio::{self as wire, event};
use socketioxide::extract::{SocketRef, TryData};
use socketioxide::handler::ConnectHandler;
use socketioxide::{ParserConfig, SocketIo};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

/// The largest packet, on polling and on WebSocket alike, in bytes.
const PACKET_MAX: u64 = 128 * 1024;
/// Packets that may wait for a slow reader where the library carries them; one more and it is hung up on.
const BUFFER_MAX: usize = 1_024;
/// So that a stranger learns within twenty seconds that the other one's network is gone.
const PING_EVERY: Duration = Duration::from_secs(10);
const PONG_WITHIN: Duration = Duration::from_secs(8);
const ENTER_WITHIN: Duration = Duration::from_secs(10);
const GONE_WITHIN: Duration = Duration::from_secs(3);
const COME_BACK_IN: Duration = Duration::from_secs(1);

/// What the parts of this transport share.
pub(super) struct Server {
    app: App,
    origins: Origins,
    limiter: Arc<Limiter>,
    bindings: Arc<Bindings>,
    hub: Hub,
    post: Arc<Post>,
    encoded: Encoded,
    verbs: Verbs,
}

/// The running transport.
#[derive(Clone)]
pub(super) struct Endpoint {
    server: Arc<Server>,
    io: SocketIo,
}

/// Adds the endpoint to a router. Layers that are added later stand in front of it.
pub(super) fn mount(
    router: Router,
    app: &App,
    origins: &Origins,
    limiter: &Arc<Limiter>,
) -> (Router, Endpoint) {
    let bindings = Arc::new(Bindings::new(limiter));
    let post = Arc::new(Post::default());
    let server = Arc::new(Server {
        app: app.clone(),
        origins: origins.clone(),
        limiter: limiter.clone(),
        hub: Hub::new(bindings.clone(), post.clone()),
        post,
        encoded: Encoded::default(),
        verbs: verbs(app),
        bindings,
    });
    let size = usize::try_from(PACKET_MAX).unwrap_or(usize::MAX);
    let (layer, io) = SocketIo::builder()
        .max_payload(PACKET_MAX)
        .ws_max_message_size(size)
        .ws_max_frame_size(size)
        .ws_read_buffer_size(1_024)
        .max_buffer_size(BUFFER_MAX)
        .connect_timeout(ENTER_WITHIN)
        .ping_interval(PING_EVERY)
        .ping_timeout(PONG_WITHIN)
        // No event of ours has a binary part.
        .with_parser(
            ParserConfig::common()
                .max_incoming_binaries(1)
                .max_incoming_binary_buf_size(1_024)
                .packet_completion_timeout(ENTER_WITHIN),
        )
        .build_layer();
    let authenticate = {
        let server = server.clone();
        move |socket: SocketRef, auth: TryData<wire::Auth>| authenticate(server, socket, auth)
    };
    let enter = |socket: SocketRef| {
        // The handler is attached before anything can wait: the client may send at once.
        let client = client::of_socket(&socket);
        let listener = client.as_ref().map(|client| welcome(&socket, client));
        async move {
            if let (Some(client), Some(listener)) = (client, listener) {
                tell_ready(&client, &listener).await;
            }
        }
    };
    io.ns("/", enter.with(authenticate));
    let router = router
        .layer(layer)
        .layer(from_fn_with_state(server.clone(), guard::guard));
    (router, Endpoint { server, io })
}

/// What clients of this server may ask for.
fn verbs(app: &App) -> Verbs {
    let mut verbs = Verbs::default();
    chat::add(&mut verbs);
    rooms::add(&mut verbs);
    if app.config.matching.enabled {
        matching::add(&mut verbs);
    }
    verbs
}

impl Endpoint {
    /// How this transport tells of events.
    pub(super) fn sink(&self) -> Box<dyn Sink> {
        Box::new(push::Push(self.server.clone()))
    }

    /// Says that the server is about to stop.
    pub(super) fn announce_drain(&self) {
        let payload = wire::Draining {
            reconnect_in_ms: u64::try_from(COME_BACK_IN.as_millis()).unwrap_or(0),
        };
        self.server.bindings.begin_to_drain();
        self.server
            .hub
            .emit_to_all(event::SERVER_DRAINING, &payload);
    }

    /// Closes every session, after what waits for it was written.
    pub(super) async fn close(&self) {
        // Not by the library's own goodbye at first: python-socketio takes that for a wanted end, and
        // does not come back.
        let ended = tokio::time::timeout(GONE_WITHIN, self.server.bindings.drain()).await;
        if ended.is_err() {
            tracing::warn!("some readers were too slow to be told that the server stops");
        }
        self.io.close().await;
    }

    /// Forgets sessions that never entered the namespace.
    pub(super) fn sweep(&self) {
        self.server.bindings.sweep();
    }
}

/// Why a client may not enter; its words are the `message` of `connect_error`.
struct Refused(&'static str);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

async fn authenticate(
    server: Arc<Server>,
    socket: SocketRef,
    TryData(auth): TryData<wire::Auth>,
) -> std::result::Result<(), Refused> {
    let token = auth.ok().and_then(|auth| auth.token);
    let opening = socket.req_parts().extensions.get::<Arc<Opening>>().cloned();
    let admitted = admit(&server, token, opening.as_deref()).await;
    let actor = admitted.inspect_err(|_| {
        // Who is refused has nothing that could count against their address.
        server.bindings.refuse(socket.id);
    })?;
    let address = opening
        .as_ref()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |opening| opening.address);
    let line = opening.and_then(|opening| server.bindings.enter(socket.id, opening));
    let client = Client::new(server, actor, socket.id, address, line);
    socket.extensions.insert(Arc::new(client));
    Ok(())
}

async fn admit(
    server: &Server,
    token: Option<String>,
    opening: Option<&Opening>,
) -> std::result::Result<Actor, Refused> {
    let actor = identify(server, token, opening).await.map_err(|error| {
        super::errors::log_fault(&error);
        Refused(code_and_status(&error).0)
    })?;
    let open = server.app.cluster.open_connections(actor.user);
    if server.limiter.admits_socket(open) {
        Ok(actor)
    } else {
        metrics().refused("too_many_connections");
        Err(Refused("too_many_connections"))
    }
}

/// The first credential that is present decides: token of the packet, of the header, then the cookie.
async fn identify(
    server: &Server,
    token: Option<String>,
    opening: Option<&Opening>,
) -> Result<Actor> {
    let accounts = &server.app.accounts;
    if let Some(token) = token {
        let token = Token::presented(&token).ok_or(Error::NotSignedIn)?;
        return accounts.token_actor(&token).await;
    }
    match opening.map(|opening| &opening.credential) {
        Some(Credential::Token(key)) => accounts.token_key_actor(key.clone()).await,
        Some(Credential::Session(key)) => accounts.session_actor(key.clone()).await,
        Some(Credential::Address(_)) | None => Err(Error::NotSignedIn),
    }
}

/// What a client listens to.
fn topics(actor: Actor) -> [Topic; 2] {
    let credential = match actor.via {
        Via::Session(id) => Topic::Session(id),
        Via::Token(id) => Topic::Token(id),
        // No socket is opened by one.
        Via::Password(_) => Topic::User(actor.user),
    };
    [Topic::User(actor.user), credential]
}

fn welcome(socket: &SocketRef, client: &Arc<Client>) -> Arc<Listener> {
    client.welcome();
    socket.on_fallback(AnyEvent(client.clone()));
    let hub = &client.server.hub;
    let listener = hub.join(socket, client, &topics(client.actor));
    // It ends when this handler, run or not, is dropped.
    let stay = Arc::new(Stay::new(client));
    let client = client.clone();
    socket.on_disconnect(move |socket: SocketRef| {
        client.server.hub.leave(socket.id, &topics(client.actor));
        client.server.bindings.leave(socket.id);
        chat::stop_typing(&client);
        drop(stay);
        async {}
    });
    listener
}

/// A connected socket's share in whether somebody is here.
struct Stay {
    client: Arc<Client>,
    visit: Option<Visit>,
    _counted: Counted,
}

impl Stay {
    fn new(client: &Arc<Client>) -> Self {
        let (app, user) = (&client.server.app, client.actor.user);
        let visit = Some(app.presence.arrive(user));
        app.matching.arrived(user);
        Self {
            client: client.clone(),
            visit,
            _counted: metrics().connected(Door::SocketIo),
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        self.client.leave();
        // First the visit, so that nobody is here whom the lobby is told to be gone.
        self.visit.take();
        let client = &self.client;
        client.server.app.matching.departed(client.actor.user);
    }
}

async fn tell_ready(client: &Arc<Client>, listener: &Arc<Listener>) {
    match ready(client, listener).await {
        Ok(ready) => client.server.hub.release(listener, event::READY, &ready),
        Err(error) => {
            super::errors::log_fault(&error);
            // It comes back, and finds us better.
            client.server.hub.hang_up(listener);
        }
    }
}

async fn ready(client: &Client, listener: &Arc<Listener>) -> Result<wire::Ready> {
    let app = &client.server.app;
    // Asked again, now that we listen: the credential may have ended while we were entering.
    let (profile, kind) = app.accounts.holder(client.actor).await?;
    let (server, listener) = (client.server.clone(), listener.clone());
    let enter = move |rooms: &[_]| server.hub.enter_rooms(&listener, rooms);
    let listing = app.conversations.list_after_rooms(client.actor, enter);
    let conversations = listing.await?;
    let matched = if app.config.matching.enabled {
        app.matching.state(client.actor).await?
    } else {
        None
    };
    Ok(wire::Ready {
        user: wire::Me {
            id: profile.id.0,
            username: profile.username,
            name: profile.name,
            kind: kind.as_str().into(),
        },
        epoch: app.epoch().into(),
        server: wire::Server {
            name: app.config.server_name.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            time: app.clock.now().to_string(),
        },
        limits: wire::Limits {
            message_bytes: Body::MAX_BYTES,
            message_chars: Body::MAX_CHARS,
            history: HISTORY_MAX,
            sync: SYNC_MAX,
            packet_bytes: PACKET_MAX,
        },
        conversations: encode::conversations(app, &conversations),
        matched: matched.as_ref().map(encode::match_state),
    })
}
