//! What can go wrong, grouped by what the caller can do about it.
//!
//! Nothing here knows HTTP or Socket.IO: `transport/errors.rs` gives each variant its code and shape
//! per dialect, in one `match`.

use std::time::Duration;

/// The outcome of every verb.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A refusal, or a fault of ours. Messages are sentences for a person.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Fix the input: the named field cannot be taken as it is.
    #[error("{message}")]
    Invalid {
        /// The field of the form or payload.
        field: &'static str,
        /// What is wrong with it, and what would be right.
        message: String,
    },
    /// Fix the input: it is larger than the limit that the message names.
    #[error("{0}")]
    TooLarge(String),
    /// Sign in first.
    #[error("Please sign in.")]
    NotSignedIn,
    /// The account may not be used at present; the sentence says until when, and why.
    #[error("{0}")]
    Suspended(String),
    /// Not there, or not yours: from outside the two look the same.
    #[error("There is no such thing here.")]
    NotFound,
    /// Not there, where that is no secret: the sentence names it.
    #[error("{0}")]
    Missing(String),
    /// There, and visible to you, but not yours to change.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There, and not yours, where that is no secret: the sentence names it.
    #[error("{0}")]
    NotYours(String),
    /// Not to be matched with strangers for a while.
    #[error("{0}")]
    Banned(String),
    /// One of the two has blocked the other.
    #[error("You cannot write to each other.")]
    Blocked,
    /// Somebody, or you, got there first: the named field holds something taken.
    #[error("{message}")]
    Conflict {
        /// The field of the form or payload.
        field: &'static str,
        /// What it collides with.
        message: String,
    },
    /// This `client_id` already names another message of the sender.
    #[error("This client_id already names another message.")]
    ClientIdConflict,
    /// It was there, and its time is over: start again.
    #[error("{0}")]
    Gone(&'static str),
    /// The code died of wrong guesses: ask for another.
    #[error("Too many attempts")]
    TooManyTries,
    /// This talk has ended.
    #[error("This conversation has ended.")]
    Ended,
    /// Slow down, and come back after the given time.
    #[error("{message}")]
    RateLimited {
        /// When it is worth trying again.
        retry_after: Duration,
        /// Which limit, in words.
        message: String,
    },
    /// Try again: too much is waiting to be written.
    #[error("The server is busy. Please try again in a moment.")]
    Overloaded,
    /// Try later: this server is about to stop, and nothing was stored.
    #[error("The server is stopping. Please try again in a moment.")]
    Stopping,
    /// Try later: something that we depend on does not answer.
    #[error("{0}")]
    Unavailable(&'static str),
    /// Try later: the SMS provider failed, and perhaps nothing was sent.
    #[error("The code could not be sent")]
    ProviderFailed,
    /// The database failed; the cause is logged where it is answered.
    #[error("The server could not store or read this. Please try again.")]
    Database(#[source] diesel::result::Error),
    /// Our own fault; the cause is logged where it is answered.
    #[error("Something went wrong on the server.")]
    Internal(#[source] anyhow::Error),
}

impl Error {
    /// An [`Error::Invalid`] for `field`.
    pub fn invalid(field: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            message: message.into(),
        }
    }

    /// An [`Error::Conflict`] for `field`.
    pub fn conflict(field: &'static str, message: impl Into<String>) -> Self {
        Self::Conflict {
            field,
            message: message.into(),
        }
    }

    /// Whether this is a fault of the server's rather than an answer to the caller.
    #[must_use]
    pub fn is_fault(&self) -> bool {
        matches!(self, Self::Database(_) | Self::Internal(_))
    }
}

impl Error {
    /// What is behind a fault, without the words for those who asked; anything else as it is.
    #[must_use]
    pub fn into_cause(self) -> anyhow::Error {
        match self {
            Self::Database(cause) => cause.into(),
            Self::Internal(cause) => cause,
            other => other.into(),
        }
    }
}

/// A failed query is never turned into "no rows": absence is asked for with `optional()`.
impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error)
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}
