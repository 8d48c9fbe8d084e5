//! What one side has sent and what must come back of it: once, in order, nothing else.
//!
//! Numbers begin at 1 and are both the acknowledgement id and the beginning of the body, so that a message can be told from
//! every other one in whatever form it returns.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::message::{Pushed, body};
use crate::socket::answer_in;

pub(super) struct Ledger {
    user_id: u64,
    /// Whether acknowledgements and deliveries may be missing or out of order. Even then, none may come twice.
    may_lose: bool,
    sent: Rc<Sent>,
    sent_by_other: Rc<Sent>,
    /// Numbers and times of what is unacknowledged, the oldest first.
    in_flight: VecDeque<(u64, Instant)>,
    acked_seq: u64,
    heard_own: u64,
    heard_of_other: u64,
    /// Both sides' messages come in one order without a gap, whatever the first one is.
    heard_seq: Option<u64>,
}

/// What a side has sent, and the other one reads: how much is still to come, and when it was sent.
#[derive(Default)]
struct Sent {
    count: Cell<u64>,
    /// Numbers and times of what the other side has not heard, the oldest first.
    unheard: RefCell<VecDeque<(u64, Instant)>>,
}

/// What an event told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Own,
    /// A message of the other side, and how long ago it was sent.
    Other(Duration),
    /// No message.
    Nothing,
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

impl Ledger {
    /// The two ledgers of a pair.
    pub(super) fn pair(users: [u64; 2], may_lose: bool) -> [Self; 2] {
        let [one, two] = [Rc::<Sent>::default(), Rc::default()];
        let ledger = |user_id, sent: &Rc<Sent>, sent_by_other: &Rc<Sent>| Self {
            user_id,
            may_lose,
            sent: sent.clone(),
            sent_by_other: sent_by_other.clone(),
            in_flight: VecDeque::new(),
            acked_seq: 0,
            heard_own: 0,
            heard_of_other: 0,
            heard_seq: None,
        };
        [ledger(users[0], &one, &two), ledger(users[1], &two, &one)]
    }

    /// Notes that the next message goes out now; its number and body.
    pub(super) fn compose(&mut self, now: Instant) -> (u64, String) {
        let number = self.sent.count.get() + 1;
        self.sent.count.set(number);
        self.sent.unheard.borrow_mut().push_back((number, now));
        self.in_flight.push_back((number, now));
        (number, body(number))
    }

    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Takes an acknowledgement; how long it took.
    pub(super) fn acknowledge(&mut self, id: u64, answer: &str, now: Instant) -> Result<Duration> {
        let sent_at = take(&mut self.in_flight, id, self.may_lose)
            .with_context(|| format!("{id} is acknowledged out of order"))?;
        let Stored { message, duplicate } =
            answer_in(answer).with_context(|| format!("message {id}"))?;
        ensure!(!duplicate, "{id} is called a duplicate");
        ensure!(
            self.may_lose || message.seq > self.acked_seq,
            "{id} got seq {} after {}",
            message.seq,
            self.acked_seq
        );
        self.acked_seq = message.seq;
        Ok(now - sent_at)
    }

    /// Takes an event.
    pub(super) fn hear(&mut self, event: &str, now: Instant) -> Result<Heard> {
        let Some(message) = Pushed::in_event(event)? else {
            return Ok(Heard::Nothing);
        };
        if let Some(last) = self.heard_seq.replace(message.seq) {
            ensure!(
                self.may_lose || message.seq == last + 1,
                "seq {} was pushed after {last}",
                message.seq
            );
        }
        let is_own = message.sender_id == self.user_id;
        let heard = if is_own {
            &mut self.heard_own
        } else {
            &mut self.heard_of_other
        };
        let number = message.number;
        ensure!(
            self.may_lose || number == *heard + 1,
            "{number} of {} was pushed after {heard}",
            message.sender_id
        );
        *heard = number;
        if is_own {
            return Ok(Heard::Own);
        }
        let mut unheard = self.sent_by_other.unheard.borrow_mut();
        let sent_at = take(&mut unheard, number, self.may_lose)
            .with_context(|| format!("{number} was pushed twice, or never sent"))?;
        Ok(Heard::Other(now - sent_at))
    }

    /// Everything is acknowledged and heard, as far as both sides have sent by now.
    pub(super) fn is_complete(&self) -> bool {
        self.in_flight.is_empty()
            && self.heard_own == self.sent.count.get()
            && self.heard_of_other == self.sent_by_other.count.get()
    }
}

/// Takes one out, which is the oldest unless `any` will do; the time of it.
fn take(sent: &mut VecDeque<(u64, Instant)>, wanted: u64, any: bool) -> Option<Instant> {
    let at = sent.iter().position(|(number, _)| *number == wanted)?;
    if at > 0 && !any {
        return None;
    }
    sent.remove(at).map(|(_, sent_at)| sent_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message;

    const KEVIN: u64 = 1;
    const JZ: u64 = 2;

    fn push(seq: u64, sender: u64, body: &str) -> String {
        message::push(7, seq, sender, body)
    }

    fn ack(seq: u64, duplicate: bool) -> String {
        serde_json::json!([{ "ok": true, "message": { "seq": seq }, "duplicate": duplicate }])
            .to_string()
    }

    /// Kevin has sent two messages and jz one.
    fn talk(may_lose: bool) -> ([Ledger; 2], [String; 3], Instant) {
        let [mut kevin, mut jz] = Ledger::pair([KEVIN, JZ], may_lose);
        let now = Instant::now();
        let bodies = [
            kevin.compose(now).1,
            kevin.compose(now).1,
            jz.compose(now).1,
        ];
        ([kevin, jz], bodies, now)
    }

    #[test]
    fn a_talk_that_arrives_as_promised_is_complete() {
        let ([mut kevin, _], [first, second, answer], now) = talk(false);
        kevin.acknowledge(1, &ack(7, false), now).expect("in order");
        assert_eq!(
            kevin.hear(&push(7, KEVIN, &first), now).expect("in order"),
            Heard::Own
        );
        let later = now + Duration::from_millis(3);
        assert_eq!(
            kevin.hear(&push(8, JZ, &answer), later).expect("in order"),
            Heard::Other(Duration::from_millis(3))
        );
        assert_eq!(
            kevin.hear("[\"presence\",{}]", now).expect("of no concern"),
            Heard::Nothing
        );
        kevin.acknowledge(2, &ack(9, false), now).expect("in order");
        assert!(!kevin.is_complete());
        kevin.hear(&push(9, KEVIN, &second), now).expect("in order");
        assert!(kevin.is_complete());
    }

    #[test]
    fn acknowledgements_out_of_order_doubled_or_refused_are_found() {
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
            let ([mut kevin, _], _, now) = talk(false);
            assert!(acknowledge(&mut kevin, now).is_err(), "case {case}");
        }
    }

    #[test]
    fn deliveries_lost_doubled_or_out_of_order_are_found() {
        let ([_, mut jz], [first, second, _], now) = talk(false);
        jz.hear(&push(7, KEVIN, &first), now).expect("the first");
        // Repeated; at a place that skips one; and a body that nobody of ours wrote.
        assert!(jz.hear(&push(8, KEVIN, &first), now).is_err());
        jz.heard_seq = Some(7);
        assert!(jz.hear(&push(9, KEVIN, &second), now).is_err());
        jz.heard_seq = Some(7);
        assert!(jz.hear(&push(8, KEVIN, "short"), now).is_err());
    }

    #[test]
    fn where_messages_may_be_lost_they_still_come_once() {
        let ([mut kevin, mut jz], [first, second, _], now) = talk(true);
        kevin
            .acknowledge(2, &ack(0, false), now)
            .expect("it was sent");
        assert!(kevin.acknowledge(2, &ack(0, false), now).is_err());
        jz.hear(&push(0, KEVIN, &second), now).expect("it was sent");
        jz.hear(&push(0, KEVIN, &first), now).expect("it was sent");
        assert!(jz.hear(&push(0, KEVIN, &second), now).is_err());
    }
}
