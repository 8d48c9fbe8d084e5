//! Logins and passwords that were right a moment ago, by their keyed hash, with what was stored then: a
//! password that was changed since is not remembered.

use super::queries::passwords::Credential;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a password that was right is not looked at again, for programs that send it every time.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);
/// How many of those are remembered.
const REMEMBERED: usize = 10_000;

/// All of them. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Remembered(Arc<Mutex<HashMap<String, (String, Duration)>>>);

impl Remembered {
    /// Whether that was right, for what is stored now.
    pub(super) fn holds(&self, key: &str, stored: &Credential, now: Duration) -> bool {
        let entries = self.lock();
        let entry = entries.get(key);
        entry.is_some_and(|(hash, until)| now < *until && stored.hash.as_ref() == Some(hash))
    }

    pub(super) fn insert(&self, key: String, stored: &Credential, now: Duration) {
        let Some(hash) = stored.hash.clone() else {
            return;
        };
        let mut entries = self.lock();
        // One password has many entries, as logins are compared without case.
        if entries.len() >= REMEMBERED {
            entries.clear();
        }
        entries.insert(key, (hash, now + REMEMBERED_FOR));
    }

    pub(super) fn sweep(&self, now: Duration) {
        self.lock().retain(|_, (_, until)| now < *until);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, (String, Duration)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
