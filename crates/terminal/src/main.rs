//! Chinwag in a terminal.
//!
//! `main` finds out who one is, by the remembered sign-in or by [`registration`], and connects. Then [`app`] has the
//! screen, or [`pipe`] has the standard streams. What the screen shows is [`state`], which changes only in
//! `state::update`, drawn by [`view`].

mod app;
mod cli;
mod credentials;
mod dialogue;
mod exit;
mod layout;
mod lines;
mod log;
mod notify;
mod perform;
mod pipe;
mod registration;
mod screen;
mod settings;
mod state;
mod text;
mod time;
mod view;
mod wrap;

use app::Session;
use chinwag_client::{Event, Rest, ServerAddress};
use clap::Parser;
use cli::Arguments;
use credentials::Credentials;
use dialogue::PlainTerminal;
use exit::Failure;
use notify::Notifier;
use settings::Settings;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use view::Theme;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let result = match runtime {
        Ok(runtime) => {
            let result = runtime.block_on(run(arguments));
            // A thread may still wait for a line that nobody will type.
            runtime.shutdown_background();
            result
        }
        Err(error) => Err(Failure::Broken(error.to_string())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            exit::tell(&failure.line());
            ExitCode::from(failure.code())
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let settings = Settings::load().map_err(Failure::Settings)?;
    log::begin(
        &settings
            .log(arguments.log.as_deref())
            .map_err(Failure::Settings)?,
    );
    let notifier = settings
        .notify()
        .and_then(|set| Notifier::choose(set.as_deref()));
    let notifier = notifier.map_err(Failure::Settings)?;
    let path = settings
        .credentials(arguments.config.as_deref())
        .map_err(Failure::Settings)?;
    let mut credentials = Credentials::load(path).map_err(Failure::Broken)?;
    let server = settings
        .server(arguments.server.as_deref(), credentials.last_server())
        .map_err(Failure::Settings)?;
    if arguments.forget {
        return forget(&mut credentials, &server);
    }
    if let Some(room) = &arguments.pipe {
        let session = unless_cancelled(connect_known(&credentials, server)).await?;
        return pipe::run(session, room, arguments.follow).await;
    }
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        let why = "This is no terminal. For scripts there is --pipe; see --help.";
        return Err(Failure::Settings(why.into()));
    }
    let session = unless_cancelled(async {
        if credentials.find(&server).is_none() {
            register(&mut credentials, &server).await?;
        }
        connect_known(&credentials, server).await
    })
    .await?;
    let has_colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    app::run(session, Theme { has_colours }, notifier).await
}

/// Until there is a full screen, where it is a key like others, Ctrl-C ends everything, with a line that says so. It is
/// listened for before anything else happens.
async fn unless_cancelled<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        biased;
        _ = tokio::signal::ctrl_c() => {
            // Behind the question, the answer to which is half written.
            exit::tell("");
            Err(Failure::Cancelled)
        }
        result = work => result,
    }
}

async fn register(credentials: &mut Credentials, server: &ServerAddress) -> Result<(), Failure> {
    let rest = Rest::new(server.clone()).map_err(|error| exit::failed(&error))?;
    rest.greet().await.map_err(|error| exit::failed(&error))?;
    let _ = writeln!(io::stdout(), "Welcome to Chinwag at {server}.");
    let (signed_in, phone) = registration::register(&mut PlainTerminal::new(), &rest).await?;
    credentials
        .remember(server, &signed_in, &phone)
        .map_err(Failure::Broken)
}

/// Connects as the person who is remembered, and makes sure that the server still knows them.
async fn connect_known(
    credentials: &Credentials,
    server: ServerAddress,
) -> Result<Session, Failure> {
    let account = credentials.find(&server).ok_or_else(|| {
        Failure::SignIn(format!(
            "Nobody is signed in at {server}. Run `chinwag-terminal` in a terminal first."
        ))
    })?;
    let (client, mut events) = chinwag_client::connect(server.clone(), &account.token);
    loop {
        match events.next().await {
            Some(first @ Event::Ready(_)) => {
                return Ok(Session {
                    server,
                    username: account.username.clone(),
                    token: account.token.clone(),
                    client,
                    events,
                    first,
                });
            }
            Some(Event::Offline { reason, .. }) => {
                return Err(Failure::Unreachable(format!(
                    "{server} cannot be reached: {reason}."
                )));
            }
            Some(Event::Ended(ended)) => return Err(exit::ended(&ended)),
            Some(_) => {}
            None => return Err(Failure::Broken("The connection was closed.".into())),
        }
    }
}

fn forget(credentials: &mut Credentials, server: &ServerAddress) -> Result<(), Failure> {
    if credentials.forget(server).map_err(Failure::Broken)? {
        let left = "End it on the server under Settings, too.";
        let _ = writeln!(io::stdout(), "The sign-in at {server} is forgotten. {left}");
    } else {
        let path = credentials.path().display();
        let _ = writeln!(io::stdout(), "{path} holds no sign-in at {server}.");
    }
    Ok(())
}
