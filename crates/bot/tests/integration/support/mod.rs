//! A server and a quote service that do what a test tells them, over real sockets; and the bot.

mod http;
pub(crate) mod quotes;
pub(crate) mod server;

use chinwag_bot::settings::{Pace, Settings};
use server::Server;
use std::convert::Infallible;
use std::time::Duration;
use tokio::task::JoinHandle;

/// The longest that anything may take which has to happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A pace at which nothing that a test did not ask for happens, and nothing takes long.
pub(crate) fn pace() -> Pace {
    Pace {
        look_around: Duration::from_secs(3600),
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_millis(5),
        quote: Duration::from_secs(10),
    }
}

pub(crate) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, what).await;
    waited.expect("it takes too long")
}

/// A running bot. It ends with the test.
pub(crate) struct Bot(JoinHandle<anyhow::Result<Infallible>>);

impl Bot {
    /// In the room `general`, with prices from `quotes`.
    pub(crate) fn start(server: &Server, quotes: &str) -> Self {
        Self::start_with(
            server,
            pace(),
            &[("FINBOT_ROOMS", "general"), ("FINBOT_QUOTE_URL", quotes)],
        )
    }

    pub(crate) fn start_with(server: &Server, pace: Pace, set: &[(&str, &str)]) -> Self {
        let host = server.host();
        let account = [
            ("FINBOT_HOST", host.as_str()),
            ("FINBOT_USERNAME", "finbot"),
            ("FINBOT_PASSWORD", "s3cret!"),
        ];
        let settings = Settings::read(|name| {
            let all = account.iter().chain(set);
            all.rev()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        });
        let mut settings = settings.expect("settings");
        settings.pace = pace;
        Self(tokio::spawn(chinwag_bot::run(settings)))
    }

    /// What it says when it gives up.
    pub(crate) async fn gives_up(mut self) -> String {
        let ended = in_time(&mut self.0).await.expect("no panic");
        let Err(error) = ended;
        format!("{error:#}")
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        self.0.abort();
    }
}
