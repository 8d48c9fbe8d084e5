//! One Socket.IO connection over WebSocket, frame by frame: the few packets that the load needs.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::http::Server;

/// How long the server may take to answer while a connection is set up.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections that are set up at a time: as many clients that arrive together.
pub(crate) const ARRIVING: usize = 16;

/// A connection that has joined the namespace and heard `ready`.
pub(crate) struct Socket {
    pub(crate) stream: WebSocketStream<TcpStream>,
}

/// A packet of the server, as far as the load cares.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Answer it with [`PONG`].
    Ping,
    /// The JSON array `["name", payload]`.
    Event(&'a str),
    /// The id that we chose, and the JSON array with the answer.
    Ack(u64, &'a str),
    /// We were not let in; the JSON says why.
    Refused(&'a str),
    /// Handshake packets.
    Other,
}

/// The answer to [`Packet::Ping`].
pub(crate) const PONG: &str = "3";

#[derive(Deserialize)]
struct Answer<'a> {
    ok: bool,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

impl Socket {
    pub(crate) async fn connect(server: &Server, token: &str) -> Result<Self> {
        let (socket, _): (Self, IgnoredAny) = Self::enter(server, token).await?;
        Ok(socket)
    }

    /// The same, with what `ready` said.
    pub(crate) async fn enter<T: DeserializeOwned>(
        server: &Server,
        token: &str,
    ) -> Result<(Self, T)> {
        let url = format!(
            "ws://{}/socket.io/?EIO=4&transport=websocket",
            server.authority
        );
        let (stream, _) = tokio_tungstenite::client_async(url, server.connect().await?)
            .await
            .context("no upgrade to WebSocket")?;
        let mut socket = Self { stream };
        socket
            .send(format!("40{}", serde_json::json!({ "token": token })))
            .await?;
        let (_, ready): (IgnoredAny, T) = socket
            .wait_for(|packet| match packet {
                Packet::Event(event) if event.starts_with("[\"ready\",") => {
                    Some(serde_json::from_str(event).context("a strange ready"))
                }
                _ => None,
            })
            .await?;
        Ok((socket, ready))
    }

    /// Sends one event and waits for its answer. For setting things up; the load itself does not wait.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &mut self,
        event: &str,
        payload: &serde_json::Value,
    ) -> Result<T> {
        const ID: u64 = 0;
        self.send(event_packet(ID, event, payload)).await?;
        self.wait_for(|packet| match packet {
            Packet::Ack(ID, answer) => Some(answer_in(answer)),
            _ => None,
        })
        .await
        .with_context(|| format!("no good answer to {event}"))
    }

    pub(crate) async fn send(&mut self, packet: String) -> Result<()> {
        Ok(self.stream.send(Message::text(packet)).await?)
    }

    /// The next packet, unparsed; pings are answered here. Nothing is lost when this is dropped while it waits.
    pub(crate) async fn hear(&mut self) -> Result<Utf8Bytes> {
        loop {
            let frame = self.stream.next().await;
            let Message::Text(text) = frame.context("the server closed the connection")?? else {
                continue;
            };
            if parse(&text)? != Packet::Ping {
                return Ok(text);
            }
            self.send(PONG.to_owned()).await?;
        }
    }

    /// Reads packets until `is_it` finds the one that is waited for.
    async fn wait_for<T>(&mut self, is_it: impl Fn(&Packet<'_>) -> Option<Result<T>>) -> Result<T> {
        let found = async {
            loop {
                match parse(&self.hear().await?)? {
                    Packet::Refused(why) => bail!("not let in: {why}"),
                    packet => {
                        if let Some(result) = is_it(&packet) {
                            return result;
                        }
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, found)
            .await
            .context("the server takes too long")?
    }
}

/// An event that asks for an acknowledgement under `id`.
pub(crate) fn event_packet(id: u64, event: &str, payload: &impl serde::Serialize) -> String {
    let arguments =
        serde_json::to_string(&(event, payload)).expect("payloads of the load are plain JSON");
    format!("42{id}{arguments}")
}

/// What is in the JSON array of an acknowledgement, if it says `ok`.
pub(crate) fn answer_in<T: DeserializeOwned>(arguments: &str) -> Result<T> {
    let (answer,): (&RawValue,) = serde_json::from_str(arguments)?;
    let head: Answer<'_> = serde_json::from_str(answer.get())?;
    ensure!(
        head.ok,
        "refused: {}",
        head.error.map_or("without a reason", RawValue::get)
    );
    Ok(serde_json::from_str(answer.get())?)
}

/// Tells the packets apart. What does not look like Socket.IO at all is an error.
pub(crate) fn parse(frame: &str) -> Result<Packet<'_>> {
    let (kind, rest) = frame.split_at_checked(1).context("an empty frame")?;
    match kind {
        "0" | "6" => Ok(Packet::Other),
        "1" => bail!("the server closes the session"),
        "2" => Ok(Packet::Ping),
        "4" => parse_message(rest).with_context(|| format!("a strange packet: {frame}")),
        _ => bail!("a strange packet: {frame}"),
    }
}

fn parse_message(message: &str) -> Result<Packet<'_>> {
    let (kind, rest) = message.split_at_checked(1).context("an empty message")?;
    match kind {
        "0" => Ok(Packet::Other),
        "1" => bail!("the server disconnects us"),
        "2" => Ok(Packet::Event(rest)),
        "3" => {
            let (id, arguments) = rest.split_at(
                rest.find('[')
                    .context("an acknowledgement without arguments")?,
            );
            Ok(Packet::Ack(id.parse()?, arguments))
        }
        "4" => Ok(Packet::Refused(rest)),
        _ => bail!("an unknown kind"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_the_server_are_told_apart() {
        let cases = [
            ("2", Packet::Ping),
            ("0{\"sid\":\"x\"}", Packet::Other),
            ("40{\"sid\":\"x\"}", Packet::Other),
            (
                "44{\"message\":\"not_authenticated\"}",
                Packet::Refused("{\"message\":\"not_authenticated\"}"),
            ),
            ("42[\"ready\",{}]", Packet::Event("[\"ready\",{}]")),
            ("4317[{\"ok\":true}]", Packet::Ack(17, "[{\"ok\":true}]")),
        ];
        for (frame, packet) in cases {
            assert_eq!(parse(frame).expect(frame), packet);
        }
    }

    #[test]
    fn what_is_not_socket_io_is_an_error() {
        for frame in ["", "4", "9", "43[]", "43x[]", "1", "41"] {
            assert!(parse(frame).is_err(), "{frame:?}");
        }
    }

    #[test]
    fn a_refusal_is_not_taken_for_an_answer() {
        #[derive(Debug, Deserialize)]
        struct Seq {
            seq: u64,
        }
        assert_eq!(
            answer_in::<Seq>("[{\"ok\":true,\"seq\":4}]")
                .expect("an answer")
                .seq,
            4
        );
        let refusal = answer_in::<Seq>("[{\"ok\":false,\"error\":{\"code\":\"invalid\"}}]")
            .expect_err("a refusal");
        assert!(refusal.to_string().contains("invalid"));
    }

    #[test]
    fn an_event_is_written_as_socket_io_wants_it() {
        assert_eq!(
            event_packet(3, "typing", &serde_json::json!({ "on": true })),
            "423[\"typing\",{\"on\":true}]"
        );
    }
}
