//! What one side has sent and what must come back of it: once, in order, nothing else.
//!
//! Numbers begin at 1 and are both the acknowledgement id and the beginning of the body, so that a message can be told from
//! every other one in whatever form it returns.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::socket::answer_in;

/// Every body has this many bytes: a number, and filling.
const BODY_BYTES: usize = 100;

/// Digits of the number at the beginning of a body.
const NUMBER_DIGITS: usize = 10;

pub(super) struct Ledger {
    user_id: u64,
    /// How many this side and the other one have sent. The other one's is read at the end, to know what is still to come.
    sent: Rc<Cell<u64>>,
    sent_by_other: Rc<Cell<u64>>,
    /// Numbers and times of what is unacknowledged, the oldest first.
    in_flight: VecDeque<(u64, Instant)>,
    acked_seq: u64,
    heard_own: u64,
    heard_of_other: u64,
    /// Both sides' messages come in one order without a gap, whatever the first one is.
    heard_seq: Option<u64>,
}

/// Who wrote a message that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    Oneself,
    Other,
}

#[derive(Deserialize)]
struct Stored {
    message: StoredMessage,
    duplicate: bool,
}

#[derive(Deserialize)]
struct StoredMessage {
    seq: u64,
}

#[derive(Deserialize)]
struct Push<'a> {
    #[serde(borrow)]
    message: Pushed<'a>,
}

#[derive(Deserialize)]
struct Pushed<'a> {
    seq: u64,
    sender: Sender,
    #[serde(borrow)]
    body: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Sender {
    id: u64,
}

impl Ledger {
    /// The two ledgers of a pair.
    pub(super) fn pair(first_user_id: u64, second_user_id: u64) -> [Self; 2] {
        let (one, two) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let ledger = |user_id, sent: &Rc<Cell<u64>>, sent_by_other: &Rc<Cell<u64>>| Self {
            user_id,
            sent: sent.clone(),
            sent_by_other: sent_by_other.clone(),
            in_flight: VecDeque::new(),
            acked_seq: 0,
            heard_own: 0,
            heard_of_other: 0,
            heard_seq: None,
        };
        [
            ledger(first_user_id, &one, &two),
            ledger(second_user_id, &two, &one),
        ]
    }

    /// Notes that the next message goes out now; its number and body.
    pub(super) fn compose(&mut self, now: Instant) -> (u64, String) {
        let number = self.sent.get() + 1;
        self.sent.set(number);
        self.in_flight.push_back((number, now));
        (
            number,
            format!(
                "{number:0NUMBER_DIGITS$} {:x<1$}",
                "",
                BODY_BYTES - NUMBER_DIGITS - 1
            ),
        )
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Takes an acknowledgement; how long it took.
    pub(super) fn acknowledge(&mut self, id: u64, answer: &str, now: Instant) -> Result<Duration> {
        let (number, sent_at) = self
            .in_flight
            .pop_front()
            .with_context(|| format!("{id} is acknowledged and nothing is in flight"))?;
        ensure!(id == number, "{id} is acknowledged before {number}");
        let Stored { message, duplicate } =
            answer_in(answer).with_context(|| format!("message {number}"))?;
        ensure!(!duplicate, "{number} is called a duplicate");
        ensure!(
            message.seq > self.acked_seq,
            "{number} got seq {} after {}",
            message.seq,
            self.acked_seq
        );
        self.acked_seq = message.seq;
        Ok(now - sent_at)
    }

    /// Takes an event; who wrote the message, if it is one.
    pub(super) fn hear(&mut self, event: &str) -> Result<Option<Writer>> {
        if !event.starts_with("[\"message:new\",") {
            return Ok(None);
        }
        let (_, Push { message }): (IgnoredAny, Push<'_>) =
            serde_json::from_str(event).with_context(|| event.to_owned())?;
        if let Some(last) = self.heard_seq.replace(message.seq) {
            ensure!(
                message.seq == last + 1,
                "seq {} was pushed after {last}",
                message.seq
            );
        }
        let (writer, heard) = if message.sender.id == self.user_id {
            (Writer::Oneself, &mut self.heard_own)
        } else {
            (Writer::Other, &mut self.heard_of_other)
        };
        ensure!(
            message.body.len() == BODY_BYTES,
            "a body of {} bytes",
            message.body.len()
        );
        let number: u64 = message
            .body
            .get(..NUMBER_DIGITS)
            .context("a strange body")?
            .parse()?;
        ensure!(
            number == *heard + 1,
            "{number} was pushed after {heard}, written by {writer:?}"
        );
        *heard = number;
        Ok(Some(writer))
    }

    /// Everything is acknowledged and heard, as far as both sides have sent by now.
    pub(super) fn is_complete(&self) -> bool {
        self.in_flight.is_empty()
            && self.heard_own == self.sent.get()
            && self.heard_of_other == self.sent_by_other.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEVIN: u64 = 1;
    const JZ: u64 = 2;

    fn push(seq: u64, sender: u64, body: &str) -> String {
        serde_json::json!(["message:new", { "message": { "seq": seq, "sender": { "id": sender }, "body": body } }]).to_string()
    }

    fn ack(seq: u64, duplicate: bool) -> String {
        serde_json::json!([{ "ok": true, "message": { "seq": seq }, "duplicate": duplicate }])
            .to_string()
    }

    /// Kevin has sent two messages and jz one.
    fn talk() -> ([Ledger; 2], [String; 3]) {
        let [mut kevin, mut jz] = Ledger::pair(KEVIN, JZ);
        let now = Instant::now();
        let bodies = [
            kevin.compose(now).1,
            kevin.compose(now).1,
            jz.compose(now).1,
        ];
        ([kevin, jz], bodies)
    }

    #[test]
    fn a_talk_that_arrives_as_promised_is_complete() {
        let ([mut kevin, _], [first, second, answer]) = talk();
        let now = Instant::now();
        assert_eq!(first.len(), BODY_BYTES);
        kevin.acknowledge(1, &ack(7, false), now).expect("in order");
        assert_eq!(
            kevin.hear(&push(7, KEVIN, &first)).expect("in order"),
            Some(Writer::Oneself)
        );
        assert_eq!(
            kevin.hear(&push(8, JZ, &answer)).expect("in order"),
            Some(Writer::Other)
        );
        assert_eq!(
            kevin.hear("[\"presence\",{}]").expect("of no concern"),
            None
        );
        kevin.acknowledge(2, &ack(9, false), now).expect("in order");
        assert!(!kevin.is_complete());
        kevin.hear(&push(9, KEVIN, &second)).expect("in order");
        assert!(kevin.is_complete());
    }

    #[test]
    fn acknowledgements_out_of_order_doubled_or_refused_are_found() {
        let now = Instant::now();
        let found: [fn(&mut Ledger, Instant) -> Result<Duration>; 4] = [
            |kevin, now| kevin.acknowledge(2, &ack(7, false), now),
            |kevin, now| kevin.acknowledge(1, &ack(7, true), now),
            |kevin, now| {
                kevin.acknowledge(
                    1,
                    "[{\"ok\":false,\"error\":{\"code\":\"overloaded\"}}]",
                    now,
                )
            },
            |kevin, now| {
                kevin.acknowledge(1, &ack(7, false), now)?;
                kevin.acknowledge(2, &ack(7, false), now)
            },
        ];
        for (case, acknowledge) in found.into_iter().enumerate() {
            let ([mut kevin, _], _) = talk();
            assert!(acknowledge(&mut kevin, now).is_err(), "case {case}");
        }
    }

    #[test]
    fn deliveries_lost_doubled_or_out_of_order_are_found() {
        let ([_, mut jz], [first, second, _]) = talk();
        jz.hear(&push(7, KEVIN, &first)).expect("the first");
        // Repeated; at a place that skips one; and a body that nobody of ours wrote.
        assert!(jz.hear(&push(8, KEVIN, &first)).is_err());
        jz.heard_seq = Some(7);
        assert!(jz.hear(&push(9, KEVIN, &second)).is_err());
        jz.heard_seq = Some(7);
        assert!(jz.hear(&push(8, KEVIN, "short")).is_err());
    }
}
