//! A Chinwag whose every word is up to the test.

use chinwag_client::{Client, Event, Events, ServerAddress};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Nothing here takes longer unless it is broken.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    pub(crate) listener: TcpListener,
}

/// One connection of the client.
pub(crate) struct Visit {
    stream: WebSocketStream<TcpStream>,
    /// What came in the CONNECT packet.
    pub(crate) auth: Value,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self { listener }
    }

    pub(crate) fn address(&self) -> ServerAddress {
        let port = self.listener.local_addr().expect("an address").port();
        format!("127.0.0.1:{port}").parse().expect("an address")
    }

    pub(crate) fn client(&self) -> (Client, Events) {
        chinwag_client::connect(self.address(), "chinwag_secret")
    }

    /// The next connection, up to the CONNECT packet.
    pub(crate) async fn visit(&self) -> Visit {
        self.visit_with_pings(10_000).await
    }

    pub(crate) async fn visit_with_pings(&self, interval_ms: u64) -> Visit {
        let (stream, _) = soon(self.listener.accept()).await.expect("a connection");
        let stream = tokio_tungstenite::accept_async(stream)
            .await
            .expect("a WebSocket");
        let mut visit = Visit {
            stream,
            auth: Value::Null,
        };
        visit
            .say(format!(
                "0{}",
                json!({"sid": "s", "upgrades": [], "pingInterval": interval_ms, "pingTimeout": 100, "maxPayload": 131_072})
            ))
            .await;
        let connect = visit.hear_frame().await;
        visit.auth =
            serde_json::from_str(connect.strip_prefix("40").expect("CONNECT")).expect("JSON");
        visit
    }

    /// The next connection, let in, with these conversations as `(id, counter)`.
    pub(crate) async fn welcome(&self, epoch: &str, conversations: &[(i64, i64)]) -> Visit {
        let mut visit = self.visit().await;
        visit.let_in(epoch, conversations).await;
        visit
    }
}

impl Visit {
    pub(crate) async fn let_in(&mut self, epoch: &str, conversations: &[(i64, i64)]) {
        let conversations: Vec<_> = conversations
            .iter()
            .map(|(id, counter)| conversation(*id, *counter))
            .collect();
        self.say("40{\"sid\":\"x\"}".into()).await;
        self.push(
            "ready",
            json!({
                "user": {"id": 1, "username": "ana", "name": "Ana", "kind": "person"}, "epoch": epoch,
                "server": {"name": "chinwag", "version": "0.1.0", "time": "2026-11-20T18:04:05.123Z"},
                "limits": {"message_bytes": 16_384, "message_chars": 4_096, "history": 100, "sync": 200, "packet_bytes": 131_072},
                "conversations": conversations, "match": null,
            }),
        )
        .await;
    }

    pub(crate) async fn refuse(&mut self, code: &str) {
        self.say(format!("44{}", json!({ "message": code }))).await;
    }

    pub(crate) async fn push(&mut self, name: &str, payload: Value) {
        self.say(format!("42{}", json!([name, payload]))).await;
    }

    /// Pushes a message.
    pub(crate) async fn tell(&mut self, message: Value) {
        self.push("message:new", json!({ "message": message }))
            .await;
    }

    /// Answers a `sync` with all that is missing.
    pub(crate) async fn fill(&mut self, id: u64, messages: &[Value]) {
        let answer = json!({"ok": true, "more": false, "conversations": [], "messages": messages});
        self.ack(id, answer).await;
    }

    pub(crate) async fn ack(&mut self, id: u64, answer: Value) {
        self.say(format!("43{id}{}", json!([answer]))).await;
    }

    /// The next event of the client, which has to be this one: the number to acknowledge, and the payload.
    pub(crate) async fn hear(&mut self, name: &str) -> (u64, Value) {
        let frame = self.hear_frame().await;
        let packet = frame
            .strip_prefix("42")
            .unwrap_or_else(|| panic!("an event, not {frame}"));
        let (id, arguments) = packet.split_at(packet.find('[').expect("arguments"));
        let [heard, payload]: [Value; 2] =
            serde_json::from_str(arguments).expect("a name and a payload");
        assert_eq!(heard, name);
        (id.parse().expect("a number to acknowledge"), payload)
    }

    pub(crate) async fn say(&mut self, packet: String) {
        self.stream
            .send(Message::text(packet))
            .await
            .expect("a listener");
    }

    pub(crate) async fn hear_frame(&mut self) -> String {
        let frame = soon(self.stream.next())
            .await
            .expect("a frame")
            .expect("a frame");
        frame.into_text().expect("a text").to_string()
    }

    /// Whether the client has left in good manners.
    pub(crate) async fn is_left(&mut self) -> bool {
        self.hear_frame().await == "41"
    }
}

pub(crate) fn conversation(id: i64, counter: i64) -> Value {
    json!({
        "id": id, "kind": "room", "title": format!("room-{id}"), "counter": counter, "last_seq": counter, "read_seq": 0,
        "delivered_seq": 0, "unread": 0, "muted": false,
    })
}

pub(crate) fn message(conversation: i64, rev: i64, body: &str) -> Value {
    json!({
        "id": 1_000 * conversation + rev, "conversation_id": conversation, "seq": rev, "rev": rev, "body": body,
        "sent_at": "2026-11-20T18:04:05.123Z", "sender": {"id": 2, "username": "bo", "name": "Bo"},
    })
}

/// The next event that is a `what`.
macro_rules! next {
    ($events:expr, $what:pat) => {
        crate::script::next!($events, $what => {})
    };
    ($events:expr, $what:pat => $result:expr) => {
        loop {
            match crate::script::soon($events.next()).await.expect("an event") {
                $what => break $result,
                other => println!("skipped {other:?}"),
            }
        }
    };
}
pub(crate) use next;

/// What is told, by body, up to the point where all that was missed has been told.
pub(crate) async fn bodies_until_caught_up(events: &mut Events) -> Vec<String> {
    let mut bodies = Vec::new();
    loop {
        match soon(events.next()).await.expect("an event") {
            Event::Message(message) => bodies.push(message.body),
            Event::CaughtUp => return bodies,
            _ => {}
        }
    }
}

pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(PATIENCE, what).await.expect("it takes too long")
}
