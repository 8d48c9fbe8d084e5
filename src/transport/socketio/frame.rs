//! Packets as they go over a WebSocket, made here once for all who are told the same.
//!
//! The library writes each packet for each socket anew, and carries it there through a queue and a task. An event of
//! ours is the same text for everybody, a server's frames are not masked (RFC 6455, section 5.1), and nothing is
//! compressed: so the whole frame is.

use super::encode::not_encoded;
use serde::Serialize;
use serde_json::value::RawValue;
use std::fmt::Arguments;
use std::io::{self, Write};
use std::ops::Range;

/// The longest header of a frame that a server sends, in bytes (RFC 6455, section 5.2).
const HEADER_MAX: usize = 10;
/// What nearly every frame fits into, header and all, in bytes.
const USUAL: usize = 512;
/// A whole message, of text.
const FINAL_TEXT: u8 = 0x81;
/// From then on, the length of a payload takes two bytes.
const TWO_BYTES: usize = 126;

/// One packet, in one frame.
#[derive(Debug)]
pub(super) struct Frame {
    /// Room for a header, then the packet.
    bytes: Vec<u8>,
    /// Where the header begins.
    start: usize,
    /// Where the JSON is that the packet carries.
    payload: Range<usize>,
}

impl Frame {
    /// An event in the namespace `/`: Engine.IO's 4, a message, then Socket.IO's 2, EVENT. `name` has nothing that JSON
    /// would escape.
    pub(super) fn event<T: Serialize>(name: &str, payload: &T) -> Option<Self> {
        Self::serialized(format_args!("42[\"{name}\","), payload)
    }

    /// The answer to the event with that ack id: Socket.IO's 3, ACK.
    pub(super) fn ack<T: Serialize>(id: i64, answer: &T) -> Option<Self> {
        Self::serialized(format_args!("43{id}["), answer)
    }

    /// [`Frame::ack`] of an answer that is JSON already, in these parts.
    pub(super) fn ack_of(id: i64, answer: [&[u8]; 3]) -> Option<Self> {
        Self::packet(format_args!("43{id}["), |bytes| {
            answer.iter().for_each(|part| bytes.extend_from_slice(part));
            Ok(())
        })
    }

    fn serialized<T: Serialize>(head: Arguments<'_>, payload: &T) -> Option<Self> {
        Self::packet(head, |bytes| Ok(serde_json::to_writer(bytes, payload)?))
    }

    fn packet(
        head: Arguments<'_>,
        write_payload: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> Option<Self> {
        Self::encode(head, write_payload)
            .inspect_err(not_encoded)
            .ok()
    }

    fn encode(
        head: Arguments<'_>,
        write_payload: impl FnOnce(&mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut bytes = Vec::with_capacity(USUAL);
        bytes.resize(HEADER_MAX, 0);
        bytes.write_fmt(head)?;
        let begin = bytes.len();
        write_payload(&mut bytes)?;
        let payload = begin..bytes.len();
        bytes.push(b']');
        let start = write_header(&mut bytes);
        Ok(Self {
            bytes,
            start,
            payload,
        })
    }

    /// As it is written.
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// What the packet carries, for the library to write.
    pub(super) fn payload(&self) -> Option<Box<RawValue>> {
        serde_json::from_slice(self.json())
            .inspect_err(not_encoded)
            .ok()
    }

    /// What the packet carries.
    pub(super) fn json(&self) -> &[u8] {
        self.bytes.get(self.payload.clone()).unwrap_or_default()
    }
}

/// Writes the header before what follows the room for it. Where it begins.
fn write_header(bytes: &mut [u8]) -> usize {
    let length = bytes.len() - HEADER_MAX;
    let (code, size) = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(code), _) if length < TWO_BYTES => (code, 0),
        (_, Ok(_)) => (126, 2),
        _ => (127, 8),
    };
    let start = HEADER_MAX - 2 - size;
    let big_endian = (length as u64).to_be_bytes();
    let header = [FINAL_TEXT, code]
        .into_iter()
        .chain(big_endian[8 - size..].iter().copied());
    for (place, byte) in bytes[start..HEADER_MAX].iter_mut().zip(header) {
        *place = byte;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::StreamExt;
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::Message;
    use tokio_tungstenite::tungstenite::protocol::Role;

    /// What a client reads of a frame.
    async fn read(frame: &Frame) -> String {
        let stream = tokio::io::join(frame.as_bytes(), tokio::io::sink());
        let mut client = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        match client.next().await {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("no text but {other:?}"),
        }
    }

    #[tokio::test]
    async fn an_event_of_any_length_is_read_as_it_was_said() {
        for length in [
            0, 1, 104, 105, 106, 107, 65_514, 65_515, 65_516, 65_517, 200_000,
        ] {
            let payload = "é".repeat(length / 2) + &"x".repeat(length % 2);
            let frame = Frame::event("message:new", &payload).unwrap();

            assert_eq!(
                read(&frame).await,
                format!(r#"42["message:new","{payload}"]"#)
            );
            assert_eq!(frame.payload().unwrap().get(), format!("\"{payload}\""));
        }
    }

    #[tokio::test]
    async fn an_answer_names_what_it_answers() {
        let frame = Frame::ack(27, &serde_json::json!({"ok": true})).unwrap();
        assert_eq!(read(&frame).await, r#"4327[{"ok":true}]"#);
    }

    #[tokio::test]
    async fn an_answer_in_parts_is_read_as_one_that_is_whole() {
        for length in [0, 100, 110, 120, 65_500, 65_510, 65_520, 200_000] {
            let body = "x".repeat(length);
            let whole = Frame::ack(27, &serde_json::json!({ "body": body })).unwrap();
            let parts = [r#"{"body":""#, &body, "\"}"].map(str::as_bytes);
            let parts = Frame::ack_of(27, parts).unwrap();
            assert_eq!(read(&parts).await, read(&whole).await);
        }
    }
}
