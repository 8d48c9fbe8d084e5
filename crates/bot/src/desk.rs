//! Where commands are worked on: a few at a time, some that wait, and no more. A room full of people who
//! ask can neither fill the memory nor have the bot swamp the services that it asks.

use crate::commands::{Command, Tools};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

const AT_A_TIME: usize = 4;
const WAITING: usize = 32;

/// A command that somebody wrote in a room.
pub(crate) struct Question {
    pub(crate) room: String,
    pub(crate) command: Command,
    pub(crate) payload: String,
}

/// What to say in which room.
pub(crate) struct Answer {
    pub(crate) room: String,
    pub(crate) text: String,
    /// When it was ready.
    pub(crate) since: Instant,
}

pub(crate) struct Desk {
    tools: Arc<Tools>,
    turns: Arc<Semaphore>,
    questions: JoinSet<Answer>,
}

impl Desk {
    pub(crate) fn new(tools: Tools) -> Self {
        Self {
            tools: Arc::new(tools),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
            questions: JoinSet::new(),
        }
    }

    /// Takes the question, unless too many wait already. Turns come in the order of asking.
    pub(crate) fn take(&mut self, question: Question) -> bool {
        if self.questions.len() >= AT_A_TIME + WAITING {
            return false;
        }
        let (tools, turns) = (self.tools.clone(), self.turns.clone());
        self.questions.spawn(async move {
            let _turn = turns.acquire().await;
            Answer {
                text: (question.command)(tools, question.payload).await,
                room: question.room,
                since: Instant::now(),
            }
        });
        true
    }

    /// The next answer that is ready. Nothing is lost when this is dropped while it waits.
    pub(crate) async fn answer(&mut self) -> Answer {
        loop {
            match self.questions.join_next().await {
                Some(Ok(answer)) => return answer,
                Some(Err(_)) => tracing::error!("a command failed and says nothing"),
                None => std::future::pending().await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quotes::{QuoteAddress, Quotes};
    use std::time::Duration;

    fn desk() -> Desk {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let address = QuoteAddress::parse("http://localhost/{symbol}").expect("an address");
        let quotes = Quotes::new(reqwest::Client::new(), address, Duration::ZERO);
        Desk::new(Tools { quotes })
    }

    fn question(command: Command, payload: usize) -> Question {
        Question {
            room: "general".into(),
            command,
            payload: payload.to_string(),
        }
    }

    #[tokio::test]
    async fn s2_47_four_are_worked_on_and_thirty_two_wait() {
        let mut desk = desk();
        for nth in 0..AT_A_TIME + WAITING {
            assert!(desk.take(question(|_, _| Box::pin(std::future::pending()), nth)));
        }
        tokio::task::yield_now().await;
        assert_eq!(desk.turns.available_permits(), 0);
        assert!(!desk.take(question(|_, echo| Box::pin(async { echo }), 36)));
    }

    #[tokio::test]
    async fn s2_47_all_are_answered_in_turn_and_one_that_fails_stops_none() {
        let mut desk = desk();
        let odd = |nth: &usize| nth % 2 == 1;
        for nth in 0..AT_A_TIME + WAITING {
            let command: Command = match odd(&nth) {
                true => |_, payload| Box::pin(async { payload }),
                false => |_, _| Box::pin(async { panic!("a fault of this command") }),
            };
            assert!(desk.take(question(command, nth)));
        }
        for nth in (0..AT_A_TIME + WAITING).filter(odd) {
            assert_eq!(desk.answer().await.text, nth.to_string());
        }
        assert!(desk.take(question(|_, payload| Box::pin(async { payload }), 36)));
        assert_eq!(desk.answer().await.text, "36");
    }
}
