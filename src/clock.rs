//! The one place that asks for the time, so that a test can move it.

use crate::model::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What [`Clock::elapsed`] counts from.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Tells the time: the system's, or a hand that a test moves.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that stands still until [`Clock::advance`] moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now`.
    #[must_use]
    pub fn manual(now: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now.0)))
    }

    /// The present moment.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that may ask the system"
    )]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
            }
            Self::Manual(hand) => Timestamp(hand.load(Ordering::SeqCst)),
        }
    }

    /// The time since some fixed point: what deadlines are measured with. Unlike [`Clock::now`] it never
    /// goes back, whatever somebody does to the machine's clock.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match self {
            Self::System => START.elapsed(),
            Self::Manual(_) => {
                Duration::from_millis(u64::try_from(self.now().0).unwrap_or_default())
            }
        }
    }

    /// Moves a manual clock forward; the system's goes by itself.
    pub fn advance(&self, by: Duration) {
        if let Self::Manual(hand) = self {
            hand.fetch_add(i64::try_from(by.as_millis()).unwrap_or(0), Ordering::SeqCst);
        }
    }
}
