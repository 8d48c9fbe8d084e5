//! One match as one side sees it: what has to arrive before the talk is complete, once, in order, and nothing else.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::message::{Pushed, body};

/// What each side says.
pub(super) const MESSAGES: u64 = 5;

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
        Some(body(self.sent))
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

    pub(super) fn hear(&mut self, message: &Pushed) -> Result<()> {
        ensure!(
            message.conversation_id == self.conversation_id,
            "{message:?} arrived in {}",
            self.conversation_id
        );
        self.heard_seq += 1;
        ensure!(
            message.seq == self.heard_seq,
            "{message:?} instead of seq {}",
            self.heard_seq
        );
        let heard = if message.sender_id == self.seat {
            &mut self.heard_own
        } else {
            &mut self.heard_of_other
        };
        *heard += 1;
        ensure!(message.number == *heard, "{message:?} instead of {heard}");
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

#[cfg(test)]
mod tests {
    use super::*;

    fn talk() -> Talk {
        Talk::begin("[\"match:found\",{\"state\":\"matched\",\"conversation_id\":7,\"you\":{\"id\":2,\"name\":\"Stranger\"}}]")
            .expect("a match")
    }

    fn pushed(conversation_id: u64, seq: u64, sender_id: u64, number: u64) -> Pushed {
        Pushed {
            conversation_id,
            seq,
            sender_id,
            number,
        }
    }

    #[test]
    fn a_talk_is_complete_when_both_have_said_everything() {
        let mut talk = talk();
        let mut seq = 0;
        for number in 1..=MESSAGES {
            assert_eq!(talk.compose(), Some(body(number)));
            assert!(talk.compose().is_none(), "the last one is in flight");
            for seat in [2, 1] {
                assert!(!talk.is_complete());
                seq += 1;
                talk.hear(&pushed(7, seq, seat, number)).expect("in order");
            }
            talk.acknowledge().expect("once");
        }
        assert!(talk.compose().is_none());
        assert!(talk.is_complete());
    }

    #[test]
    fn what_is_missing_doubled_or_of_another_talk_is_found() {
        for wrong in [
            pushed(8, 1, 1, 1),
            pushed(7, 2, 1, 1),
            pushed(7, 0, 1, 1),
            pushed(7, 1, 1, 2),
        ] {
            assert!(talk().hear(&wrong).is_err(), "{wrong:?}");
        }
        let mut talk = talk();
        talk.hear(&pushed(7, 1, 1, 1)).expect("the first one");
        assert!(talk.hear(&pushed(7, 2, 1, 1)).is_err());
        assert!(talk.acknowledge().is_err(), "nothing was said");
    }
}
