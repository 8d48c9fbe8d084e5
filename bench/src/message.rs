//! Messages as the load writes them and knows them again, whatever server passed them on.

use std::borrow::Cow;

use anyhow::{Context, Result, ensure};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

/// Every body has this many bytes: a number, and filling.
pub(crate) const BODY_BYTES: usize = 100;

/// Digits of the number at the beginning of a body.
const NUMBER_DIGITS: usize = 10;

/// The payload of `message:send`.
#[derive(Serialize)]
pub(crate) struct Draft<'a> {
    pub(crate) conversation_id: u64,
    pub(crate) body: &'a str,
    pub(crate) client_id: &'a str,
}

/// A message that was pushed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pushed {
    pub(crate) conversation_id: u64,
    pub(crate) seq: u64,
    pub(crate) sender_id: u64,
    /// Which one of its sender's it is.
    pub(crate) number: u64,
}

/// What the `number`th message of somebody says.
pub(crate) fn body(number: u64) -> String {
    format!(
        "{number:0NUMBER_DIGITS$} {:x<1$}",
        "",
        BODY_BYTES - NUMBER_DIGITS - 1
    )
}

impl Pushed {
    /// The message that an event tells of, if it does. One that nobody of ours wrote is an error.
    pub(crate) fn in_event(event: &str) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Push<'a> {
            #[serde(borrow)]
            message: Message<'a>,
        }
        #[derive(Deserialize)]
        struct Message<'a> {
            conversation_id: u64,
            seq: u64,
            sender: Sender,
            #[serde(borrow)]
            body: Cow<'a, str>,
        }
        #[derive(Deserialize)]
        struct Sender {
            id: u64,
        }

        if !event.starts_with("[\"message:new\",") {
            return Ok(None);
        }
        let (_, Push { message }): (IgnoredAny, Push<'_>) =
            serde_json::from_str(event).with_context(|| event.to_owned())?;
        Ok(Some(Self {
            conversation_id: message.conversation_id,
            seq: message.seq,
            sender_id: message.sender.id,
            number: number_of(&message.body)?,
        }))
    }
}

fn number_of(body: &str) -> Result<u64> {
    ensure!(body.len() == BODY_BYTES, "a body of {} bytes", body.len());
    let digits = body.get(..NUMBER_DIGITS).context("a strange body")?;
    Ok(digits.parse()?)
}

/// A push as servers write it, for tests.
#[cfg(test)]
pub(crate) fn push(conversation_id: u64, seq: u64, sender_id: u64, body: &str) -> String {
    serde_json::json!(["message:new", { "message": {
        "conversation_id": conversation_id, "seq": seq, "sender": { "id": sender_id, "username": "kevin" }, "body": body,
    } }])
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_known_again() {
        let pushed = Pushed::in_event(&push(7, 3, 2, &body(12))).expect("one of ours");
        let expected = Pushed {
            conversation_id: 7,
            seq: 3,
            sender_id: 2,
            number: 12,
        };
        assert_eq!(pushed, Some(expected));
        assert_eq!(body(12).len(), BODY_BYTES);
        assert_eq!(
            Pushed::in_event("[\"presence\",{}]").expect("no message"),
            None
        );
        assert!(Pushed::in_event(&push(7, 3, 2, "short")).is_err());
        assert!(Pushed::in_event(&push(7, 3, 2, &"x".repeat(BODY_BYTES))).is_err());
    }
}
