//! The program: read the settings, start the log, run until the end. One line says what is wrong.

use chinwag_bot::settings::Settings;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    start_log();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chinwag-bot: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Ends well only when it is told to.
async fn run() -> anyhow::Result<()> {
    let settings = Settings::from_env()?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        outcome = chinwag_bot::run(settings) => {
            let Err(error) = outcome;
            Err(error)
        }
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    }
}

/// Our own lines only: nobody has looked at what the libraries write, and they hold the token.
fn start_log() {
    let filter = Targets::new().with_target("chinwag_bot", Level::INFO);
    let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let format = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(terminal);
    tracing_subscriber::registry()
        .with(filter)
        .with(format)
        .init();
}
