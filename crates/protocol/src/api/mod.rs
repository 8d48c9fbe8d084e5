//! REST under `/api` (protocol page, section 6).

mod chats;
mod own;
mod rooms;

pub use chats::*;
pub use own::*;
pub use rooms::*;

use serde::{Deserialize, Serialize};

/// `POST /api/phone`: start to sign in by SMS.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartPhone {
    /// The number, international or as dialled in the country.
    pub phone: String,
    /// The country's dialling code, such as `351` or `+351`, if `phone` does not hold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country_code: Option<String>,
}

/// The answer: a code is on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneStarted {
    /// To be given back with the code.
    pub challenge: String,
    /// The number in E.164.
    pub phone: String,
    /// Seconds until another code may be asked for.
    pub resend_in: u64,
    /// A sentence for the person.
    pub message: String,
}

/// `POST /api/phone/verify`: give the code back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerifyPhone {
    /// From the first answer.
    pub challenge: String,
    /// The six digits.
    pub pin: String,
}

/// The answer to the right code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(untagged)]
pub enum PhoneVerified {
    /// The number belongs to an account.
    Known {
        /// Always true.
        known: bool,
        /// An API token.
        token: String,
        /// Whose.
        user_id: i64,
        /// Their username.
        username: String,
    },
    /// It belongs to nobody yet.
    New {
        /// Always false.
        known: bool,
        /// Makes the account, once, within ten minutes.
        signup: String,
    },
}

/// `POST /api/phone/finish`: make the account of a proved number.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FinishPhone {
    /// From the second answer.
    pub signup: String,
    /// The wanted username.
    pub username: String,
    /// The name shown to others; the username if missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The answer: the account is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PhoneFinished {
    /// An API token.
    pub token: String,
    /// The new user.
    pub user_id: i64,
    /// Their username.
    pub username: String,
}

/// What every refusal looks like: a sentence, or a sentence per field.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Refused {
    /// A string, or an object from field to string.
    pub message: serde_json::Value,
}

/// `POST /api/guests`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GuestMade {
    /// The guest's token, shown this once.
    pub token: String,
    /// Their id.
    pub user_id: i64,
    /// `User` and a number.
    pub username: String,
}

/// `GET /api/token`, answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccessToken {
    /// The token, shown this once.
    pub token: String,
    /// For how many seconds it is good: an hour, or as long as the token that it was asked for with.
    pub expires_in: u64,
}

/// `POST /api/register`: make an account with a password.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RegisterAccount {
    /// Where mail reaches them.
    pub email: String,
    /// 3 to 25 characters.
    pub username: String,
    /// 3 to 25 characters, shown to others.
    pub name: String,
    /// 8 characters or more.
    pub password: String,
}

/// What was done for the owner of an address.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EmailAnswer {
    /// The address.
    pub email: String,
    /// A sentence for the person.
    pub message: String,
}

/// `POST /api/update`: change one's username, name or both.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChangeProfile {
    /// The wanted username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The wanted name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The answer: what is another one now.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileChanged {
    /// The new username, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The new name, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A sentence for the person.
    pub message: String,
}

/// `POST /api/forgot-password`: send a mail with a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForgotPassword {
    /// Whose password it is.
    pub email: String,
}

/// `POST /api/reset-password`: set another password by that token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ResetPassword {
    /// From the mail.
    pub token: String,
    /// 8 characters or more.
    pub password: String,
}
