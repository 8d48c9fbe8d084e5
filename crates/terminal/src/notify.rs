//! A mention, announced: by the terminal where it is known to pass such things on to the desktop, else by the desktop
//! itself where there is one, else by the bell.

use std::env;
use std::process::{Command, Stdio};

/// How mentions are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Notifier {
    /// `OSC 9 ; text`: kitty, WezTerm, Ghostty, iTerm2.
    Osc9,
    /// `OSC 777 ; notify ; title ; text`: foot, urxvt.
    Osc777,
    /// The program `notify-send`.
    Desktop,
    Bell,
    Nothing,
}

const TITLE: &str = "Chinwag";

impl Notifier {
    /// What was set, or what the surroundings look like.
    pub(crate) fn choose(set: Option<&str>) -> Result<Self, String> {
        match set {
            None => Ok(Self::fitting(&|name| env::var(name).ok())),
            Some("osc9") => Ok(Self::Osc9),
            Some("osc777") => Ok(Self::Osc777),
            Some("desktop") => Ok(Self::Desktop),
            Some("bell") => Ok(Self::Bell),
            Some("off") => Ok(Self::Nothing),
            Some(other) => Err(format!(
                "CHINWAG_NOTIFY is '{}'; it can be osc9, osc777, desktop, bell or off.",
                crate::text::line(other)
            )),
        }
    }

    fn fitting(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| get(name).is_some_and(|value| !value.is_empty());
        let (term, program) = (
            get("TERM").unwrap_or_default(),
            get("TERM_PROGRAM").unwrap_or_default(),
        );
        // tmux and screen swallow what they do not know.
        let is_wrapped = is_set("TMUX") || term.starts_with("screen") || term.starts_with("tmux");
        match (program.as_str(), term.as_str()) {
            _ if is_wrapped => {}
            ("iTerm.app" | "WezTerm" | "ghostty", _) | (_, "xterm-kitty" | "xterm-ghostty") => {
                return Self::Osc9;
            }
            (_, "foot" | "foot-extra" | "rxvt-unicode-256color" | "rxvt-unicode") => {
                return Self::Osc777;
            }
            _ => {}
        }
        let is_remote = is_set("SSH_CONNECTION");
        if !is_remote && (is_set("WAYLAND_DISPLAY") || is_set("DISPLAY")) {
            Self::Desktop
        } else {
            Self::Bell
        }
    }

    /// Announces it; gives what is to be written to the terminal. The words are clean already: no control characters.
    pub(crate) fn announce(self, channel: &str, sender: &str) -> String {
        let text = format!("{sender} mentioned you in {channel}");
        match self {
            Self::Osc9 => format!("\x1b]9;{TITLE}: {text}\x07"),
            Self::Osc777 => format!("\x1b]777;notify;{TITLE};{}\x07", text.replace(';', ",")),
            Self::Desktop if send(&text) => String::new(),
            Self::Desktop | Self::Bell => "\x07".into(),
            Self::Nothing => String::new(),
        }
    }
}

/// For five seconds. Whether the program could be started at all.
fn send(text: &str) -> bool {
    let started = Command::new("notify-send")
        .args([
            "--app-name",
            TITLE,
            "--expire-time",
            "5000",
            "--",
            TITLE,
            text,
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    // It ends by itself; somebody has to take note.
    started
        .map(|mut child| std::thread::spawn(move || child.wait()))
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s0_32_a_mention_is_announced_as_the_surroundings_can() {
        for (variables, notifier) in [
            (&[("TERM", "xterm-kitty")][..], Notifier::Osc9),
            (
                &[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")],
                Notifier::Osc9,
            ),
            (&[("TERM", "foot")], Notifier::Osc777),
            (
                &[("TERM", "xterm-256color"), ("WAYLAND_DISPLAY", "wayland-0")],
                Notifier::Desktop,
            ),
            (
                &[
                    ("TERM", "tmux-256color"),
                    ("TMUX", "x"),
                    ("TERM_PROGRAM", "WezTerm"),
                ],
                Notifier::Bell,
            ),
            (
                &[
                    ("TERM", "xterm"),
                    ("DISPLAY", ":0"),
                    ("SSH_CONNECTION", "x"),
                ],
                Notifier::Bell,
            ),
            (&[], Notifier::Bell),
        ] {
            let get = |name: &str| {
                variables
                    .iter()
                    .find(|one| one.0 == name)
                    .map(|one| one.1.to_owned())
            };
            assert_eq!(Notifier::fitting(&get), notifier, "{variables:?}");
        }
    }

    #[test]
    fn an_announcement_names_the_channel() {
        assert_eq!(
            Notifier::Osc9.announce("#general", "bo"),
            "\x1b]9;Chinwag: bo mentioned you in #general\x07"
        );
        let two = Notifier::Osc777.announce("#general", "b;o");
        assert_eq!(
            two,
            "\x1b]777;notify;Chinwag;b,o mentioned you in #general\x07"
        );
        assert_eq!(Notifier::Bell.announce("#general", "bo"), "\x07");
        assert!(Notifier::choose(Some("loud")).is_err());
    }
}
