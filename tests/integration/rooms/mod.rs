//! Rooms: coming and going, what is said there, and who hears of it.

mod coming_and_going;
mod making;
mod talking;

use crate::support::{Program, TestApp};
use serde_json::{Value, json};

/// Kevin, who made a room, and JZ, who came in; Mia is not in it and hears nothing.
struct Scene {
    app: TestApp,
    kevin: Program,
    jz: Program,
    mia: Program,
    room: i64,
}

async fn scene() -> Scene {
    scene_in(TestApp::new().await).await
}

async fn scene_in(app: TestApp) -> Scene {
    let mut kevin = app.program("kevin").await;
    let (mut jz, mia) = (app.program("jz").await, app.program("mia").await);
    let room = kevin.makes_room("rust-lang").await;
    assert_eq!(jz.enters("Rust-Lang").await, room);
    kevin.hears("member:joined").await;
    Scene {
        app,
        kevin,
        jz,
        mia,
        room,
    }
}

impl Scene {
    /// Says something in the room after all that happened: what the others heard until then is all.
    async fn settles(&mut self) {
        self.kevin.tells(self.room, "all done").await;
        self.jz.hears_message("all done").await;
        self.mia_heard_nothing().await;
    }

    async fn mia_heard_nothing(&mut self) {
        let list = self.mia.asks("conversation:list", json!({})).await;
        assert_eq!(list["conversations"], json!([]), "the premise");
        assert_eq!(self.mia.events(), ["ready"]);
    }
}

fn names(list: &Value, field: &str) -> Vec<String> {
    let list = list.as_array().expect("a list");
    let names = list.iter().map(|one| one[field].as_str());
    names.map(|name| name.expect("a name").into()).collect()
}

/// Of each member in a list, whether they are here.
fn online(members: &Value) -> Vec<bool> {
    let members = members.as_array().expect("a list");
    members
        .iter()
        .map(|member| member["online"] == true)
        .collect()
}

fn bodies(messages: &Value) -> Vec<String> {
    names(messages, "body")
}
