//! The development inbox: every SMS that would have been sent.

use super::Unsent;
use crate::clock::Clock;
use crate::inbox::{Item, Kept};
use crate::model::{Phone, Timestamp};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// The sender that the inbox shows where no number is configured.
const NO_SENDER: &str = "Chinwag";

/// Keeps messages in memory and, if wanted, in a file for scripts. Clones share it.
#[derive(Clone, Debug)]
pub struct Inbox {
    messages: Kept<InboxMessage>,
    from: Arc<str>,
    clock: Clock,
}

/// One SMS in the inbox.
#[derive(Clone, Debug)]
pub struct InboxMessage {
    /// Grows with every message.
    pub id: u64,
    /// The number that it would have gone to.
    pub to: String,
    /// The number that it would have come from.
    pub from: String,
    /// The whole text.
    pub body: String,
    /// When it was sent.
    pub at: Timestamp,
}

impl InboxMessage {
    /// The code in the text, if there is one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.body
            .split(|c: char| !c.is_ascii_digit())
            .find(|run| run.len() == 6)
    }
}

impl Item for InboxMessage {
    fn id(&self) -> u64 {
        self.id
    }

    fn line(&self) -> Value {
        json!({
            "to": self.to,
            "from": self.from,
            "body": self.body,
            "at": self.at.to_string(),
        })
    }
}

impl Inbox {
    /// An empty inbox; `file` gets a JSON object `{to, from, body, at}` per line.
    #[must_use]
    pub fn new(from: Option<String>, file: Option<PathBuf>, clock: Clock) -> Self {
        Self {
            messages: Kept::new(file),
            from: from.unwrap_or_else(|| NO_SENDER.into()).into(),
            clock,
        }
    }

    /// What was sent, the newest first.
    #[must_use]
    pub fn messages(&self) -> Vec<InboxMessage> {
        self.messages.newest_first()
    }

    pub(super) fn keep(&self, to: &Phone, body: &str) -> Result<(), Unsent> {
        let kept = self.messages.keep(|id| InboxMessage {
            id,
            to: to.as_str().to_owned(),
            from: self.from.to_string(),
            body: body.to_owned(),
            at: self.clock.now(),
        });
        kept.map_err(|error| {
            tracing::error!(%error, "SMS_FILE cannot be written");
            // The page of the inbox shows it all the same.
            Unsent::Unknown
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Country, PhoneRule};

    #[test]
    fn the_inbox_keeps_what_was_sent_newest_first_and_appends_it_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sms.jsonl");
        let clock = Clock::manual(Timestamp(1_795_197_845_123));
        let inbox = Inbox::new(Some("+15005550006".into()), Some(file.clone()), clock);
        let us = Country::parse("US").unwrap();
        let to = Phone::parse("2015550123", us, PhoneRule::Assigned).unwrap();
        inbox.keep(&to, "code is 111111").unwrap();
        inbox
            .keep(&to, "code is 222222.\n\n@localhost #222222")
            .unwrap();

        let codes: Vec<_> = inbox
            .messages()
            .iter()
            .map(|m| m.code().unwrap().to_owned())
            .collect();
        assert_eq!(codes, ["222222", "111111"]);
        let lines = std::fs::read_to_string(file).unwrap();
        assert_eq!(
            lines.lines().next().unwrap(),
            r#"{"at":"2026-11-20T18:04:05.123Z","body":"code is 111111","from":"+15005550006","to":"+12015550123"}"#
        );
        assert_eq!(lines.lines().count(), 2);
    }
}
