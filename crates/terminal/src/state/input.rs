//! The input box: a text, a cursor between its letters, and the keys of a shell.

use crate::text;
use unicode_segmentation::UnicodeSegmentation;

/// A text that is being written.
#[derive(Debug, Default)]
pub(crate) struct Input {
    text: String,
    /// In bytes, between two letters.
    cursor: usize,
}

impl Input {
    /// What a message may have, in characters.
    pub(crate) const LONGEST: usize = 4_096;
    /// What the box takes at all: a mistaken paste of a whole file must not stop the screen.
    const MOST: usize = 4 * Self::LONGEST;

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor.
    pub(crate) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    pub(crate) fn length(&self) -> usize {
        self.text.chars().count()
    }

    pub(crate) fn insert(&mut self, text: &str) {
        let room = Self::MOST.saturating_sub(self.length());
        let text: String = text.chars().take(room).collect();
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
    }

    /// Puts another word before the cursor, for the one that begins at `start`.
    pub(crate) fn replace_from(&mut self, start: usize, word: &str) {
        self.text.replace_range(start..self.cursor, word);
        self.cursor = start + word.len();
    }

    pub(crate) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    pub(crate) fn left(&mut self) {
        self.cursor = self.letter_before();
    }

    pub(crate) fn right(&mut self) {
        self.cursor = self.letter_after();
    }

    pub(crate) fn word_left(&mut self) {
        self.cursor = self.word_before();
    }

    pub(crate) fn word_right(&mut self) {
        let rest = &self.text[self.cursor..];
        let word = rest.trim_start().find(char::is_whitespace);
        let skipped = rest.len() - rest.trim_start().len();
        self.cursor += word.map_or(rest.len(), |word| skipped + word);
    }

    pub(crate) fn home(&mut self) {
        self.cursor = self.before().rfind('\n').map_or(0, |at| at + 1);
    }

    pub(crate) fn end(&mut self) {
        let rest = &self.text[self.cursor..];
        self.cursor += rest.find('\n').unwrap_or(rest.len());
    }

    pub(crate) fn backspace(&mut self) {
        self.erase_back_to(self.letter_before());
    }

    pub(crate) fn delete(&mut self) {
        let end = self.letter_after();
        self.text.replace_range(self.cursor..end, "");
    }

    pub(crate) fn erase_word(&mut self) {
        self.erase_back_to(self.word_before());
    }

    pub(crate) fn erase_to_start(&mut self) {
        self.erase_back_to(0);
    }

    pub(crate) fn erase_to_end(&mut self) {
        self.text.truncate(self.cursor);
    }

    fn erase_back_to(&mut self, start: usize) {
        self.replace_from(start, "");
    }

    fn letter_before(&self) -> usize {
        self.before()
            .grapheme_indices(true)
            .next_back()
            .map_or(0, |(at, _)| at)
    }

    fn letter_after(&self) -> usize {
        let rest = &self.text[self.cursor..];
        self.cursor + rest.graphemes(true).next().map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let before = self.before().trim_end();
        let space = before
            .char_indices()
            .rev()
            .find(|(_, one)| one.is_whitespace());
        space.map_or(0, |(at, one)| at + one.len_utf8())
    }

    /// The rows of the box, and where in them the cursor stands, as column and row.
    pub(crate) fn rows(&self, width: usize) -> (Vec<String>, (usize, usize)) {
        let (mut rows, mut used) = (vec![String::new()], 0);
        let mut cursor = (0, 0);
        for (at, letter) in self.text.grapheme_indices(true) {
            let shown = text::line(letter);
            let wide = text::width(&shown);
            let is_break = letter == "\n";
            if !is_break && used + wide > width && used > 0 {
                rows.push(String::new());
                used = 0;
            }
            if at == self.cursor {
                cursor = (used, rows.len() - 1);
            }
            if is_break {
                rows.push(String::new());
                used = 0;
            } else {
                rows.last_mut().expect("there is one").push_str(&shown);
                used += wide;
            }
        }
        if self.cursor == self.text.len() {
            cursor = (used, rows.len() - 1);
        }
        (rows, cursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Input {
        let mut input = Input::default();
        input.insert(text);
        input
    }

    #[test]
    fn letters_are_erased_whole() {
        let mut input = written("a日👩‍👩‍👧e\u{301}");
        for left in ["a日👩‍👩‍👧", "a日", "a", "", ""] {
            input.backspace();
            assert_eq!(input.text(), left);
        }
    }

    #[test]
    fn the_cursor_moves_by_letters_words_and_lines() {
        let mut input = written("one two\nthree");
        input.word_left();
        assert_eq!(input.before(), "one two\n");
        input.left();
        input.left();
        input.insert("X");
        assert_eq!(input.text(), "one twXo\nthree");
        input.home();
        input.delete();
        input.word_right();
        assert_eq!(input.before(), "ne");
        input.end();
        assert_eq!(input.before(), "ne twXo");
        input.erase_word();
        input.erase_to_end();
        assert_eq!(input.text(), "ne ");
        input.erase_to_start();
        assert_eq!(input.take(), "");
    }

    #[test]
    fn rows_break_where_the_box_ends_and_show_the_cursor() {
        let mut input = written("ab日cd");
        assert_eq!(
            input.rows(3),
            (vec!["ab".into(), "日c".into(), "d".into()], (1, 2))
        );
        input.left();
        assert_eq!(input.rows(3).1, (0, 2));
        // What would steer the terminal, or is of a width that terminals disagree about, is not shown.
        assert_eq!(
            written("\t👩‍👩‍👧\u{202e}x").rows(20),
            (vec!["    👩👩👧x".into()], (11, 0))
        );
        assert_eq!(
            written("a\n").rows(9),
            (vec!["a".into(), String::new()], (0, 1))
        );
    }
}
