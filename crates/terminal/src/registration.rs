//! The first start: who one is, proved by a code that comes by SMS (contract of the terminal, S0-01 to S0-08, S0-12).

use crate::text;
use chinwag_client::api::PhoneStarted;
use chinwag_client::{Error, Rest, SignedIn, Verified};

/// Asks and tells on the plain terminal.
pub(crate) trait Dialogue {
    /// The next line, without its end; `None` when the person has had enough.
    async fn ask(&mut self, prompt: &str) -> Option<String>;
    fn tell(&mut self, line: &str);
}

/// Who checks numbers.
pub(crate) trait Checker {
    async fn start(
        &self,
        email: &str,
        country_code: &str,
        phone: &str,
    ) -> Result<PhoneStarted, Error>;
    async fn verify(&self, challenge: &str, pin: &str) -> Result<Verified, Error>;
    async fn finish(&self, signup: &str, username: &str) -> Result<SignedIn, Error>;
}

impl Checker for Rest {
    async fn start(
        &self,
        email: &str,
        country_code: &str,
        phone: &str,
    ) -> Result<PhoneStarted, Error> {
        self.start_phone(email, country_code, phone).await
    }

    async fn verify(&self, challenge: &str, pin: &str) -> Result<Verified, Error> {
        self.verify_phone(challenge, pin).await
    }

    async fn finish(&self, signup: &str, username: &str) -> Result<SignedIn, Error> {
        self.finish_phone(signup, username).await
    }
}

/// Why nobody was registered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    Cancelled,
    /// Said in words already fit for a terminal.
    Failed(String),
    /// There is no server, or it is in no state to answer. In such words, too.
    Unreachable(String),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        let why = text::line(&error.to_string());
        match error {
            Error::Unreachable(_)
            | Error::Strange(_)
            | Error::Refused {
                is_retryable: true, ..
            } => Self::Unreachable(why),
            Error::Refused { .. } => Self::Failed(why),
        }
    }
}

/// Somebody new, or somebody known on a new machine. Gives the number in its whole form, too.
pub(crate) async fn register(
    dialogue: &mut impl Dialogue,
    checker: &impl Checker,
) -> Result<(SignedIn, String), Stopped> {
    let mut email = ask_email(dialogue).await?;
    let started = loop {
        let country = ask(dialogue, "enter country code: ", "country code").await?;
        let phone = ask(
            dialogue,
            "enter phone number (without country code): ",
            "phone number",
        )
        .await?;
        match checker
            .start(&email, country.trim_start_matches('+'), &phone)
            .await
        {
            Ok(started) => break started,
            Err(Error::Refused {
                code,
                message,
                field,
                ..
            }) if code == "400" => {
                dialogue.tell(&format!("Error: {}", text::line(&message)));
                if field.as_deref() == Some("email") {
                    email = ask_email(dialogue).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    };
    dialogue.tell(&format!(
        "A token is on its way to {}.",
        text::line(&started.phone)
    ));
    let pin = ask(dialogue, "enter received sms token: ", "token").await?;
    let signed_in = match checker.verify(&started.challenge, &pin).await? {
        Verified::Known(signed_in) => signed_in,
        Verified::New { signup } => choose_username(dialogue, checker, &signup).await?,
    };
    Ok((signed_in, started.phone))
}

async fn ask_email(dialogue: &mut impl Dialogue) -> Result<String, Stopped> {
    loop {
        let email = ask(dialogue, "enter email: ", "email").await?;
        if looks_like_email(&email) {
            return Ok(email);
        }
        dialogue.tell("Error: that is not an email address");
    }
}

async fn choose_username(
    dialogue: &mut impl Dialogue,
    checker: &impl Checker,
    signup: &str,
) -> Result<SignedIn, Stopped> {
    let mut prompt = "enter username: ";
    loop {
        let username = ask(dialogue, prompt, "username").await?;
        match checker.finish(signup, &username).await {
            Err(Error::Refused { code, message, .. }) if code == "400" => {
                dialogue.tell(&format!("Error: {}", text::line(&message)));
                prompt = "enter a different username: ";
            }
            result => return Ok(result?),
        }
    }
}

/// Asks until there is an answer.
async fn ask(dialogue: &mut impl Dialogue, prompt: &str, what: &str) -> Result<String, Stopped> {
    loop {
        let answer = dialogue.ask(prompt).await.ok_or(Stopped::Cancelled)?;
        let answer = answer.trim();
        if !answer.is_empty() {
            return Ok(answer.to_owned());
        }
        dialogue.tell(&format!("Error: {what} is required"));
    }
}

/// `x@y.z`. Whether it is real, only a mail can tell.
fn looks_like_email(email: &str) -> bool {
    let Some((local, domain)) = email.rsplit_once('@') else {
        return false;
    };
    let has_dot = domain
        .split_once('.')
        .is_some_and(|(name, rest)| !name.is_empty() && !rest.is_empty());
    has_dot && !local.is_empty() && !email.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::collections::VecDeque;

    /// Somebody who types these lines and then presses Ctrl-C.
    struct Typing {
        lines: VecDeque<&'static str>,
        shown: Vec<String>,
    }

    impl Dialogue for Typing {
        async fn ask(&mut self, prompt: &str) -> Option<String> {
            self.shown.push(prompt.to_owned());
            self.lines.pop_front().map(str::to_owned)
        }

        fn tell(&mut self, line: &str) {
            self.shown.push(line.to_owned());
        }
    }

    /// Knows one number and one username; the code is 123456.
    #[derive(Default)]
    struct Office {
        started: RefCell<Vec<(String, String, String)>>,
    }

    fn refused(code: &str, message: &str, field: Option<&str>) -> Error {
        Error::Refused {
            code: code.into(),
            message: message.into(),
            field: field.map(str::to_owned),
            is_retryable: false,
            retry_after: None,
        }
    }

    fn signed_in(username: &str) -> SignedIn {
        SignedIn {
            token: "chinwag_x".into(),
            user_id: 8,
            username: username.into(),
        }
    }

    impl Checker for Office {
        async fn start(
            &self,
            email: &str,
            country_code: &str,
            phone: &str,
        ) -> Result<PhoneStarted, Error> {
            if phone == "1" {
                return Err(refused(
                    "400",
                    "That is not a possible phone number.",
                    Some("phone"),
                ));
            }
            self.started
                .borrow_mut()
                .push((email.into(), country_code.into(), phone.into()));
            Ok(PhoneStarted {
                challenge: "c".into(),
                phone: format!("+{country_code}{phone}"),
                resend_in: 30,
                message: "Code was sent".into(),
            })
        }

        async fn verify(&self, _challenge: &str, pin: &str) -> Result<Verified, Error> {
            match pin {
                "123456"
                    if self
                        .started
                        .borrow()
                        .iter()
                        .any(|(_, _, phone)| phone == "known") =>
                {
                    Ok(Verified::Known(signed_in("old")))
                }
                "123456" => Ok(Verified::New { signup: "s".into() }),
                _ => Err(refused("400", "Invalid pin", None)),
            }
        }

        async fn finish(&self, _signup: &str, username: &str) -> Result<SignedIn, Error> {
            match username {
                "ana" => Err(refused(
                    "400",
                    "Username 'ana' is busy! Try putting another one",
                    None,
                )),
                _ => Ok(signed_in(username)),
            }
        }
    }

    async fn typing(
        lines: &[&'static str],
    ) -> (Result<(SignedIn, String), Stopped>, Vec<String>, Office) {
        let mut typing = Typing {
            lines: lines.iter().copied().collect(),
            shown: Vec::new(),
        };
        let office = Office::default();
        let result = register(&mut typing, &office).await;
        (result, typing.shown, office)
    }

    #[tokio::test]
    async fn s0_02_to_05_email_number_token_and_username_are_asked() {
        let (result, shown, office) =
            typing(&["ana@example.org", "+1", "2015550123", "123456", "anna"]).await;
        let (anna, phone) = result.expect("registered");
        assert_eq!(
            (anna.username.as_str(), phone.as_str()),
            ("anna", "+12015550123")
        );
        let asked = ("ana@example.org".into(), "1".into(), "2015550123".into());
        assert_eq!(*office.started.borrow(), [asked]);
        assert_eq!(
            shown,
            [
                "enter email: ",
                "enter country code: ",
                "enter phone number (without country code): ",
                "A token is on its way to +12015550123.",
                "enter received sms token: ",
                "enter username: ",
            ]
        );
    }

    #[tokio::test]
    async fn s0_06_a_taken_username_is_asked_for_again() {
        let (result, shown, _) =
            typing(&["a@b.c", "1", "2", "123456", "", "ana", "ana", "bo"]).await;
        assert_eq!(result.expect("registered").0.username, "bo");
        assert_eq!(
            shown
                .iter()
                .filter(|line| *line == "enter a different username: ")
                .count(),
            2
        );
        assert!(shown.contains(&"Error: username is required".to_owned()));
        assert!(
            shown.contains(&"Error: Username 'ana' is busy! Try putting another one".to_owned())
        );
    }

    #[tokio::test]
    async fn s0_07_what_is_missing_or_malformed_is_asked_for_again() {
        let lines = [
            "", "ana", "ana@", "@b.c", "a b@c.d", "a@b.c", "", "1", " ", "1", "1", "2", "",
            "123456", "bo",
        ];
        let (result, shown, _) = typing(&lines).await;
        result.expect("registered");
        for warning in [
            "Error: email is required",
            "Error: that is not an email address",
            "Error: country code is required",
            "Error: phone number is required",
            "Error: That is not a possible phone number.",
            "Error: token is required",
        ] {
            assert!(
                shown.iter().any(|line| line == warning),
                "{warning} in {shown:?}"
            );
        }
    }

    #[tokio::test]
    async fn s0_08_a_wrong_token_ends_it() {
        let (result, ..) = typing(&["a@b.c", "1", "2", "000000", "ana"]).await;
        assert_eq!(result, Err(Stopped::Failed("Invalid pin".into())));
    }

    #[tokio::test]
    async fn s0_12_it_can_be_cancelled_at_every_question() {
        let lines = ["a@b.c", "1", "2", "123456"];
        for answered in 0..=lines.len() {
            let (result, ..) = typing(&lines[..answered]).await;
            assert_eq!(result, Err(Stopped::Cancelled), "after {answered}");
        }
    }

    #[tokio::test]
    async fn somebody_known_is_not_asked_for_a_name() {
        let (result, shown, _) = typing(&["a@b.c", "1", "known", "123456"]).await;
        assert_eq!(result.expect("signed in").0.username, "old");
        assert!(!shown.iter().any(|line| line.contains("username")));
    }
}
