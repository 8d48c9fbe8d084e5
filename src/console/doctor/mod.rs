//! `chinwag doctor`: what there is to know of this installation before people come, and what to do about it.

mod files;
mod settings;

use super::{cause, gone, say};
use crate::clock::Clock;
use crate::config::{Config, SmsConfig, misspelt};
use crate::error::Result;
use crate::server;
use crate::sms::Twilio;
use std::fmt;

/// How far the examination goes.
#[derive(Debug, clap::Args)]
pub struct DoctorOptions {
    /// Ask the SMS provider, too, whether it knows this account; nothing is sent
    #[arg(long)]
    online: bool,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    Ok,
    /// People can come, but it may not be what the operator wants.
    Warn,
    /// This keeps people out, or their conversations unsafe.
    Fail,
}

/// One thing that was looked at.
struct Finding {
    grade: Grade,
    /// How it is, and what to do unless it is well.
    words: String,
}

impl Finding {
    fn ok(words: impl Into<String>) -> Self {
        Self {
            grade: Grade::Ok,
            words: words.into(),
        }
    }

    fn warn(words: impl Into<String>) -> Self {
        Self {
            grade: Grade::Warn,
            words: words.into(),
        }
    }

    fn fail(words: impl Into<String>) -> Self {
        Self {
            grade: Grade::Fail,
            words: words.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = match self.grade {
            Grade::Ok => "ok",
            Grade::Warn => "warn",
            Grade::Fail => "FAIL",
        };
        write!(f, "{grade:<4}  {}", self.words)
    }
}

/// Looks at settings, files, clock and provider, and says how each is, a line for each. Secrets are not shown.
///
/// # Errors
/// `Internal` when something has failed.
pub fn doctor(clock: &Clock, options: &DoctorOptions) -> Result<()> {
    let mut findings: Vec<_> = misspelt().into_iter().map(Finding::warn).collect();
    let config = match Config::from_env() {
        Ok(config) => config,
        Err(error) => {
            findings.push(Finding::fail(error.to_string()));
            return conclude(&findings);
        }
    };
    findings.extend(settings::examine(&config));
    findings.extend(files::examine(&config.database, clock.now()));
    if options.online {
        findings.push(ask_provider(&config));
    }
    conclude(&findings)
}

fn conclude(findings: &[Finding]) -> Result<()> {
    for finding in findings {
        say(&finding.to_string())?;
    }
    let count = |grade| findings.iter().filter(|one| one.grade == grade).count();
    let (warned, failed) = (count(Grade::Warn), count(Grade::Fail));
    match failed {
        0 => say(&format!("nothing failed, {warned} to look at")),
        _ => Err(gone(format!("{failed} failed, {warned} to look at"))),
    }
}

fn ask_provider(config: &Config) -> Finding {
    let SmsConfig::Twilio(account) = &config.sms else {
        return Finding::ok("there is no SMS provider to ask");
    };
    let asked = server::runtime()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| {
            runtime.block_on(async {
                let twilio = Twilio::new(account.clone()).map_err(cause)?;
                twilio.check().await.map_err(anyhow::Error::msg)
            })
        });
    match asked {
        Ok(()) => Finding::ok("the SMS provider knows this account"),
        Err(why) => Finding::fail(format!("the SMS provider: {why:#}")),
    }
}
