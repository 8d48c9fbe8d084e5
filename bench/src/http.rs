//! Plain HTTP requests to the server under load: pages, and guests.

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

/// Where the server listens, as `--url` gave it: `http://HOST:PORT`.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// `HOST:PORT`.
    pub(crate) authority: String,
}

/// One that is kept open.
pub(crate) struct Connection {
    sender: hyper::client::conn::http1::SendRequest<Full<Bytes>>,
    authority: String,
    driver: tokio::task::JoinHandle<hyper::Result<()>>,
}

impl std::str::FromStr for Server {
    type Err = anyhow::Error;

    fn from_str(url: &str) -> Result<Self> {
        let uri: Uri = url.parse()?;
        ensure!(
            uri.scheme_str() == Some("http"),
            "only http:// is spoken here"
        );
        let authority = uri.authority().context("no host")?;
        ensure!(authority.port().is_some(), "no port");
        Ok(Self {
            authority: authority.to_string(),
        })
    }
}

impl Server {
    /// A fresh connection without Nagle's delay.
    pub(crate) async fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect(&self.authority)
            .await
            .with_context(|| format!("cannot connect to {}", self.authority))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<T> {
        let mut connection = self.open().await?;
        let request = connection
            .request(Method::POST, path)
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_string())))?;
        serde_json::from_slice(&connection.send(request).await?)
            .with_context(|| format!("{path} answered what is not expected"))
    }

    /// A connection for requests one after the other.
    pub(crate) async fn open(&self) -> Result<Connection> {
        let stream = TokioIo::new(self.connect().await?);
        let (sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        Ok(Connection {
            sender,
            authority: self.authority.clone(),
            driver: tokio::spawn(connection),
        })
    }
}

impl Connection {
    /// One page as a browser asks for it; how many bytes it has.
    pub(crate) async fn get(&mut self, path: &str, cookie: &str) -> Result<usize> {
        let request = self
            .request(Method::GET, path)
            .header("cookie", cookie)
            .body(Full::default())?;
        Ok(self.send(request).await?.len())
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.authority)
    }

    /// What is answered. A status other than 2xx is an error that shows it.
    async fn send(&mut self, request: Request<Full<Bytes>>) -> Result<Bytes> {
        let path = request.uri().path().to_owned();
        self.sender.ready().await?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        ensure!(
            status.is_success(),
            "{path} answered {status}: {}",
            String::from_utf8_lossy(&body)
        );
        Ok(body)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}
