//! People, chats and their messages, as programs list and change them.
//!
//! Every answer names whoever asked as `user_id`. Dates are those of mail (RFC 5322), in UTC, written `-0000`.

use serde::{Deserialize, Serialize};

/// Somebody in the list of people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedUser {
    /// Their id.
    pub user_id: i64,
    /// Their username.
    pub username: String,
    /// Their name.
    pub name: String,
    /// When their account was made.
    pub date_joined: String,
}

/// `GET /api/users`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserList {
    /// Who asked.
    pub user_id: i64,
    /// Those who can be found, and oneself.
    pub data: Vec<ListedUser>,
}

/// `GET /api/users/{user_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserFound {
    /// Who asked.
    pub user_id: i64,
    /// The one.
    pub data: ListedUser,
}

/// A chat of two people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Chat {
    /// Its id; as a conversation it has the same.
    pub chat_id: i64,
    /// The one with the smaller id.
    pub user1_id: i64,
    /// The one with the larger id.
    pub user2_id: i64,
}

/// `GET /api/chats`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatList {
    /// Who asked.
    pub user_id: i64,
    /// Their chats, by id.
    pub data: Vec<Chat>,
}

/// `GET /api/chats/{chat_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatFound {
    /// Who asked.
    pub user_id: i64,
    /// The chat.
    pub data: Chat,
}

/// `POST /api/chats`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartChat {
    /// With whom.
    pub companion_id: i64,
}

/// `POST /api/chats`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatStarted {
    /// Who asked.
    pub user_id: i64,
    /// With whom.
    pub companion_id: i64,
    /// The new chat.
    pub chat_id: i64,
    /// A sentence for the person.
    pub message: String,
}

/// `DELETE /api/chats/{chat_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatDeleted {
    /// Who asked.
    pub user_id: i64,
    /// What is gone.
    pub chat_id: i64,
    /// A sentence for the person.
    pub message: String,
}

/// A message of a chat.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatMessage {
    /// Its id, over all conversations.
    pub message_id: i64,
    /// When it was stored.
    pub datetime_writing: String,
    /// What it says.
    pub text: String,
    /// Who said it.
    pub sender_id: i64,
    /// To whom.
    pub receiver_id: i64,
}

/// `GET /api/chats/{chat_id}/messages`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatMessageList {
    /// Who asked.
    pub user_id: i64,
    /// Of which chat.
    pub chat_id: i64,
    /// Its messages, deleted ones left out.
    pub data: Vec<ChatMessage>,
}

/// `GET /api/chats/{chat_id}/messages/{message_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChatMessageFound {
    /// Who asked.
    pub user_id: i64,
    /// Of which chat.
    pub chat_id: i64,
    /// The message.
    pub data: ChatMessage,
}

/// `POST /api/chats/{chat_id}/messages`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendTexts {
    /// What to say: one message each. A single string is taken as a list of one.
    pub texts: Vec<String>,
}

/// `POST /api/chats/{chat_id}/messages`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextsSent {
    /// Who asked.
    pub user_id: i64,
    /// Where it was said.
    pub chat_id: i64,
    /// A sentence for the person.
    pub message: String,
}

/// `PUT /api/chats/{chat_id}/messages/{message_id}`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeText {
    /// What it shall say.
    pub text: String,
}

/// `PUT /api/chats/{chat_id}/messages/{message_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextChanged {
    /// Who asked.
    pub user_id: i64,
    /// Of which chat.
    pub chat_id: i64,
    /// Which message.
    pub message_id: i64,
    /// What it says now.
    pub text: String,
    /// A sentence for the person.
    pub message: String,
}

/// `DELETE /api/chats/{chat_id}/messages/{message_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextDeleted {
    /// Who asked.
    pub user_id: i64,
    /// Of which chat.
    pub chat_id: i64,
    /// What is gone.
    pub message_id: i64,
    /// A sentence for the person.
    pub message: String,
}
