//! The pages of an account with a password, without script: making it, signing in, a forgotten password,
//! and what the settings say about it.

mod changing;
mod forgetting;
mod forms;
mod secrets;
mod signing_in;

use crate::support::{Caller, TestApp, until};
use serde_json::Value;

/// The link of the mail that came last.
async fn last_link(app: &TestApp) -> String {
    let letter = last_letter(app).await;
    letter["link"].as_str().expect("a link").to_owned()
}

/// The mail that came last, once one has come.
async fn last_letter(app: &TestApp) -> Value {
    let api = Caller::new(app);
    let letters = async || api.get("/dev/inbox.json").await.json();
    until("a mail", async || letters().await[0]["link"].is_string()).await;
    letters().await[0].take()
}

/// The same as a path of ours.
async fn last_link_path(app: &TestApp) -> String {
    let link = last_link(app).await;
    format!("/reset/{}", link.rsplit('/').next().expect("a token"))
}
