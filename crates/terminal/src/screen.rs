//! The full screen: taken when it begins, given back however it ends, a panic included.

use crate::state::State;
use crate::view::{self, Theme};
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
    EnableFocusChange, EnableMouseCapture,
};
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use std::io::{self, Stdout, Write};
use std::panic;

pub(crate) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    theme: Theme,
}

impl Screen {
    pub(crate) fn take(theme: Theme) -> io::Result<Self> {
        end_on_panic();
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        // From here on its end gives back what was taken, also when the next line fails half-way.
        let screen = Self { terminal, theme };
        enable_raw_mode()?;
        execute!(
            io::stdout(),
            EnterAlternateScreen,
            Clear(ClearType::All),
            EnableMouseCapture,
            EnableFocusChange,
            EnableBracketedPaste
        )?;
        Ok(screen)
    }

    pub(crate) fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }

    pub(crate) fn draw(&mut self, state: &State) -> io::Result<()> {
        let theme = self.theme;
        self.terminal
            .draw(|frame| view::draw(state, theme, frame))?;
        Ok(())
    }

    /// Draws everything anew with the next `draw`, whatever has been left on the screen. (`Terminal::clear` would ask
    /// the terminal where its cursor is, and wait for an answer among the keys.)
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    /// Writes what is no picture: a bell, an announcement.
    pub(crate) fn say(&mut self, sequence: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    let mut out = io::stdout();
    let _ = execute!(
        out,
        DisableBracketedPaste,
        DisableFocusChange,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// A panic in whatever task leaves the screen first, so that its words can be read, and then the program.
fn end_on_panic() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        give_back();
        before(info);
        std::process::exit(101);
    }));
}
