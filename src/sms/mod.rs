//! Sending SMS: by Twilio, or into the development inbox.
//!
//! A small enum rather than a trait: both are known, and a test reads the inbox. Whatever happens
//! here, it happens outside the writer, and the chat does not notice.

mod inbox;
mod twilio;

pub use inbox::{Inbox, InboxMessage};
pub use twilio::{Twilio, TwilioAccount};

use crate::error::Error;
use crate::metrics::metrics;
use crate::model::Phone;

/// Where SMS go.
#[derive(Clone, Debug)]
pub enum Sms {
    /// To the phone, at the operator's cost.
    Twilio(Twilio),
    /// Nowhere: shown at `/dev/inbox`, in development only.
    Inbox(Inbox),
}

/// Why an SMS was not sent, or perhaps not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// The provider refuses the number.
    Refused,
    /// The provider was not reached, or had no time for it.
    Unreached,
    /// Nobody knows: the phone may ring all the same.
    Unknown,
}

impl Unsent {
    /// Whether the phone certainly does not ring.
    #[must_use]
    pub fn is_certain(self) -> bool {
        self != Self::Unknown
    }
}

impl From<Unsent> for Error {
    fn from(unsent: Unsent) -> Self {
        match unsent {
            Unsent::Refused => Self::invalid(
                "phone",
                "The SMS provider refused this number. Please check it.",
            ),
            Unsent::Unreached | Unsent::Unknown => Self::ProviderFailed,
        }
    }
}

impl Sms {
    /// Sends `body` to `to`, at most once.
    ///
    /// # Errors
    /// [`Unsent`], which tells whether that is certain.
    pub async fn send(&self, to: &Phone, body: &str) -> Result<(), Unsent> {
        let outcome = match self {
            Self::Twilio(twilio) => twilio.send(to, body).await,
            Self::Inbox(inbox) => inbox.keep(to, body),
        };
        let counter = match outcome {
            Ok(()) => &metrics().sms_sent,
            Err(_) => &metrics().sms_failed,
        };
        counter.inc();
        outcome
    }
}
