//! A server of the room dialect whose every word is the test's. It takes one connection at a time, in the
//! order in which the bot makes them.

use super::http::{Request, answer, header};
use super::in_time;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request as Handshake, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

pub(crate) const TOKEN: &str = "a5b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9";

pub(crate) struct Server(TcpListener);

impl Server {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.expect("a free port"))
    }

    pub(crate) fn host(&self) -> String {
        self.0.local_addr().expect("an address").to_string()
    }

    async fn accept(&self) -> TcpStream {
        in_time(self.0.accept()).await.expect("a connection").0
    }

    /// Somebody connects and is hung up on.
    pub(crate) async fn hangs_up(&self) {
        drop(self.accept().await);
    }

    /// The bot signs in and gets `status` and `body`. Gives what it sent.
    pub(crate) async fn answers_login(&self, status: &str, body: Value) -> Value {
        let mut stream = self.accept().await;
        let request = in_time(Request::read(&mut stream)).await;
        assert!(
            request.head.starts_with("POST /login HTTP/1.1"),
            "{}",
            request.head
        );
        assert_eq!(
            header(&request.head, "content-type"),
            Some("application/json")
        );
        let head = format!("{status}\r\nContent-Type: application/json");
        answer(stream, &head, body.to_string().as_bytes()).await;
        serde_json::from_slice(&request.body).expect("JSON")
    }

    /// The bot signs in and gets a token.
    pub(crate) async fn signs_in(&self, token: &str) -> Value {
        self.answers_login("200 OK", json!({ "token": token }))
            .await
    }

    /// The bot connects with that token. Nothing has been said yet.
    pub(crate) async fn connects(&self, token: &str) -> Line {
        let stream = self.accept().await;
        let (mut path, mut shown) = (String::new(), None);
        #[expect(clippy::result_large_err, reason = "the library's own signature")]
        let look = |request: &Handshake, response: Response| {
            path = request.uri().to_string();
            shown = request.headers().get("authorization").cloned();
            Ok(response)
        };
        let socket = in_time(accept_hdr_async(stream, look)).await;
        // Not in the address, which proxies log.
        assert_eq!(path, "/ws/chat/");
        let shown = shown.expect("a token");
        assert_eq!(shown, format!("Token {token}").as_str());
        Line(socket.expect("a handshake"))
    }

    /// The bot connects to what is no chat.
    pub(crate) async fn answers_nothing_to_chat(&self) {
        let mut stream = self.accept().await;
        in_time(Request::read(&mut stream)).await;
        answer(stream, "404 Not Found", b"").await;
    }

    /// The bot connects and is greeted.
    pub(crate) async fn greets(&self) -> Line {
        let mut line = self.connects(TOKEN).await;
        line.greet().await;
        line
    }

    /// The bot signs in, connects, is greeted and joins `general`.
    pub(crate) async fn lets_in(&self) -> Line {
        self.signs_in(TOKEN).await;
        let mut line = self.greets().await;
        line.lets_join("general").await;
        line
    }
}

/// The server's end of one connection.
pub(crate) struct Line(WebSocketStream<TcpStream>);

impl Line {
    pub(crate) async fn say(&mut self, frame: Value) {
        self.say_text(&frame.to_string()).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.0
            .send(Message::text(text))
            .await
            .expect("the bot listens");
    }

    pub(crate) async fn greet(&mut self) {
        self.say(json!({"type": "notification", "code": "api-motd", "content": "Send {\"type\": \"help\"}"}))
            .await;
    }

    /// The next frame of the bot.
    pub(crate) async fn hears(&mut self) -> Value {
        loop {
            let message = in_time(self.0.next())
                .await
                .expect("the bot is there")
                .expect("a frame");
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).expect("JSON");
            }
        }
    }

    /// The next frame of the bot, which is a message in `general`.
    pub(crate) async fn hears_said(&mut self) -> String {
        let frame = self.hears().await;
        assert_eq!(frame["type"], "message", "{frame}");
        assert_eq!(frame["room_name"], "general", "{frame}");
        frame["body"].as_str().expect("a text").to_owned()
    }

    /// The bot asks to join that room, and is in it.
    pub(crate) async fn lets_join(&mut self, room: &str) {
        assert_eq!(
            self.hears().await,
            json!({"type": "join", "room_name": room})
        );
        self.say(joined(room)).await;
    }

    /// Shows these rooms, as often as the bot asks, until it joins `new`; without one, until it has asked
    /// once more after that and joined none.
    pub(crate) async fn shows_until_joined(&mut self, rooms: &[&str], new: Option<&str>) {
        let mut shown = 0;
        while shown < 3 || new.is_some() {
            let frame = self.hears().await;
            if frame["type"] == "list" {
                shown += 1;
                self.say(list(rooms)).await;
            } else if new.is_some_and(|new| frame["room_name"] == new) {
                return self
                    .say(joined(frame["room_name"].as_str().expect("a name")))
                    .await;
            } else {
                // It had asked twice before it was let in.
                assert!(shown < 2, "{frame}");
                self.say(already_joined(frame["room_name"].as_str().expect("a name")))
                    .await;
            }
        }
    }

    /// Somebody writes `/stock=asked` in `general`.
    pub(crate) async fn asks(&mut self, asked: &str) {
        self.say(custom("general", "stock", asked, false)).await;
    }

    /// The bot hangs up.
    pub(crate) async fn hung_up(mut self) {
        while let Some(Ok(_)) = in_time(self.0.next()).await {}
    }
}

const STAMP: &str = "2026-11-21 08:00:00";

/// The bot is in a room, with somebody who has talked.
pub(crate) fn joined(room: &str) -> Value {
    json!({"type": "room:notification", "code": "joined", "you": true, "user": "finbot", "room_name": room, "stamp": STAMP,
    "status": {
        "users": [{"name": "alice", "you": false}, {"name": "finbot", "you": true}],
        "messages": [{"stamp": STAMP, "user": "alice", "body": "/stock=old", "you": false}],
    }})
}

/// The bot is in that room already.
pub(crate) fn already_joined(room: &str) -> Value {
    json!({"type": "error", "code": "room:already-joined", "details": {"name": room}})
}

/// There is no such room.
pub(crate) fn refused(room: &str) -> Value {
    json!({"type": "error", "code": "room:invalid", "details": {"name": room}})
}

/// The bot is not in a room any more.
pub(crate) fn parted(room: &str) -> Value {
    json!({"type": "room:notification", "code": "parted", "you": true, "user": "finbot", "room_name": room, "stamp": STAMP})
}

/// A command in a room.
pub(crate) fn custom(room: &str, command: &str, payload: &str, you: bool) -> Value {
    json!({"type": "room:notification", "code": "custom", "you": you, "user": "alice", "room_name": room,
        "command": command, "payload": payload, "stamp": STAMP})
}

/// A message in a room.
pub(crate) fn message(room: &str, body: &str) -> Value {
    json!({"type": "room:notification", "code": "message", "you": false, "user": "alice", "room_name": room,
        "body": body, "stamp": STAMP})
}

/// The answer to `list`.
pub(crate) fn list(rooms: &[&str]) -> Value {
    let rooms: Vec<_> = rooms
        .iter()
        .map(|name| json!({"name": name, "joined": false}))
        .collect();
    json!({"type": "notification", "code": "list", "list": rooms})
}
