//! The SMS company at the other end: a server that speaks the part of Twilio's Messages API that we
//! use, remembers what it was asked, and answers as it was told to.

use super::app::code_in;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use data_encoding::BASE64;
use http::{HeaderMap, StatusCode, header};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// What it does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Accept,
    Status(u16),
    /// Sends whoever asks to where [`Provider::leads_to`] says, with that status.
    Redirect(u16),
    /// Takes the request and never answers.
    Hang,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) account: String,
    pub(crate) authorization: String,
    pub(crate) fields: HashMap<String, String>,
    pub(crate) reply: Reply,
}

#[derive(Default)]
struct Desk {
    asked: Vec<Asked>,
    next: VecDeque<Reply>,
    from_then_on: Option<Reply>,
    elsewhere: String,
}

/// A running stub. It accepts everything until told otherwise.
pub(crate) struct Provider {
    pub(crate) url: String,
    desk: Arc<Mutex<Desk>>,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let routes = Router::new()
            .route("/2010-04-01/Accounts/{sid}/Messages.json", post(messages))
            .route("/2010-04-01/Accounts/{file}", get(account))
            .with_state(desk.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, desk }
    }

    /// The next requests are answered so, one each; then everything is accepted.
    pub(crate) fn replies(&self, replies: &[Reply]) {
        lock(&self.desk).next.extend(replies);
    }

    /// All further requests are answered so.
    pub(crate) fn always_replies(&self, reply: Reply) {
        lock(&self.desk).from_then_on = Some(reply);
    }

    /// Where redirects go.
    pub(crate) fn leads_to(&self, other: &Self) {
        lock(&self.desk).elsewhere.clone_from(&other.url);
    }

    /// Every request so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        lock(&self.desk).asked.clone()
    }

    /// How many SMS it has taken to send.
    pub(crate) fn accepted(&self) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.reply == Reply::Accept)
            .count()
    }

    /// The code that went to that number last.
    pub(crate) fn code_for(&self, number: &str) -> String {
        let asked = self.asked();
        let sms = asked
            .iter()
            .rev()
            .find(|asked| asked.fields["To"] == number);
        code_in(&sms.expect("an SMS").fields["Body"]).expect("a code")
    }
}

async fn messages(
    State(desk): State<Arc<Mutex<Desk>>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let reply = {
        let mut desk = lock(&desk);
        let reply = desk
            .next
            .pop_front()
            .or(desk.from_then_on)
            .unwrap_or(Reply::Accept);
        let authorization = headers
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        desk.asked.push(Asked {
            account,
            authorization: authorization.unwrap_or_default().into(),
            fields,
            reply,
        });
        reply
    };
    match reply {
        Reply::Accept => (StatusCode::CREATED, Json(json!({ "sid": "SM1" }))).into_response(),
        Reply::Status(status) => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, Json(json!({ "code": 21211 }))).into_response()
        }
        Reply::Redirect(status) => {
            let status = StatusCode::from_u16(status).expect("a status");
            let to = format!(
                "{}/2010-04-01/Accounts/AC0123/Messages.json",
                lock(&desk).elsewhere
            );
            (status, [(header::LOCATION, to)]).into_response()
        }
        Reply::Hang => std::future::pending().await,
    }
}

/// The account itself, for whoever knows its token.
async fn account(headers: HeaderMap) -> StatusCode {
    let given = headers.get("authorization").map(|value| value.as_bytes());
    let wanted = BASE64.encode(b"AC0123:a-secret-of-the-operator");
    if given == Some(format!("Basic {wanted}").as_bytes()) {
        StatusCode::OK
    } else {
        StatusCode::UNAUTHORIZED
    }
}

fn lock(desk: &Mutex<Desk>) -> std::sync::MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
