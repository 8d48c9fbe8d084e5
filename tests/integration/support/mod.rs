//! A real server on a port of its own, and the people who use it.
//!
//! [`TestApp`] is the server, [`Person`] somebody with a browser, [`Program`] something with an API
//! token and a socket, [`Scripter`] somebody with a token and REST, [`Provider`] the SMS company at the other end, [`Process`] the program as an
//! operator starts it. They have verbs and no
//! assertions of their own. Everything is awaited, nothing is slept for.

pub(crate) mod html;

mod app;
mod calls;
mod member;
mod moderator;
mod person;
mod process;
mod program;
mod provider;
mod raw;
mod room;
mod scripter;
mod stranger;
mod time;

pub(crate) use app::{Account, Setup, TestApp, refusal_of};
pub(crate) use calls::{Answer, Caller};
pub(crate) use member::PASSWORD;
pub(crate) use person::Person;
pub(crate) use process::{Errand, Process, free_port, runs_errand};
pub(crate) use program::{Credential, Program, Refusal, numbers, upgrade};
pub(crate) use provider::{Provider, Reply};
pub(crate) use raw::{Chatter, chats_when_free, tries_to_chat};
pub(crate) use scripter::Scripter;
pub(crate) use stranger::talk_in;
pub(crate) use time::stops_time;

use std::time::Duration;

/// Far more than anything takes: whoever waits that long waits for something that never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What comes, or a panic that says what did not.
pub(crate) async fn within<T>(what: &str, coming: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, coming)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Asks again and again, giving way in between, until it is so.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    within(what, async {
        while !is_so().await {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
