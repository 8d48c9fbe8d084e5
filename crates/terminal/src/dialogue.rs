//! Questions on the plain terminal, before there is a full screen.

use crate::registration::Dialogue;
use std::io::{self, Write};
use tokio::io::{AsyncBufReadExt, BufReader, Lines, Stdin};

pub(crate) struct PlainTerminal {
    lines: Lines<BufReader<Stdin>>,
}

impl PlainTerminal {
    pub(crate) fn new() -> Self {
        Self {
            lines: BufReader::new(tokio::io::stdin()).lines(),
        }
    }
}

impl Dialogue for PlainTerminal {
    async fn ask(&mut self, prompt: &str) -> Option<String> {
        // A terminal that takes no prompt will give no answer either.
        let _ = write!(io::stdout(), "{prompt}").and_then(|()| io::stdout().flush());
        let line = self.lines.next_line().await.ok().flatten();
        if line.is_none() {
            self.tell("");
        }
        line
    }

    fn tell(&mut self, line: &str) {
        let _ = writeln!(io::stdout(), "{line}");
    }
}
