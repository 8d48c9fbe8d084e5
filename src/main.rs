//! The program: read the settings, start the log, put the app together, serve.

use anyhow::Context;
use chinwag::app::App;
use chinwag::clock::Clock;
use chinwag::config::{Config, LogConfig, misspelt};
use chinwag::console::{
    self, AdminOptions, BackupOptions, DoctorOptions, EraseOptions, ExportOptions, RestoreOptions,
    VerifyOptions,
};
use chinwag::error::Error;
use chinwag::metrics;
use chinwag::server;
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::process::ExitCode;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

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
    /// Make somebody an administrator: a new account, or one that is there. The server may run meanwhile
    CreateAdmin(AdminOptions),
    /// Copy the database to a file. The server may run meanwhile
    Backup(BackupOptions),
    /// Bring a copy back, to where there is no database
    Restore(RestoreOptions),
    /// Look whether a database agrees with itself. The server may run meanwhile
    Verify(VerifyOptions),
    /// Look at settings, files, disk, clock and provider, and say what to do about them
    Doctor(DoctorOptions),
    /// Print all that is held about somebody, as JSON. The server may run meanwhile
    ExportUser(ExportOptions),
    /// Erase somebody for ever. The server may run meanwhile
    EraseUser(EraseOptions),
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    let outcome = match command {
        None | Some(Command::Serve) => serve(),
        Some(Command::CreateAdmin(options)) => create_admin(options),
        Some(Command::Backup(options)) => with_config(|config| console::backup(config, &options)),
        Some(Command::Restore(options)) => with_config(|config| console::restore(config, &options)),
        Some(Command::Verify(options)) => console::verify(options).map_err(plain),
        Some(Command::Doctor(options)) => console::doctor(&Clock::System, &options).map_err(plain),
        Some(Command::ExportUser(options)) => {
            with_config(|config| console::export_user(config, &options))
        }
        Some(Command::EraseUser(options)) => {
            with_config(|config| console::erase_user(config, Clock::System, &options))
        }
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
    for warning in misspelt() {
        tracing::warn!("{warning}");
    }
    metrics::count_panics();
    server::runtime()?.block_on(async {
        let listen = config.listen;
        let listener = listen_on(listen, "HOST, PORT")?;
        let metrics = match config.metrics {
            Some(address) => Some(listen_on(address, "METRICS_ADDRESS")?),
            None => None,
        };
        let app = App::open(config, Clock::System).map_err(plain)?;
        app.resume().await.map_err(plain)?;
        announce(&app);
        if let Some(listener) = metrics {
            tokio::spawn(server::serve_metrics(listener, app.clone()));
        }
        let shutdown = stop_signal()?;
        server::run(listener, app, shutdown).await;
        Ok(())
    })
}

/// Connections that may wait to be accepted, as far as the system lets them. Whom it has no room for learns of that late
/// or never, and after a restart thousands come at once.
const ARRIVING_MAX: u32 = 4_096;

/// Must be called within a runtime.
fn listen_on(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // Or nobody could listen there for a minute after a restart.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(ARRIVING_MAX)
    };
    listen().with_context(|| format!("cannot listen on {address} ({setting})"))
}

/// An errand over what the configuration names.
fn with_config(errand: impl FnOnce(&Config) -> Result<(), Error>) -> anyhow::Result<()> {
    errand(&Config::from_env()?).map_err(plain)
}

fn create_admin(options: AdminOptions) -> anyhow::Result<()> {
    let config = Config::from_env()?;
    console::create_admin(config, Clock::System, options).map_err(plain)
}

/// An internal error's cause is what the operator can do something about.
fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Internal(cause) => cause,
        Error::Database(cause) => cause.into(),
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
    let filter = format!(
        "{},tower_sessions_core=error,tower_sessions=error",
        config.filter
    );
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let format = if config.json {
        format.json().boxed()
    } else {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        format.with_ansi(terminal).boxed()
    };
    tracing_subscriber::registry()
        .with(EnvFilter::new(filter))
        .with(filter_fn(keeps_secrets))
        .with(format)
        .init();
}

/// Whatever `LOG` asks for: below info, the WebSocket library writes out every frame and the library of
/// numbers every number that it reads.
fn keeps_secrets(line: &Metadata<'_>) -> bool {
    let talks = ["tungstenite", "tokio_tungstenite", "rlibphonenumber"];
    let talkative = talks
        .iter()
        .any(|library| line.target().starts_with(library));
    !talkative || *line.level() <= Level::INFO
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
