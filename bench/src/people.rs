//! People for the load: signed in by phone like everybody, with codes from the development inbox; or guests.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;

use crate::http::Server;

/// How many people there can be: numbers +1 201 555 0000 to 9999.
const MOST: usize = 10_000;

/// How long a code may take to appear in the inbox: it is sent from the background.
const CODE_PATIENCE: Duration = Duration::from_secs(5);

/// Somebody with a token.
#[derive(Debug, Deserialize)]
pub(crate) struct Person {
    pub(crate) token: String,
    #[serde(rename = "user_id")]
    pub(crate) id: u64,
    pub(crate) username: String,
}

#[derive(Deserialize)]
struct Started {
    challenge: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Verified {
    Known(Person),
    New { signup: String },
}

#[derive(Deserialize)]
struct Letter {
    id: serde_json::Value,
    to: String,
    code: Option<String>,
}

/// Signs `count` people in; the same ones again on a database that knows them.
pub(crate) async fn sign_in(server: &Server, count: usize) -> Result<Vec<Person>> {
    if count > MOST {
        bail!("there are numbers for {MOST} people only");
    }
    let mut people = Vec::with_capacity(count);
    for number in 0..count {
        people.push(
            sign_in_one(server, number)
                .await
                .with_context(|| format!("person {number} cannot sign in (is LIMITS=off?)"))?,
        );
    }
    Ok(people)
}

/// Somebody new without an account, who can do nothing but talk with strangers.
pub(crate) async fn guest(server: &Server) -> Result<Person> {
    server
        .post("/api/guests", &json!({}))
        .await
        .context("there is no guest (is LIMITS=off?)")
}

async fn sign_in_one(server: &Server, number: usize) -> Result<Person> {
    let phone = format!("+1201555{number:04}");
    let old = newest_letter(server, &phone).await?.map(|letter| letter.id);
    let Started { challenge } = server
        .post("/api/phone", &json!({ "phone": phone }))
        .await?;
    let code = await_code(server, &phone, old.as_ref()).await?;
    match server
        .post(
            "/api/phone/verify",
            &json!({ "challenge": challenge, "pin": code }),
        )
        .await?
    {
        Verified::Known(person) => Ok(person),
        Verified::New { signup } => {
            let username = format!("bench{number}");
            server
                .post(
                    "/api/phone/finish",
                    &json!({ "signup": signup, "username": username, "name": username }),
                )
                .await
        }
    }
}

/// The code that came after the letter `old`.
async fn await_code(
    server: &Server,
    phone: &str,
    old: Option<&serde_json::Value>,
) -> Result<String> {
    let arrived = async {
        loop {
            if let Some(letter) = newest_letter(server, phone).await?
                && Some(&letter.id) != old
            {
                return letter.code.context("a letter without a code");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(CODE_PATIENCE, arrived)
        .await
        .context("no code in the development inbox")?
}

/// The inbox lists the newest first.
async fn newest_letter(server: &Server, phone: &str) -> Result<Option<Letter>> {
    let letters: Vec<Letter> = server.get("/dev/inbox.json").await?;
    Ok(letters.into_iter().find(|letter| letter.to == phone))
}
