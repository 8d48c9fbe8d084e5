//! The packets of Engine.IO 4 and Socket.IO 5 that travel over a WebSocket, namespace `/`, no binary.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The answer to [`Packet::Ping`].
pub(crate) const PONG: &str = "3";

/// The goodbye of a client that means it.
pub(crate) const DISCONNECT: &str = "41";

/// A packet of the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// The handshake, as JSON.
    Open(&'a str),
    /// The server ends the session.
    Close,
    /// To be answered with [`PONG`].
    Ping,
    /// The namespace let us in.
    Connected,
    /// The namespace put us out.
    Disconnected,
    /// The JSON array `["name", payload]`.
    Event(&'a str),
    /// The number that we chose, and the JSON array with the answer.
    Ack(u64, &'a str),
    /// We were not let in; the JSON says why.
    Refused(&'a str),
    /// Of no meaning here.
    Other,
}

/// What a connection says about itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Handshake {
    /// In milliseconds.
    pub(crate) ping_interval: u64,
    /// In milliseconds.
    pub(crate) ping_timeout: u64,
}

/// Tells the packets apart; `None` for what is not Socket.IO.
pub(crate) fn parse(frame: &str) -> Option<Packet<'_>> {
    let (kind, rest) = frame.split_at_checked(1)?;
    match kind {
        "0" => Some(Packet::Open(rest)),
        "1" => Some(Packet::Close),
        "2" => Some(Packet::Ping),
        "3" | "6" => Some(Packet::Other),
        "4" => parse_message(rest),
        _ => None,
    }
}

fn parse_message(message: &str) -> Option<Packet<'_>> {
    let (kind, rest) = message.split_at_checked(1)?;
    match kind {
        "0" => Some(Packet::Connected),
        "1" => Some(Packet::Disconnected),
        // A server may ask for acknowledgements of its own: a number before the array. Ours does not.
        "2" => Some(Packet::Event(rest.get(rest.find('[')?..)?)),
        "3" => {
            let (id, arguments) = rest.split_at(rest.find('[')?);
            Some(Packet::Ack(id.parse().ok()?, arguments))
        }
        "4" => Some(Packet::Refused(rest)),
        _ => None,
    }
}

/// The packet that asks the namespace to let us in.
pub(crate) fn connect(token: &str) -> String {
    format!("40{}", serde_json::json!({ "token": token }))
}

/// An event that asks for an acknowledgement under `id`.
pub(crate) fn event(id: u64, name: &str, payload: &RawValue) -> String {
    // A name and a text that is JSON already: nothing here can fail.
    let name = serde_json::Value::from(name);
    format!("42{id}[{name},{payload}]")
}

/// The name and the payload of an event; an event without a payload has the payload `null`.
pub(crate) fn named(event: &str) -> Option<(String, &RawValue)> {
    let parts: Vec<&RawValue> = serde_json::from_str(event).ok()?;
    let name = serde_json::from_str(parts.first()?.get()).ok()?;
    Some((name, parts.get(1).copied().unwrap_or(RawValue::NULL)))
}

/// The one object of an acknowledgement.
pub(crate) fn answer(arguments: &str) -> Option<&RawValue> {
    let parts: Vec<&RawValue> = serde_json::from_str(arguments).ok()?;
    parts.first().copied()
}

/// What is sent, written out once.
pub(crate) fn payload(value: &impl Serialize) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).expect("the types of the protocol are plain JSON")
}

/// What holds of any frame: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(frame: &str) {
    match parse(frame) {
        Some(Packet::Open(rest) | Packet::Refused(rest)) => assert!(frame.ends_with(rest)),
        Some(Packet::Event(array)) => {
            assert!(frame.ends_with(array));
            if let Some((name, payload)) = named(array) {
                let again = event(7, &name, payload);
                let Some(Packet::Event(array)) = parse(&again) else {
                    panic!("what we write is an event");
                };
                let (same, written) = named(array).expect("an event");
                assert_eq!((same, written.get()), (name, payload.get()));
            }
        }
        Some(Packet::Ack(id, array)) => {
            assert!(frame.ends_with(array));
            let again = format!("43{id}{array}");
            assert_eq!(parse(&again), Some(Packet::Ack(id, array)));
            assert!(answer(array).is_none_or(|answer| array.contains(answer.get())));
        }
        Some(
            Packet::Close | Packet::Ping | Packet::Connected | Packet::Disconnected | Packet::Other,
        )
        | None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn packets_of_the_server_are_told_apart() {
        for (frame, packet) in [
            ("0{\"sid\":\"x\"}", Packet::Open("{\"sid\":\"x\"}")),
            ("1", Packet::Close),
            ("2", Packet::Ping),
            ("6", Packet::Other),
            ("40{\"sid\":\"x\"}", Packet::Connected),
            ("41", Packet::Disconnected),
            ("42[\"ready\",{}]", Packet::Event("[\"ready\",{}]")),
            ("427[\"ready\",{}]", Packet::Event("[\"ready\",{}]")),
            ("4317[{\"ok\":true}]", Packet::Ack(17, "[{\"ok\":true}]")),
            (
                "44{\"message\":\"suspended\"}",
                Packet::Refused("{\"message\":\"suspended\"}"),
            ),
        ] {
            assert_eq!(parse(frame), Some(packet), "{frame}");
        }
    }

    #[test]
    fn what_is_not_socket_io_is_noticed() {
        for frame in ["", "4", "9", "é", "43{}", "43x[]", "42", "4é"] {
            assert_eq!(parse(frame), None, "{frame:?}");
        }
        assert!(named("[1,{}]").is_none());
        assert!(named("{}").is_none());
        assert!(answer("[]").is_none());
    }

    #[test]
    fn an_event_is_written_as_socket_io_wants_it_and_read_back() {
        let written = event(3, "typing", &payload(&serde_json::json!({ "on": true })));
        assert_eq!(written, "423[\"typing\",{\"on\":true}]");
        let (name, payload) = named("[\"typing\",{\"on\":true}]").expect("an event");
        assert_eq!((name.as_str(), payload.get()), ("typing", "{\"on\":true}"));
        assert_eq!(named("[\"x\"]").expect("an event").1.get(), "null");
    }
    proptest! {
        #[test]
        fn no_frame_is_too_odd(frame in "[0-9]{0,3}\\PC{0,40}") {
            promises(&frame);
        }

        #[test]
        fn an_event_is_read_as_it_was_written(id: u64, name in "\\PC{0,12}", text in "\\PC{0,30}", deep in 0..100_usize) {
            let nested = format!("{}{}{}", "[".repeat(deep), serde_json::Value::from(text), "]".repeat(deep));
            let frame = event(id, &name, &RawValue::from_string(nested).expect("JSON"));
            promises(&frame);
            prop_assert!(matches!(parse(&frame), Some(Packet::Event(array)) if named(array).is_some_and(|(read, _)| read == name)));
            promises(&frame.replacen("42", "43", 1));
        }

        #[test]
        fn an_acknowledgement_is_for_the_number_that_was_chosen(id: u64) {
            let frame = format!("43{id}[{{\"ok\":true}}]");
            prop_assert_eq!(parse(&frame), Some(Packet::Ack(id, "[{\"ok\":true}]")));
        }
    }
}
