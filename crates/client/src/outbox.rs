//! What is to be said, until the server has it: in order, one at a time, as often as it takes.

use crate::backoff;
use crate::error::Error;
use crate::event::Event;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// After this without an answer it is said again. The `client_id` makes that harmless.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The pauses after refusals that may pass, where the server names no time.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
];

/// So often in a row may a connection break while the same draft is on its way. Then it may be what breaks them.
const BREAKS: usize = 8;

/// Something to be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its own id, for ever.
    pub client_id: String,
    /// Where.
    pub conversation_id: i64,
    /// What.
    pub body: String,
}

/// The drafts that the server does not have yet, as far as we know.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    drafts: VecDeque<Draft>,
    flight: Option<Flight>,
    not_before: Option<Instant>,
    refusals: usize,
    /// Connections that broke while the first draft was on its way.
    breaks: usize,
}

/// The first draft, on its way.
#[derive(Debug)]
struct Flight {
    /// The number of its acknowledgement.
    id: u64,
    answer_by: Instant,
}

impl Outbox {
    pub(crate) fn push(&mut self, draft: Draft) {
        self.drafts.push_back(draft);
    }

    /// What is to be said now, to be acknowledged under `id`.
    pub(crate) fn take(&mut self, id: u64, now: Instant) -> Option<&Draft> {
        if self
            .flight
            .as_ref()
            .is_some_and(|flight| flight.answer_by <= now)
        {
            self.flight = None;
        }
        let must_wait = self.flight.is_some() || self.not_before.is_some_and(|time| now < time);
        if must_wait || self.drafts.is_empty() {
            return None;
        }
        self.not_before = None;
        self.flight = Some(Flight {
            id,
            answer_by: now + ANSWER_WITHIN,
        });
        self.drafts.front()
    }

    /// When to look again, if nothing happens.
    pub(crate) fn due(&self) -> Option<Instant> {
        if self.drafts.is_empty() {
            return None;
        }
        self.flight
            .as_ref()
            .map(|flight| flight.answer_by)
            .or(self.not_before)
    }

    /// The connection is gone, and with it the answer. What seems to break every connection is given back.
    pub(crate) fn disconnected(&mut self) -> Option<Event> {
        self.not_before = None;
        self.flight.take()?;
        self.breaks += 1;
        if self.breaks < BREAKS {
            return None;
        }
        self.give_back(Error::Unreachable(
            "The connection broke each time that this was being sent.".into(),
        ))
    }

    /// What an answer means: the draft is stored, has to wait, or will never be taken.
    pub(crate) fn answered(
        &mut self,
        id: u64,
        answer: Result<(), Error>,
        now: Instant,
    ) -> Option<Event> {
        // A late answer to what has been said again: the answer to that is on its way.
        self.flight.take_if(|flight| flight.id == id)?;
        self.breaks = 0;
        match answer {
            Ok(()) => {
                let client_id = self.next_one()?.client_id;
                Some(Event::Sent { client_id })
            }
            Err(Error::Refused {
                is_retryable: true,
                message,
                retry_after,
                ..
            }) => {
                let pause = PAUSES[self.refusals.min(PAUSES.len() - 1)];
                self.refusals += 1;
                self.not_before = Some(now + retry_after.unwrap_or(pause).min(backoff::MOST));
                Some(Event::Delayed {
                    client_id: self.drafts.front()?.client_id.clone(),
                    reason: message,
                })
            }
            Err(error) => self.give_back(error),
        }
    }

    /// The first draft will never be sent.
    pub(crate) fn give_back(&mut self, error: Error) -> Option<Event> {
        let draft = self.next_one()?;
        Some(Event::Unsent { draft, error })
    }

    /// Done with the first draft: it is the turn of the next.
    fn next_one(&mut self) -> Option<Draft> {
        self.flight = None;
        (self.refusals, self.breaks) = (0, 0);
        self.drafts.pop_front()
    }

    /// Gives everything back: it must not be said into data that is not the data it was meant for.
    pub(crate) fn give_up(&mut self) -> Vec<Draft> {
        self.flight = None;
        (self.refusals, self.breaks) = (0, 0);
        self.drafts.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(bodies: &[&str]) -> Outbox {
        let mut outbox = Outbox::default();
        for body in bodies {
            outbox.push(Draft {
                client_id: format!("id-{body}"),
                conversation_id: 7,
                body: (*body).to_owned(),
            });
        }
        outbox
    }

    fn refused(is_retryable: bool, retry_after: Option<Duration>) -> Result<(), Error> {
        Err(Error::Refused {
            code: "x".into(),
            message: "No.".into(),
            field: None,
            is_retryable,
            retry_after,
        })
    }

    #[test]
    fn one_after_the_other_in_order() {
        let (mut outbox, now) = (outbox(&["a", "b"]), Instant::now());
        assert_eq!(outbox.take(1, now).expect("a").body, "a");
        assert!(outbox.take(2, now).is_none());
        assert!(matches!(
            outbox.answered(1, Ok(()), now),
            Some(Event::Sent { client_id }) if client_id == "id-a"
        ));
        assert_eq!(outbox.take(2, now).expect("b").body, "b");
        assert!(matches!(
            outbox.answered(2, Ok(()), now),
            Some(Event::Sent { client_id }) if client_id == "id-b"
        ));
        assert!(outbox.take(3, now).is_none());
        assert_eq!(outbox.due(), None);
    }

    #[test]
    fn what_was_not_answered_is_said_again_under_the_same_client_id() {
        let (mut outbox, now) = (outbox(&["a"]), Instant::now());
        outbox.take(1, now);
        outbox.disconnected();
        assert_eq!(outbox.take(2, now).expect("again").client_id, "id-a");
        let later = outbox.due().expect("a time");
        assert_eq!(outbox.take(3, later).expect("again").client_id, "id-a");
        // The late answer to the second one changes nothing; that to the third one counts.
        assert!(outbox.answered(2, Ok(()), later).is_none());
        assert!(outbox.answered(3, Ok(()), later).is_some());
    }

    #[test]
    fn a_refusal_that_may_pass_waits_as_long_as_it_says_and_keeps_the_order() {
        let (mut outbox, now) = (outbox(&["a", "b"]), Instant::now());
        let pause = Duration::from_millis(180);
        outbox.take(1, now);
        let delayed = outbox.answered(1, refused(true, Some(pause)), now);
        assert!(matches!(delayed, Some(Event::Delayed { client_id, .. }) if client_id == "id-a"));
        assert!(outbox.take(2, now).is_none());
        assert_eq!(outbox.due(), Some(now + pause));
        assert_eq!(outbox.take(2, now + pause).expect("a").body, "a");
    }

    #[test]
    fn a_server_that_asks_for_a_day_gets_half_a_minute() {
        let (mut outbox, now) = (outbox(&["a"]), Instant::now());
        outbox.take(1, now);
        outbox.answered(1, refused(true, Some(Duration::from_secs(86_400))), now);
        assert_eq!(outbox.due(), Some(now + backoff::MOST));
    }

    #[test]
    fn what_breaks_every_connection_is_given_back_and_the_next_has_its_turn() {
        let (mut outbox, now) = (outbox(&["poison", "b"]), Instant::now());
        for id in 1..BREAKS as u64 {
            outbox.take(id, now);
            assert!(outbox.disconnected().is_none(), "{id}");
            // One that broke before the draft was on its way tells nothing of it.
            assert!(outbox.disconnected().is_none(), "{id}");
        }
        outbox.take(100, now);
        let unsent = outbox.disconnected();
        assert!(matches!(unsent, Some(Event::Unsent { draft, .. }) if draft.body == "poison"));
        assert_eq!(outbox.take(101, now).expect("b").body, "b");
        assert!(outbox.disconnected().is_none());
    }

    #[test]
    fn a_final_refusal_gives_the_draft_back_and_goes_on() {
        let (mut outbox, now) = (outbox(&["a", "b"]), Instant::now());
        outbox.take(1, now);
        let unsent = outbox.answered(1, refused(false, None), now);
        assert!(matches!(unsent, Some(Event::Unsent { draft, .. }) if draft.body == "a"));
        assert_eq!(outbox.take(2, now).expect("b").body, "b");
    }
}
