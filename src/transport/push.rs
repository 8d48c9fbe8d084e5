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

/// Envelopes that are handed out before anybody else has their turn: as many as a group of the writer has.
/// One by one, the scheduler would give this task its turn for fewer than come in meanwhile.
const AT_ONCE: usize = 1_024;

/// Hands envelopes to the sinks for as long as there are any.
pub(super) async fn run(mut events: UnboundedReceiver<Envelope>, sinks: Vec<Box<dyn Sink>>) {
    let mut envelopes = Vec::new();
    while events.recv_many(&mut envelopes, AT_ONCE).await > 0 {
        for envelope in envelopes.drain(..) {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SessionEnd, SessionId, Topic};
    use std::sync::{Arc, Mutex};
    use tokio::sync::mpsc::unbounded_channel;

    struct Count(Arc<Mutex<usize>>);

    impl Sink for Count {
        fn deliver(&self, _: &Envelope) {
            *self.0.lock().unwrap() += 1;
        }
    }

    #[tokio::test]
    async fn a_whole_group_of_the_writer_is_handed_out_in_one_turn() {
        let (publish, events) = unbounded_channel();
        for n in 0..1_024 {
            let topics = vec![Topic::Session(SessionId(n))];
            let event = Event::SessionEnded(SessionEnd::Expired);
            publish.send(Envelope { topics, event }).unwrap();
        }
        let delivered = Arc::new(Mutex::new(0));
        let running = tokio::spawn(run(events, vec![Box::new(Count(delivered.clone()))]));

        // Once around: every task that can run has had its turn.
        tokio::task::yield_now().await;

        assert_eq!(*delivered.lock().unwrap(), 1_024);
        drop(publish);
        running.await.unwrap();
    }
}
