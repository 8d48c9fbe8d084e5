//! `chinwag create-admin`: makes an administrator.
//!
//! It asks at the terminal, or takes what the options say. The server may run meanwhile, on the same
//! database (see [`App::open_beside`]).

use super::terminal::read_line;
use super::{gone, say};
use crate::accounts::{NewAccount, Password, Requester, password_faults};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::{DisplayName, Email, Profile, UserId, Username};
use crate::server;
use std::net::{IpAddr, Ipv4Addr};

/// Where the password comes from where nobody is asked.
const PASSWORD: &str = "CHINWAG_ADMIN_PASSWORD";

/// Where to go next: the server may run with other settings, of its port say.
const WHERE: &str = "Open /admin at the server's address.";

/// Where the operator is.
const HERE: Requester = Requester {
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
};

/// Who is to be an administrator.
#[derive(Debug, clap::Args)]
pub struct AdminOptions {
    /// What they sign in by
    #[arg(long)]
    username: Option<String>,
    /// Where mail reaches them
    #[arg(long)]
    email: Option<String>,
    /// Ask nothing; the password is in CHINWAG_ADMIN_PASSWORD
    #[arg(long)]
    noinput: bool,
}

/// Makes an account and an administrator of it, or an administrator of an account that is there. That one
/// keeps its password and address, and is told on its pages. Because anybody may have taken the name `admin`
/// before, it takes a yes, or where nobody is asked the account's own password.
///
/// # Errors
/// `Invalid` where nobody can be asked again; `Conflict`; those of [`App::open_beside`].
pub fn create_admin(config: Config, clock: Clock, options: AdminOptions) -> Result<()> {
    let runtime = server::runtime().map_err(|error| Error::Internal(error.into()))?;
    runtime.block_on(async {
        let app = App::open_beside(config, clock)?;
        let outcome = appoint(&app, options).await;
        app.close().await;
        say(&outcome?)
    })
}

async fn appoint(app: &App, options: AdminOptions) -> Result<String> {
    let mut terminal = Terminal::new(options.noinput);
    let username = terminal.ask("Username", "--username", options.username, Username::parse)?;
    let known = app.accounts.find_person(&username).await?;
    let (person, is_new) = match known {
        Some(person) => {
            confirm(app, &mut terminal, &person).await?;
            (person, false)
        }
        None => {
            let made = make_account(app, &mut terminal, username, options.email).await?;
            (made, true)
        }
    };
    let username = &person.username;
    // Whoever was asked for a new password knows what it is for.
    Ok(if app.moderation.appoint(person.id, is_new).await? {
        format!("@{username} is an administrator now. {WHERE}")
    } else {
        format!("@{username} is an administrator already. {WHERE}")
    })
}

/// Whether that is the account which is meant.
async fn confirm(app: &App, terminal: &mut Terminal, person: &Profile) -> Result<()> {
    let Profile { id, username, name } = person;
    if terminal.is_silent {
        let password = terminal.ask_password(Password::parse)?;
        let actor = app.accounts.acting_for(*id).await?;
        let right = app.accounts.is_password_of(actor, &password, HERE).await?;
        return right.then_some(()).ok_or_else(|| {
            gone(format!(
                "@{username} is somebody's account, with another password"
            ))
        });
    }
    say(&format!(
        "There is an account @{username} already, of {name}."
    ))?;
    let question = "Make it an administrator? (yes, no)";
    if !terminal.ask(question, "", None, yes_or_no)? {
        return Err(gone("nothing was changed".into()));
    }
    give_password(app, terminal, *id).await
}

/// The administration asks for a password, and who signed up by phone may have none.
async fn give_password(app: &App, terminal: &mut Terminal, user: UserId) -> Result<()> {
    if app.accounts.account(user).await?.has_password {
        return Ok(());
    }
    say("It has no password yet.")?;
    let username = app.accounts.account(user).await?.profile.username;
    let password = terminal.ask_password(|typed| new_password(typed, &username, ""))?;
    let actor = app.accounts.acting_for(user).await?;
    let none = Password::presented("");
    app.accounts
        .set_password(actor, &none, &password, HERE)
        .await
}

async fn make_account(
    app: &App,
    terminal: &mut Terminal,
    username: Username,
    email: Option<String>,
) -> Result<Profile> {
    let may_be_none = |text: &str| match text.trim() {
        "" => Ok(None),
        text => Email::parse(text).map(Some),
    };
    let email = match (email, terminal.is_silent) {
        (None, true) => None,
        (email, _) => terminal.ask("Email address", "--email", email, may_be_none)?,
    };
    let address = email.as_ref().map_or("", Email::as_str);
    let password =
        terminal.ask_password(|typed| new_password(typed, username.as_str(), address))?;
    let name: String = username.as_str().chars().take(50).collect();
    app.accounts
        .register(NewAccount {
            email,
            name: DisplayName::parse(&name)?,
            username,
            password,
        })
        .await
}

/// A password for the account that may do everything: anybody's may be weak, not this one.
fn new_password(typed: &str, username: &str, email: &str) -> Result<Password> {
    let password = Password::parse(typed)?;
    if password_faults(typed, username, email).is_empty() {
        return Ok(password);
    }
    Err(Error::invalid(
        "password",
        "That is too easy to guess: a number, nearly the name, or one of the passwords that are tried first. Please take another one.",
    ))
}

/// Where the operator is asked, and asked again as long as the answer cannot be taken.
struct Terminal {
    /// Nobody is there to ask.
    is_silent: bool,
}

impl Terminal {
    fn new(is_silent: bool) -> Self {
        Self { is_silent }
    }

    /// What was given, or what is typed now.
    fn ask<T>(
        &mut self,
        label: &str,
        option: &str,
        given: Option<String>,
        parse: impl Fn(&str) -> Result<T>,
    ) -> Result<T> {
        if let Some(given) = given {
            match parse(&given) {
                Err(error) if !self.is_silent => complain(&error),
                outcome => return outcome,
            }
        }
        if self.is_silent {
            return Err(gone(format!("{option} is missing")));
        }
        loop {
            match parse(&read_line(label, true)?) {
                Ok(answer) => return Ok(answer),
                Err(error) => complain(&error),
            }
        }
    }

    fn ask_password(&mut self, parse: impl Fn(&str) -> Result<Password>) -> Result<Password> {
        if self.is_silent {
            let given = std::env::var(PASSWORD);
            let given = given.map_err(|_| gone(format!("{PASSWORD} is not set")))?;
            return parse(&given);
        }
        loop {
            let typed = read_line("Password", false)?;
            match parse(&typed) {
                Err(error) => complain(&error),
                Ok(_) if read_line("Password (again)", false)? != typed => {
                    eprintln!("These are not the same.");
                }
                Ok(password) => return Ok(password),
            }
        }
    }
}

/// # Errors
/// `Invalid` for everything else.
fn yes_or_no(answer: &str) -> Result<bool> {
    match answer.trim().to_ascii_lowercase().as_str() {
        "yes" | "y" => Ok(true),
        "no" | "n" | "" => Ok(false),
        _ => Err(Error::invalid("answer", "Please answer yes or no.")),
    }
}

fn complain(error: &Error) {
    eprintln!("{error}");
}
