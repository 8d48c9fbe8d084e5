//! New messages as JSON: written once, for the author's acknowledgement and for everybody's push.

use super::encode::{self, json};
use crate::model::{Message, MessageId};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Messages that may wait for their push. The acknowledgements of a group of the writer come first, then its
/// pushes, since both are made on one thread: what is more than a few groups was taken out elsewhere, and is
/// dropped.
const WAITING_MAX: usize = 4_096;

/// What was acknowledged and is still to be pushed.
#[derive(Default)]
pub(super) struct Encoded(Mutex<HashMap<MessageId, Arc<RawValue>>>);

impl Encoded {
    /// For the acknowledgement of a message that is going to be pushed.
    pub(super) fn for_author(&self, message: &Message) -> Option<Arc<RawValue>> {
        let json = json(&encode::message::<Cow<'_, str>>(message))?;
        let mut waiting = self.lock();
        if waiting.len() >= WAITING_MAX {
            waiting.clear();
        }
        waiting.insert(message.id, json.clone());
        Some(json)
    }

    /// For the push, which comes once; nothing where nobody was acknowledged here.
    pub(super) fn take(&self, id: MessageId) -> Option<Arc<RawValue>> {
        self.lock().remove(&id)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<MessageId, Arc<RawValue>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
            sender: Profile {
                id: UserId(1),
                username: "ada".into(),
                name: "Ada".into(),
            },
            author: UserId(1),
            body: "hello".into(),
            client_id: None,
            sent_at: Timestamp(0),
            edited_at: None,
            deleted: false,
        }
    }

    #[test]
    fn the_push_takes_what_was_written_for_the_author() {
        let encoded = Encoded::default();
        let acknowledged = encoded.for_author(&message(1)).unwrap();

        let pushed = encoded.take(MessageId(1)).unwrap();

        assert!(Arc::ptr_eq(&acknowledged, &pushed));
        assert!(encoded.take(MessageId(1)).is_none(), "it is pushed once");
    }

    #[test]
    fn what_is_never_pushed_does_not_pile_up() {
        let encoded = Encoded::default();
        for id in 0..=WAITING_MAX {
            encoded.for_author(&message(id as i64)).unwrap();
        }
        assert_eq!(encoded.lock().len(), 1);
    }
}
