//! As much HTTP as a scripted server needs.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A request with its body.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let head_ends = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            let read = stream.read_buf(&mut bytes).await.expect("a request");
            assert!(read > 0, "the request has no end");
        };
        let head = String::from_utf8(bytes[..head_ends].to_vec()).expect("a head in UTF-8");
        let length =
            header(&head, "content-length").map_or(0, |text| text.parse().expect("a length"));
        let mut body = bytes[head_ends..].to_vec();
        while body.len() < length {
            let read = stream.read_buf(&mut body).await.expect("a body");
            assert!(read > 0, "the body has no end");
        }
        let path = head.split(' ').nth(1).expect("a path").to_owned();
        Self { path, head, body }
    }
}

/// The value of a header.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim())
}

/// Writes an answer and closes. `head` begins with the status, such as `200 OK`.
pub(crate) async fn answer(mut stream: TcpStream, head: &str, body: &[u8]) {
    let length = body.len();
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // Who asked may be gone: a bot that has read enough hangs up.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body).await;
}
