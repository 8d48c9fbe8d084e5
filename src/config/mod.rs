//! The settings: environment variables, each with a default that starts on its own machine.
//!
//! `config.env.sample` lists every one of them; `docs/OPERATIONS.md` explains. A wrong or missing
//! value is refused before anything listens, in one line that names the variable.

mod limits;
mod mail;
mod misspelt;
mod reader;

pub use limits::Limits;
pub use mail::MailConfig;
pub use misspelt::misspelt;
pub use reader::ConfigError;

use crate::model::Country;
use crate::store::StoreUrl;
use ipnet::IpNet;
use reader::Reader;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use url::{Host, Url};

/// Everything that the operator decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// `HOST` and `PORT`.
    pub listen: SocketAddr,
    /// `PUBLIC_URL`: its scheme decides `Secure` cookies, its host the allowed `Origin`.
    pub public_url: Url,
    /// `SERVER_NAME`, shown on the pages.
    pub server_name: String,
    /// `DATABASE_URL`.
    pub database: StoreUrl,
    /// `SECRET_KEY`; made and kept beside the database in development.
    pub secret_key: Option<Secret>,
    /// `MODE`.
    pub mode: Mode,
    /// `PASSWORD_COST`: of bcrypt; each step doubles the time of a hash.
    pub password_cost: u32,
    /// `SMS_BACKEND` and what belongs to it.
    pub sms: SmsConfig,
    /// `MAIL_BACKEND` and what belongs to it.
    pub mail: MailConfig,
    /// `DEFAULT_COUNTRY`: preselected, and assumed for numbers without one.
    pub default_country: Country,
    /// `SMS_COUNTRIES`: where SMS are sent to.
    pub sms_countries: Vec<Country>,
    /// `MATCH_…`: talking with strangers.
    pub matching: MatchConfig,
    /// `TRUSTED_PROXIES`: whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `LIMITS` and `LIMIT_…`.
    pub limits: Limits,
    /// `LOG` and `LOG_FORMAT`.
    pub log: LogConfig,
    /// `METRICS_ADDRESS`: where `/metrics` is, if anywhere.
    pub metrics: Option<SocketAddr>,
}

/// For whom this server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// For its developer: SMS go to the inbox at `/dev/inbox`.
    Development,
    /// For people.
    Production,
}

/// Where SMS go.
#[derive(Clone, Debug)]
pub enum SmsConfig {
    /// Into the development inbox.
    Inbox {
        /// Shown as the sender.
        from: Option<String>,
        /// `SMS_FILE`: gets a JSON line for each.
        file: Option<PathBuf>,
    },
    /// To Twilio.
    Twilio(crate::sms::TwilioAccount),
}

/// Whether strangers can meet here, and what becomes of their talks.
#[derive(Clone, Copy, Debug)]
pub struct MatchConfig {
    /// `MATCH_ENABLED`: without it there is neither page nor event of it.
    pub enabled: bool,
    /// `MATCH_RECONNECT_SECS`: how long somebody may be gone before the match ends.
    pub reconnect_within: Duration,
    /// `MATCH_RETENTION_HOURS`: how long an ended match is kept, unless it was reported.
    pub kept_for: Duration,
    /// `MATCH_WIDEN_SECS`: how long somebody looks for a common interest before anybody will do.
    pub widen_after: Duration,
}

/// What is logged, and how it looks.
#[derive(Clone, Debug)]
pub struct LogConfig {
    /// `LOG`: a filter such as `info` or `chinwag=debug`.
    pub filter: String,
    /// `LOG_FORMAT`: JSON lines instead of text.
    pub json: bool,
}

/// A value that no log shows.
#[derive(Clone)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first setting that is missing or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(|name| std::env::var(name).ok())
    }

    /// Reads settings from anywhere: `get` gives the value of a variable. An empty value is none.
    ///
    /// # Errors
    /// The first setting that is missing or wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Reader::new(&get);
        let host: IpAddr = env.parsed(
            "HOST",
            "127.0.0.1",
            "an IP address such as 127.0.0.1 or 0.0.0.0",
        )?;
        let port: u16 = env.parsed("PORT", "8000", "a port from 0 to 65535")?;
        let public_url = read_public_url(&env, port)?;
        let sms_backend = env.optional("SMS_BACKEND");
        let has_provider = env.optional("TWILIO_ACCOUNT_SID").is_some()
            || sms_backend.as_deref() == Some("twilio");
        let mode = read_mode(&env, host, &public_url, has_provider)?;
        let default_country =
            read_country(&env, "DEFAULT_COUNTRY", &env.or("DEFAULT_COUNTRY", "US"))?;
        Ok(Self {
            listen: SocketAddr::new(host, port),
            server_name: read_server_name(&env)?,
            database: read_database(&env)?,
            secret_key: read_secret(&env, mode)?,
            sms: read_sms(&env, mode, sms_backend.as_deref())?,
            mail: MailConfig::read(&env, mode, &public_url)?,
            sms_countries: read_countries(&env, default_country)?,
            matching: read_matching(&env)?,
            trusted_proxies: read_proxies(&env)?,
            limits: Limits::read(&env, mode)?,
            password_cost: read_password_cost(&env, mode)?,
            log: read_log(&env)?,
            metrics: read_metrics(&env)?,
            public_url,
            mode,
            default_country,
        })
    }

    /// The origin of our own pages, as a browser writes it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.public_url.origin().ascii_serialization()
    }

    /// Whether cookies may travel over TLS only.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.public_url.scheme() == "https"
    }

    /// Whether `PUBLIC_URL` is this machine's own name for itself.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_loopback(&self.public_url)
    }

    /// Whether SMS or mails go to the development inbox instead of to people.
    #[must_use]
    pub fn has_inbox(&self) -> bool {
        matches!(self.sms, SmsConfig::Inbox { .. }) || matches!(self.mail, MailConfig::Inbox { .. })
    }

    /// Whether this is a developer's server.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.mode == Mode::Development
    }
}

fn read_public_url(env: &Reader<'_>, port: u16) -> Result<Url, ConfigError> {
    const EXPECTED: &str =
        "the address people use, such as https://chat.example.org, without a path";
    let text = env.or("PUBLIC_URL", &format!("http://localhost:{port}"));
    let url = Url::parse(&text).map_err(|_| env.wrong("PUBLIC_URL", EXPECTED))?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.host().is_some()
        && url.path() == "/"
        && url.query().is_none()
        && url.username().is_empty();
    if fits {
        Ok(url)
    } else {
        Err(env.wrong("PUBLIC_URL", EXPECTED))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn read_mode(
    env: &Reader<'_>,
    host: IpAddr,
    url: &Url,
    has_provider: bool,
) -> Result<Mode, ConfigError> {
    match env.optional("MODE").as_deref() {
        Some("development") => Ok(Mode::Development),
        Some("production") => Ok(Mode::Production),
        Some(_) => Err(env.wrong("MODE", "development or production")),
        None if has_provider || !is_loopback(url) => Ok(Mode::Production),
        // Development shows every code to whoever asks: only on this machine, unless it was meant.
        None if !host.is_loopback() => Err(env.wrong(
            "HOST",
            "a loopback address while PUBLIC_URL is one; for other machines set PUBLIC_URL too (or MODE=development, which shows all codes to everybody)",
        )),
        None => Ok(Mode::Development),
    }
}

fn read_server_name(env: &Reader<'_>) -> Result<String, ConfigError> {
    let name = env.or("SERVER_NAME", "Chinwag");
    if name.chars().count() > 40 || name.chars().any(char::is_control) {
        return Err(env.wrong("SERVER_NAME", "a name of up to 40 characters"));
    }
    Ok(name)
}

fn read_database(env: &Reader<'_>) -> Result<StoreUrl, ConfigError> {
    StoreUrl::parse(&env.or("DATABASE_URL", "sqlite://data/chinwag.db"))
        .ok_or_else(|| env.wrong("DATABASE_URL", "sqlite://path/to/file.db"))
}

fn read_secret(env: &Reader<'_>, mode: Mode) -> Result<Option<Secret>, ConfigError> {
    const EXPECTED: &str = "at least 32 random characters, such as `openssl rand -hex 32` prints";
    let name = if env.optional("SECRET_KEY").is_some() {
        "SECRET_KEY"
    } else {
        "FLASK_SECRET_KEY"
    };
    match env.optional(name) {
        Some(key) if key.len() < 32 => Err(env.wrong(name, EXPECTED)),
        Some(key) => Ok(Some(Secret(key))),
        None if mode == Mode::Production => Err(env.missing("SECRET_KEY", EXPECTED)),
        None => Ok(None),
    }
}

fn read_password_cost(env: &Reader<'_>, mode: Mode) -> Result<u32, ConfigError> {
    const EXPECTED: &str = "a whole number from 10 to 16 (from 4 in MODE=development)";
    let least = if mode == Mode::Production { 10 } else { 4 };
    let cost = env.parsed("PASSWORD_COST", "12", EXPECTED)?;
    if (least..=16).contains(&cost) {
        Ok(cost)
    } else {
        Err(env.wrong("PASSWORD_COST", EXPECTED))
    }
}

fn read_sms(env: &Reader<'_>, mode: Mode, backend: Option<&str>) -> Result<SmsConfig, ConfigError> {
    let production = mode == Mode::Production;
    match backend {
        Some("inbox") if production => Err(env.wrong(
            "SMS_BACKEND",
            "twilio: the inbox is for MODE=development only",
        )),
        Some("inbox") => Ok(read_inbox(env)),
        Some("twilio") => read_twilio(env),
        Some(_) => Err(env.wrong("SMS_BACKEND", "inbox or twilio")),
        None if production || env.optional("TWILIO_ACCOUNT_SID").is_some() => read_twilio(env),
        None => Ok(read_inbox(env)),
    }
}

fn read_inbox(env: &Reader<'_>) -> SmsConfig {
    SmsConfig::Inbox {
        from: env.optional("TWILIO_PHONE_NUMBER"),
        file: env.optional("SMS_FILE").map(PathBuf::from),
    }
}

fn read_twilio(env: &Reader<'_>) -> Result<SmsConfig, ConfigError> {
    if env.optional("SMS_FILE").is_some() {
        return Err(env.wrong(
            "SMS_FILE",
            "nothing: codes are written to a file in development only",
        ));
    }
    let api_base = env.or("TWILIO_API_BASE", "https://api.twilio.com");
    Ok(SmsConfig::Twilio(crate::sms::TwilioAccount {
        sid: env.required(
            "TWILIO_ACCOUNT_SID",
            "the account's SID from the Twilio console",
        )?,
        auth_token: env.required(
            "TWILIO_AUTH_TOKEN",
            "the account's token from the Twilio console",
        )?,
        from: env.required(
            "TWILIO_PHONE_NUMBER",
            "a number of the account, such as +15005550006",
        )?,
        api_base: Url::parse(&api_base).map_err(|_| env.wrong("TWILIO_API_BASE", "a URL"))?,
    }))
}

fn read_country(env: &Reader<'_>, name: &'static str, code: &str) -> Result<Country, ConfigError> {
    Country::parse(code).ok_or_else(|| env.wrong(name, "two-letter country codes such as PT"))
}

fn read_countries(env: &Reader<'_>, default: Country) -> Result<Vec<Country>, ConfigError> {
    match env.optional("SMS_COUNTRIES").as_deref() {
        None => Ok(vec![default]),
        Some("*") => Ok(Country::all()),
        Some(codes) => codes
            .split([',', ' '])
            .filter(|code| !code.is_empty())
            .map(|code| read_country(env, "SMS_COUNTRIES", code))
            .collect(),
    }
}

fn read_proxies(env: &Reader<'_>) -> Result<Vec<IpNet>, ConfigError> {
    let text = env.or("TRUSTED_PROXIES", "");
    text.split([',', ' '])
        .filter(|net| !net.is_empty())
        .map(|net| {
            net.parse::<IpNet>()
                .or_else(|_| net.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    env.wrong(
                        "TRUSTED_PROXIES",
                        "addresses or networks such as 127.0.0.1, 10.0.0.0/8",
                    )
                })
        })
        .collect()
}

fn read_matching(env: &Reader<'_>) -> Result<MatchConfig, ConfigError> {
    let enabled = match env.or("MATCH_ENABLED", "true").as_str() {
        "true" => true,
        "false" => false,
        _ => return Err(env.wrong("MATCH_ENABLED", "true or false")),
    };
    let count = |name, default| {
        env.parsed::<u32>(name, default, "a whole number")
            .map(u64::from)
    };
    let retention = count("MATCH_RETENTION_HOURS", "24")?;
    // Who met whom is forgotten with the match: it must outlive the time for which two do not meet again.
    if retention == 0 {
        return Err(env.wrong("MATCH_RETENTION_HOURS", "a whole number from 1"));
    }
    Ok(MatchConfig {
        enabled,
        reconnect_within: Duration::from_secs(count("MATCH_RECONNECT_SECS", "45")?),
        kept_for: Duration::from_secs(3_600 * retention),
        widen_after: Duration::from_secs(count("MATCH_WIDEN_SECS", "10")?),
    })
}

fn read_metrics(env: &Reader<'_>) -> Result<Option<SocketAddr>, ConfigError> {
    const EXPECTED: &str = "an address and a port such as 127.0.0.1:9100";
    env.optional("METRICS_ADDRESS")
        .map(|text| text.parse())
        .transpose()
        .map_err(|_| env.wrong("METRICS_ADDRESS", EXPECTED))
}

fn read_log(env: &Reader<'_>) -> Result<LogConfig, ConfigError> {
    let json = match env.or("LOG_FORMAT", "text").as_str() {
        "text" => false,
        "json" => true,
        _ => return Err(env.wrong("LOG_FORMAT", "text or json")),
    };
    let filter = env.or("LOG", "info");
    if tracing_subscriber::EnvFilter::try_new(&filter).is_err() {
        return Err(env.wrong("LOG", "a filter such as info or chinwag=debug"));
    }
    Ok(LogConfig { filter, json })
}

/// What holds of any lines of `NAME=value`: asked of random ones by a test, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    let value = |name: &str| {
        let mut pairs = text.lines().filter_map(|line| line.split_once('='));
        pairs.rfind(|(known, _)| *known == name)
    };
    match Config::read(|name| value(name).map(|(_, value)| value.to_owned())) {
        Ok(config) => {
            assert!(Url::parse(&config.origin()).is_ok_and(|url| url.path() == "/"));
            assert!(config.is_local() || !config.is_development() || value("MODE").is_some());
            assert!(!config.database.folder().as_os_str().is_empty());
        }
        Err(error) => {
            let words = error.to_string();
            assert!(!words.contains(char::is_control), "{words}");
            for (name, secret) in ["SECRET_KEY", "TWILIO_AUTH_TOKEN", "MAIL_PASSWORD"]
                .into_iter()
                .filter_map(value)
            {
                let secret = secret.trim();
                // What stands elsewhere as well is no secret.
                let is_secret = secret.len() > 12 && text.matches(secret).count() == 1;
                assert!(!is_secret || !words.contains(secret), "{name} is told");
            }
        }
    }
}

#[cfg(test)]
mod tests;
