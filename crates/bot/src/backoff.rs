//! How long to wait before the next try: twice as long each time, and never the same for two programs
//! that lost the same server.

use crate::settings::Pace;
use rand::RngExt;
use std::time::Duration;

pub(crate) struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(pace: &Pace) -> Self {
        Self {
            first: pace.first_pause,
            longest: pace.longest_pause,
            next: pace.first_pause,
        }
    }

    /// The pause after a connection that held for that long. One that broke as soon as it was made is as
    /// good as none.
    pub(crate) fn after(&mut self, held: Duration) -> Duration {
        if held > self.longest {
            self.next = self.first;
        }
        let pause = self.next;
        self.next = (self.next * 2).min(self.longest);
        pause.mul_f64(rand::rng().random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_AT_ALL: Duration = Duration::ZERO;

    #[test]
    fn pauses_grow_to_the_longest_and_start_over_after_a_connection_that_held() {
        let pace = Pace::default();
        let mut backoff = Backoff::new(&pace);
        for full in [1, 2, 4, 8, 16, 32, 60, 60, 60].map(Duration::from_secs) {
            let pause = backoff.after(NOT_AT_ALL);
            assert!(pause >= full / 2 && pause <= full, "{pause:?} of {full:?}");
        }
        assert!(backoff.after(pace.longest_pause * 2) <= pace.first_pause);
    }

    #[test]
    fn two_programs_do_not_wait_equally_long() {
        let pauses = || {
            let mut backoff = Backoff::new(&Pace::default());
            std::array::from_fn::<_, 8, _>(|_| backoff.after(NOT_AT_ALL))
        };
        assert_ne!(pauses(), pauses());
    }
}
