//! How long to wait before trying again, so that a thousand clients do not come back at once.

use rand::RngExt;
use std::time::Duration;

const LEAST: Duration = Duration::from_millis(500);
/// No pause is longer, whoever asks for it.
pub(crate) const MOST: Duration = Duration::from_secs(30);

/// Full jitter: anything from half a second up to a bound that doubles with each failure, at most half a minute.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to wait after one more failure.
    pub fn pause(&mut self) -> Duration {
        let bound = LEAST
            .saturating_mul(2_u32.saturating_pow(self.failures + 1))
            .min(MOST);
        self.failures = self.failures.saturating_add(1).min(16);
        rand::rng().random_range(LEAST..=bound)
    }

    /// It works again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The time that a server asked for, and a little more by chance: it asked everybody for the same.
pub(crate) fn asked_for(wanted: Duration) -> Duration {
    let wanted = wanted.min(MOST);
    wanted + rand::rng().random_range(Duration::ZERO..=LEAST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_half_a_minute_and_are_never_shorter_than_half_a_second() {
        for _ in 0..200 {
            let mut backoff = Backoff::default();
            let pauses: Vec<_> = (0..40).map(|_| backoff.pause()).collect();
            assert!(pauses.iter().all(|pause| (LEAST..=MOST).contains(pause)));
            assert!(pauses[0] <= LEAST * 2);
            backoff.reset();
            assert!(backoff.pause() <= LEAST * 2);
        }
    }

    #[test]
    fn a_server_that_asks_for_a_time_gets_at_least_that() {
        let wanted = Duration::from_secs(1);
        assert!((wanted..=wanted + LEAST).contains(&asked_for(wanted)));
        assert!(asked_for(Duration::from_secs(86_400)) <= MOST + LEAST);
    }
}
