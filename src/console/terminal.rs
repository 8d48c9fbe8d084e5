//! Asking at the terminal.

use super::gone;
use crate::error::{Error, Result};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal, Write};

/// One line, without its end. What is secret is not shown while it is typed.
pub(super) fn read_line(label: &str, shown: bool) -> Result<String> {
    let fault = |error: std::io::Error| Error::Internal(error.into());
    let mut stdout = std::io::stdout();
    write!(stdout, "{label}: ").map_err(fault)?;
    stdout.flush().map_err(fault)?;
    if shown || !std::io::stdin().is_terminal() {
        return given_line(label);
    }
    show_typing(false)?;
    let line = given_line(label);
    show_typing(true)?;
    writeln!(stdout).map_err(fault)?;
    line
}

/// One line of standard input, without its end, where nobody is asked for it.
pub(super) fn given_line(what: &str) -> Result<String> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    if read.map_err(|error| Error::Internal(error.into()))? == 0 {
        return Err(gone(format!("{what} was not given")));
    }
    Ok(line.trim_end_matches(['\n', '\r']).to_owned())
}

fn show_typing(shown: bool) -> Result<()> {
    let fault = |error: rustix::io::Errno| Error::Internal(error.into());
    let stdin = std::io::stdin();
    let mut modes = tcgetattr(&stdin).map_err(fault)?;
    modes.local_modes.set(LocalModes::ECHO, shown);
    tcsetattr(&stdin, OptionalActions::Now, &modes).map_err(fault)
}
