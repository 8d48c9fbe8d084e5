//! Something that speaks the raw dialect: JSON in text frames over `/ws/chat`.

use super::{Account, TestApp, within};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

/// A connection that was let in, at least as far as the upgrade.
pub(crate) struct Chatter {
    stream: WebSocketStream<TcpStream>,
    /// With which code it was closed, once it was.
    closed: Option<u16>,
    /// How often it was asked whether it is there.
    pings: usize,
}

impl TestApp {
    /// Connects by the token of somebody; after the greeting.
    pub(crate) async fn chats(&self, account: &Account) -> Chatter {
        let mut chatter = self.opens_chat(&account.token).await;
        let greeting = chatter.frame().await;
        assert_eq!(greeting["code"], "api-motd", "not let in: {greeting}");
        chatter
    }

    /// Connects by a token, up to whatever comes first.
    pub(crate) async fn opens_chat(&self, token: &str) -> Chatter {
        let path = format!("/ws/chat?token={token}");
        let upgraded = tries_to_chat(&self.url, &path, &[]).await;
        upgraded.expect("an upgrade")
    }

    /// Connects anew who has just hung up.
    pub(crate) async fn chats_again(&self, account: &Account) -> Chatter {
        let path = format!("/ws/chat?token={}", account.token);
        chats_when_free(&self.url, &path, &[]).await
    }
}

/// Connects as soon as the server has noticed that an earlier connection is gone; after the greeting.
pub(crate) async fn chats_when_free(url: &str, path: &str, headers: &[(&str, &str)]) -> Chatter {
    within("the place to be free", async {
        loop {
            let upgraded = tries_to_chat(url, path, headers).await;
            let mut chatter = upgraded.expect("an upgrade");
            if chatter.frame().await["code"] == "api-motd" {
                return chatter;
            }
        }
    })
    .await
}

/// Asks for an upgrade; the status if it is refused.
pub(crate) async fn tries_to_chat(
    url: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Chatter, u16> {
    let authority = url.trim_start_matches("http://");
    let url = format!("ws://{authority}{path}");
    let mut request = url.into_client_request().expect("an address");
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().expect("a name");
        let value = value.parse().expect("a value");
        request.headers_mut().append(name, value);
    }
    let stream = TcpStream::connect(authority).await.expect("a connection");
    let upgraded = tokio_tungstenite::client_async(request, stream);
    match within("the upgrade", upgraded).await {
        Ok((stream, _)) => Ok(Chatter {
            stream,
            closed: None,
            pings: 0,
        }),
        Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("no answer to the upgrade: {error}"),
    }
}

impl Chatter {
    /// Sends a frame.
    pub(crate) async fn says(&mut self, frame: Value) {
        self.sends(&frame.to_string()).await;
    }

    /// Sends a text, whatever it is.
    pub(crate) async fn sends(&mut self, text: &str) {
        // A closed connection shows at the next read.
        let _ = self.stream.send(Message::text(text)).await;
    }

    pub(crate) async fn sends_bytes(&mut self, bytes: &[u8]) {
        let _ = self.stream.send(Message::binary(bytes.to_vec())).await;
    }

    /// The next frame of text; `null` at the end.
    pub(crate) async fn frame(&mut self) -> Value {
        within("a frame", self.frame_at_last()).await
    }

    /// [`Chatter::frame`], however long it takes.
    pub(crate) async fn frame_at_last(&mut self) -> Value {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    return serde_json::from_str(&text).expect("every frame is JSON");
                }
                Some(Ok(Message::Close(frame))) => {
                    self.closed = frame.map(|frame| frame.code.into());
                }
                Some(Ok(Message::Ping(_))) => self.pings += 1,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Value::Null,
            }
        }
    }

    /// Sends a frame; the next one that comes.
    pub(crate) async fn asks(&mut self, frame: Value) -> Value {
        self.says(frame).await;
        self.frame().await
    }

    /// Sends a text, whatever it is; the next frame that comes.
    pub(crate) async fn asks_text(&mut self, text: &str) -> Value {
        self.sends(text).await;
        self.frame().await
    }

    /// Waits for the end, which has to come next; its code.
    pub(crate) async fn is_closed(&mut self) -> Option<u16> {
        assert_eq!(self.frame().await, Value::Null, "more was to be said");
        self.closed
    }

    /// How often it was asked whether it is there, as far as it has read.
    pub(crate) fn pings(&self) -> usize {
        self.pings
    }

    /// Goes without reading what is still to come.
    pub(crate) async fn hangs_up(mut self) {
        let _ = self.stream.close(None).await;
    }

    /// Comes into a room; what it found.
    pub(crate) async fn comes_into(&mut self, room: &str) -> Value {
        let mut joined = self
            .asks(json!({ "type": "join", "room_name": room }))
            .await;
        assert_eq!(
            (&joined["code"], &joined["you"]),
            (&json!("joined"), &json!(true))
        );
        joined["status"].take()
    }

    /// Says something in a room.
    pub(crate) async fn tells_room(&mut self, room: &str, body: &str) {
        self.says(json!({ "type": "message", "room_name": room, "body": body }))
            .await;
    }

    /// Waits for a message with that body; the codes of what came before it.
    pub(crate) async fn hears_body(&mut self, body: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let frame = self.frame().await;
            assert_ne!(frame, Value::Null, "closed before {body}");
            if frame["body"] == body {
                return before;
            }
            before.push(frame["code"].as_str().expect("a code").to_owned());
        }
    }
}
