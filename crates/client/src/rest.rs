//! What needs no connection: signing in, an SMS, rooms by name (protocol page, section 6).

use crate::address::ServerAddress;
use crate::error::{Error, Result};
use chinwag_protocol::api::{
    FinishPhone, PhoneFinished, PhoneStarted, PhoneVerified, Refused, VerifyPhone,
};
use reqwest::header::{AUTHORIZATION, RETRY_AFTER};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// No answer of these calls is anywhere near as long. What is longer comes from something else.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// The REST interface of one server. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Rest {
    http: Client,
    server: ServerAddress,
}

/// Somebody who may act from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Their token.
    pub token: String,
    /// Their id.
    pub user_id: i64,
    /// Their username.
    pub username: String,
}

/// What the right code leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The number belongs to an account.
    Known(SignedIn),
    /// It belongs to nobody yet: good for [`Rest::finish_phone`].
    New {
        /// Proves that the number was checked.
        signup: String,
    },
}

/// A room, as REST lists it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NamedRoom {
    /// Its name.
    pub name: String,
    /// Who made it.
    #[serde(default)]
    pub created_by: Option<String>,
}

#[derive(Serialize)]
struct StartPhone<'a> {
    email: &'a str,
    country_code: &'a str,
    phone: &'a str,
}

#[derive(Deserialize)]
struct Rooms {
    data: Vec<NamedRoom>,
}

impl Rest {
    /// For that server. Nothing is sent yet.
    ///
    /// # Errors
    /// `Strange` when the system's certificates cannot be loaded.
    pub fn new(server: ServerAddress) -> Result<Self> {
        crate::socket::install_tls();
        let http = Client::builder()
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            // A token must not follow a redirection to somewhere else.
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Error::Strange(format!("No connection can be made: {error}")))?;
        Ok(Self { http, server })
    }

    /// Finds out whether anything answers there at all, before anybody is asked anything.
    ///
    /// # Errors
    /// `Unreachable` when nothing does, or it says that it cannot.
    pub async fn greet(&self) -> Result<()> {
        let answer = self.request(Method::GET, "/healthz").send().await;
        let status = answer.map_err(|error| self.unreachable(&error))?.status();
        if status.is_server_error() {
            let why = format!("{} answers {status}.", self.server);
            return Err(Error::Unreachable(why));
        }
        Ok(())
    }

    /// Asks for a code by SMS.
    ///
    /// # Errors
    /// A refusal names the field that is wrong.
    pub async fn start_phone(
        &self,
        email: &str,
        country_code: &str,
        phone: &str,
    ) -> Result<PhoneStarted> {
        let request = StartPhone {
            email,
            country_code,
            phone,
        };
        self.call(self.request(Method::POST, "/api/phone").json(&request))
            .await
    }

    /// Gives the code back.
    ///
    /// # Errors
    /// A refusal when it is wrong, too old, or was tried too often.
    pub async fn verify_phone(&self, challenge: &str, pin: &str) -> Result<Verified> {
        let request = VerifyPhone {
            challenge: challenge.to_owned(),
            pin: pin.to_owned(),
        };
        let answer = self
            .call(
                self.request(Method::POST, "/api/phone/verify")
                    .json(&request),
            )
            .await?;
        Ok(match answer {
            PhoneVerified::Known {
                token,
                user_id,
                username,
                ..
            } => Verified::Known(SignedIn {
                token,
                user_id,
                username,
            }),
            PhoneVerified::New { signup, .. } => Verified::New { signup },
        })
    }

    /// Makes the account of a number that was checked.
    ///
    /// # Errors
    /// A refusal when the username is taken or breaks the rule: to be tried again with another; or, with 410, when it
    /// took too long.
    pub async fn finish_phone(&self, signup: &str, username: &str) -> Result<SignedIn> {
        let request = FinishPhone {
            signup: signup.to_owned(),
            username: username.to_owned(),
            name: None,
        };
        let made: PhoneFinished = self
            .call(
                self.request(Method::POST, "/api/phone/finish")
                    .json(&request),
            )
            .await?;
        Ok(SignedIn {
            token: made.token,
            user_id: made.user_id,
            username: made.username,
        })
    }

    /// Sends an SMS to anybody.
    ///
    /// # Errors
    /// A refusal when the number is wrong, the quota used up, or the server sends none.
    pub async fn send_sms(&self, token: &str, to: &str, body: &str) -> Result<()> {
        let request = self.authorized(Method::POST, "/api/sms", token);
        self.call::<Value>(request.json(&json!({ "to": to, "body": body })))
            .await?;
        Ok(())
    }

    /// All rooms, by name.
    ///
    /// # Errors
    /// A refusal when the token is no longer good.
    pub async fn rooms(&self, token: &str) -> Result<Vec<NamedRoom>> {
        let rooms: Rooms = self
            .call(self.authorized(Method::GET, "/api/rooms", token))
            .await?;
        Ok(rooms.data)
    }

    /// Makes a room.
    ///
    /// # Errors
    /// A refusal when the name is taken or breaks the rule.
    pub async fn create_room(&self, token: &str, name: &str) -> Result<()> {
        let request = self.authorized(Method::POST, "/api/rooms", token);
        self.call::<Value>(request.json(&json!({ "name": name })))
            .await?;
        Ok(())
    }

    /// Deletes a room.
    ///
    /// # Errors
    /// A refusal when there is none of that name, or it is not one's own.
    pub async fn delete_room(&self, token: &str, name: &str) -> Result<()> {
        let mut url =
            reqwest::Url::parse(&self.server.http("/api/rooms")).expect("our own address");
        url.path_segments_mut().expect("http has a path").push(name);
        let request = self
            .http
            .delete(url)
            .header(AUTHORIZATION, format!("Token {token}"));
        self.call::<Value>(request).await?;
        Ok(())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.server.http(path))
    }

    fn authorized(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.request(method, path)
            .header(AUTHORIZATION, format!("Token {token}"))
    }

    async fn call<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let mut response = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let retry_after = seconds_to_wait(&response);
        let body = self.read(&mut response).await?;
        if status.is_success() {
            serde_json::from_slice(&body).map_err(|_| self.strange())
        } else {
            let refused: Refused = serde_json::from_slice(&body).map_err(|_| self.strange())?;
            Err(refusal(status, &refused.message, retry_after))
        }
    }

    async fn read(&self, response: &mut Response) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.unreachable(&error))?
        {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(self.strange());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let why = if error.is_timeout() {
            "it does not answer".into()
        } else {
            innermost(error)
        };
        Error::Unreachable(format!("{} cannot be reached: {why}.", self.server))
    }

    fn strange(&self) -> Error {
        Error::Strange(format!(
            "{} does not answer as a Chinwag server does.",
            self.server
        ))
    }
}

fn seconds_to_wait(response: &Response) -> Option<Duration> {
    let seconds = response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// A sentence, or a sentence per field, as one error.
fn refusal(status: StatusCode, message: &Value, retry_after: Option<Duration>) -> Error {
    let (field, message) = match message {
        Value::String(sentence) => (None, sentence.clone()),
        Value::Object(fields) => (
            fields.keys().next().cloned(),
            fields
                .values()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join(" "),
        ),
        _ => (None, String::new()),
    };
    Error::Refused {
        code: status.as_u16().to_string(),
        message: if message.is_empty() {
            format!("The server answered {status}.")
        } else {
            message
        },
        field,
        is_retryable: status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error(),
        retry_after,
    }
}

/// The cause that says most to a person: of "error sending request" and "connection refused", the latter.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.trim_end_matches('.').to_lowercase()
}
