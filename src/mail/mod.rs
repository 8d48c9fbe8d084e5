//! Sending mail: by an SMTP server, or into the development inbox, or not at all.
//!
//! Whoever asks for a mail does not wait for it: letters are delivered beside the requests, tried again
//! for a while where that may help, and refused at once when too many wait. None outlives the process.

mod inbox;
mod smtp;

pub use inbox::{Inbox, InboxLetter};
pub use smtp::{Encryption, Sender, Smtp, SmtpServer};

use crate::error::{Error, Result};
use crate::model::Email;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// How many letters may be on their way.
const ON_THEIR_WAY: usize = 256;

/// One mail, in plain text.
#[derive(Clone)]
pub struct Letter {
    /// To whom.
    pub to: Email,
    /// What it is about.
    pub subject: String,
    /// What it says.
    pub body: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Letter(…)")
    }
}

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum Mail {
    /// To people.
    Smtp(Smtp, Places),
    /// Nowhere: shown at `/dev/inbox`, in development only.
    Inbox(Inbox),
    /// Nowhere: this server has no mail.
    Off,
}

/// The places of letters on their way. Clones share them.
#[derive(Clone, Debug)]
pub struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ON_THEIR_WAY)))
    }
}

impl Mail {
    /// Whether letters reach anybody.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Sees a letter off. What becomes of it is for the log.
    ///
    /// # Errors
    /// `Overloaded` when too many are on their way; `Unavailable` without mail.
    pub fn post(&self, letter: Letter) -> Result<()> {
        match self {
            Self::Off => Err(NO_MAIL),
            Self::Inbox(inbox) => {
                inbox.keep(&letter);
                Ok(())
            }
            Self::Smtp(smtp, places) => {
                let place = places.0.clone().try_acquire_owned();
                let place = place.map_err(|_| Error::Overloaded)?;
                let smtp = smtp.clone();
                tokio::spawn(async move {
                    smtp.deliver(letter).await;
                    drop(place);
                });
                Ok(())
            }
        }
    }
}

/// What whoever needs a mail is told where there is none.
pub const NO_MAIL: Error = Error::Unavailable("This server does not send mail.");
