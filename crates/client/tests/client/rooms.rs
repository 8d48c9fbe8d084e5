//! Rooms, as the protocol page describes them.

use crate::script::{Server, conversation, message, next};
use chinwag_client::Event;
use serde_json::json;

#[tokio::test]
async fn rooms_are_listed_made_joined_left_and_deleted() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    next!(events, Event::Ready(_));
    let acting = tokio::spawn(async move {
        let rooms = client.rooms().await.expect("rooms");
        assert_eq!(
            (rooms[0].name.as_str(), rooms[0].joined),
            ("general", false)
        );
        assert_eq!(client.create_room("tea").await.expect("a room").id, 8);
        let joined = client.join_room("general").await.expect("a room");
        assert_eq!(
            (
                joined.members[0].username.as_str(),
                joined.members[0].online
            ),
            ("bo", true)
        );
        assert_eq!(joined.messages[0].body, "Hello!");
        client
            .room_command(7, "stock", "aapl.us")
            .await
            .expect("done");
        client.leave_room(7).await.expect("done");
        client.delete_room(8).await.expect_err("not mine")
    });
    let (id, _) = visit.hear("room:list").await;
    let general = json!({"id": 7, "name": "general", "topic": "", "members": 3, "online": 1, "joined": false});
    visit.ack(id, json!({"ok": true, "rooms": [general]})).await;
    let (id, payload) = visit.hear("room:create").await;
    assert_eq!(payload, json!({"name": "tea"}));
    visit
        .ack(id, json!({"ok": true, "conversation": conversation(8, 0)}))
        .await;
    let (id, payload) = visit.hear("room:join").await;
    assert_eq!(payload, json!({"name": "general"}));
    let bo = json!({"id": 2, "username": "bo", "name": "Bo", "online": true});
    visit
        .ack(id, json!({"ok": true, "conversation": conversation(7, 1), "members": [bo], "member_count": 1, "messages": [message(7, 1, "Hello!")]}))
        .await;
    let (id, payload) = visit.hear("room:command").await;
    assert_eq!(
        payload,
        json!({"conversation_id": 7, "command": "stock", "payload": "aapl.us"})
    );
    visit.ack(id, json!({"ok": true})).await;
    let (id, _) = visit.hear("room:leave").await;
    visit.ack(id, json!({"ok": true})).await;
    let (id, payload) = visit.hear("room:delete").await;
    assert_eq!(payload, json!({"conversation_id": 8}));
    let no = json!({"code": "forbidden", "message": "Only its creator can delete a room.", "retryable": false});
    visit.ack(id, json!({"ok": false, "error": no})).await;
    let error = acting.await.expect("no panic");
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        (Some("forbidden"), "Only its creator can delete a room.")
    );
}

#[tokio::test]
async fn a_room_that_was_joined_begins_where_it_stands() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    next!(events, Event::Ready(_));
    let joining = tokio::spawn(async move { client.join_room("general").await.map(|_| client) });
    let (id, _) = visit.hear("room:join").await;
    visit
        .ack(id, json!({"ok": true, "conversation": conversation(7, 900), "members": [], "member_count": 0, "messages": []}))
        .await;
    visit.tell(message(7, 901, "next")).await;
    assert_eq!(
        next!(events, Event::Message(message) => message.body),
        "next"
    );
    let _client = joining.await.expect("no panic").expect("joined");
}

#[tokio::test]
async fn who_comes_and_goes_and_gives_commands_is_told() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 0)]).await;
    let bo = json!({"id": 2, "username": "bo", "name": "Bo"});
    visit
        .push(
            "member:joined",
            json!({"conversation_id": 7, "user": bo, "online": true}),
        )
        .await;
    visit
        .push(
            "member:left",
            json!({"conversation_id": 7, "user": bo, "online": false}),
        )
        .await;
    let command = json!({"conversation_id": 7, "user": bo, "command": "stock", "payload": "aapl.us", "sent_at": "2026-11-20T18:04:05.123Z"});
    visit.push("room:command", command).await;
    assert_eq!(
        next!(events, Event::MemberJoined(push) => push.user.username),
        "bo"
    );
    assert_eq!(
        next!(events, Event::MemberLeft(push) => push.conversation_id),
        7
    );
    assert_eq!(
        next!(events, Event::RoomCommand(push) => push.command),
        "stock"
    );
}
