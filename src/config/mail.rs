//! `MAIL_…`: where mail goes.

use super::Mode;
use super::reader::{ConfigError, Reader};
use crate::mail::{Encryption, Sender, SmtpServer};
use std::path::PathBuf;
use url::Url;

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum MailConfig {
    /// Into the development inbox.
    Inbox {
        /// `MAIL_FROM`.
        from: Sender,
        /// `MAIL_FILE`: gets a JSON line for each.
        file: Option<PathBuf>,
    },
    /// To people.
    Smtp(SmtpServer),
    /// Nowhere.
    Off,
}

impl MailConfig {
    pub(super) fn read(
        env: &Reader<'_>,
        mode: Mode,
        public_url: &Url,
    ) -> Result<Self, ConfigError> {
        let production = mode == Mode::Production;
        if production && env.optional("MAIL_FILE").is_some() {
            let expected = "nothing: mails are written to a file in development only";
            return Err(env.wrong("MAIL_FILE", expected));
        }
        match env.optional("MAIL_BACKEND").as_deref() {
            Some("inbox") if production => Err(env.wrong(
                "MAIL_BACKEND",
                "smtp or off: the inbox is for MODE=development only",
            )),
            Some("inbox") => read_inbox(env, public_url),
            Some("smtp") => read_smtp(env, public_url),
            Some("off") => Ok(Self::Off),
            Some(_) => Err(env.wrong("MAIL_BACKEND", "inbox, smtp or off")),
            None if env.optional("MAIL_SERVER").is_some() => read_smtp(env, public_url),
            None if production => Ok(Self::Off),
            None => read_inbox(env, public_url),
        }
    }
}

fn read_inbox(env: &Reader<'_>, public_url: &Url) -> Result<MailConfig, ConfigError> {
    Ok(MailConfig::Inbox {
        from: read_from(env, public_url)?,
        file: env.optional("MAIL_FILE").map(PathBuf::from),
    })
}

fn read_smtp(env: &Reader<'_>, public_url: &Url) -> Result<MailConfig, ConfigError> {
    let port = env.optional("MAIL_PORT");
    let encryption = match env.optional("MAIL_ENCRYPTION").as_deref() {
        Some("tls") => Encryption::Tls,
        Some("starttls") => Encryption::StartTls,
        Some("none") => Encryption::None,
        Some(_) => return Err(env.wrong("MAIL_ENCRYPTION", "tls, starttls or none")),
        None if port.as_deref() == Some("465") => Encryption::Tls,
        None => Encryption::StartTls,
    };
    let default = match encryption {
        Encryption::Tls => "465",
        Encryption::StartTls | Encryption::None => "587",
    };
    let credentials = match env.optional("MAIL_USERNAME") {
        Some(name) => {
            let expected = "the password of MAIL_USERNAME";
            Some((name, env.required("MAIL_PASSWORD", expected)?))
        }
        None => None,
    };
    Ok(MailConfig::Smtp(SmtpServer {
        host: env.required("MAIL_SERVER", "the host that takes mail")?,
        port: env.parsed("MAIL_PORT", default, "a port from 1 to 65535")?,
        encryption,
        credentials,
        from: read_from(env, public_url)?,
    }))
}

fn read_from(env: &Reader<'_>, public_url: &Url) -> Result<Sender, ConfigError> {
    let default = match env.optional("MAIL_USERNAME") {
        Some(name) if name.contains('@') => name,
        _ => format!("chinwag@{}", public_url.host_str().unwrap_or("localhost")),
    };
    let from = env.or("MAIL_FROM", &default);
    // A bare address of a machine is written in brackets in mail.
    let bracketed = || {
        from.rsplit_once('@')
            .map(|(name, host)| format!("{name}@[{host}]"))
    };
    Sender::parse(&from)
        .or_else(|| bracketed().as_deref().and_then(Sender::parse))
        .ok_or_else(|| env.wrong("MAIL_FROM", "an address such as chat@example.org"))
}
