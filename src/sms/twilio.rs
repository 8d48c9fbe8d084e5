//! Twilio's Messages API: `POST …/Accounts/{SID}/Messages.json`, Basic authentication, form fields
//! `To`, `From` and `Body`; 201 means accepted, 400 that the number is refused.
//!
//! An SMS costs money and a second one confuses, so a request is repeated only while it is certain
//! that the first did nothing: when no connection was made, or Twilio said 429.

use super::Unsent;
use crate::error::{Error, Result};
use crate::model::Phone;
use reqwest::{Client, Response, StatusCode};
use std::fmt;
use std::time::Duration;

const CONNECT_WITHIN: Duration = Duration::from_secs(3);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// The pauses before the repeats. As many repeats as pauses.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_millis(750)];

/// The operator's account at Twilio.
#[derive(Clone)]
pub struct TwilioAccount {
    /// `TWILIO_ACCOUNT_SID`.
    pub sid: String,
    /// `TWILIO_AUTH_TOKEN`.
    pub auth_token: String,
    /// `TWILIO_PHONE_NUMBER`, the sender.
    pub from: String,
    /// `TWILIO_API_BASE`.
    pub api_base: url::Url,
}

impl fmt::Debug for TwilioAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TwilioAccount({})", self.api_base)
    }
}

/// A client of the Messages API. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Twilio {
    client: Client,
    account: TwilioAccount,
    messages: String,
}

/// What came of one request.
enum Outcome {
    Accepted,
    Refused,
    /// Certainly not sent: may be repeated.
    Nothing(&'static str),
    /// Perhaps sent: must not be repeated.
    Unknown(&'static str),
}

impl Twilio {
    /// A client for that account.
    ///
    /// # Errors
    /// `Internal` when the system's certificates cannot be loaded.
    pub fn new(account: TwilioAccount) -> Result<Self> {
        // A second installation (another `App` in one test) finds the first: as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::Internal(error.into()))?;
        let base = account.api_base.as_str().trim_end_matches('/');
        let messages = format!("{base}/2010-04-01/Accounts/{}/Messages.json", account.sid);
        Ok(Self {
            client,
            account,
            messages,
        })
    }

    /// Asks for the account itself, which costs nothing and sends nothing.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub async fn check(&self) -> Result<(), &'static str> {
        let account = self.messages.trim_end_matches("/Messages.json");
        let answer = self
            .client
            .get(format!("{account}.json"))
            .basic_auth(&self.account.sid, Some(&self.account.auth_token))
            .send()
            .await;
        match answer.map(|response| response.status()) {
            Ok(status) if status.is_success() => Ok(()),
            Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) => {
                Err("it refuses TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN")
            }
            Ok(_) => Err("it answers with an unexpected status"),
            Err(_) => Err("it cannot be reached"),
        }
    }

    pub(super) async fn send(&self, to: &Phone, body: &str) -> Result<(), Unsent> {
        let mut pauses = PAUSES.into_iter();
        loop {
            match self.request(to, body).await {
                Outcome::Accepted => return Ok(()),
                Outcome::Refused => return Err(Unsent::Refused),
                Outcome::Nothing(why) => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(give_up(why, Unsent::Unreached)),
                },
                Outcome::Unknown(why) => return Err(give_up(why, Unsent::Unknown)),
            }
        }
    }

    async fn request(&self, to: &Phone, body: &str) -> Outcome {
        let answer = self
            .client
            .post(&self.messages)
            .basic_auth(&self.account.sid, Some(&self.account.auth_token))
            .form(&[
                ("To", to.as_str()),
                ("From", &self.account.from),
                ("Body", body),
            ])
            .send()
            .await;
        match answer {
            Ok(response) => judge(&response),
            Err(error) if error.is_connect() => Outcome::Nothing("no connection"),
            Err(error) if error.is_timeout() => Outcome::Unknown("no answer in time"),
            Err(_) => Outcome::Unknown("the connection broke"),
        }
    }
}

fn judge(response: &Response) -> Outcome {
    match response.status() {
        status if status.is_success() => Outcome::Accepted,
        StatusCode::BAD_REQUEST => Outcome::Refused,
        StatusCode::TOO_MANY_REQUESTS => Outcome::Nothing("429 Too Many Requests"),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Outcome::Unknown("the credentials were refused")
        }
        _ => Outcome::Unknown("an unexpected status"),
    }
}

/// The cause goes to the log, without the number; the person is told what to do.
fn give_up(why: &'static str, unsent: Unsent) -> Unsent {
    tracing::error!(why, "the SMS provider failed");
    unsent
}
