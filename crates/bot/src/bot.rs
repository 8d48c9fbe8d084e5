//! The bot over many connections: sign in, chat until the connection ends, wait, come back.

use crate::backoff::Backoff;
use crate::chat::Chat;
use crate::commands::Tools;
use crate::desk::{Answer, Desk};
use crate::line::{End, Line};
use crate::login::{NoToken, login};
use crate::quotes::Quotes;
use crate::settings::Settings;
use anyhow::{Context, Result, anyhow};
use reqwest::Client;
use reqwest::redirect::Policy;
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// For a whole request, to whomever.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

struct Bot {
    settings: Settings,
    http: Client,
    desk: Desk,
    /// Answers that became ready while their room could not be reached.
    unsaid: Vec<Answer>,
    token: Option<String>,
    /// Whether a server has ever let it in. Until then the settings are to blame, and somebody watches.
    was_let_in: bool,
}

/// Runs for ever.
///
/// # Errors
/// What is wrong with the account, or with the first connection. Later ones are made again.
pub async fn run(settings: Settings) -> Result<Infallible> {
    let mut backoff = Backoff::new(&settings.pace);
    let mut bot = Bot::new(settings)?;
    loop {
        let begun = Instant::now();
        let Err(end) = bot.chat().await;
        let why = bot.judge(end)?;
        let pause = backoff.after(begun.elapsed());
        tracing::warn!("{why:#}; trying again in {:.1} s", pause.as_secs_f64());
        sleep(pause).await;
    }
}

impl Bot {
    fn new(settings: Settings) -> Result<Self> {
        // A second installation (another bot in one test) finds the first: as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .redirect(Policy::none())
            .timeout(ANSWERED_WITHIN)
            .build()
            .context("cannot load the system's certificates")?;
        let quotes = Quotes::new(http.clone(), settings.quotes.clone(), settings.pace.quote);
        Ok(Self {
            settings,
            http,
            desk: Desk::new(Tools { quotes }),
            unsaid: Vec::new(),
            token: None,
            was_let_in: false,
        })
    }

    /// One connection, from signing in to its end.
    async fn chat(&mut self) -> Result<Infallible, End> {
        let token = self.token().await?;
        let line = Line::open(self.settings.server.chat(), &token).await?;
        tracing::info!("connected");
        self.was_let_in = true;
        let chat = Chat::new(line, &self.settings, &mut self.desk, &mut self.unsaid);
        chat.run().await
    }

    /// The token that it has, or else a new one.
    async fn token(&mut self) -> Result<String, End> {
        if let Some(token) = &self.token {
            return Ok(token.clone());
        }
        let token = login(&self.http, &self.settings)
            .await
            .map_err(|none| match none {
                NoToken::Refused(why) => End::Refused(why),
                NoToken::Unreached(why) => End::Lost(why),
            })?;
        Ok(self.token.insert(token).clone())
    }

    /// Why it is worth trying again; an error if it is not.
    fn judge(&mut self, end: End) -> Result<anyhow::Error> {
        match end {
            End::Refused(why) => Err(why),
            End::Elsewhere => Ok(anyhow!("the account is already chatting elsewhere")),
            End::SignedOut => {
                self.token = None;
                self.retry(anyhow!("the server does not know the token"))
            }
            End::Lost(why) => self.retry(why),
        }
    }

    fn retry(&self, why: anyhow::Error) -> Result<anyhow::Error> {
        if self.was_let_in { Ok(why) } else { Err(why) }
    }
}
