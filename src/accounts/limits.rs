//! Counting what happened lately against a limit, and saying when there is room again.

use crate::error::{Error, Result};
use crate::model::{Timestamp, in_words};
use std::time::Duration;

pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How often something happened within the span of a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lately {
    /// How often.
    pub(super) count: i64,
    /// When the oldest of these leaves the span: there is no room before.
    room_at: Timestamp,
}

impl Lately {
    /// What was counted from `now` back over `span`.
    pub(super) fn new(
        (count, oldest): (i64, Option<Timestamp>),
        span: Duration,
        now: Timestamp,
    ) -> Self {
        Self {
            count,
            // Also when the clock was put back since.
            room_at: oldest.unwrap_or(now).min(now).after(span),
        }
    }

    /// Whether there is room for one more below `limit`.
    ///
    /// # Errors
    /// As [`Lately::refusal`] when there is not.
    pub(super) fn at_most(&self, limit: i64, now: Timestamp, words: &str) -> Result<()> {
        if self.count < limit {
            Ok(())
        } else {
            Err(self.refusal(now, words))
        }
    }

    /// `RateLimited` until the oldest is forgotten.
    pub(super) fn refusal(&self, now: Timestamp, words: &str) -> Error {
        wait(self.room_at.remaining(now), words)
    }
}

pub(super) fn wait(retry_after: Duration, words: &str) -> Error {
    Error::RateLimited {
        retry_after,
        message: format!("{words} Try again in {}.", in_words(retry_after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_again_when_the_oldest_has_left_the_span() {
        let now = Timestamp(10_000_000);
        let oldest = now.before(Duration::from_secs(3_000));
        let lately = Lately::new((5, Some(oldest)), HOUR, now);
        assert!(lately.at_most(6, now, "Too many.").is_ok());
        let Err(Error::RateLimited {
            retry_after,
            message,
        }) = lately.at_most(5, now, "Too many.")
        else {
            panic!("five of five were admitted");
        };
        assert_eq!(retry_after, Duration::from_secs(600));
        assert_eq!(message, "Too many. Try again in 10 minutes.");
    }
}
