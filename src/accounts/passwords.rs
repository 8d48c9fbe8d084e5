//! Passwords: what may be one, and how it is hashed.
//!
//! bcrypt takes a third of a second on purpose, so it runs beside the async threads, on as many as there
//! are cores; a few more wait, and whoever comes then is told to come back. Of one address and of one
//! account few wait at a time, and the others behind them, so that nobody fills the line by themselves.
//! bcrypt itself reads 72 bytes: what is longer is hashed first, never cut.

use crate::error::{Error, Result};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use unicode_normalization::UnicodeNormalization;

/// The bytes that bcrypt reads, less the NUL that it adds.
const READ_BY_BCRYPT: usize = 71;
/// Goes before a long password, so that its hash from elsewhere is of no use here.
const LONG: &str = "chinwag long password\0";
/// How many may wait for their turn.
const QUEUE: usize = 64;
/// How many of these from one address, and for one account.
const QUEUE_EACH: usize = 4;
/// How long somebody waits before they are told to come back.
const PATIENCE: Duration = Duration::from_secs(15);

/// A password as somebody typed it. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// The fewest characters that a password has.
    pub const MIN_CHARS: usize = 8;
    /// The most bytes that a password has.
    pub const MAX_BYTES: usize = 256;

    /// Reads a new password.
    ///
    /// # Errors
    /// `Invalid` when it is too short or too long.
    pub fn parse(text: &str) -> Result<Self> {
        let password = Self::presented(text);
        if Self::is_short(text) {
            return Err(Error::invalid(
                "password",
                format!("A password has at least {} characters.", Self::MIN_CHARS),
            ));
        }
        if password.0.is_empty() {
            return Err(Error::invalid(
                "password",
                format!("A password has at most {} bytes.", Self::MAX_BYTES),
            ));
        }
        Ok(password)
    }

    /// Whether somebody else's words for it apply: fewer characters than a password has.
    #[must_use]
    pub fn is_short(text: &str) -> bool {
        text.chars().count() < Self::MIN_CHARS
    }

    /// Takes what somebody gives as theirs. What can be nobody's password is the empty one.
    #[must_use]
    pub fn presented(text: &str) -> Self {
        // bcrypt repeats what it reads, and ends it with a NUL: with one inside, two would be the same.
        if text.len() > Self::MAX_BYTES || text.contains('\0') {
            return Self(String::new());
        }
        // The same key of two keyboards is the same character.
        Self(text.nfkc().collect())
    }

    /// The text, for what compares it before it is hashed.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }

    fn for_bcrypt(&self) -> String {
        if self.0.len() <= READ_BY_BCRYPT {
            return self.0.clone();
        }
        BASE64.encode(&Sha256::digest(format!("{LONG}{}", self.0)))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Hashes, a few at a time. Clones share the turns.
#[derive(Clone)]
pub(super) struct Hasher {
    cost: u32,
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    lines: Arc<Mutex<HashMap<String, Weak<Semaphore>>>>,
}

/// The right to one hash.
pub(super) struct Turn {
    cost: u32,
    held: Vec<OwnedSemaphorePermit>,
}

impl Hasher {
    pub(super) fn new(cost: u32) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            places: Arc::new(Semaphore::new(cores + QUEUE)),
            turns: Arc::new(Semaphore::new(cores)),
            lines: Arc::default(),
        }
    }

    /// Waits for a turn, behind the others in each of these lines: that of the address first, as whoever
    /// waits there is in nobody else's way.
    ///
    /// # Errors
    /// `Overloaded` when too many wait.
    pub(super) async fn turn(&self, lines: &[&str]) -> Result<Turn> {
        let waiting = self.wait(lines);
        let turn = tokio::time::timeout(PATIENCE, waiting).await;
        turn.unwrap_or(Err(Error::Overloaded))
    }

    async fn wait(&self, lines: &[&str]) -> Result<Turn> {
        let mut held = Vec::with_capacity(lines.len() + 2);
        for line in lines {
            let place = self.line(line).acquire_owned().await;
            held.push(place.map_err(|_| Error::Stopping)?);
        }
        let place = self.places.clone().try_acquire_owned();
        held.push(place.map_err(|_| Error::Overloaded)?);
        let turn = self.turns.clone().acquire_owned().await;
        held.push(turn.map_err(|_| Error::Stopping)?);
        Ok(Turn {
            cost: self.cost,
            held,
        })
    }

    /// The places of that line. It is there as long as somebody stands in it.
    fn line(&self, name: &str) -> Arc<Semaphore> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = lines.get(name).and_then(Weak::upgrade) {
            return line;
        }
        lines.retain(|_, line| line.strong_count() > 0);
        let line = Arc::new(Semaphore::new(QUEUE_EACH));
        lines.insert(name.to_owned(), Arc::downgrade(&line));
        line
    }
}

impl Turn {
    /// What is stored of a password.
    ///
    /// # Errors
    /// `Internal` when the system has no randomness.
    pub(super) async fn hash(self, password: &Password) -> Result<String> {
        let text = password.for_bcrypt();
        self.run(move |cost| bcrypt::non_truncating_hash(text, cost))
            .await
    }

    /// Whether that is the password. Where none is stored the answer is no, after the same time.
    ///
    /// # Errors
    /// `Internal` when what is stored is no hash.
    pub(super) async fn verify(self, password: &Password, stored: Option<String>) -> Result<bool> {
        let text = password.for_bcrypt();
        let may_be = stored.is_some() && !text.is_empty();
        self.run(move |cost| {
            let stored = stored.unwrap_or_else(|| nobodys_hash(cost));
            bcrypt::non_truncating_verify(text, &stored)
        })
        .await
        .map(|same| same && may_be)
    }

    /// The turn lasts as long as the hash, also when nobody waits for it any more.
    async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(u32) -> bcrypt::BcryptResult<T> + Send + 'static,
    ) -> Result<T> {
        let job = move || {
            let _held = self.held;
            work(self.cost)
        };
        let outcome = tokio::task::spawn_blocking(job).await;
        outcome
            .map_err(|error| Error::Internal(error.into()))?
            .map_err(|error| Error::Internal(anyhow::anyhow!("bcrypt: {error}")))
    }
}

/// A hash of the usual form that no password is known for.
fn nobodys_hash(cost: u32) -> String {
    format!("$2b${cost:02}${}", ".".repeat(53))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn fits(password: &str, other: &str) -> bool {
        let hasher = Hasher::new(4);
        let password = Password::parse(password).expect("a password");
        let hash = hasher
            .turn(&[])
            .await
            .unwrap()
            .hash(&password)
            .await
            .unwrap();
        let turn = hasher.turn(&[]).await.unwrap();
        let other = Password::presented(other);
        turn.verify(&other, Some(hash)).await.unwrap()
    }

    #[tokio::test]
    async fn nothing_of_a_long_password_is_cut() {
        let long = "p".repeat(72);
        assert!(fits(&format!("{long}a"), &format!("{long}a")).await);
        assert!(!fits(&format!("{long}a"), &format!("{long}b")).await);
        for length in [70, 71, 72, 73, 256] {
            let password = "x".repeat(length);
            assert!(fits(&password, &password).await, "{length}");
            assert!(!fits(&password, &"x".repeat(length - 1)).await, "{length}");
        }
    }

    #[tokio::test]
    async fn the_same_characters_are_the_same_password() {
        assert!(fits("caf\u{e9} au lait", "cafe\u{301} au lait").await);
        assert!(!fits("correct horse", "Correct horse").await);
        assert!(!fits("correct horse", "correct horse\0correct horse").await);
    }

    #[tokio::test]
    async fn without_a_password_none_is_right() {
        let hasher = Hasher::new(4);
        for text in ["", "12345678"] {
            let turn = hasher.turn(&[]).await.unwrap();
            let password = Password::presented(text);
            assert!(!turn.verify(&password, None).await.unwrap(), "{text}");
        }
    }

    #[tokio::test]
    async fn who_comes_when_the_queue_is_full_is_sent_away() {
        let hasher = Hasher::new(4);
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut turns = Vec::new();
        for _ in 0..cores {
            turns.push(hasher.turn(&[]).await.unwrap());
        }
        let waiting: Vec<_> = (0..QUEUE)
            .map(|_| hasher.places.clone().try_acquire_owned().unwrap())
            .collect();
        assert!(matches!(hasher.turn(&[]).await, Err(Error::Overloaded)));
        drop(waiting);
        drop(turns.pop());
        assert!(hasher.turn(&[]).await.is_ok());
    }

    #[tokio::test]
    async fn who_fills_their_own_line_is_in_nobody_elses_way() {
        let hasher = Hasher::new(4);
        let mut theirs = Vec::new();
        for _ in 0..QUEUE_EACH {
            let places = hasher.line("one");
            theirs.push(places.try_acquire_owned().expect("a place"));
        }
        let waiting: Vec<_> = (0..3 * QUEUE)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.turn(&["one", "account"]).await.map(drop) })
            })
            .collect();
        tokio::task::yield_now().await;
        assert!(hasher.turn(&["two", "account"]).await.is_ok());
        drop(theirs);
        for waited in waiting {
            assert!(waited.await.expect("it goes on").is_ok());
        }
        assert!(hasher.turn(&["three"]).await.is_ok());
        assert_eq!(hasher.lines.lock().unwrap().len(), 1, "the others are gone");
    }

    #[test]
    fn what_is_too_short_or_too_long_is_refused() {
        for bad in ["", "1234567", &"x".repeat(257), "1234567\0"] {
            assert!(Password::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Password::parse("12345678").is_ok());
        assert_eq!(
            format!("{:?}", Password::presented("secret")),
            "Password(…)"
        );
    }
}
