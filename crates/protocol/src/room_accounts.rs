//! Accounts in the dialect of the rooms (protocol page, section 6).

use serde::{Deserialize, Serialize};

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

/// What is wrong, field by field, in the order in which forms have them: clients show it line by line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FieldErrors {
    /// With the username.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub username: Vec<String>,
    /// With the password.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub password: Vec<String>,
    /// With the address.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub email: Vec<String>,
    /// With none of these alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub non_field_errors: Vec<String>,
}

impl FieldErrors {
    /// What is wrong with that field, or with none alone.
    pub fn of(&mut self, field: &str) -> &mut Vec<String> {
        match field {
            "username" => &mut self.username,
            "password" => &mut self.password,
            "email" => &mut self.email,
            _ => &mut self.non_field_errors,
        }
    }
}

/// Every other refusal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// A sentence.
    pub detail: String,
}
