//! What other people send, made harmless for a terminal, and measured as a terminal measures.
//!
//! A terminal obeys control characters. None reaches it: neither those of C0 and C1, among them escape, nor those that
//! turn the direction of writing and would turn what stands beside the message with it, nor piles of marks that reach
//! into other lines. Letters of scripts that run from right to left are letters, and stay.
//!
//! Terminals disagree about the width of joined and coloured emoji, and one that disagrees with us shifts the rest of
//! the row. They are taken apart, so that all agree: a family becomes its faces.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// As many as any script stacks upon one letter.
const MARKS: usize = 8;
/// Makes one family of four faces, in some terminals.
const JOINER: char = '\u{200D}';
/// Colour the emoji before them, in some terminals.
const SKIN_FIRST: char = '\u{1F3FB}';
const SKIN_LAST: char = '\u{1F3FF}';

/// A text of several lines.
pub(crate) fn body(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let (mut marks, mut base) = (0, ' ');
    for letter in text.chars() {
        match letter {
            '\n' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push_str("    "),
            _ if !is_harmless(letter) || is_disputed(letter) => continue,
            // Scripts join letters with it: that changes a shape, but no width.
            JOINER if !base.is_alphabetic() => continue,
            SKIN_FIRST..=SKIN_LAST if !base.is_alphanumeric() && base != ' ' => continue,
            _ if letter.width() == Some(0) => {
                marks += 1;
                if marks <= MARKS {
                    clean.push(letter);
                }
                continue;
            }
            _ => clean.push(letter),
        }
        (marks, base) = (0, letter);
    }
    clean
}

/// A text of one line: a name, a title, a refusal.
pub(crate) fn line(text: &str) -> String {
    body(text).replace('\n', " ")
}

/// How many columns it takes: letter by letter, as it is drawn. (Some pairs of letters would be narrower together.)
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// As much of its beginning as fits, with an ellipsis if that is not all.
pub(crate) fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut clipped = String::new();
    for piece in text.graphemes(true) {
        if width(&clipped) + width(piece) + 1 > columns {
            break;
        }
        clipped.push_str(piece);
    }
    clipped + "…"
}

/// Whether a terminal shows it, and does nothing else.
pub(crate) fn is_harmless(letter: char) -> bool {
    !letter.is_control() && !steers(letter)
}

/// Signs without a width of their own that some terminals give one, or that make what they follow wider in some:
/// selectors of a variant, fillers, hyphens and spaces that are not seen.
fn is_disputed(letter: char) -> bool {
    matches!(letter,
        '\u{AD}' | '\u{115F}' | '\u{1160}' | '\u{180B}'..='\u{180F}' | '\u{200B}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FFA0}')
}

/// Marks of direction, embeddings, overrides and isolates; annotations; tags; the mark of byte order.
fn steers(letter: char) -> bool {
    matches!(letter,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str, columns: usize) {
    let clean = body(text);
    assert!(
        clean
            .chars()
            .all(|letter| letter == '\n' || is_harmless(letter))
    );
    assert!(clean.chars().count() <= 4 * text.chars().count());
    assert_eq!(body(&clean), clean);
    let one = line(text);
    assert!(!one.contains('\n') && width(&clip(&one, columns)) <= columns.max(1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_that_steers_a_terminal_is_left() {
        let hostile = "\u{1b}[2J\u{1b}]0;title\u{7}a\u{9b}31mb\r\u{8}\u{7f}\u{202e}c\u{2066}\u{200f}\u{e0041}\0";
        assert_eq!(body(hostile), "[2J]0;titlea31mbc");
        let every_control = (0..0x110000_u32)
            .filter_map(char::from_u32)
            .filter(|one| one.is_control());
        assert_eq!(line(&every_control.collect::<String>()), "     ");
    }

    #[test]
    fn lines_tabs_and_letters_of_all_scripts_stay() {
        assert_eq!(body("a\r\nb\tc"), "a\nb    c");
        assert_eq!(line("a\nb"), "a b");
        for text in ["שלום", "日本語", "é e\u{301}", "नमस्ते", "👍🇵🇹", "می‌خواهم"]
        {
            assert_eq!(body(text), text);
        }
    }

    #[test]
    fn what_terminals_disagree_about_is_taken_apart() {
        assert_eq!(body("👩\u{200d}👩\u{200d}👧!"), "👩👩👧!");
        assert_eq!(body("🏳\u{fe0f}\u{200d}🌈 ☝\u{1f3fb}"), "🏳🌈 ☝");
        assert_eq!(
            body("👍\u{1f3fd} ❤\u{fe0f} 1\u{fe0f}\u{20e3}"),
            "👍 ❤ 1\u{20e3}"
        );
    }

    #[test]
    fn a_text_is_as_wide_as_its_letters_are_drawn() {
        for (text, columns) in [
            ("ab", 2),
            ("日本", 4),
            ("e\u{301}", 1),
            ("\u{644}\u{627}", 2),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn marks_do_not_pile_up() {
        let pile = format!("a{}b", "\u{301}".repeat(500));
        assert_eq!(body(&pile).chars().count(), 2 + MARKS);
    }

    #[test]
    fn what_is_too_wide_is_clipped_between_letters() {
        assert_eq!(clip("general", 7), "general");
        assert_eq!(clip("general", 6), "gener…");
        assert_eq!(clip("日本語", 4), "日…");
        assert_eq!(clip("日本語", 0), "…");
    }
    proptest! {
        #[test]
        fn what_is_clean_stays_and_fits(text in ".{0,60}", columns in 0..30_usize) {
            promises(&text, columns);
        }
    }
}
