//! Wrong passwords of the last hour, in memory: they cost a guesser time, and the operator nothing.
//!
//! A try is counted before it is looked at and taken back when it was right, so that many at once get no
//! more tries than one after the other.

use super::limits::{HOUR, Lately};
use crate::error::Result;
use crate::model::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is counted by one key: up to `limit` an hour, then refused in these words.
pub(super) struct Count {
    /// Which account or address, hashed.
    pub(super) key: String,
    /// How many there may be.
    pub(super) limit: i64,
    /// What somebody is told past that.
    pub(super) words: &'static str,
}

/// The failures by key, the oldest first. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Failures(Arc<Mutex<HashMap<String, VecDeque<Timestamp>>>>);

impl Failures {
    /// Whether there is room for one more.
    ///
    /// # Errors
    /// `RateLimited`, until there is.
    pub(super) fn admit(&self, counts: &[Count], now: Timestamp) -> Result<()> {
        admit(&self.lock(), counts, now)
    }

    /// Counts a try as failed.
    ///
    /// # Errors
    /// `RateLimited` when there is no room for it; nothing is counted then.
    pub(super) fn count(&self, counts: &[Count], now: Timestamp) -> Result<()> {
        let mut failures = self.lock();
        admit(&failures, counts, now)?;
        for count in counts {
            let moments = failures.entry(count.key.clone()).or_default();
            forget(moments, now);
            moments.push_back(now);
        }
        Ok(())
    }

    /// Takes back what was counted at `then`: the try was right.
    pub(super) fn take_back(&self, counts: &[Count], then: Timestamp) {
        let mut failures = self.lock();
        for count in counts {
            let moments = failures.get_mut(&count.key);
            if let Some(moments) = moments
                && let Some(index) = moments.iter().rposition(|moment| *moment == then)
            {
                moments.remove(index);
            }
        }
    }

    pub(super) fn sweep(&self, now: Timestamp) {
        self.lock().retain(|_, moments| {
            forget(moments, now);
            !moments.is_empty()
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, VecDeque<Timestamp>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn admit(
    failures: &HashMap<String, VecDeque<Timestamp>>,
    counts: &[Count],
    now: Timestamp,
) -> Result<()> {
    let since = now.before(HOUR);
    for count in counts {
        let lately = failures.get(&count.key).into_iter().flatten();
        let mut lately = lately.filter(|moment| **moment > since).copied();
        let oldest = lately.next();
        let number =
            i64::try_from(lately.count()).unwrap_or(i64::MAX) + i64::from(oldest.is_some());
        Lately::new((number, oldest), HOUR, now).at_most(count.limit, now, count.words)?;
    }
    Ok(())
}

fn forget(moments: &mut VecDeque<Timestamp>, now: Timestamp) {
    let since = now.before(HOUR);
    while moments.front().is_some_and(|moment| *moment <= since) {
        moments.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_failed_counts_for_an_hour_and_what_was_right_does_not() {
        let failures = Failures::default();
        let counts = [Count {
            key: "ana".into(),
            limit: 2,
            words: "Too many.",
        }];
        let now = Timestamp(10_000_000);
        failures.count(&counts, now).unwrap();
        failures.take_back(&counts, now);
        failures.count(&counts, now).unwrap();
        let later = now.after(Duration::from_secs(600));
        failures.count(&counts, later).unwrap();
        assert!(failures.count(&counts, later).is_err());
        assert!(failures.admit(&counts, now.after(HOUR)).is_ok());
        failures.sweep(later.after(HOUR));
        assert!(failures.lock().is_empty());
    }
}
