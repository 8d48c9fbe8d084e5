//! A mail server that takes our letters: SMTP, encrypted unless the operator says otherwise.
//!
//! A letter that the server has not taken is tried again, for as long as what it holds may still be of
//! use; one that it refuses for good is not.

use super::Letter;
use crate::error::{Error, Result};
use lettre::message::{Mailbox, Message, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use std::fmt;
use std::time::Duration;

const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// The pauses before a letter is tried again. Then its link is too old anyway.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
];

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// From the first byte: port 465.
    Tls,
    /// From the second sentence on; a server that cannot is not written to: port 587.
    StartTls,
    /// Not: for a server on this machine.
    None,
}

/// Whom mail comes from: an address, or a name and an address.
#[derive(Clone, Debug)]
pub struct Sender(Mailbox);

impl Sender {
    /// Reads `chat@example.org` or `Chat <chat@example.org>`; nothing if it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The operator's mail server.
#[derive(Clone)]
pub struct SmtpServer {
    /// `MAIL_SERVER`.
    pub host: String,
    /// `MAIL_PORT`.
    pub port: u16,
    /// `MAIL_ENCRYPTION`.
    pub encryption: Encryption,
    /// `MAIL_USERNAME` and `MAIL_PASSWORD`.
    pub credentials: Option<(String, String)>,
    /// `MAIL_FROM`.
    pub from: Sender,
}

impl fmt::Debug for SmtpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SmtpServer({}:{})", self.host, self.port)
    }
}

/// A client of that server.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp(…)")
    }
}

impl Smtp {
    /// A client of that server.
    ///
    /// # Errors
    /// `Internal` when the system's certificates cannot be loaded.
    pub fn new(server: SmtpServer) -> Result<Self> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        // A second installation (another `App` in one test) finds the first: as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = match server.encryption {
            Encryption::Tls => Transport::relay(&server.host),
            Encryption::StartTls => Transport::starttls_relay(&server.host),
            Encryption::None => Ok(Transport::builder_dangerous(&server.host)),
        };
        let mut builder = builder
            .map_err(|error| Error::Internal(error.into()))?
            .port(server.port)
            .timeout(Some(ANSWER_WITHIN));
        if let Some((username, password)) = server.credentials {
            builder = builder.credentials(Credentials::new(username, password));
        }
        Ok(Self {
            transport: builder.build(),
            from: server.from.0,
        })
    }

    pub(super) async fn deliver(&self, letter: Letter) {
        let Some(message) = self.message(letter) else {
            tracing::error!("a mail could not be written");
            return;
        };
        let mut pauses = PAUSES.into_iter();
        loop {
            let Err(error) = self.transport.send(message.clone()).await else {
                return;
            };
            // What the server says may name the person.
            let status = error.status().map(|code| code.to_string());
            match pauses.next().filter(|_| !error.is_permanent()) {
                Some(pause) => {
                    tracing::warn!(status, "the mail server did not take a letter: again later");
                    tokio::time::sleep(pause).await;
                }
                None => {
                    tracing::error!(status, "a letter was not delivered");
                    return;
                }
            }
        }
    }

    /// Written once, so that a letter that arrives twice is known for one.
    fn message(&self, letter: Letter) -> Option<Message> {
        Message::builder()
            .from(self.from.clone())
            .to(letter.to.as_str().parse().ok()?)
            .subject(letter.subject)
            .message_id(None)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body)
            .ok()
    }
}
