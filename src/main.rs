//! The program: read the settings, start the log, put the app together, serve.

use anyhow::Context;
use chinwag::app::App;
use chinwag::clock::Clock;
use chinwag::config::{Config, LogConfig};
use chinwag::server;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A self-hosted realtime chat server.
///
/// Settings are environment variables; config.env.sample lists them all. With none set, it serves
/// http://localhost:8000 in development mode.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve (what it does without a command, too)
    Serve,
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let outcome = match command {
        None | Some(Command::Serve) => serve(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, whatever happened: the log may not have started.
            eprintln!("chinwag: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> anyhow::Result<()> {
    let config = Config::from_env()?;
    start_log(&config.log);
    server::runtime()?.block_on(async {
        let listen = config.listen;
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen} (HOST, PORT)"))?;
        let app = App::open(config, Clock::System).map_err(plain)?;
        announce(&app);
        let shutdown = stop_signal()?;
        server::run(listener, app, shutdown).await;
        Ok(())
    })
}

/// An internal error's cause is what the operator can do something about.
fn plain(error: chinwag::error::Error) -> anyhow::Error {
    match error {
        chinwag::error::Error::Internal(cause) => cause,
        error => error.into(),
    }
}

fn announce(app: &App) {
    let url = app.config.origin();
    let listen = app.config.listen;
    tracing::info!(%url, %listen, version = env!("CARGO_PKG_VERSION"), "Chinwag is serving");
    if app.inbox.is_some() {
        tracing::warn!("development mode: no SMS is sent, codes appear at {url}/dev/inbox");
    }
    if !app.config.limits.enforced {
        tracing::warn!("LIMITS=off: all limits of rate are lifted; never let anybody else in");
    }
}

fn start_log(config: &LogConfig) {
    // The session library warns of every stale cookie.
    let filter = EnvFilter::new(format!(
        "{},tower_sessions_core=error,tower_sessions=error",
        config.filter
    ));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if config.json {
        log.json().init();
    } else {
        log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .init();
    }
}

/// Resolves when the process is asked to stop: SIGTERM, or Ctrl-C.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
