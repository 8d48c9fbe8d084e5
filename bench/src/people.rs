//! The people whom the load plays: those whom `seed.py` puts into every database, and guests.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

use crate::http::Server;

/// As many talk in pairs, each pair in a conversation of its own.
pub(crate) const PAIRED: u64 = 1_000;
const FIRST_PAIR: u64 = 1_001;

/// Everybody after them is in this one.
pub(crate) const ROOM: u64 = 2_000;
const PEOPLE: u64 = 2_000;

/// Somebody with an account.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) id: u64,
}

/// Somebody new without an account.
#[derive(Debug, Deserialize)]
pub(crate) struct Guest {
    pub(crate) token: String,
}

impl Person {
    pub(crate) fn token(self) -> String {
        format!("chinwag_bench_{:040}", self.id)
    }

    /// Of a browser in which they are signed in.
    pub(crate) fn cookie(self) -> String {
        format!("chinwag={:021}A", self.id)
    }
}

/// All who talk in pairs.
pub(crate) fn paired() -> impl Iterator<Item = Person> + Clone {
    (1..=PAIRED).map(|id| Person { id })
}

/// Two people, and the conversation that they have.
pub(crate) fn pairs() -> impl Iterator<Item = ([Person; 2], u64)> {
    (0..PAIRED / 2).map(|number| {
        let [first, second] = [1, 2].map(|seat| Person {
            id: 2 * number + seat,
        });
        ([first, second], FIRST_PAIR + number)
    })
}

/// All who are in the room.
pub(crate) fn in_room() -> impl Iterator<Item = Person> {
    (PAIRED + 1..=PEOPLE).map(|id| Person { id })
}

/// Can do nothing but talk with strangers.
pub(crate) async fn guest(server: &Server) -> Result<Guest> {
    server
        .post("/api/guests", &json!({}))
        .await
        .context("there is no guest (is LIMITS=off?)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_those_of_the_seed() {
        let ([first, second], conversation) = pairs().last().expect("pairs");
        assert_eq!((first.id, second.id, conversation), (999, 1_000, 1_500));
        assert_eq!(in_room().count(), 1_000);
        assert_eq!(first.cookie(), "chinwag=000000000000000000999A");
    }
}
