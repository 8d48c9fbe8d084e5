//! Somebody with a browser and no script: follows links, fills in forms, keeps cookies.

use super::calls::{answer, client};
use super::{Answer, Credential, Program, TestApp, html};
use http::Method;
use reqwest::Client;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// A browser with its cookies, and everything that it was ever shown.
pub(crate) struct Person {
    url: String,
    origin: String,
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
    seen: Mutex<String>,
    form_token: Mutex<Option<String>>,
}

impl Person {
    pub(crate) fn new(app: &TestApp) -> Self {
        Self::at(&app.url, &app.origin())
    }

    pub(super) fn at(url: &str, origin: &str) -> Self {
        Self {
            url: url.into(),
            origin: origin.into(),
            client: client(),
            cookies: Mutex::default(),
            seen: Mutex::default(),
            form_token: Mutex::default(),
        }
    }

    /// Somebody new who went through all the pages.
    pub(crate) async fn signed_up(app: &TestApp, name: &str) -> Self {
        Self::signed_up_with(app, name, &app.fresh_number()).await
    }

    pub(crate) async fn signed_up_with(app: &TestApp, name: &str, number: &str) -> Self {
        let person = Self::new(app);
        person.proves(app, number).await;
        person
            .submits("/welcome", &[("name", name), ("username", "")])
            .await;
        person
    }

    /// The same account in another browser.
    pub(crate) async fn signed_in(app: &TestApp, number: &str) -> Self {
        let person = Self::new(app);
        person.proves(app, number).await;
        person
    }

    /// Asks for a code and gives it back; what came of the second.
    pub(crate) async fn proves(&self, app: &TestApp, number: &str) -> Answer {
        self.asks_for_code(number).await;
        self.gives_code(&app.code_for(number)).await
    }

    /// Opens the sign-in page and sends its form.
    pub(crate) async fn asks_for_code(&self, number: &str) -> Answer {
        let page = self.opens("/login/phone").await;
        let request = html::hidden(&page.body, "request").unwrap_or_default();
        self.sends_number(number, &request).await
    }

    pub(crate) async fn sends_number(&self, number: &str, request: &str) -> Answer {
        let fields = [("country", "US"), ("phone", number), ("request", request)];
        self.submits("/login/phone", &fields).await
    }

    pub(crate) async fn gives_code(&self, code: &str) -> Answer {
        self.submits("/verify", &[("code", code)]).await
    }

    pub(crate) async fn asks_again(&self) -> Answer {
        self.submits("/verify/resend", &[]).await
    }

    /// Opens the chat with a contact's form, and gives its address.
    pub(crate) async fn adds_contact(&self, who: &str, label: &str) -> Answer {
        self.submits("/contacts", &[("who", who), ("name", label)])
            .await
    }

    pub(crate) async fn opens(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[]).await
    }

    /// Sends a form as the page holds it: with its token, unless another one is among the fields.
    pub(crate) async fn submits(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        if fields.iter().any(|(name, _)| *name == "form_token") {
            return self.call(Method::POST, path, fields).await;
        }
        let token = self.form_token().await;
        let fields = [fields, &[("form_token", &token)]].concat();
        self.call(Method::POST, path, &fields).await
    }

    /// What the forms of this browser hold, from whichever page was seen last.
    pub(crate) async fn form_token(&self) -> String {
        let known = lock(&self.form_token).clone();
        if let Some(known) = known {
            return known;
        }
        // One for visitors, one for members.
        for page in ["/login", "/contacts"] {
            self.opens(page).await;
        }
        lock(&self.form_token).clone().unwrap_or_default()
    }

    /// Goes where the answer leads, as browsers do at once.
    pub(crate) async fn follows(&self, answer: &Answer) -> Answer {
        let path = answer.location().split('#').next().unwrap_or_default();
        self.opens(path).await
    }

    async fn call(&self, method: Method, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut request = self
            .client
            .request(method.clone(), format!("{}{path}", self.url))
            .header("sec-fetch-site", "same-origin")
            .header("cookie", self.cookie_header());
        if method == Method::POST {
            request = request.header("origin", &self.origin).form(fields);
        }
        let answer = answer(request).await;
        self.keep(&answer);
        answer
    }

    fn keep(&self, answer: &Answer) {
        let mut cookies = lock(&self.cookies);
        for value in answer.headers.get_all("set-cookie") {
            let text = value.to_str().expect("a readable cookie");
            let (name, rest) = text.split_once('=').expect("a cookie has a name");
            let value = rest.split(';').next().unwrap_or_default();
            if text.to_lowercase().contains("max-age=0") || value.is_empty() {
                cookies.remove(name);
            } else {
                cookies.insert(name.into(), value.into());
            }
        }
        drop(cookies);
        if let Some(token) = html::hidden(&answer.body, "form_token") {
            *lock(&self.form_token) = Some(token);
        }
        let mut seen = lock(&self.seen);
        seen.push_str(&format!("{:?}\n{}\n", answer.headers, answer.body));
    }

    /// The socket of a page of this browser.
    pub(crate) async fn connects(&self, app: &TestApp) -> Program {
        let socket = app.try_connect(Credential::Browser(self)).await;
        socket.expect("let in")
    }

    pub(crate) fn cookie_header(&self) -> String {
        let cookies = lock(&self.cookies);
        let pairs: Vec<_> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// The value of the session cookie, whatever it is called here.
    pub(crate) fn session(&self) -> Option<String> {
        let cookies = lock(&self.cookies);
        let mut sessions = cookies.iter().filter(|(name, _)| name.ends_with("chinwag"));
        sessions.next().map(|(_, value)| value.clone())
    }

    /// Somebody else put this cookie there.
    pub(crate) fn is_planted(&self, name: &str, value: &str) {
        lock(&self.cookies).insert(name.into(), value.into());
    }

    /// Every header and body that ever came.
    pub(crate) fn has_seen(&self) -> String {
        lock(&self.seen).clone()
    }

    /// Whether pages for members open.
    pub(crate) async fn is_signed_in(&self) -> bool {
        self.opens("/chats").await.status == 200
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
