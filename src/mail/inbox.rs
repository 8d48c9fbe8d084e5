//! The development inbox: every mail that would have been sent.

use super::Letter;
use crate::clock::Clock;
use crate::inbox::{Item, Kept};
use crate::model::Timestamp;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Keeps letters in memory and, if wanted, in a file for scripts. Clones share it.
#[derive(Clone, Debug)]
pub struct Inbox {
    letters: Kept<InboxLetter>,
    from: Arc<str>,
    clock: Clock,
}

/// One mail in the inbox.
#[derive(Clone, Debug)]
pub struct InboxLetter {
    /// Grows with every letter.
    pub id: u64,
    /// The address that it would have gone to.
    pub to: String,
    /// The address that it would have come from.
    pub from: String,
    /// What it is about.
    pub subject: String,
    /// The whole text.
    pub body: String,
    /// When it was sent.
    pub at: Timestamp,
}

impl Item for InboxLetter {
    fn id(&self) -> u64 {
        self.id
    }

    fn line(&self) -> Value {
        json!({
            "to": self.to,
            "from": self.from,
            "subject": self.subject,
            "body": self.body,
            "at": self.at.to_string(),
        })
    }
}

impl Inbox {
    /// An empty inbox; `file` gets a JSON object `{to, from, subject, body, at}` per line.
    #[must_use]
    pub fn new(from: String, file: Option<PathBuf>, clock: Clock) -> Self {
        Self {
            letters: Kept::new(file),
            from: from.into(),
            clock,
        }
    }

    /// What was sent, the newest first.
    #[must_use]
    pub fn letters(&self) -> Vec<InboxLetter> {
        self.letters.newest_first()
    }

    pub(super) fn keep(&self, letter: &Letter) {
        let kept = self.letters.keep(|id| InboxLetter {
            id,
            to: letter.to.as_str().to_owned(),
            from: self.from.to_string(),
            subject: letter.subject.clone(),
            body: letter.body.clone(),
            at: self.clock.now(),
        });
        // The page of the inbox shows it all the same.
        if let Err(error) = kept {
            tracing::error!(%error, "MAIL_FILE cannot be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inbox::KEPT;
    use crate::model::Email;

    #[test]
    fn the_inbox_keeps_what_was_sent_newest_first_and_appends_it_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mail.jsonl");
        let clock = Clock::manual(Timestamp(1_795_197_845_123));
        let inbox = Inbox::new("chinwag@localhost".into(), Some(file.clone()), clock);
        for n in 0..=KEPT {
            inbox.keep(&Letter {
                to: Email::parse("ana@example.org").unwrap(),
                subject: format!("letter {n}"),
                body: "\"quoted\"\n".into(),
            });
        }
        let letters = inbox.letters();
        assert_eq!(letters.len(), KEPT);
        assert_eq!(letters[0].subject, format!("letter {KEPT}"));
        let lines = std::fs::read_to_string(file).unwrap();
        let first: serde_json::Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        let expected = json!({
            "to": "ana@example.org", "from": "chinwag@localhost", "subject": "letter 0",
            "body": "\"quoted\"\n", "at": letters[0].at.to_string(),
        });
        assert_eq!(first, expected);
    }
}
