//! What begins with `/`: never said, always answered.

/// What the person wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    CreateChannel(String),
    DeleteChannel(String),
    Sms {
        to: String,
        body: String,
    },
    Talk {
        username: String,
        body: Option<String>,
    },
    Help,
    Quit,
    /// For whoever in the room answers it.
    Room {
        command: String,
        payload: String,
    },
}

/// The words that Tab completes.
pub(crate) const NAMES: [&str; 6] = ["/+channel", "/-channel", "/help", "/msg", "/quit", "/sms"];

/// What `/help` shows: on a screen of 80 columns and 24 rows, all of it at once.
pub(crate) const HELP: &[&str] = &[
    "/+channel NAME        make a channel",
    "/-channel NAME        delete one that you made",
    "/msg USERNAME [TEXT]  talk to one person",
    "/sms NUMBER MESSAGE   send an SMS",
    "/word=anything        for bots, such as /stock=aapl.us",
    "/help, /quit          this list; leave, as Ctrl-C does",
    "Tab                   complete @name or /command; else",
    "                      go to the channels, and back",
    "Alt-Up, Alt-Down      another channel",
    "Alt-a                 the next unread one; @ first",
    "PageUp, Up, the wheel scroll; Esc goes to the end",
    "Alt-Enter             a new line in a message",
    "Ctrl-L                draw the screen anew",
    "Ctrl-R                when offline: try again at once",
    "Shift and the mouse   select text, as without Chinwag",
];

const INVALID: &str = "Error: invalid command";
const TOO_MANY: &str = "Error: too many arguments supplied for command";
const NAME_MISSING: &str = "Error: CHANNEL_NAME argument is required";
const SMS_MISSING: &str = "Error: MOBILE_NUMBER and MESSAGE arguments are required";
const USERNAME_MISSING: &str = "Error: USERNAME argument is required";

/// Reads a command, or says what is wrong with it.
pub(crate) fn parse(input: &str) -> Result<Command, &'static str> {
    if let Some(command) = room_command(input) {
        return Ok(command);
    }
    let (name, rest) = input.split_once(char::is_whitespace).unwrap_or((input, ""));
    let rest = rest.trim();
    match name {
        "/+channel" => channel_name(rest).map(Command::CreateChannel),
        "/-channel" => channel_name(rest).map(Command::DeleteChannel),
        "/sms" => match rest.split_once(char::is_whitespace) {
            Some((to, body)) => Ok(Command::Sms {
                to: to.to_owned(),
                body: body.trim().to_owned(),
            }),
            None => Err(SMS_MISSING),
        },
        "/msg" => talk(rest),
        "/help" if rest.is_empty() => Ok(Command::Help),
        "/quit" if rest.is_empty() => Ok(Command::Quit),
        "/help" | "/quit" => Err(TOO_MANY),
        _ => Err(INVALID),
    }
}

fn channel_name(rest: &str) -> Result<String, &'static str> {
    let mut words = rest.split_whitespace();
    let name = words.next().ok_or(NAME_MISSING)?;
    match words.next() {
        Some(_) => Err(TOO_MANY),
        None => Ok(name.strip_prefix('#').unwrap_or(name).to_owned()),
    }
}

fn talk(rest: &str) -> Result<Command, &'static str> {
    let (username, body) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let username = username.strip_prefix('@').unwrap_or(username);
    if username.is_empty() {
        return Err(USERNAME_MISSING);
    }
    let body = body.trim();
    Ok(Command::Talk {
        username: username.to_owned(),
        body: (!body.is_empty()).then(|| body.to_owned()),
    })
}

/// `/word=rest`, without a space before the `=`.
fn room_command(input: &str) -> Option<Command> {
    let (word, payload) = input.strip_prefix('/')?.split_once('=')?;
    let is_word = !word.is_empty()
        && word
            .chars()
            .all(|one| one.is_alphanumeric() || matches!(one, '_' | '-'));
    is_word.then(|| Command::Room {
        command: word.to_owned(),
        payload: payload.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s0_39_what_is_wrong_with_a_command_is_said_in_one_line() {
        for (input, error) in [
            ("/+channel", "Error: CHANNEL_NAME argument is required"),
            ("/+channel ", "Error: CHANNEL_NAME argument is required"),
            ("/-channel", "Error: CHANNEL_NAME argument is required"),
            (
                "/+channel a b",
                "Error: too many arguments supplied for command",
            ),
            (
                "/-channel a b",
                "Error: too many arguments supplied for command",
            ),
            (
                "/sms",
                "Error: MOBILE_NUMBER and MESSAGE arguments are required",
            ),
            (
                "/sms +1555",
                "Error: MOBILE_NUMBER and MESSAGE arguments are required",
            ),
            (
                "/sms +1555 ",
                "Error: MOBILE_NUMBER and MESSAGE arguments are required",
            ),
            ("/msg", "Error: USERNAME argument is required"),
            ("/help me", "Error: too many arguments supplied for command"),
            ("/", "Error: invalid command"),
            ("/+channelfoo", "Error: invalid command"),
            ("/cleanup ", "Error: invalid command"),
            ("/stock =aapl", "Error: invalid command"),
            ("/=x", "Error: invalid command"),
        ] {
            assert_eq!(parse(input), Err(error), "{input:?}");
        }
    }

    #[test]
    fn help_fits_the_smallest_screen() {
        assert!(HELP.len() <= 18 && HELP.iter().all(|line| line.len() <= 55));
    }

    #[test]
    fn commands_are_read() {
        for (input, command) in [
            ("/+channel foo", Command::CreateChannel("foo".into())),
            ("/-channel  #foo ", Command::DeleteChannel("foo".into())),
            (
                "/sms +15551234 hi there",
                Command::Sms {
                    to: "+15551234".into(),
                    body: "hi there".into(),
                },
            ),
            (
                "/msg @bo see you",
                Command::Talk {
                    username: "bo".into(),
                    body: Some("see you".into()),
                },
            ),
            (
                "/msg bo",
                Command::Talk {
                    username: "bo".into(),
                    body: None,
                },
            ),
            (
                "/stock=aapl.us",
                Command::Room {
                    command: "stock".into(),
                    payload: "aapl.us".into(),
                },
            ),
            (
                "/roll=2 d6=x",
                Command::Room {
                    command: "roll".into(),
                    payload: "2 d6=x".into(),
                },
            ),
            ("/help", Command::Help),
            ("/quit", Command::Quit),
        ] {
            assert_eq!(parse(input), Ok(command), "{input:?}");
        }
    }
}
