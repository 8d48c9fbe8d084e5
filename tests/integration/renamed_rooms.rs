//! A room that gets another name or topic while people are in it.

use crate::support::{Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn everybody_in_a_room_hears_what_it_is_called_and_about_now() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let (mut kevin, mut jz) = (app.program("kevin").await, app.program("jz").await);
    let room = kevin.makes_room("climbing").await;
    jz.enters("climbing").await;
    let mut outside = app.program("mia").await;
    let path = format!("/admin/rooms/{room}");

    let fields = [("name", "walls"), ("topic", "Walls and rocks")];
    let changed = ana.answers(&path, &fields).await;

    assert_eq!(changed.status, 303, "{}", changed.body);
    let expected = json!({ "conversation_id": room, "name": "walls", "topic": "Walls and rocks" });
    assert_eq!(kevin.hears("room:changed").await, expected);
    assert_eq!(jz.hears("room:changed").await, expected);
    outside.enters("general").await;
    assert_eq!(outside.times_heard("room:changed"), 0);
}
