//! The command line.

use clap::Parser;
use std::path::PathBuf;

/// Chinwag in a terminal: rooms and talks, full screen or as a pipe.
#[derive(Debug, Parser)]
#[command(name = "chinwag-terminal", version, after_help = AFTER_HELP, max_term_width = 100)]
pub(crate) struct Arguments {
    /// The server
    // Not as documentation, which would want the addresses to be links.
    #[arg(long, value_name = "ADDRESS", help = SERVER_HELP)]
    pub(crate) server: Option<String>,

    /// The file (or folder) with the remembered sign-in [default: ~/.config/chinwag/terminal.json]
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,

    /// The log [default: ~/.local/state/chinwag/terminal.log]
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,

    /// Sends each line of standard input to this room, and writes what is said there as lines of JSON
    #[arg(long, value_name = "ROOM")]
    pub(crate) pipe: Option<String>,

    /// With --pipe: goes on when standard input ends
    #[arg(long, requires = "pipe")]
    pub(crate) follow: bool,

    /// Forgets the remembered sign-in at this server, and ends
    #[arg(long, conflicts_with = "pipe")]
    pub(crate) forget: bool,
}

const SERVER_HELP: &str = "The server, such as https://chat.example.org or localhost:8000 \
                           [default: the one signed in to last, else http://localhost:8000]";

const AFTER_HELP: &str = "\
The first start asks for your e-mail address and phone number, sends you a code
by SMS, and lets you choose a username. Later starts ask nothing. Inside, /help
shows the keys and commands; Ctrl-C leaves.

Settings (from the environment, or from a file .env in the working directory):
  CHINWAG_SERVER   the server                          (also: CCHAT_SERVER)
  CHINWAG_CONFIG   the file with the remembered sign-in (also: CCHAT_CONFIG)
  CHINWAG_LOG      the log                             (from the environment alone)
  CHINWAG_NOTIFY   how a mention is announced: osc9, osc777, desktop, bell, off
                   [default: what fits the terminal]
  NO_COLOR         no colours, if it is set to anything

Exit codes:
  0  all is well          3  not signed in, or refused       6  something was not sent
  1  this machine fails   4  the server cannot be reached    130  cancelled
  2  a setting is wrong   5  there is no such room (--pipe)

With --pipe each line is said as it is, also one that begins with /. What is written has a \"type\":
  message, edited, deleted   with id, seq, sender, body, sent_at
  entered                    with room: from here on all that is said there is written
  added, removed, command    with user, and for a command with command, payload
  refused                    with body, message: a line that was not said, and why
  unknown                    with body: a line that is not known to be said
  offline, online            meanwhile what is to be said waits, as long as it takes; where that
                             may be too long, use timeout(1)";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn no_line_of_the_help_is_broken() {
        for line in AFTER_HELP.lines() {
            assert!(line.chars().count() <= 100, "{line}");
        }
    }
}
