//! How lines of a channel become rows of the window: words are wrapped, wide letters count for two, days are headed.

use crate::state::{Line, Said};
use crate::{text, time};
use unicode_segmentation::UnicodeSegmentation;

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

/// Breaks a text into rows: the first of one width, the others of another. Between words where that is possible.
pub(crate) fn wrap(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    // Measured along: measuring a row anew for every word would take the square of its length.
    let mut used = 0;
    for (n, paragraph) in text.split('\n').enumerate() {
        if n > 0 {
            rows.push(String::new());
            used = 0;
        }
        for word in paragraph.split_word_bounds() {
            let room = |rows: &Vec<String>| if rows.len() == 1 { first } else { others };
            let wide = text::width(word);
            if used + wide <= room(&rows) {
                rows.last_mut().expect("there is one").push_str(word);
                used += wide;
                continue;
            }
            // The space at which a row breaks is not shown.
            if word.chars().all(char::is_whitespace) {
                rows.push(String::new());
                used = 0;
                continue;
            }
            if wide <= others && used > 0 {
                rows.push(String::new());
                used = 0;
            }
            for piece in word.graphemes(true) {
                let wide = text::width(piece);
                if used + wide > room(&rows) && (used > 0 || rows.len() == 1) {
                    rows.push(String::new());
                    used = 0;
                }
                rows.last_mut().expect("there is one").push_str(piece);
                used += wide;
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_where_they_fit() {
        assert_eq!(wrap("one two three", 7, 20), ["one two", "three"]);
        assert_eq!(wrap("one two three", 4, 5), ["one ", "two ", "three"]);
        assert_eq!(wrap("a\n\nb", 9, 9), ["a", "", "b"]);
        assert_eq!(wrap("", 9, 9), [""]);
    }

    #[test]
    fn long_words_are_broken() {
        assert_eq!(wrap("abcdefghij", 4, 4), ["abcd", "efgh", "ij"]);
        assert_eq!(wrap("see abcdefghij", 5, 4), ["see a", "bcde", "fghi", "j"]);
    }

    #[test]
    fn no_row_is_wider_than_it_may_be_whatever_the_letters() {
        let texts = [
            "日".repeat(4_096),
            "👩‍👩‍👧‍👦 ".repeat(300),
            "a日 ".repeat(500),
            format!("{} {}", "x".repeat(300), "é".repeat(300)),
        ];
        for text in &texts {
            for width in 16..60 {
                let rows = wrap(text, width - 9, width);
                assert!(text::width(&rows[0]) <= width - 9);
                assert!(rows.iter().all(|row| text::width(row) <= width), "{width}");
                let kept: usize = rows
                    .iter()
                    .map(|row| row.replace(' ', "").chars().count())
                    .sum();
                assert_eq!(kept, text.replace(' ', "").chars().count());
            }
        }
    }
}
