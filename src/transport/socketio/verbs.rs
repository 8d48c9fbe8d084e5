//! What a client may ask for, and how each of its events finds the verb that it names.
//!
//! One table for all sockets, behind the library's fallback: handlers on each socket would cost two
//! kilobytes of every idle connection, and thirty allocations to make one. *Every* event is acknowledged,
//! also a malformed or unknown one: the stock JavaScript client with `retries` stops at the first that is not.

use super::client::{Client, Reply};
use crate::error::Error;
use chinwag_protocol::socketio as wire;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, SeqAccess, Visitor};
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::AckSender;
use socketioxide::handler::{FromMessageParts, MessageHandler, Value};
use socketioxide::socket::Socket;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// The verbs of the namespace, by the names of their events.
#[derive(Default)]
pub(super) struct Verbs(HashMap<&'static str, Box<dyn Run>>);

impl Verbs {
    /// Adds a verb, which takes a payload of type `Req`.
    pub(super) fn on<Req, Verb>(&mut self, event: &'static str, verb: Verb)
    where
        Req: DeserializeOwned + 'static,
        Verb: Fn(&Arc<Client>, Req, Reply) + Send + Sync + 'static,
    {
        let request = PhantomData;
        self.0.insert(event, Box::new(Typed { verb, request }));
    }

    /// The verb that an event names, found where the name stands: the library has read the event to find that it is
    /// one, and lets no name through that is written with escapes.
    fn named_by(&self, event: &str) -> Option<&dyn Run> {
        let name = event.strip_prefix('[')?.trim_start().strip_prefix('"')?;
        let (name, _) = name.split_once('"')?;
        self.0.get(name).map(Box::as_ref)
    }
}

/// A verb that finds its payload in an event itself.
trait Run: Send + Sync {
    fn run(&self, client: &Arc<Client>, event: &str, reply: Reply);
}

struct Typed<Req, Verb> {
    verb: Verb,
    request: PhantomData<fn(Req)>,
}

impl<Req, Verb> Run for Typed<Req, Verb>
where
    Req: DeserializeOwned + 'static,
    Verb: Fn(&Arc<Client>, Req, Reply) + Send + Sync + 'static,
{
    fn run(&self, client: &Arc<Client>, event: &str, reply: Reply) {
        let request = serde_json::from_str(event).and_then(|Payload(payload)| match payload {
            Some(request) => Ok(request),
            // Without any, an event that needs none is fine all the same.
            None => serde_json::from_str("null"),
        });
        match request {
            Ok(request) => (self.verb)(client, request, reply),
            Err(_) => reply.refuse(&malformed()),
        }
    }
}

/// What an event carries, `["name", payload, …]`; what follows is ignored. Read here because the library's reader builds
/// an error for each, used or not.
struct Payload<T>(Option<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Payload<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Second(PhantomData))
    }
}

/// Reads the second element of a sequence.
struct Second<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Second<T> {
    type Value = Payload<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a name and a payload")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut event: S) -> Result<Self::Value, S::Error> {
        event.next_element::<IgnoredAny>()?;
        let payload = event.next_element()?;
        while event.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Payload(payload))
    }
}

fn malformed() -> Error {
    let message = "The payload of this event is not of the documented shape.";
    Error::invalid("payload", message)
}

fn unknown() -> wire::Refusal {
    wire::Refusal {
        ok: false,
        error: wire::Failure {
            code: "unknown_event".into(),
            message: "This server does not know that event.".into(),
            retryable: false,
            retry_after_ms: None,
            field: None,
        },
    }
}

/// Handles all events of one client.
///
/// Implemented on the library's trait itself because a closure would be spawned as a task: here all
/// of parsing and submitting happens before the next packet is read, which is what keeps a socket's
/// messages in order, and it costs no task per message.
pub(super) struct AnyEvent(pub(super) Arc<Client>);

impl MessageHandler<LocalAdapter, AnyEvent> for AnyEvent {
    fn call(&self, socket: Arc<Socket<LocalAdapter>>, mut packet: Value, ack_id: Option<i64>) {
        let Self(client) = self;
        let reply = Reply::new(client, ack_id, || {
            let Ok(ack) = AckSender::from_message_parts(&socket, &mut packet, &ack_id);
            ack
        });
        if let Err(error) = client.admit() {
            return reply.refuse(&error);
        }
        let event = packet.as_str().map_or("", |text| text.as_str());
        match client.server.verbs.named_by(event) {
            Some(verb) => verb.run(client, event, reply),
            None => reply.answer(&unknown()),
        }
    }
}

/// A payload that may be missing.
pub(super) struct Perhaps<T>(pub(super) T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Perhaps<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let payload = Option::<T>::deserialize(deserializer)?;
        Ok(Self(payload.unwrap_or_default()))
    }
}

/// The payload of an event that needs none: whatever came is fine.
pub(super) struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload<T: DeserializeOwned>(event: &str) -> Option<Option<T>> {
        let payload = serde_json::from_str(event).ok();
        payload.map(|Payload(payload)| payload)
    }

    #[test]
    fn the_payload_is_what_follows_the_name() {
        assert_eq!(payload(r#"["read",7]"#), Some(Some(7)));
        assert_eq!(
            payload(r#" [ "read" , 7 , {"and": "more"} ] "#),
            Some(Some(7))
        );
        assert_eq!(payload::<i64>(r#"["read"]"#), Some(None));
    }

    #[test]
    fn what_is_no_event_has_no_payload() {
        for event in [
            r#"["read","x"]"#,
            r#"["read",7"#,
            r#"["read",7] 8"#,
            "7",
            "",
        ] {
            assert_eq!(payload::<i64>(event), None, "{event}");
        }
    }
}
