//! From the cluster to the transports: each envelope is handed to every sink.

use crate::metrics::{Queue, metrics};
use crate::model::{Envelope, Event, Topic};
use std::collections::HashMap;
use tokio::sync::mpsc::UnboundedReceiver;

/// A transport's way to tell its connections of an event.
pub(super) trait Sink: Send {
    /// Tells whoever listens at the envelope's topics. Never waits: a reader that cannot take it is
    /// hung up on.
    fn deliver(&self, envelope: &Envelope);
}

/// Envelopes for one topic before whoever listens there has their turn to read. In number less than half of what
/// may wait for a reader, of whichever transport: who keeps up is not hung up on.
const TO_ONE: usize = 96;

/// Hands envelopes to the sinks for as long as there are any: all that wait at once, as long as they are for
/// many. One by one, the scheduler would give this task its turn for fewer than come in meanwhile, and the
/// packets of one reader would not go out together.
pub(super) async fn run(mut events: UnboundedReceiver<Envelope>, sinks: Vec<Box<dyn Sink>>) {
    let mut envelopes = Vec::new();
    while events.recv_many(&mut envelopes, usize::MAX).await > 0 {
        let mut pace = Pace::default();
        let is_many = envelopes.len() > TO_ONE;
        for envelope in envelopes.drain(..) {
            if is_many && !pace.allows(&envelope.topics) {
                tokio::task::yield_now().await;
                pace = Pace::default();
            }
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

/// What was handed out since the readers had their turn.
#[derive(Default)]
struct Pace(HashMap<Topic, usize>);

impl Pace {
    /// Whether one more may go to each of the topics.
    fn allows(&mut self, topics: &[Topic]) -> bool {
        let mut allowed = true;
        for topic in topics {
            let count = self.0.entry(*topic).or_default();
            *count += 1;
            allowed &= *count <= TO_ONE;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SessionEnd, SessionId};
    use smallvec::smallvec;
    use tokio::sync::mpsc::{self, UnboundedSender, unbounded_channel};

    /// Readers with room for so many.
    const ROOM: usize = 256;

    struct Readers(Vec<mpsc::Sender<SessionId>>);

    impl Sink for Readers {
        fn deliver(&self, envelope: &Envelope) {
            for topic in &envelope.topics {
                let Topic::Session(SessionId(reader)) = topic else {
                    continue;
                };
                let reader = &self.0[usize::try_from(*reader).unwrap()];
                reader.try_send(SessionId(0)).expect("room for one more");
            }
        }
    }

    fn publish(publish: &UnboundedSender<Envelope>, reader: i64) {
        let topics = smallvec![Topic::Session(SessionId(reader))];
        let event = Event::SessionEnded(SessionEnd::Expired);
        metrics().queue(Queue::Push).inc();
        publish.send(Envelope { topics, event }).unwrap();
    }

    #[tokio::test]
    async fn what_is_for_many_is_handed_out_in_one_turn() {
        let (sender, events) = unbounded_channel();
        let (readers, queues): (Vec<_>, Vec<_>) = (0..100).map(|_| mpsc::channel(ROOM)).unzip();
        for n in 0..5_000 {
            publish(&sender, n % 100);
        }
        let running = tokio::spawn(run(events, vec![Box::new(Readers(readers))]));

        // Once around: every task that can run has had its turn.
        tokio::task::yield_now().await;

        assert!(queues.iter().all(|queue| queue.len() == 50));
        drop(sender);
        running.await.unwrap();
    }

    #[tokio::test]
    async fn however_much_is_for_one_who_reads_it_they_have_room_for_it() {
        let (sender, events) = unbounded_channel();
        let (reader, mut queue) = mpsc::channel(ROOM);
        for _ in 0..20 * ROOM {
            publish(&sender, 0);
        }
        drop(sender);
        let running = tokio::spawn(run(events, vec![Box::new(Readers(vec![reader]))]));

        let mut read = 0;
        while queue.recv().await.is_some() {
            read += 1;
        }

        assert_eq!(read, 20 * ROOM);
        running.await.unwrap();
    }
}
