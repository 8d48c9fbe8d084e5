//! `POST /login`: the account's name and password for a token.

use crate::settings::Settings;
use anyhow::anyhow;
use reqwest::{Client, StatusCode};
use serde::{Deserialize, Serialize};

/// Why there is no token.
pub(crate) enum NoToken {
    /// The server knows no such account; asking again would not help.
    Refused(anyhow::Error),
    /// The server could not be asked, or could not say.
    Unreached(anyhow::Error),
}

#[derive(Serialize)]
struct Credentials<'a> {
    username: &'a str,
    password: &'a str,
}

#[derive(Deserialize)]
struct LoggedIn {
    token: String,
}

pub(crate) async fn login(http: &Client, settings: &Settings) -> Result<String, NoToken> {
    let credentials = Credentials {
        username: &settings.username,
        password: &settings.password,
    };
    let unreached =
        |error: reqwest::Error| NoToken::Unreached(anyhow!(error).context("login failed"));
    let request = http.post(settings.server.login()).json(&credentials);
    let answer = request.send().await.map_err(unreached)?;
    match answer.status() {
        StatusCode::OK => Ok(answer.json::<LoggedIn>().await.map_err(unreached)?.token),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let why = "login failed: the server refuses FINBOT_USERNAME and FINBOT_PASSWORD";
            Err(NoToken::Refused(anyhow!(why)))
        }
        status => Err(NoToken::Unreached(anyhow!(
            "login failed: the server answers {status}"
        ))),
    }
}
