//! From the cluster to the transports: each envelope is handed to every sink.

use crate::metrics::{Queue, metrics};
use crate::model::{Envelope, Event};
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
        metrics().queue(Queue::Push).dec();
        // Whichever way it was sent: here it is stored, and told once.
        if matches!(envelope.event, Event::MessageSent(_)) {
            metrics().messages.inc();
        }
        for sink in &sinks {
            sink.deliver(&envelope);
        }
    }
}
