//! What was said in rooms. Talks between two people are nobody's business, except for what a report
//! carries.

use super::queries::messages;
use super::{Admin, Moderation};
use crate::error::{Error, Result};
use crate::model::{ConversationId, Timestamp, UserId};

/// Messages on a page.
const SHOWN: usize = 50;
/// The shortest text that is looked for, in characters.
const LEAST_CHARS: usize = 2;
/// How far back one search looks, in messages: so that it takes a moment, however long the room is.
const REACH: i64 = 50_000;

/// A message of a room.
#[derive(Clone, Debug)]
pub struct RoomLine {
    /// Its place in the room.
    pub seq: i64,
    /// Who wrote it.
    pub sender: UserId,
    /// Their username.
    pub username: String,
    /// What.
    pub body: String,
    /// When.
    pub sent_at: Timestamp,
    /// Whether it was changed since.
    pub edited: bool,
    /// Whether nothing is left of it.
    pub deleted: bool,
}

/// Some messages of a room, the newest first.
#[derive(Clone, Debug)]
pub struct RoomLines {
    /// The messages.
    pub lines: Vec<RoomLine>,
    /// Before which place to look on, if there is anything before.
    pub next: Option<i64>,
}

impl Moderation {
    /// The last messages of a room before a place, or those of them that hold a text. A search that has
    /// looked far enough ends with what it found; `next` goes on.
    ///
    /// # Errors
    /// `NotFound` unless that is a room; `Invalid` for a text too short to look for.
    pub async fn room_lines(
        &self,
        admin: &Admin,
        room: ConversationId,
        text: String,
        before: Option<i64>,
    ) -> Result<RoomLines> {
        let text = text.trim().to_owned();
        if (1..LEAST_CHARS).contains(&text.chars().count()) || text.contains('\0') {
            return Err(Error::invalid("q", "Look for two characters or more."));
        }
        self.look(admin, move |conn| {
            let last = messages::last_seq(conn, room)?.ok_or(Error::NotFound)?;
            let before = before.unwrap_or(i64::MAX).clamp(0, last + 1);
            let least = if text.is_empty() { 0 } else { before - REACH };
            let mut lines = messages::lines(conn, room, &text, (least, before), SHOWN + 1)?;
            let full = lines.len() > SHOWN;
            lines.truncate(SHOWN);
            let next = match lines.last() {
                Some(line) if full => Some(line.seq),
                _ => Some(least).filter(|least| *least > 1),
            };
            Ok(RoomLines { lines, next })
        })
        .await
    }
}
