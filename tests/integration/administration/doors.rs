//! What administrators may do to rooms and see of them, by whichever door they come.

use super::log;
use crate::support::{Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn a_room_that_an_administrator_deletes_is_in_the_log_whichever_way_they_came() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let (kevin, dima) = (app.scripter("kevin").await, app.scripter("dima").await);
    let mut socket = app.connects(&dima.account).await;
    for name in ["by-rest", "by-socket", "his-own"] {
        kevin.posts("/api/rooms", json!({ "name": name })).await;
    }
    let rooms = socket.asks("room:list", json!({})).await;
    let rooms = rooms["rooms"].as_array().expect("rooms");
    let room = rooms.iter().find(|room| room["name"] == "by-socket");
    let delete = json!({ "conversation_id": room.expect("the room")["id"] });
    assert_eq!(
        socket.asks("room:delete", delete.clone()).await["ok"],
        false
    );

    app.runs(&format!(
        "UPDATE users SET is_admin = TRUE WHERE id = {}",
        dima.id
    ));
    assert_eq!(kevin.deletes("/api/rooms/his-own").await.status, 200);
    let entered = "ana entered administration";
    assert_eq!(log(&ana).await, [entered], "who made it needs no right");
    assert_eq!(dima.deletes("/api/rooms/by-rest").await.status, 200);
    assert_eq!(socket.asks("room:delete", delete).await["ok"], true);

    let [first, second] = ["by-rest", "by-socket"].map(|room| format!("dima deleted room {room}"));
    assert_eq!(log(&ana).await, [&second, &first, entered]);
}

#[tokio::test]
async fn what_is_being_deleted_is_no_room_that_can_be_looked_into() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let (mut kevin, _, talk) = app.two_people().await;
    kevin.tells(talk, "between you and me").await;
    // As a chat is between its deletion and the end of its last message.
    app.runs(&format!(
        "UPDATE conversations SET kind = 'room', low_id = NULL, high_id = NULL WHERE id = {talk}"
    ));
    let page = ana.opens(&format!("/admin/messages?room={talk}")).await;
    assert_eq!(page.status, 404, "{}", page.body);
}

#[tokio::test]
async fn a_search_in_a_room_minds_no_case_of_any_script_and_no_odd_place() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let mut kevin = app.program("kevin").await;
    let room = kevin.makes_room("umlauts").await;
    kevin.tells(room, "So ein ÄRGER").await;
    kevin.tells(room, "100% sure").await;
    for (text, found) in [("%C3%A4rger", "ÄRGER"), ("100%25", "100% sure")] {
        let page = ana
            .opens(&format!("/admin/messages?room={room}&q={text}"))
            .await;
        assert!(page.body.contains(found), "{}", page.body);
    }
    let before = format!("/admin/messages?room={room}&q=sure&before={}", i64::MIN);
    assert_eq!(ana.opens(&before).await.status, 200);
}
