//! How lines of a channel become rows of the window: words are wrapped, wide letters count for two, days are headed.

use crate::state::{Line, Said};
use crate::wrap::wrap;
use crate::{text, time};

/// Rows that continue a message stand under its sender.
pub(crate) const INDENT: usize = 6;
/// Nothing narrower is laid out; the window is cut instead.
const NARROWEST: usize = 16;

/// One line of a channel, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The day that begins with it.
    pub(crate) day: Option<String>,
    /// Whether what is new begins with it.
    pub(crate) begins_news: bool,
    /// `HH:MM sender`, for what somebody said.
    pub(crate) head: Option<(String, String)>,
    /// The text. The first row stands behind the head, the others are indented.
    pub(crate) rows: Vec<String>,
}

impl Block {
    /// How many rows it takes.
    pub(crate) fn height(&self) -> usize {
        usize::from(self.day.is_some()) + usize::from(self.begins_news) + self.rows.len()
    }
}

/// Lays a line out, below the one before it.
pub(crate) fn block(line: &Line, before: Option<&Line>, width: usize) -> Block {
    let width = width.max(NARROWEST);
    let is_new_day = before.is_none_or(|before| before.at().date() != line.at().date());
    let day = is_new_day.then(|| time::day(line.at()));
    match line {
        Line::Said(said) => {
            let head = (
                time::minute(said.at),
                text::clip(&said.sender, (width / 3).max(8)),
            );
            let first = width.saturating_sub(INDENT + text::width(&head.1) + 2);
            Block {
                day,
                begins_news: said.begins_news,
                rows: wrap(&shown(said), first, width - INDENT),
                head: Some(head),
            }
        }
        Line::Notice(notice) => Block {
            day,
            begins_news: false,
            head: None,
            rows: wrap(&notice.text, width, width - INDENT),
        },
    }
}

fn shown(said: &Said) -> String {
    if said.is_deleted {
        "(deleted)".into()
    } else if said.is_edited {
        format!("{} (edited)", said.body)
    } else {
        said.body.clone()
    }
}
