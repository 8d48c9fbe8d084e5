//! Why something could not be had.

use chinwag_protocol::socketio::Failure;
use std::time::Duration;

/// What a call gives, or why not.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why not, grouped by what can be done about it. Its words are for people.
///
/// They may come from the server: whoever shows them on a terminal removes control characters first.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The server said no. The same again may help only if `is_retryable`.
    #[error("{message}")]
    Refused {
        /// `not_found`, `forbidden`, …; for a REST call its status.
        code: String,
        /// A sentence for a person.
        message: String,
        /// Which field of what was sent, if it is about one.
        field: Option<String>,
        /// Whether the same again can succeed.
        is_retryable: bool,
        /// How long to wait before that.
        retry_after: Option<Duration>,
    },
    /// There is no connection, or it broke before the answer. Whether something was done is not known.
    #[error("{0}")]
    Unreachable(String),
    /// What answered does not speak as Chinwag does.
    #[error("{0}")]
    Strange(String),
}

impl Error {
    /// The code of a refusal.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code),
            Self::Unreachable(_) | Self::Strange(_) => None,
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Refused {
            code: failure.code,
            message: failure.message,
            field: failure.field,
            is_retryable: failure.retryable,
            retry_after: failure.retry_after_ms.map(Duration::from_millis),
        }
    }
}
