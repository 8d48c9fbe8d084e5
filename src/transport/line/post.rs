//! Writes what was said on many lines, once those who speak have had their turn.

use super::Line;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::coop::consume_budget;

/// What one client is told by several tasks, acknowledgements and pushes, goes out in one write.
#[derive(Debug, Default)]
pub(crate) struct Post(Mutex<Vec<Line>>);

impl Post {
    /// Says frames on a line, which are written soon.
    pub(crate) fn say(self: &Arc<Self>, line: &Line, frames: &[u8]) {
        if !line.say(frames) {
            return;
        }
        let mut lines = self.lines();
        lines.push(line.clone());
        if lines.len() == 1 {
            // It has its turn after all who can speak now.
            tokio::spawn(self.clone().deliver());
        }
    }

    async fn deliver(self: Arc<Self>) {
        let lines = std::mem::take(&mut *self.lines());
        for line in lines {
            line.flush();
            consume_budget().await;
        }
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
