//! Breaks a text into rows that are no wider than there is room.

use crate::text;
use unicode_segmentation::UnicodeSegmentation;

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
            for piece in pieces(word, others) {
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

/// The letters of a word. One that is too wide for a row by itself, as marks with a width of their own can make it,
/// comes in parts.
fn pieces(word: &str, most: usize) -> impl Iterator<Item = &str> {
    word.graphemes(true)
        .flat_map(move |letter| match text::width(letter) <= most {
            true => vec![letter],
            false => letter.split_inclusive(|_| true).collect(),
        })
}

/// What holds of any text that was cleaned: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str, width: usize) {
    let text = text::body(text);
    let first = width / 2;
    let rows = wrap(&text, first, width);
    let room = |n: usize| if n == 0 { first } else { width };
    for (n, row) in rows.iter().enumerate() {
        // A letter of two columns stands alone where there is room for one.
        assert!(text::width(row) <= room(n).max(2), "{row:?} in {}", room(n));
    }
    let letters = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    assert_eq!(letters(&rows.concat()), letters(&text));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    #[test]
    fn a_letter_with_marks_beside_it_is_broken_where_it_must_be() {
        let wide = format!("]{}", "\u{b47}".repeat(40));
        assert_eq!(text::width(&wide), 41);
        let rows = wrap(&wide, 7, 16);
        assert!(
            rows.len() == 4 && rows.iter().all(|row| text::width(row) <= 16),
            "{rows:?}"
        );
    }

    proptest! {
        #[test]
        fn nothing_is_lost_or_too_wide(text in "(\\PC|[ \n日])*", width in 2..40_usize) {
            promises(&text, width);
        }
    }
}
