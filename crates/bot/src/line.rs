//! One connection to `/ws/chat`, from the greeting on: frames out, frames in, and how it ends.

use anyhow::{Context, Result, anyhow};
use chinwag_protocol::rooms::{ClientFrame, Notification, ServerFrame};
use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// For connecting and for the greeting.
const GREETED_WITHIN: Duration = Duration::from_secs(10);
const SENT_WITHIN: Duration = Duration::from_secs(20);
/// A server pings every 20 seconds, and answers the pings that the bot sends.
const LONGEST_SILENCE: Duration = Duration::from_secs(70);
/// A room's last fifty messages and everybody who is in it come in one frame.
const LONGEST_FRAME: usize = 8 << 20;

/// Why a connection is over, or did not begin.
pub(crate) enum End {
    /// It broke, or could not be made.
    Lost(anyhow::Error),
    /// The token is not good, or not any more.
    SignedOut,
    /// The account has another connection, and may have one only.
    Elsewhere,
    /// The server will not have this account, however often it is asked.
    Refused(anyhow::Error),
}

/// A connection that has been greeted.
pub(crate) struct Line {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    heard: Instant,
}

impl Line {
    pub(crate) async fn open(address: Url, token: &str) -> Result<Self, End> {
        let request = shown_to(&address, token).map_err(End::Lost)?;
        let opened = timeout(GREETED_WITHIN, Self::greeted(request)).await;
        opened.unwrap_or_else(|_| Err(End::Lost(anyhow!("the server takes too long to greet"))))
    }

    async fn greeted(request: Request) -> Result<Self, End> {
        let config = WebSocketConfig::default()
            .max_message_size(Some(LONGEST_FRAME))
            .max_frame_size(Some(LONGEST_FRAME));
        let no_delay = true;
        let connected = connect_async_with_config(request, Some(config), no_delay).await;
        let (socket, _) = connected
            .context("cannot connect to /ws/chat")
            .map_err(End::Lost)?;
        let heard = Instant::now();
        let mut line = Self { socket, heard };
        match line.hear().await? {
            Some(ServerFrame::Notification(Notification::Motd { .. })) => Ok(line),
            _ => Err(End::Lost(anyhow!(
                "the first frame of the server is no greeting"
            ))),
        }
    }

    pub(crate) async fn send(&mut self, frame: &ClientFrame) -> Result<(), End> {
        let text = serde_json::to_string(frame).expect("frames are plain JSON");
        self.put(Message::text(text)).await
    }

    /// Asks for a sign of life. Also a server without pings of its own answers it.
    pub(crate) async fn ping(&mut self) -> Result<(), End> {
        self.put(Message::Ping(Bytes::new())).await
    }

    async fn put(&mut self, message: Message) -> Result<(), End> {
        match timeout(SENT_WITHIN, self.socket.send(message)).await {
            Ok(sent) => sent.context("the connection broke").map_err(End::Lost),
            Err(_) => Err(End::Lost(anyhow!("the server does not read"))),
        }
    }

    /// The next frame, or how the connection ended. Nothing is lost when this is dropped while it waits.
    /// None for one that this bot does not know: servers learn.
    pub(crate) async fn hear(&mut self) -> Result<Option<ServerFrame>, End> {
        loop {
            let deadline = self.heard + LONGEST_SILENCE;
            let heard = timeout_at(deadline, self.socket.next())
                .await
                .map_err(|_| End::Lost(anyhow!("the server is silent")))?
                .ok_or_else(|| End::Lost(anyhow!("the server closed the connection")))?;
            let message = heard.context("the connection broke").map_err(End::Lost)?;
            self.heard = Instant::now();
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).ok().map(is_no_end).transpose();
            }
        }
    }
}

/// With the token in a header: proxies log addresses.
fn shown_to(address: &Url, token: &str) -> Result<Request> {
    let mut request = address.as_str().into_client_request()?;
    let mut shown = HeaderValue::from_str(&format!("Token {token}"))
        .context("what the server gave at the login is no token")?;
    shown.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, shown);
    Ok(request)
}

fn is_no_end(frame: ServerFrame) -> Result<ServerFrame, End> {
    match frame {
        ServerFrame::Notification(Notification::LoggedOut) => Err(End::SignedOut),
        ServerFrame::Fatal { code } => Err(match code.as_str() {
            "not-authenticated" => End::SignedOut,
            "already-chatting" => End::Elsewhere,
            _ => End::Lost(anyhow!("the server ends the connection")),
        }),
        frame => Ok(frame),
    }
}
