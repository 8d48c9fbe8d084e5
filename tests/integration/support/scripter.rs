//! Somebody who does by program what others do on pages: REST with a token.

use super::{Account, Answer, Caller, TestApp};
use http::Method;
use serde_json::{Value, json};

/// A caller with a token, who can be found by name.
pub(crate) struct Scripter {
    pub(crate) id: i64,
    pub(crate) account: Account,
    caller: Caller,
}

impl TestApp {
    pub(crate) async fn scripter(&self, username: &str) -> Scripter {
        let account = self.signs_up(username).await;
        self.runs(&format!(
            "UPDATE users SET is_listed = TRUE WHERE id = {}",
            account.id
        ));
        self.scripts(&account)
    }

    /// What somebody does by program who is there already.
    pub(crate) fn scripts(&self, account: &Account) -> Scripter {
        let bearer = format!("Bearer {}", account.token);
        Scripter {
            id: account.id,
            account: account.clone(),
            caller: Caller::new(self).with("authorization", &bearer),
        }
    }
}

impl Scripter {
    /// The same, with one more header.
    pub(crate) fn with(self, name: &str, value: &str) -> Self {
        Self {
            caller: self.caller.with(name, value),
            ..self
        }
    }

    pub(crate) async fn gets(&self, path: &str) -> Answer {
        self.caller.get(path).await
    }

    pub(crate) async fn posts(&self, path: &str, body: Value) -> Answer {
        self.caller.post_json(path, &body).await
    }

    /// Posts a body of any kind.
    pub(crate) async fn sends(&self, path: &str, kind: &str, body: &str) -> Answer {
        let request = self.caller.request(Method::POST, path);
        let request = request.header("content-type", kind).body(body.to_owned());
        super::calls::answer(request).await
    }

    pub(crate) async fn puts(&self, path: &str, body: Value) -> Answer {
        super::calls::answer(self.caller.request(Method::PUT, path).json(&body)).await
    }

    pub(crate) async fn deletes(&self, path: &str) -> Answer {
        self.caller.asks(Method::DELETE, path).await
    }

    /// By any method, with a body where there is one.
    pub(crate) async fn asks(&self, method: Method, path: &str, body: Option<&str>) -> Answer {
        let request = self.caller.request(method, path);
        let request = match body {
            Some(body) => request
                .header("content-type", "application/json")
                .body(body.to_owned()),
            None => request,
        };
        super::calls::answer(request).await
    }

    /// What a list holds.
    pub(crate) async fn lists(&self, path: &str) -> Vec<Value> {
        let answer = self.gets(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        let mut json = answer.json();
        assert_eq!(json["user_id"], self.id, "it says who asked");
        json["data"]
            .as_array_mut()
            .map(std::mem::take)
            .expect("a list")
    }

    /// That attribute of everything in a list.
    pub(crate) async fn lists_each(&self, path: &str, attribute: &str) -> Vec<Value> {
        let list = self.lists(path).await;
        list.into_iter()
            .map(|mut one| one[attribute].take())
            .collect()
    }

    /// Begins a chat; its id.
    pub(crate) async fn begins_chat(&self, other: &Self) -> i64 {
        let answer = self
            .posts("/api/chats", json!({ "companion_id": other.id }))
            .await;
        answer.json()["chat_id"]
            .as_i64()
            .unwrap_or_else(|| panic!("no chat: {answer:?}"))
    }

    /// Says something in a chat; the id of the last message.
    pub(crate) async fn says(&self, chat: i64, texts: &[&str]) -> i64 {
        let path = format!("/api/chats/{chat}/messages");
        let answer = self.posts(&path, json!({ "texts": texts })).await;
        assert_eq!(answer.status, 201, "not said: {answer:?}");
        let last = self
            .lists(&format!("{path}?ordered-by-desc=message_id&limit=1"))
            .await;
        last[0]["message_id"].as_i64().expect("an id")
    }
}
