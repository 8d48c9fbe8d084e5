//! One channel: a room or a talk, with what was said in it during this run and as much history as was looked at.

use crate::{layout, text};
use chinwag_client::wire::Message;
use chrono::NaiveDateTime;
use std::collections::VecDeque;

/// How many lines are kept, what the terminal says among them. Older messages can be looked up again once these have
/// made room: in the next run.
pub(crate) const LINES: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Room,
    Talk,
}

/// How it stands with what was said before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HistoryState {
    Unknown,
    Loading,
    /// Whether there is more before the first line.
    Known {
        more: bool,
    },
}

/// A line of the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Said(Said),
    Notice(Notice),
}

/// What somebody said. Free of anything that steers a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) seq: i64,
    rev: i64,
    pub(crate) at: NaiveDateTime,
    pub(crate) sender: String,
    pub(crate) body: String,
    pub(crate) is_mine: bool,
    pub(crate) names_me: bool,
    pub(crate) is_edited: bool,
    pub(crate) is_deleted: bool,
    /// The first of what was unread when the person came to the channel.
    pub(crate) begins_news: bool,
}

/// What the terminal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) at: NaiveDateTime,
    pub(crate) text: String,
    pub(crate) tone: Tone,
}

/// How it says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// What one got wrong.
    Plain,
    /// Who came and went.
    Italic,
    /// What was done.
    ItalicBold,
    /// What the server refused.
    Red,
}

#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) id: i64,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    /// A room in the list may be one that is still to be entered.
    pub(crate) is_member: bool,
    pub(crate) lines: VecDeque<Line>,
    pub(crate) history: HistoryState,
    pub(crate) unread: usize,
    pub(crate) is_named: bool,
    pub(crate) last_seq: i64,
    pub(crate) read_seq: i64,
    /// How far the person has seen it here; the server learns of that a little later.
    seen_seq: i64,
    /// Where what was unread began when they came.
    news_from: Option<i64>,
    /// How many rows the window is above the end.
    pub(crate) scroll: usize,
    /// Changes of messages that a page of history, which is on its way, may bring as they were before.
    late: Vec<Said>,
}

impl Line {
    pub(crate) fn at(&self) -> NaiveDateTime {
        match self {
            Self::Said(said) => said.at,
            Self::Notice(notice) => notice.at,
        }
    }
}

impl Said {
    pub(crate) fn new(message: &Message, at: NaiveDateTime, me: i64, username: &str) -> Self {
        let body = text::body(&message.body);
        let is_mine = message.sender.id == me;
        Self {
            seq: message.seq,
            rev: message.rev,
            at,
            sender: text::line(&message.sender.username),
            names_me: !is_mine && names(&body, username),
            body,
            is_mine,
            is_edited: message.edited_at.is_some(),
            is_deleted: message.deleted,
            begins_news: false,
        }
    }

    /// As it was said: neither edited nor deleted since.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.rev == self.seq
    }
}

impl Channel {
    pub(crate) fn new(id: i64, kind: Kind, name: String) -> Self {
        Self {
            id,
            kind,
            name,
            is_member: false,
            lines: VecDeque::new(),
            history: HistoryState::Unknown,
            unread: 0,
            is_named: false,
            last_seq: 0,
            read_seq: 0,
            seen_seq: 0,
            news_from: None,
            scroll: 0,
            late: Vec::new(),
        }
    }

    /// `#general`, or `@bo`.
    pub(crate) fn title(&self) -> String {
        match self.kind {
            Kind::Room => format!("#{}", self.name),
            Kind::Talk => format!("@{}", self.name),
        }
    }

    /// Takes what was told. A change of a message above all that is here is left out, or it would stand there as if
    /// nothing were missing between: the page of history will bring it.
    pub(crate) fn hear(&mut self, said: Said, width: usize) {
        let is_above = self.first_seq().is_none_or(|first| said.seq < first);
        if said.is_unchanged() || said.seq > self.last_seq || !is_above {
            self.put(said, width);
        } else if self.history == HistoryState::Loading {
            self.late.push(said);
        }
    }

    /// Puts what was told while a page of history was on its way.
    pub(crate) fn put_late(&mut self, width: usize) {
        for said in std::mem::take(&mut self.late) {
            self.hear(said, width);
        }
    }

    /// Puts a message at its place. A later version of one that is there takes its place; an earlier one is ignored.
    pub(crate) fn put(&mut self, said: Said, width: usize) {
        self.last_seq = self.last_seq.max(said.seq);
        let after = self
            .lines
            .iter()
            .rposition(|line| matches!(line, Line::Said(other) if other.seq <= said.seq));
        match after {
            Some(at) => match &mut self.lines[at] {
                Line::Said(there) if there.seq == said.seq => {
                    if there.rev < said.rev {
                        let begins_news = there.begins_news;
                        *there = Said {
                            begins_news,
                            ..said
                        };
                    }
                }
                _ => {
                    // Notices that followed the earlier message came before this one, if it is the last.
                    let is_last = !self
                        .lines
                        .range(at + 1..)
                        .any(|line| matches!(line, Line::Said(_)));
                    let place = if is_last { self.lines.len() } else { at + 1 };
                    self.insert(place, Line::Said(said), width);
                }
            },
            None => {
                // After the notices that are older: only notices stand before the first message.
                let is_before =
                    |line: &&Line| matches!(line, Line::Notice(_)) && line.at() <= said.at;
                let place = self.lines.iter().take_while(is_before).count();
                self.insert(place, Line::Said(said), width);
            }
        }
    }

    pub(crate) fn add_notice(&mut self, notice: Notice, width: usize) {
        self.insert(self.lines.len(), Line::Notice(notice), width);
    }

    fn insert(&mut self, place: usize, line: Line, width: usize) {
        // Whoever reads further up keeps what they read before their eyes.
        if self.scroll > 0 && place == self.lines.len() {
            self.scroll += layout::block(&line, self.lines.back(), width).height();
        }
        self.lines.insert(place, line);
        if self.lines.len() > LINES {
            self.drop_one();
        }
    }

    /// Nobody may push out by coming and going what was said: what the terminal says goes first.
    fn drop_one(&mut self) {
        let notice = self
            .lines
            .iter()
            .position(|line| matches!(line, Line::Notice(_)));
        if let Some(notice) = notice {
            self.lines.remove(notice);
            return;
        }
        self.lines.pop_front();
        if let HistoryState::Known { more } = &mut self.history {
            *more = true;
        }
    }

    /// The place of the first message that is here.
    pub(crate) fn first_seq(&self) -> Option<i64> {
        self.lines.iter().find_map(|line| match line {
            Line::Said(said) => Some(said.seq),
            Line::Notice(_) => None,
        })
    }

    /// Whether older messages can be had, and kept.
    pub(crate) fn wants_history(&self) -> bool {
        self.history == HistoryState::Known { more: true } && self.lines.len() < LINES
    }

    /// The person comes to look at it: what they have not seen yet is headed.
    pub(crate) fn come(&mut self) {
        let from = self.read_seq.max(self.seen_seq) + 1;
        self.news_from = (self.unread > 0).then_some(from);
        self.head_news();
    }

    /// The person goes to another one.
    pub(crate) fn leave(&mut self) {
        if self.scroll == 0 {
            self.seen_seq = self.last_seq;
        }
        self.news_from = None;
        self.head_news();
    }

    /// Finds the line where the news begins: again, when older ones were put before it.
    pub(crate) fn head_news(&mut self) {
        let mut from = self.news_from;
        for line in &mut self.lines {
            if let Line::Said(said) = line {
                said.begins_news = !said.is_mine && from.is_some_and(|from| said.seq >= from);
                from = from.filter(|_| !said.begins_news);
            }
        }
    }

    /// The person looks at it.
    pub(crate) fn seen(&mut self) {
        self.unread = 0;
        self.is_named = false;
        self.scroll = 0;
    }

    /// How many rows it takes altogether.
    pub(crate) fn height(&self, width: usize) -> usize {
        let before = std::iter::once(None).chain(self.lines.iter().map(Some));
        let blocks = before
            .zip(&self.lines)
            .map(|(before, line)| layout::block(line, before, width));
        blocks.map(|block| block.height()).sum()
    }
}

/// Whether a text names a person: `@` and the username as a word of its own, perhaps with a sign after it.
pub(crate) fn names(text: &str, username: &str) -> bool {
    text.split_whitespace().any(|word| {
        word.strip_prefix('@').is_some_and(|word| {
            word == username
                || word.trim_end_matches(['.', ',', ':', ';', '!', '?', ')']) == username
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s0_33_a_mention_is_a_word_of_its_own_perhaps_with_a_sign_after_it() {
        for text in [
            "@ana",
            "hi @ana there",
            "@ana, look",
            "see @ana)",
            "ok @ana?!",
            "a\n@ana",
        ] {
            assert!(names(text, "ana"), "{text}");
        }
        for text in [
            "ana",
            "@anabel",
            "@Ana",
            "x@ana",
            "me@ana.org",
            "@ana's",
            "",
            "@",
        ] {
            assert!(!names(text, "ana"), "{text}");
        }
        // A sign that belongs to the name is no sign after it.
        assert!(names("@ana.", "ana."));
    }
}
