//! `POST /login`: the account's name and password for a token.

use crate::settings::Settings;
use anyhow::{Context, Result, anyhow, ensure};
use reqwest::{Client, Response, StatusCode};
use serde::{Deserialize, Serialize};

/// A token is far shorter. What is longer comes from something else.
const LONGEST_ANSWER: usize = 64 * 1024;

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
        StatusCode::OK => read_token(answer)
            .await
            .map_err(|error| NoToken::Unreached(error.context("login failed"))),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let why = "login failed: the server refuses FINBOT_USERNAME and FINBOT_PASSWORD";
            Err(NoToken::Refused(anyhow!(why)))
        }
        status => Err(NoToken::Unreached(anyhow!(
            "login failed: the server answers {status}"
        ))),
    }
}

async fn read_token(mut answer: Response) -> Result<String> {
    let mut read = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        let fits = read.len() + chunk.len() <= LONGEST_ANSWER;
        ensure!(fits, "the server answers more than {LONGEST_ANSWER} bytes");
        read.extend_from_slice(&chunk);
    }
    let logged_in: LoggedIn =
        serde_json::from_slice(&read).context("the server answers no token")?;
    Ok(logged_in.token)
}
