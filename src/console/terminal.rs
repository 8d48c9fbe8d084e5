//! Asking at the terminal.

use super::gone;
use crate::error::{Error, Result};
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::io::{BufRead, IsTerminal, Write};

/// One line, without its end. What is secret is not shown while it is typed.
pub(super) fn read_line(label: &str, shown: bool) -> Result<String> {
    let fault = |error: std::io::Error| Error::Internal(error.into());
    print!("{label}: ");
    std::io::stdout().flush().map_err(fault)?;
    let stdin = std::io::stdin();
    let hidden = !shown && stdin.is_terminal();
    if hidden {
        show_typing(false)?;
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    if hidden {
        show_typing(true)?;
        println!();
    }
    if read.map_err(fault)? == 0 {
        return Err(gone(format!("{label} was not given")));
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
