//! How much waits for one client.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What may wait for a client that does not read, in bytes as they are told. In memory it is up to twice as much:
/// buffers grow by doubling, and where the library carries it each packet has its place in a queue.
const BACKLOG_MAX: usize = 256 * 1024;

/// What a client was told and has not been written yet, in bytes: counted up by who tells it, and down by the
/// line that carries it. An estimate: less than there is where a line also writes what nobody counts, and more
/// where what was counted could not be told after all.
#[derive(Clone, Debug, Default)]
pub struct Backlog(Arc<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    bytes: AtomicUsize,
    /// Whether a line carries it whose peer reads.
    flows: AtomicBool,
}

impl Backlog {
    /// Counts what is to be told. Whether it may wait: always where the client reads, since much can come at
    /// once before the line has had its turn, and where nothing waits yet; else within [`BACKLOG_MAX`].
    #[must_use]
    pub fn admit(&self, bytes: usize) -> bool {
        let waiting = self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
        waiting == 0 || waiting + bytes <= BACKLOG_MAX || self.0.flows.load(Ordering::Relaxed)
    }

    /// Nothing waits any more.
    pub fn clear(&self) {
        self.0.bytes.store(0, Ordering::Relaxed);
    }

    pub(super) fn written(&self, bytes: usize) {
        let less = |waiting: usize| Some(waiting.saturating_sub(bytes));
        // It always changes, so there is no refusal to look at.
        let _ = self
            .0
            .bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    pub(super) fn flows(&self, flows: bool) {
        self.0.flows.store(flows, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn much_may_wait_for_a_peer_who_reads_and_a_measure_for_one_who_does_not() {
        let backlog = Backlog::default();
        backlog.flows(true);
        assert!(backlog.admit(BACKLOG_MAX) && backlog.admit(BACKLOG_MAX));
        backlog.clear();
        backlog.flows(false);

        assert!(backlog.admit(BACKLOG_MAX + 100), "a large one alone");
        assert!(!backlog.admit(1), "the peer does not read");

        backlog.written(2 * BACKLOG_MAX);
        assert!(backlog.admit(BACKLOG_MAX), "nothing waited any more");
        assert!(!backlog.admit(1));
        backlog.flows(true);
        assert!(backlog.admit(BACKLOG_MAX));
    }
}
