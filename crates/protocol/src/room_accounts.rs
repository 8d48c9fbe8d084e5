//! Accounts in the dialect of the rooms (protocol page, section 6).

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `POST /register`: make an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomRegister {
    /// What they sign in by, and what the rooms show.
    pub username: String,
    /// 8 characters or more, not easy to guess.
    pub password: String,
    /// Where mail reaches them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// `POST /login`: ask for a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomLogin {
    /// A username.
    pub username: String,
    /// The password.
    pub password: String,
}

/// The answer to `POST /login`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomToken {
    /// 40 hexadecimal digits, the same each time: until `POST /logout`, another password, or a year without asking.
    pub token: String,
}

/// Somebody, as they see themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RoomProfile {
    /// Their username.
    pub username: String,
    /// Their address, or nothing.
    pub email: String,
}

/// What is wrong, field by field; `non_field_errors` is about none alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FieldErrors(pub BTreeMap<String, Vec<String>>);

/// Every other refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// A sentence.
    pub detail: String,
}
