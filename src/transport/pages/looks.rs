//! How people and conversations look wherever they are shown: a hue, a picture, an address.

use crate::model::{Conversation, ConversationKind, UserId};

/// One of twelve hues for a name, by id.
pub(super) fn hue_of(id: UserId) -> i64 {
    id.0.rem_euclid(12)
}

/// What stands in a person's circle.
pub(super) fn initial_of(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).collect()
}

/// Where a conversation's page is.
pub(super) fn path_of(conversation: &Conversation) -> String {
    match conversation.kind {
        ConversationKind::Room => format!("/rooms/{}", conversation.title),
        ConversationKind::Direct | ConversationKind::Match => {
            format!("/chats/{}", conversation.id.0)
        }
    }
}

/// What stands in a conversation's picture.
pub(super) fn picture_of(conversation: &Conversation) -> String {
    match conversation.kind {
        ConversationKind::Room => "#".into(),
        ConversationKind::Direct | ConversationKind::Match => initial_of(&conversation.title),
    }
}

/// Its hue: that of the other person, or of the room.
pub(super) fn hue_of_conversation(conversation: &Conversation) -> i64 {
    let peer = conversation.peer.as_ref();
    hue_of(peer.map_or(UserId(conversation.id.0), |peer| peer.person.id))
}
