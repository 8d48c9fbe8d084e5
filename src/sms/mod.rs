//! Sending SMS: by Twilio, or into the development inbox.
//!
//! A small enum rather than a trait: both are known, and a test reads the inbox. Whatever happens
//! here, it happens outside the writer, and the chat does not notice.

mod inbox;
mod twilio;

pub use inbox::{Inbox, InboxMessage};
pub use twilio::{Twilio, TwilioAccount};

use crate::error::Result;
use crate::model::Phone;

/// Where SMS go.
#[derive(Clone, Debug)]
pub enum Sms {
    /// To the phone, at the operator's cost.
    Twilio(Twilio),
    /// Nowhere: shown at `/dev/inbox`, in development only.
    Inbox(Inbox),
}

impl Sms {
    /// Sends `body` to `to`, at most once.
    ///
    /// # Errors
    /// `Invalid` when the provider refuses the number; `ProviderFailed` when it does not answer.
    pub async fn send(&self, to: &Phone, body: &str) -> Result<()> {
        match self {
            Self::Twilio(twilio) => twilio.send(to, body).await,
            Self::Inbox(inbox) => inbox.keep(to, body),
        }
    }
}
