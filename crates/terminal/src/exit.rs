//! How the program ends: a line for the person, and a code for scripts.

use crate::registration::Stopped;
use crate::text;
use chinwag_client::{Ended, Error};
use std::io::{self, Write};

/// Why the program ends other than well. `--help` lists the codes.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Something of this machine: a file, a terminal.
    Broken(String),
    /// A setting or an argument.
    Settings(String),
    /// The person is not signed in, or not any more.
    SignIn(String),
    Unreachable(String),
    NoSuchRoom(String),
    /// Some of what was to be sent was refused for good.
    Unsent(String),
    /// The person pressed Ctrl-C where they were asked something.
    Cancelled,
}

impl Failure {
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Broken(_) => 1,
            Self::Settings(_) => 2,
            Self::SignIn(_) => 3,
            Self::Unreachable(_) => 4,
            Self::NoSuchRoom(_) => 5,
            Self::Unsent(_) => 6,
            Self::Cancelled => 130,
        }
    }

    /// The line, without anything that steers a terminal.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Broken(why)
            | Self::Settings(why)
            | Self::SignIn(why)
            | Self::Unreachable(why)
            | Self::NoSuchRoom(why)
            | Self::Unsent(why) => text::line(why),
            Self::Cancelled => "cancelled".into(),
        }
    }
}

impl From<Stopped> for Failure {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::Cancelled => Self::Cancelled,
            Stopped::Unreachable(why) => Self::Unreachable(why),
            Stopped::Failed(why) => Self::SignIn(format!("registration failed: {why}")),
        }
    }
}

/// What a connection that was ended by the server means to the person.
pub(crate) fn ended(ended: &Ended) -> Failure {
    match ended {
        Ended::Refused(code) if code == "suspended" => {
            Failure::SignIn("This account is suspended by whoever runs the server.".into())
        }
        Ended::Refused(_) => Failure::SignIn(
            "The server does not accept the remembered sign-in any more: it was ended there, or has expired. \
             Run `chinwag-terminal --forget`, and then `chinwag-terminal` to sign in anew."
                .into(),
        ),
        Ended::Closed => Failure::Broken("The connection was closed.".into()),
    }
}

/// A line for the person. Nobody may be there to read it any more, if the window was closed.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Of something that was asked on the plain terminal.
pub(crate) fn failed(error: &Error) -> Failure {
    match error {
        // Too much at once, or out of order: that says nothing about who asks.
        Error::Refused {
            is_retryable: true, ..
        } => Failure::Unreachable(error.to_string()),
        Error::Refused { .. } => Failure::SignIn(error.to_string()),
        Error::Unreachable(_) | Error::Strange(_) => Failure::Unreachable(error.to_string()),
    }
}
