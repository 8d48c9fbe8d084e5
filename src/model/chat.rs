//! Direct conversations as a matter between two: what programs see that know nothing else.

use super::{ConversationId, MessageId, Timestamp, UserId};

/// A direct conversation and its two people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Its id.
    pub id: ConversationId,
    /// The one with the smaller id.
    pub low: UserId,
    /// The one with the larger id.
    pub high: UserId,
}

impl Chat {
    /// The other one of the two.
    #[must_use]
    pub fn peer_of(&self, user: UserId) -> UserId {
        if self.low == user {
            self.high
        } else {
            self.low
        }
    }
}

/// A message of a chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatMessage {
    /// Its id, over all conversations.
    pub id: MessageId,
    /// Who said it.
    pub sender: UserId,
    /// To whom.
    pub receiver: UserId,
    /// The text.
    pub body: String,
    /// When it was stored.
    pub sent_at: Timestamp,
}
