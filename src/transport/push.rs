//! From the cluster to the transports: each envelope is handed to every sink.

use crate::model::Envelope;
use tokio::sync::mpsc::UnboundedReceiver;

/// A transport's way to tell its connections of an event.
pub(super) trait Sink: Send {
    /// Tells whoever listens at the envelope's topics. Never waits: a reader that cannot take it is
    /// hung up on.
    fn deliver(&self, envelope: &Envelope);
}

/// Hands envelopes to the sinks for as long as there are any.
pub(super) async fn run(mut events: UnboundedReceiver<Envelope>, sinks: Vec<Box<dyn Sink>>) {
    while let Some(envelope) = events.recv().await {
        for sink in &sinks {
            sink.deliver(&envelope);
        }
    }
}
