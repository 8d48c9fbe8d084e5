//! What people do who meet as strangers.

use super::{Account, Answer, Caller, Person, Program, TestApp, until, within};
use serde_json::{Value, json};

impl TestApp {
    /// A guest's account, made by the API.
    pub(crate) async fn makes_guest(&self) -> Account {
        let answer = Caller::new(self)
            .post_json("/api/guests", &json!({}))
            .await
            .json();
        Account {
            id: answer["user_id"].as_i64().expect("an id"),
            username: answer["username"].as_str().expect("a name").into(),
            number: String::new(),
            token: answer["token"].as_str().expect("a token").into(),
        }
    }

    /// A guest with a socket.
    pub(crate) async fn guest(&self) -> Program {
        let guest = self.makes_guest().await;
        self.connects(&guest).await
    }

    /// Waits until the server has noticed that somebody's last connection closed.
    pub(crate) async fn until_gone(&self, user: i64) {
        until("the connection to be gone", || async move {
            !self.is_here(user)
        })
        .await;
    }

    /// Two guests who have found each other, and where they talk.
    pub(crate) async fn two_strangers(&self) -> (Program, Program, i64) {
        let (mut one, mut other) = (self.guest().await, self.guest().await);
        let talk = one.meets(&mut other).await;
        (one, other, talk)
    }
}

impl Person {
    /// Accepts the rules of talking with strangers; what came of it.
    pub(crate) async fn accepts_the_rules(&self) -> Answer {
        self.submits("/match/enter", &[("accept", "on")]).await
    }
}

impl Program {
    /// Looks for a stranger; the answer.
    pub(crate) async fn finds(&mut self, wishes: Value) -> Value {
        self.asks("match:find", wishes).await
    }

    /// Looks for a stranger who is there already or comes at once; where the two talk.
    pub(crate) async fn meets(&mut self, other: &mut Self) -> i64 {
        self.finds(json!({})).await;
        let found = other.finds(json!({})).await;
        let talk = talk_in(&found["match"]);
        for person in [self, other] {
            within("the same match", async {
                while talk_in(&person.hears("match:found").await) != talk {}
            })
            .await;
        }
        talk
    }

    /// Reports the stranger of a talk; the answer.
    pub(crate) async fn reports(&mut self, talk: i64, reason: &str) -> Value {
        let complaint = json!({ "conversation_id": talk, "reason": reason });
        self.asks("report", complaint).await
    }

    /// Why a talk has ended, as the next such event says.
    pub(crate) async fn hears_why(&mut self, talk: i64) -> String {
        within("the end of the talk", async {
            loop {
                let ended = self.hears("match:ended").await;
                if ended["conversation_id"] == talk {
                    return ended["reason"].as_str().expect("a reason").to_owned();
                }
            }
        })
        .await
    }
}

/// Where a state says that two talk.
pub(crate) fn talk_in(state: &Value) -> i64 {
    state["conversation_id"]
        .as_i64()
        .unwrap_or_else(|| panic!("not matched: {state}"))
}
