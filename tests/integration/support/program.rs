//! Something with a token and a socket: Socket.IO over raw WebSocket frames, packet by packet.

use super::{Person, within};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{self, Message};

/// How a socket says who it is.
pub(crate) enum Credential<'a> {
    /// A token in the CONNECT packet.
    Token(&'a str),
    /// Headers of the handshake.
    Headers(&'a [(&'a str, &'a str)]),
    /// The cookies of a browser, on a page of ours.
    Browser(&'a Person),
    /// Not at all.
    Nothing,
}

/// Why a socket was not let in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// By the status of the upgrade.
    Status(u16),
    /// By the `message` of `connect_error`.
    Word(String),
}

/// A connected socket. What it hears is kept.
pub(crate) struct Program {
    /// Whose it is.
    pub(crate) id: i64,
    sid: String,
    stream: WebSocketStream<TcpStream>,
    ready: Value,
    fresh: VecDeque<(String, Value)>,
    heard: Vec<(String, Value)>,
    answers: HashMap<u64, Value>,
    last_id: u64,
}

impl Program {
    pub(super) async fn connect(
        url: &str,
        origin: &str,
        credential: Credential<'_>,
    ) -> Result<Self, Refusal> {
        let (headers, auth) = match credential {
            Credential::Token(token) => (Vec::new(), Some(json!({ "token": token }))),
            Credential::Headers(headers) => (
                headers
                    .iter()
                    .map(|(name, value)| ((*name).into(), (*value).into()))
                    .collect(),
                None,
            ),
            Credential::Browser(person) => (
                vec![
                    ("cookie".into(), person.cookie_header()),
                    ("origin".into(), origin.into()),
                ],
                None,
            ),
            Credential::Nothing => (Vec::new(), None),
        };
        let stream = upgrade(url, "", &headers).await.map_err(Refusal::Status)?;
        let mut program = Self {
            id: 0,
            sid: String::new(),
            stream,
            ready: Value::Null,
            fresh: VecDeque::new(),
            heard: Vec::new(),
            answers: HashMap::new(),
            last_id: 0,
        };
        program.enter(auth).await?;
        Ok(program)
    }

    async fn enter(&mut self, auth: Option<Value>) -> Result<(), Refusal> {
        self.sends(&format!(
            "40{}",
            auth.map(|auth| auth.to_string()).unwrap_or_default()
        ))
        .await;
        loop {
            let packet = self.frame().await.expect("an answer to CONNECT");
            if let Some(why) = packet.strip_prefix("44") {
                let why: Value = serde_json::from_str(why).expect("a reason");
                return Err(Refusal::Word(
                    why["message"].as_str().unwrap_or_default().into(),
                ));
            }
            if let Some(entered) = packet.strip_prefix("40") {
                let entered: Value = serde_json::from_str(entered).expect("a session");
                self.sid = entered["sid"].as_str().expect("its id").into();
                break;
            }
        }
        self.ready = self.hears("ready").await;
        self.id = self.ready["user"]["id"].as_i64().expect("an id");
        Ok(())
    }

    /// The id of its session, which is nobody else's business.
    pub(crate) fn sid(&self) -> &str {
        &self.sid
    }

    /// What the server said at first.
    pub(crate) fn ready(&self) -> &Value {
        &self.ready
    }

    /// One frame, as it is.
    pub(crate) async fn sends(&mut self, frame: &str) {
        // A closed connection shows at the next read.
        let _ = self.stream.send(Message::text(frame)).await;
    }

    pub(crate) async fn sends_bytes(&mut self, bytes: Vec<u8>) {
        let _ = self.stream.send(Message::binary(bytes)).await;
    }

    /// A frame that says it is text, whatever it is.
    pub(crate) async fn sends_as_text(&mut self, bytes: Vec<u8>) {
        let frame = Frame::message(bytes, OpCode::Data(Data::Text), true);
        let _ = self.stream.send(Message::Frame(frame)).await;
    }

    /// Emits an event that wants an answer; the number of that answer.
    pub(crate) async fn emits(&mut self, event: &str, payload: &str) -> u64 {
        self.last_id += 1;
        let id = self.last_id;
        let comma = if payload.is_empty() { "" } else { "," };
        self.sends(&format!("42{id}[{}{comma}{payload}]", json!(event)))
            .await;
        id
    }

    /// The acknowledgement of that number.
    pub(crate) async fn answer(&mut self, id: u64) -> Value {
        within("an acknowledgement", async {
            loop {
                if let Some(answer) = self.answers.remove(&id) {
                    return answer;
                }
                self.packet().await.expect("still connected");
            }
        })
        .await
    }

    /// Emits and waits for the answer.
    pub(crate) async fn asks(&mut self, event: &str, payload: Value) -> Value {
        self.asks_raw(event, &payload.to_string()).await
    }

    /// [`Program::asks`], with a payload that need not be JSON.
    pub(crate) async fn asks_raw(&mut self, event: &str, payload: &str) -> Value {
        let id = self.emits(event, payload).await;
        self.answer(id).await
    }

    /// The payload of the next such event that was not waited for yet.
    pub(crate) async fn hears(&mut self, event: &str) -> Value {
        within(event, async {
            loop {
                if let Some(place) = self.fresh.iter().position(|(name, _)| name == event) {
                    return self.fresh.remove(place).expect("it is there").1;
                }
                self.packet()
                    .await
                    .unwrap_or_else(|| panic!("closed before {event}"));
            }
        })
        .await
    }

    /// Waits for a message with that body; every event up to then was heard.
    pub(crate) async fn hears_message(&mut self, body: &str) -> Value {
        loop {
            let message = self.hears("message:new").await["message"].take();
            if message["body"] == body {
                return message;
            }
        }
    }

    /// Everything that came so far, in order.
    pub(crate) fn heard(&self) -> &[(String, Value)] {
        &self.heard
    }

    /// The names of everything that came so far.
    pub(crate) fn events(&self) -> Vec<&str> {
        self.heard.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// How often that came so far.
    pub(crate) fn times_heard(&self, event: &str) -> usize {
        self.heard.iter().filter(|(name, _)| name == event).count()
    }

    /// Waits until the server has closed this connection or left the namespace.
    pub(crate) async fn is_ended(&mut self) {
        within("the end", async { while self.packet().await.is_some() {} }).await;
    }

    /// Waits for the answer of that number, or for the end; whether it was the answer.
    pub(crate) async fn is_answered(&mut self, id: u64) -> bool {
        within("an answer or the end", async {
            while !self.answers.contains_key(&id) {
                if self.packet().await.is_none() {
                    return false;
                }
            }
            true
        })
        .await
    }

    pub(crate) async fn leaves(mut self) {
        let _ = self.stream.close(None).await;
    }

    /// Takes one packet in; nothing when the connection or the namespace is over.
    async fn packet(&mut self) -> Option<()> {
        let frame = self.frame().await?;
        match frame.get(..2) {
            Some("42") => {
                let event: (String, Value) = match serde_json::from_str(&frame[2..]) {
                    Ok(event) => event,
                    Err(error) => panic!("a strange event, {error}: {frame}"),
                };
                self.heard.push(event.clone());
                self.fresh.push_back(event);
            }
            Some("43") => {
                let begin = frame.find('[').expect("an acknowledgement has arguments");
                let id = frame[2..begin]
                    .parse()
                    .expect("the number of an acknowledgement");
                let (answer,): (Value,) =
                    serde_json::from_str(&frame[begin..]).expect("one argument");
                self.answers.insert(id, answer);
            }
            Some("41") => return None,
            _ => {}
        }
        Some(())
    }

    /// The next frame of text; answers pings on the way.
    async fn frame(&mut self) -> Option<String> {
        loop {
            match within("a frame", self.stream.next()).await? {
                Ok(Message::Text(text)) if text == "2" => self.sends("3").await,
                Ok(Message::Text(text)) if text == "1" => return None,
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

/// What people do with it.
impl Program {
    /// Opens the conversation with somebody, by username.
    pub(crate) async fn opens(&mut self, username: &str) -> i64 {
        let answer = self
            .asks("conversation:open", json!({ "username": username }))
            .await;
        let id = answer["conversation"]["id"].as_i64();
        id.unwrap_or_else(|| panic!("not opened: {answer}"))
    }

    /// Says something; the answer.
    pub(crate) async fn says(&mut self, conversation: i64, body: &str) -> Value {
        self.asks(
            "message:send",
            json!({ "conversation_id": conversation, "body": body }),
        )
        .await
    }

    /// Says something; the message as it was stored.
    pub(crate) async fn tells(&mut self, conversation: i64, body: &str) -> Value {
        let mut answer = self.says(conversation, body).await;
        assert_eq!(answer["ok"], true, "not said: {answer}");
        answer["message"].take()
    }

    /// Says that many things, `line 1` and so on, without waiting in between; the messages.
    pub(crate) async fn says_many(&mut self, conversation: i64, count: usize) -> Vec<Value> {
        let mut asked = Vec::new();
        for n in 1..=count {
            let payload = json!({ "conversation_id": conversation, "body": format!("line {n}") });
            asked.push(self.emits("message:send", &payload.to_string()).await);
        }
        let mut said = Vec::new();
        for id in asked {
            said.push(self.answer(id).await["message"].take());
        }
        said
    }

    pub(crate) async fn edits(&mut self, message: &Value, body: &str) -> Value {
        self.asks(
            "message:edit",
            json!({ "message_id": message["id"], "body": body }),
        )
        .await
    }

    pub(crate) async fn deletes(&mut self, message: &Value) -> Value {
        self.asks("message:delete", json!({ "message_id": message["id"] }))
            .await
    }

    /// The last messages of a conversation.
    pub(crate) async fn reads_history(&mut self, conversation: i64) -> Vec<Value> {
        let answer = self
            .asks("history", json!({ "conversation_id": conversation }))
            .await;
        answer["messages"]
            .as_array()
            .cloned()
            .unwrap_or_else(|| panic!("no history: {answer}"))
    }

    pub(crate) async fn marks(&mut self, mark: &str, conversation: i64, seq: i64) -> Value {
        self.asks(mark, json!({ "conversation_id": conversation, "seq": seq }))
            .await
    }

    pub(crate) async fn types(&mut self, conversation: i64, on: bool) -> Value {
        self.asks(
            "typing",
            json!({ "conversation_id": conversation, "on": on }),
        )
        .await
    }
}

/// That number of each: `seq` of messages, `counter` of conversations.
pub(crate) fn numbers(list: &Value, name: &str) -> Vec<i64> {
    let list = list.as_array().expect("a list");
    let numbers = list.iter().map(|one| one[name].as_i64());
    numbers.map(|number| number.expect("a number")).collect()
}

/// Asks to turn a connection into a WebSocket; the status if that is refused.
pub(crate) async fn upgrade(
    url: &str,
    query: &str,
    headers: &[(String, String)],
) -> Result<WebSocketStream<TcpStream>, u16> {
    let authority = url.trim_start_matches("http://");
    let url = format!("ws://{authority}/socket.io/?EIO=4&transport=websocket{query}");
    let mut request = url.into_client_request().expect("an address");
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().expect("a name");
        request
            .headers_mut()
            .insert(name, value.parse().expect("a value"));
    }
    let stream = TcpStream::connect(authority).await.expect("a connection");
    match within(
        "the upgrade",
        tokio_tungstenite::client_async(request, stream),
    )
    .await
    {
        Ok((stream, _)) => Ok(stream),
        Err(tungstenite::Error::Http(response)) => Err(response.status().as_u16()),
        Err(error) => panic!("no answer to the upgrade: {error}"),
    }
}
