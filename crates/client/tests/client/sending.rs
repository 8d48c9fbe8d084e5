//! What was said is stored once, or given back with a reason.

use crate::script::{Server, Visit, message, next, soon};
use chinwag_client::{Error, Event};
use serde_json::{Value, json};

async fn store(visit: &mut Visit, id: u64, draft: &Value, rev: i64, duplicate: bool) {
    let mut stored = message(7, rev, draft["body"].as_str().expect("a body"));
    stored["client_id"] = draft["client_id"].clone();
    visit
        .ack(
            id,
            json!({"ok": true, "message": stored, "duplicate": duplicate}),
        )
        .await;
}

#[tokio::test]
async fn what_is_said_before_there_is_a_connection_is_sent_in_order() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let ids = ["one", "two"].map(|body| client.send(7, body));
    let mut visit = server.welcome("a", &[(7, 0)]).await;
    for (n, id) in ids.iter().enumerate() {
        let (number, draft) = visit.hear("message:send").await;
        assert_eq!(draft["client_id"], id.as_str());
        assert_eq!(draft["conversation_id"], 7);
        store(&mut visit, number, &draft, n as i64 + 1, false).await;
        assert_eq!(next!(events, Event::Sent { client_id } => client_id), *id);
    }
}

#[tokio::test]
async fn what_was_not_acknowledged_is_sent_again_as_the_same_message() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 0)]).await;
    let id = client.send(7, "Once");
    let (_, first) = visit.hear("message:send").await;
    drop(visit);
    next!(events, Event::Offline { .. });
    client.hurry();
    let mut visit = server.welcome("a", &[(7, 0)]).await;
    let (number, second) = visit.hear("message:send").await;
    assert_eq!(first, second);
    store(&mut visit, number, &second, 1, true).await;
    assert_eq!(next!(events, Event::Sent { client_id } => client_id), id);
}

#[tokio::test]
async fn too_fast_is_tried_again_and_a_final_refusal_is_reported() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 0)]).await;
    let (blocked, kept) = (
        client.send(7, "to be refused"),
        client.send(7, "to be kept"),
    );

    let (number, _) = visit.hear("message:send").await;
    let slowly = json!({"code": "rate_limited", "message": "Slowly.", "retryable": true, "retry_after_ms": 20});
    visit
        .ack(number, json!({"ok": false, "error": slowly}))
        .await;
    assert_eq!(
        next!(events, Event::Delayed { client_id, .. } => client_id),
        blocked
    );

    let (number, _) = visit.hear("message:send").await;
    let no = json!({"code": "blocked", "message": "You cannot write to each other.", "retryable": false});
    visit.ack(number, json!({"ok": false, "error": no})).await;
    let (draft, error) = next!(events, Event::Unsent { draft, error } => (draft, error));
    assert_eq!(
        (draft.client_id, draft.body.as_str()),
        (blocked, "to be refused")
    );
    assert_eq!(error.code(), Some("blocked"));

    let (number, draft) = visit.hear("message:send").await;
    store(&mut visit, number, &draft, 1, false).await;
    assert_eq!(next!(events, Event::Sent { client_id } => client_id), kept);
}

#[tokio::test]
async fn nothing_is_said_into_data_that_is_not_the_data_it_was_meant_for() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    drop(server.welcome("a", &[(7, 0)]).await);
    next!(events, Event::Offline { .. });
    client.send(7, "To Bo alone");
    client.hurry();
    let _visit = server.welcome("b", &[(7, 0)]).await;
    assert_eq!(
        next!(events, Event::Unsent { draft, .. } => draft.body),
        "To Bo alone"
    );
}

#[tokio::test]
async fn nor_is_what_was_written_while_the_connection_to_it_was_being_made() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    drop(server.welcome("a", &[(7, 0)]).await);
    next!(events, Event::Offline { .. });
    client.hurry();
    let mut visit = server.visit().await;
    client.send(7, "before ready");
    visit.let_in("b", &[(7, 0)]).await;
    visit.say("2".into()).await;
    assert_eq!(visit.hear_frame().await, "3");
    // The client knows that the data was replaced; the program has not read it yet.
    client.send(7, "before it was read");
    for body in ["before ready", "before it was read"] {
        assert_eq!(
            next!(events, Event::Unsent { draft, .. } => draft.body),
            body
        );
    }
    client.send(7, "of the new world");
    let (_, draft) = visit.hear("message:send").await;
    assert_eq!(draft["body"], "of the new world");
}

#[tokio::test]
async fn what_no_packet_can_hold_is_given_back_and_the_next_is_said() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 0)]).await;
    next!(events, Event::CaughtUp);
    client.send(7, "x".repeat(200_000));
    client.send(7, "after");
    let (_, draft) = visit.hear("message:send").await;
    assert_eq!(draft["body"], "after");
    let (draft, error) = next!(events, Event::Unsent { draft, error } => (draft, error));
    assert_eq!(
        (draft.body.len(), error.code()),
        (200_000, Some("too_large"))
    );
    let payload = "x".repeat(200_000);
    let refused = soon(client.room_command(7, "stock", &payload)).await;
    assert_eq!(refused.expect_err("too long").code(), Some("too_large"));
}

#[tokio::test]
async fn a_yes_with_a_message_of_tomorrow_is_a_yes() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 0)]).await;
    let id = client.send(7, "Once");
    let (number, _) = visit.hear("message:send").await;
    visit
        .ack(number, json!({"ok": true, "message": {"id": "m-1"}}))
        .await;
    assert_eq!(next!(events, Event::Sent { client_id } => client_id), id);
}

#[tokio::test]
async fn a_question_while_a_connection_is_being_made_fails_at_once_and_is_not_asked_later() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.visit().await;
    let answer = soon(client.create_room("tea")).await;
    assert!(matches!(answer, Err(Error::Unreachable(_))), "{answer:?}");
    visit.let_in("a", &[(7, 0)]).await;
    next!(events, Event::Ready(_));
    client.send(7, "Hello!");
    visit.hear("message:send").await;
}

#[tokio::test]
async fn a_question_without_a_connection_is_answered_at_once() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    drop(server.welcome("a", &[]).await);
    next!(events, Event::Offline { .. });
    let answer = soon(client.history(7, None, None)).await;
    assert!(matches!(answer, Err(Error::Unreachable(_))), "{answer:?}");
}

#[tokio::test]
async fn a_question_that_came_too_fast_is_asked_again() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 3)]).await;
    next!(events, Event::Ready(_));
    let asked = tokio::spawn(async move { client.history(7, Some(3), Some(2)).await });
    let (number, request) = visit.hear("history").await;
    assert_eq!(
        request,
        json!({"conversation_id": 7, "before": 3, "limit": 2})
    );
    let slowly = json!({"code": "rate_limited", "message": "Slowly.", "retryable": true, "retry_after_ms": 5});
    visit
        .ack(number, json!({"ok": false, "error": slowly}))
        .await;
    let (number, _) = visit.hear("history").await;
    let messages = [message(7, 1, "one"), message(7, 2, "two")];
    visit
        .ack(
            number,
            json!({"ok": true, "messages": messages, "more": false}),
        )
        .await;
    let page = asked.await.expect("no panic").expect("a page");
    assert_eq!(page.messages.len(), 2);
}
