//! One match as one side sees it: what has to arrive before the talk is complete, once, in order, and nothing else.

use std::borrow::Cow;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What each side says.
pub(super) const MESSAGES: u64 = 5;

/// Every body has this many bytes: a number, and filling.
const BODY_BYTES: usize = 100;

/// Digits of the number at the beginning of a body.
const NUMBER_DIGITS: usize = 10;

#[derive(Debug)]
pub(super) struct Talk {
    pub(super) conversation_id: u64,
    seat: u64,
    pub(super) sent: u64,
    acked: u64,
    heard_own: u64,
    heard_of_other: u64,
    heard_seq: u64,
}

/// `match:found`, as far as the load cares.
#[derive(Deserialize)]
struct Found {
    conversation_id: u64,
    you: Seat,
}

#[derive(Deserialize)]
struct Seat {
    id: u64,
}

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    message: Pushed<'a>,
}

#[derive(Deserialize)]
struct Pushed<'a> {
    conversation_id: u64,
    seq: u64,
    sender: Seat,
    #[serde(borrow)]
    body: Cow<'a, str>,
}

impl Talk {
    /// Begins with the event that tells of the match.
    pub(super) fn begin(event: &str) -> Result<Self> {
        let (_, found): (IgnoredAny, Found) =
            serde_json::from_str(event).with_context(|| event.to_owned())?;
        Ok(Self {
            conversation_id: found.conversation_id,
            seat: found.you.id,
            sent: 0,
            acked: 0,
            heard_own: 0,
            heard_of_other: 0,
            heard_seq: 0,
        })
    }

    /// The next thing to say, unless everything is said or the last one is not acknowledged yet.
    pub(super) fn compose(&mut self) -> Option<String> {
        if self.sent == MESSAGES || self.sent > self.acked {
            return None;
        }
        self.sent += 1;
        Some(format!(
            "{:0NUMBER_DIGITS$} {:x<2$}",
            self.sent,
            "",
            BODY_BYTES - NUMBER_DIGITS - 1
        ))
    }

    pub(super) fn acknowledge(&mut self) -> Result<()> {
        self.acked += 1;
        ensure!(
            self.acked <= self.sent,
            "{} acknowledgements for {} messages",
            self.acked,
            self.sent
        );
        Ok(())
    }

    /// Takes a `message:new`.
    pub(super) fn hear(&mut self, event: &str) -> Result<()> {
        let (_, Push { message }): (IgnoredAny, Push<'_>) =
            serde_json::from_str(event).with_context(|| event.to_owned())?;
        ensure!(
            message.conversation_id == self.conversation_id,
            "a message of {} arrived in {}",
            message.conversation_id,
            self.conversation_id
        );
        self.heard_seq += 1;
        ensure!(
            message.seq == self.heard_seq,
            "seq {} instead of {}",
            message.seq,
            self.heard_seq
        );
        let heard = if message.sender.id == self.seat {
            &mut self.heard_own
        } else {
            &mut self.heard_of_other
        };
        *heard += 1;
        ensure!(
            message.body.len() == BODY_BYTES && number_of(&message.body)? == *heard,
            "{:?} as number {heard} of {}",
            message.body,
            message.sender.id
        );
        Ok(())
    }

    /// Whether a `match:ended` is about this one.
    pub(super) fn is_ended_by(&self, event: &str) -> bool {
        #[derive(Deserialize)]
        struct Ended {
            conversation_id: u64,
        }
        serde_json::from_str(event).is_ok_and(|(_, ended): (IgnoredAny, Ended)| {
            ended.conversation_id == self.conversation_id
        })
    }

    /// Everything is said, acknowledged and heard.
    pub(super) fn is_complete(&self) -> bool {
        [self.acked, self.heard_own, self.heard_of_other] == [MESSAGES; 3]
    }
}

fn number_of(body: &str) -> Result<u64> {
    Ok(body
        .get(..NUMBER_DIGITS)
        .context("a strange body")?
        .parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk() -> Talk {
        Talk::begin("[\"match:found\",{\"state\":\"matched\",\"conversation_id\":7,\"you\":{\"id\":2,\"name\":\"Stranger\"}}]")
            .expect("a match")
    }

    fn push(conversation_id: u64, seq: u64, seat: u64, body: &str) -> String {
        serde_json::json!(["message:new", { "message": {
            "conversation_id": conversation_id, "seq": seq, "sender": { "id": seat, "username": "Stranger" }, "body": body,
        } }])
        .to_string()
    }

    #[test]
    fn a_talk_is_complete_when_both_have_said_everything() {
        let mut talk = talk();
        let mut seq = 0;
        for _ in 0..MESSAGES {
            let body = talk.compose().expect("something to say");
            assert_eq!(body.len(), BODY_BYTES);
            assert!(talk.compose().is_none(), "the last one is in flight");
            for seat in [2, 1] {
                assert!(!talk.is_complete());
                seq += 1;
                talk.hear(&push(7, seq, seat, &body)).expect("in order");
            }
            talk.acknowledge().expect("once");
        }
        assert!(talk.compose().is_none());
        assert!(talk.is_complete());
    }

    #[test]
    fn what_is_missing_doubled_or_of_another_talk_is_found() {
        let body = talk().compose().expect("something to say");
        for (conversation_id, seq, seat) in [(8, 1, 1), (7, 2, 1), (7, 0, 1)] {
            assert!(
                talk()
                    .hear(&push(conversation_id, seq, seat, &body))
                    .is_err()
            );
        }
        let mut talk = talk();
        talk.hear(&push(7, 1, 1, &body)).expect("the first one");
        assert!(talk.hear(&push(7, 2, 1, &body)).is_err());
        assert!(talk.acknowledge().is_err(), "nothing was said");
    }
}
