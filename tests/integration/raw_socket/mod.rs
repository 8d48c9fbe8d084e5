//! The raw dialect at `/ws/chat`: every frame, order, code and close that it promises.

mod connecting;
mod frames;
mod leaving;
mod pace;
mod talking;

use crate::support::{Account, Chatter, TestApp};
use serde_json::{Value, json};

/// Kevin and JZ, connected; both are in `general` after [`Scene::both_in`].
struct Scene {
    app: TestApp,
    kevin: Chatter,
    jz: Chatter,
    accounts: [Account; 2],
}

async fn scene() -> Scene {
    scene_in(TestApp::new().await).await
}

async fn scene_in(app: TestApp) -> Scene {
    let accounts = [app.signs_up("kevin").await, app.signs_up("jz").await];
    let (kevin, jz) = (app.chats(&accounts[0]).await, app.chats(&accounts[1]).await);
    Scene {
        app,
        kevin,
        jz,
        accounts,
    }
}

impl Scene {
    async fn both_in(mut self) -> Self {
        self.kevin.comes_into("general").await;
        self.jz.comes_into("general").await;
        assert_eq!(self.kevin.frame().await["user"], "jz");
        self
    }
}

/// Takes the stamp out of a frame: seconds of today.
fn without_stamp(mut frame: Value) -> Value {
    let stamp = frame["stamp"].take();
    is_stamp(stamp.as_str().unwrap_or_default());
    frame.as_object_mut().expect("a frame").remove("stamp");
    frame
}

fn is_stamp(stamp: &str) {
    let shape: String = stamp
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00 00:00:00", "{stamp}");
}

fn error(code: &str) -> Value {
    json!({ "type": "error", "code": code })
}

fn about(code: &str, name: &str) -> Value {
    json!({ "type": "error", "code": code, "details": { "name": name } })
}

fn join(room: &str) -> Value {
    json!({ "type": "join", "room_name": room })
}

fn part(room: &str) -> Value {
    json!({ "type": "part", "room_name": room })
}

fn token_of(account: &Account) -> chinwag::accounts::Token {
    chinwag::accounts::Token::presented(&account.token).expect("a token")
}
