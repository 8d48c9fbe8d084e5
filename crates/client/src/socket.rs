//! One connection: opened, let in, and listened to until it is dead.

use crate::address::ServerAddress;
use crate::packet::{self, Handshake, Packet};
use crate::rest::innermost;
use chinwag_protocol::socketio::{Ready, event};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// For the handshakes of TCP, TLS, WebSocket, Engine.IO and Socket.IO together.
const OPEN_WITHIN: Duration = Duration::from_secs(15);
/// For what we say to be taken by the network.
const WRITE_WITHIN: Duration = Duration::from_secs(15);
/// Two hundred messages of the greatest length, in JSON that escapes every letter, are less.
const LONGEST_FRAME: usize = 24 * 1024 * 1024;

/// A connection that was let in.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// How long the server may be silent.
    patience: Duration,
    dead_at: Instant,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum NotOpen {
    /// The token is not good; the code says why. Trying again is of no use.
    Refused(String),
    /// Anything that may be otherwise a little later, in words for a person.
    Failed(String),
}

#[derive(Deserialize)]
struct ConnectError {
    message: String,
}

impl Socket {
    /// Connects, and waits for `ready`.
    pub(crate) async fn open(
        server: &ServerAddress,
        token: &str,
    ) -> Result<(Self, Ready), NotOpen> {
        timeout(OPEN_WITHIN, Self::open_patiently(server, token))
            .await
            .unwrap_or_else(|_| Err(failed("the server does not answer")))
    }

    async fn open_patiently(server: &ServerAddress, token: &str) -> Result<(Self, Ready), NotOpen> {
        install_tls();
        let limits = WebSocketConfig::default()
            .max_message_size(Some(LONGEST_FRAME))
            .max_frame_size(Some(LONGEST_FRAME));
        let (stream, _) =
            tokio_tungstenite::connect_async_with_config(server.socket(), Some(limits), true)
                .await
                .map_err(|error| NotOpen::Failed(in_words(&error)))?;
        let mut socket = Self {
            stream,
            patience: OPEN_WITHIN,
            dead_at: Instant::now() + OPEN_WITHIN,
        };
        let ready = socket.enter(token).await?;
        Ok((socket, ready))
    }

    async fn enter(&mut self, token: &str) -> Result<Ready, NotOpen> {
        loop {
            let frame = self.hear().await.map_err(NotOpen::Failed)?;
            match packet::parse(&frame) {
                Some(Packet::Open(handshake)) => {
                    self.patience = patience(handshake).ok_or_else(strange)?;
                    self.say(packet::connect(token))
                        .await
                        .map_err(NotOpen::Failed)?;
                }
                Some(Packet::Ping) => self
                    .say(packet::PONG.into())
                    .await
                    .map_err(NotOpen::Failed)?,
                Some(Packet::Refused(why)) => return Err(refused(why)),
                Some(Packet::Event(event)) => {
                    if let Some(ready) = ready_in(event)? {
                        return Ok(ready);
                    }
                }
                Some(Packet::Connected | Packet::Ack(..) | Packet::Other) => {}
                Some(Packet::Close | Packet::Disconnected) => {
                    return Err(failed("the server hung up"));
                }
                None => return Err(strange()),
            }
        }
    }

    /// The next packet, unparsed. An error, in words, when the connection is over or has been silent for too long.
    /// Nothing is lost when this is dropped while it waits.
    pub(crate) async fn hear(&mut self) -> Result<Utf8Bytes, String> {
        loop {
            let frame = timeout_at(self.dead_at, self.stream.next())
                .await
                .map_err(|_| "the connection went silent".to_owned())?;
            self.dead_at = Instant::now() + self.patience;
            match frame {
                Some(Ok(Message::Text(text))) => return Ok(text),
                Some(Ok(Message::Close(_))) | None => {
                    return Err("the server closed the connection".into());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(in_words(&error)),
            }
        }
    }

    /// Says something. Not to be dropped half-way.
    pub(crate) async fn say(&mut self, packet: String) -> Result<(), String> {
        timeout(WRITE_WITHIN, self.stream.send(Message::text(packet)))
            .await
            .map_err(|_| "the connection takes nothing any more".to_owned())?
            .map_err(|error| in_words(&error))
    }

    /// Leaves in good manners, if the network lets us.
    pub(crate) async fn leave(mut self) {
        let goodbye = async {
            self.say(packet::DISCONNECT.into()).await?;
            self.stream
                .close(None)
                .await
                .map_err(|error| in_words(&error))
        };
        let _ = timeout(Duration::from_secs(1), goodbye).await;
    }
}

/// The cryptography of TLS, for this process. A second installation finds the first: as good.
pub(crate) fn install_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A dead connection is one without a ping for the interval and the time-out that the server has named.
fn patience(handshake: &str) -> Option<Duration> {
    let handshake: Handshake = serde_json::from_str(handshake).ok()?;
    let patience = handshake
        .ping_interval
        .saturating_add(handshake.ping_timeout);
    Some(Duration::from_millis(patience.clamp(100, 600_000)))
}

fn ready_in(text: &str) -> Result<Option<Ready>, NotOpen> {
    let (name, payload) = packet::named(text).ok_or_else(strange)?;
    if name != event::READY {
        return Ok(None);
    }
    let ready = serde_json::from_str(payload.get()).map_err(|error| {
        tracing::warn!(%error, "ready is not understood");
        strange()
    })?;
    Ok(Some(ready))
}

fn refused(why: &str) -> NotOpen {
    let code = serde_json::from_str(why)
        .map_or_else(|_| String::new(), |error: ConnectError| error.message);
    match code.as_str() {
        "not_authenticated" | "suspended" => NotOpen::Refused(code),
        "too_many_connections" => failed("you have too many connections already"),
        _ => failed("the server cannot let anybody in at present"),
    }
}

fn failed(why: &str) -> NotOpen {
    NotOpen::Failed(why.to_owned())
}

fn strange() -> NotOpen {
    failed("what answers there is not a Chinwag server")
}

fn in_words(error: &WebSocketError) -> String {
    match error {
        WebSocketError::Http(response) => match response.status().as_u16() {
            429 => "too many connections come from your address".into(),
            status @ 500.. => format!("the server answers {status}"),
            _ => "what answers there is not a Chinwag server".into(),
        },
        WebSocketError::ConnectionClosed | WebSocketError::AlreadyClosed => {
            "the connection is closed".into()
        }
        error => innermost(error),
    }
}
