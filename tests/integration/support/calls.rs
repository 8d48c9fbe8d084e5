//! Plain requests over HTTP, and what comes back.

use super::{TestApp, within};
use http::{HeaderMap, Method};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What was answered.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        self.header("location")
    }

    /// Where it leads, without the query.
    pub(crate) fn leads_to(&self) -> &str {
        self.location().split('?').next().unwrap_or_default()
    }

    /// How long a refused one is told to wait, in seconds.
    pub(crate) fn told_to_wait(&self) -> u64 {
        assert_eq!(self.status, 429, "{self:?}");
        let seconds = self.header("retry-after").parse();
        seconds.expect("Retry-After in seconds")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A text in the JSON.
    pub(crate) fn field(&self, name: &str) -> String {
        let json = self.json();
        json[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in {json}"))
            .to_owned()
    }
}

/// Somebody who only calls: no cookies, no page. What is in `headers` goes along every time.
pub(crate) struct Caller {
    url: String,
    client: Client,
    headers: Vec<(String, String)>,
}

impl Caller {
    pub(crate) fn new(app: &TestApp) -> Self {
        Self::at(&app.url)
    }

    pub(crate) fn at(url: &str) -> Self {
        Self {
            url: url.into(),
            client: client(),
            headers: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: impl Into<String>) -> Answer {
        answer(self.request(Method::POST, path).body(body.into())).await
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Answer {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// The handshake of Socket.IO over polling; the path of the session if it was begun.
    pub(crate) async fn begins_polling(&self) -> Result<String, u16> {
        let path = "/socket.io/?EIO=4&transport=polling";
        let open = self.get(path).await;
        let Some(open) = open.body.strip_prefix('0') else {
            return Err(open.status);
        };
        let open: Value = serde_json::from_str(open).expect("an open packet");
        Ok(format!(
            "{path}&sid={}",
            open["sid"].as_str().expect("a sid")
        ))
    }

    /// By any method, without a body.
    pub(crate) async fn asks(&self, method: Method, path: &str) -> Answer {
        answer(self.request(method, path)).await
    }

    /// Bytes as they are, on a connection of their own; everything that comes back until the server
    /// closes it. A server that has heard enough need not read the rest, and may reset it.
    pub(crate) async fn sends_bytes(&self, request: &[u8]) -> String {
        let address = self.url.trim_start_matches("http://");
        let stream = TcpStream::connect(address).await.expect("a connection");
        let (mut reads, mut writes) = stream.into_split();
        let mut answer = Vec::new();
        within("the server to close", async {
            let _ = tokio::join!(writes.write_all(request), reads.read_to_end(&mut answer));
        })
        .await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        self.headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    }

    /// `POST /api/phone`
    pub(crate) async fn asks_for_code(&self, phone: &str) -> Answer {
        self.post_json("/api/phone", &json!({ "phone": phone }))
            .await
    }

    /// `POST /api/phone/verify`
    pub(crate) async fn gives_code(&self, challenge: &str, pin: &str) -> Answer {
        let body = json!({ "challenge": challenge, "pin": pin });
        self.post_json("/api/phone/verify", &body).await
    }
}

pub(super) fn client() -> Client {
    // A second installation finds the first: as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("a client")
}

pub(super) async fn answer(request: RequestBuilder) -> Answer {
    within("an answer", async {
        let response = request.send().await.expect("an answer");
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.expect("a body"),
        }
    })
    .await
}
