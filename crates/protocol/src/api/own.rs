//! What is one's own: contacts, sign-ins, SMS.

use serde::{Deserialize, Serialize};

/// Somebody in one's contacts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedContact {
    /// The entry.
    pub contact_id: i64,
    /// Whom it points to.
    pub user_id: i64,
    /// Their username.
    pub username: String,
    /// One's own name for them.
    pub name: String,
}

/// `GET /api/contacts`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactList {
    /// Who asked.
    pub user_id: i64,
    /// Their contacts, by name.
    pub data: Vec<ListedContact>,
}

/// `GET /api/contacts/{contact_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactFound {
    /// Who asked.
    pub user_id: i64,
    /// The contact.
    pub data: ListedContact,
}

/// `POST /api/contacts`: one of `phone` and `username`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AddContact {
    /// Their number, international or as dialled in the server's country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Or their username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// One's own name for them.
    pub name: String,
}

/// `POST /api/contacts`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactAdded {
    /// Who asked.
    pub user_id: i64,
    /// The new contact.
    pub data: ListedContact,
    /// A sentence for the person.
    pub message: String,
}

/// `DELETE /api/contacts/{contact_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContactDeleted {
    /// Who asked.
    pub user_id: i64,
    /// What is gone.
    pub contact_id: i64,
    /// A sentence for the person.
    pub message: String,
}

/// A browser that somebody is signed in with.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedSession {
    /// Its id, which opens nothing.
    pub session_id: i64,
    /// The browser's own description of itself.
    pub user_agent: String,
    /// When they signed in.
    pub created_at: String,
    /// When it was last used, to the hour.
    pub last_used_at: String,
}

/// `GET /api/sessions`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionList {
    /// Who asked.
    pub user_id: i64,
    /// Where they are signed in, the latest used first.
    pub data: Vec<ListedSession>,
}

/// `DELETE /api/sessions/{session_id}`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionDeleted {
    /// Who asked.
    pub user_id: i64,
    /// What is over.
    pub session_id: i64,
    /// A sentence for the person.
    pub message: String,
}

/// `POST /api/sms`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendSms {
    /// The number, international or as dialled in the server's country.
    pub to: String,
    /// What it says.
    pub body: String,
}

/// `POST /api/sms`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SmsSent {
    /// The number in E.164.
    pub to: String,
    /// A sentence for the person.
    pub message: String,
}
