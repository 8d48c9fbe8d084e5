//! What a client may ask for, and how each of its events finds the verb that it names.
//!
//! One table for all sockets, behind the library's fallback: handlers on each socket would cost two
//! kilobytes of every idle connection, and thirty allocations to make one. *Every* event is acknowledged,
//! also a malformed or unknown one: the stock JavaScript client with `retries` stops at the first that is not.

use super::client::{Client, Reply};
use crate::error::{Error, Result};
use chinwag_protocol::socketio as wire;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny};
use socketioxide::adapter::LocalAdapter;
use socketioxide::extract::{AckSender, TryData};
use socketioxide::handler::{FromMessageParts, MessageHandler, Value};
use socketioxide::socket::Socket;
use std::collections::HashMap;
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

    /// The verb that a packet names, found where the name stands: the library has read the packet to find that it is
    /// an event, and lets no name through that is written with escapes.
    fn named_by(&self, packet: &Value) -> Option<&dyn Run> {
        let Value::Str(text, _) = packet else {
            return None;
        };
        let name = text.strip_prefix('[')?.trim_start().strip_prefix('"')?;
        let (name, _) = name.split_once('"')?;
        self.0.get(name).map(Box::as_ref)
    }
}

/// A verb that finds its payload in a packet itself.
trait Run: Send + Sync {
    fn run(&self, client: &Arc<Client>, packet: Packet<'_>, reply: Reply);
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
    fn run(&self, client: &Arc<Client>, mut packet: Packet<'_>, reply: Reply) {
        if let Some(request) = packet.payload::<Req>() {
            return (self.verb)(client, request, reply);
        }
        // Without any payload, an event that needs none is fine all the same.
        match serde_json::from_str("null") {
            Ok(request) if packet.payload::<Anything>().is_none() => {
                (self.verb)(client, request, reply);
            }
            _ => reply.refuse(&malformed()),
        }
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

/// One event as it came.
struct Packet<'a> {
    socket: &'a Arc<Socket<LocalAdapter>>,
    value: &'a mut Value,
    ack_id: &'a Option<i64>,
}

impl Packet<'_> {
    fn take<T: FromMessageParts<LocalAdapter>>(&mut self) -> std::result::Result<T, T::Error> {
        T::from_message_parts(self.socket, self.value, self.ack_id)
    }

    fn payload<T: DeserializeOwned>(&mut self) -> Option<T> {
        let Ok(TryData(payload)) = self.take::<TryData<T>>();
        payload.ok()
    }
}

/// Handles all events of one client.
///
/// Implemented on the library's trait itself because a closure would be spawned as a task: here all
/// of parsing and submitting happens before the next packet is read, which is what keeps a socket's
/// messages in order, and it costs no task per message.
pub(super) struct AnyEvent(pub(super) Arc<Client>);

impl MessageHandler<LocalAdapter, AnyEvent> for AnyEvent {
    fn call(&self, socket: Arc<Socket<LocalAdapter>>, mut value: Value, ack_id: Option<i64>) {
        let Self(client) = self;
        let mut packet = Packet {
            socket: &socket,
            value: &mut value,
            ack_id: &ack_id,
        };
        let Ok(ack) = packet.take::<AckSender>();
        let reply = Reply::new(ack, client);
        if let Err(error) = client.admit() {
            return reply.refuse(&error);
        }
        match client.server.verbs.named_by(packet.value) {
            Some(verb) => verb.run(client, packet, reply),
            None => reply.answer(&unknown()),
        }
    }
}

/// A payload that may be missing.
pub(super) struct Perhaps<T>(pub(super) T);

impl<'de, T: DeserializeOwned + Default> serde::Deserialize<'de> for Perhaps<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let payload = Option::<T>::deserialize(deserializer)?;
        Ok(Self(payload.unwrap_or_default()))
    }
}

/// The payload of an event that needs none: whatever came is fine.
pub(super) struct Anything;

impl<'de> serde::Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}
