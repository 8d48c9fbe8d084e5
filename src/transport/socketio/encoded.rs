//! New messages as packets: made once, for everybody's push and for the author's acknowledgement, which says the same.

use super::encode::{self, Text};
use super::listener::Packet;
use crate::model::{Message, MessageId};
use chinwag_protocol::socketio::{MessagePush, event};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Messages that may wait for their push. The acknowledgements of a group of the writer come first, then its
/// pushes, since both are made on one thread: more than a few groups hardly ever wait.
const WAITING_MAX: usize = 4_096;

/// What was acknowledged and is still to be pushed, by rising ids. Acknowledgements and pushes both come in the order
/// in which messages are stored; a packet whose push comes out of it is made twice, and nothing else happens.
#[derive(Default)]
pub(super) struct Encoded(Mutex<VecDeque<(MessageId, Arc<Packet>)>>);

impl Encoded {
    /// For the acknowledgement of a message that is going to be pushed.
    pub(super) fn for_author(&self, message: &Message) -> Option<Arc<Packet>> {
        let push = new_message(message)?;
        let mut waiting = self.lock();
        if waiting.len() < WAITING_MAX {
            waiting.push_back((message.id, push.clone()));
        }
        Some(push)
    }

    /// For the push, which comes once.
    pub(super) fn take(&self, message: &Message) -> Option<Arc<Packet>> {
        self.take_waiting(message.id)
            .or_else(|| new_message(message))
    }

    /// What is older is not pushed any more, and goes as well.
    fn take_waiting(&self, id: MessageId) -> Option<Arc<Packet>> {
        let mut waiting = self.lock();
        while let Some((first, push)) = waiting.pop_front_if(|(first, _)| *first <= id) {
            if first == id {
                return Some(push);
            }
        }
        None
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<(MessageId, Arc<Packet>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_message(message: &Message) -> Option<Arc<Packet>> {
    let message = encode::message::<Text<'_>>(message);
    Packet::new(event::MESSAGE_NEW, &MessagePush { message })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ConversationId, Profile, Timestamp, UserId};

    fn message(id: i64) -> Message {
        Message {
            id: MessageId(id),
            conversation_id: ConversationId(1),
            seq: id,
            rev: id,
            sender: Arc::new(Profile {
                id: UserId(1),
                username: "ada".into(),
                name: "Ada".into(),
            }),
            author: UserId(1),
            body: "hello".into(),
            client_id: None,
            sent_at: Timestamp(0),
            edited_at: None,
            deleted: false,
        }
    }

    #[test]
    fn the_push_takes_what_was_made_for_the_author() {
        let encoded = Encoded::default();
        let acknowledged = [1, 3].map(|id| encoded.for_author(&message(id)).unwrap());

        // The second one's author was acknowledged by another door.
        let pushed = [1, 2, 3].map(|id| encoded.take(&message(id)).unwrap());

        assert!(Arc::ptr_eq(&acknowledged[0], &pushed[0]));
        assert!(Arc::ptr_eq(&acknowledged[1], &pushed[2]));
        assert!(encoded.lock().is_empty(), "each is pushed once");
    }

    #[test]
    fn what_was_not_pushed_in_its_turn_is_dropped() {
        let encoded = Encoded::default();
        encoded.for_author(&message(1)).unwrap();
        encoded.take(&message(2)).unwrap();
        assert!(encoded.lock().is_empty());
    }

    #[test]
    fn who_was_acknowledged_elsewhere_is_pushed_as_well() {
        let message = message(1);

        let pushed = Encoded::default().take(&message).unwrap();

        let json = serde_json::to_vec(&encode::message::<Text<'_>>(&message)).unwrap();
        assert_eq!(pushed.message(), Some(&*json));
    }

    #[test]
    fn only_a_push_carries_a_message() {
        let other = Packet::new(event::RECEIPT, &serde_json::json!({ "read_seq": 7 }));
        assert_eq!(other.unwrap().message(), None);
    }

    #[test]
    fn what_is_never_pushed_does_not_pile_up() {
        let encoded = Encoded::default();
        for id in 0..=WAITING_MAX {
            encoded.for_author(&message(id as i64)).unwrap();
        }
        assert_eq!(encoded.lock().len(), WAITING_MAX);
    }
}
