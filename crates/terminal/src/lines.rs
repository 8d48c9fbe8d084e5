//! Standard input, by line: whatever its bytes are, and however long a line is.

use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// More of one line is not kept. No message is nearly as long.
pub(crate) const LONGEST: usize = 64 * 1024;

/// One line, without its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What is no UTF-8 was replaced by U+FFFD.
    pub(crate) text: String,
    /// Whether it was longer than [`LONGEST`]; then this is its beginning.
    pub(crate) is_cut: bool,
}

/// What is still to be read.
pub(crate) struct Lines<R> {
    from: R,
    begun: Vec<u8>,
    is_cut: bool,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub(crate) fn of(from: R) -> Self {
        Self {
            from,
            begun: Vec::new(),
            is_cut: false,
        }
    }

    /// The next one; `None` at the end. Nothing is lost when this is dropped while it waits.
    pub(crate) async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let read = self.from.fill_buf().await?;
            if read.is_empty() {
                return Ok((!self.begun.is_empty()).then(|| self.take()));
            }
            let end = read.iter().position(|byte| *byte == b'\n');
            let piece = &read[..end.unwrap_or(read.len())];
            let room = LONGEST - self.begun.len();
            self.is_cut |= piece.len() > room;
            self.begun
                .extend_from_slice(&piece[..piece.len().min(room)]);
            let used = piece.len() + usize::from(end.is_some());
            self.from.consume(used);
            if end.is_some() {
                return Ok(Some(self.take()));
            }
        }
    }

    fn take(&mut self) -> Line {
        let bytes = std::mem::take(&mut self.begun);
        let line = bytes.strip_suffix(b"\r").unwrap_or(&bytes);
        Line {
            text: String::from_utf8_lossy(line).into_owned(),
            is_cut: std::mem::take(&mut self.is_cut),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(input: &[u8]) -> Vec<Line> {
        let (mut lines, mut all) = (Lines::of(input), Vec::new());
        while let Some(line) = lines.next().await.expect("bytes") {
            all.push(line);
        }
        all
    }

    #[tokio::test]
    async fn a_line_of_another_encoding_is_a_line() {
        let texts: Vec<_> = lines(b"one\r\n\xe9t\xe9\n\nlast")
            .await
            .into_iter()
            .map(|line| line.text)
            .collect();
        assert_eq!(texts, ["one", "\u{fffd}t\u{fffd}", "", "last"]);
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_not_kept_whole() {
        let mut input = vec![b'x'; 3 * LONGEST];
        input.extend_from_slice(b"\nafter\n");
        let lines = lines(&input).await;
        assert_eq!((lines[0].text.len(), lines[0].is_cut), (LONGEST, true));
        assert_eq!((lines[1].text.as_str(), lines[1].is_cut), ("after", false));
    }
}
