//! Nothing is lost and nothing is told twice, whatever happens to the connection.

use crate::script::{Server, bodies_until_caught_up, conversation, message, next};
use chinwag_client::Event;
use serde_json::json;

#[tokio::test]
async fn what_was_said_while_away_is_told_once() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 1)]).await;
    bodies_until_caught_up(&mut events).await;
    visit.tell(message(7, 2, "before")).await;
    next!(events, Event::Message(_));
    drop(visit);
    next!(events, Event::Offline { .. });
    client.hurry();

    let mut visit = server.welcome("a", &[(7, 4)]).await;
    let (id, request) = visit.hear("sync").await;
    assert_eq!(request, json!({"cursors": {"7": 2}}));
    // Pushed before the answer, and in it as well.
    visit.tell(message(7, 5, "after")).await;
    visit
        .ack(id, json!({"ok": true, "more": true, "conversations": [conversation(7, 5)], "messages": [message(7, 3, "one")]}))
        .await;
    let (id, request) = visit.hear("sync").await;
    assert_eq!(request, json!({"cursors": {"7": 3}}));
    let rest = [message(7, 4, "two"), message(7, 5, "after")];
    visit
        .ack(id, json!({"ok": true, "more": false, "conversations": [conversation(7, 5)], "messages": rest}))
        .await;
    visit.tell(message(7, 5, "after")).await;
    assert_eq!(
        bodies_until_caught_up(&mut events).await,
        ["one", "two", "after"]
    );
}

#[tokio::test]
async fn a_jump_in_the_counter_is_filled_also_if_it_happens_while_asking() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 1)]).await;
    bodies_until_caught_up(&mut events).await;
    visit.tell(message(7, 3, "three")).await;
    let (id, _) = visit.hear("sync").await;
    visit.tell(message(7, 5, "five")).await;
    visit
        .ack(
            id,
            json!({"ok": true, "more": false, "conversations": [], "messages": []}),
        )
        .await;
    let (id, request) = visit.hear("sync").await;
    assert_eq!(request["cursors"]["7"], 1);
    let all: Vec<_> = (2..=5)
        .map(|rev| message(7, rev, &rev.to_string()))
        .collect();
    visit.fill(id, &all).await;
    assert_eq!(
        bodies_until_caught_up(&mut events).await,
        ["2", "3", "4", "5"]
    );
}

#[tokio::test]
async fn a_busy_server_is_asked_again() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 1)]).await;
    bodies_until_caught_up(&mut events).await;
    visit.tell(message(7, 3, "three")).await;
    let (id, _) = visit.hear("sync").await;
    let busy = json!({"code": "rate_limited", "message": "Slowly.", "retryable": true, "retry_after_ms": 10});
    visit.ack(id, json!({"ok": false, "error": busy})).await;
    let (id, _) = visit.hear("sync").await;
    let all = [message(7, 2, "two"), message(7, 3, "three")];
    visit.fill(id, &all).await;
    assert_eq!(bodies_until_caught_up(&mut events).await, ["two", "three"]);
}

#[tokio::test]
async fn a_replaced_database_is_said_before_anything_of_it() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    drop(server.welcome("a", &[(7, 9)]).await);
    next!(events, Event::Offline { .. });
    client.hurry();
    let mut visit = server.welcome("b", &[(7, 2)]).await;
    next!(events, Event::Forget);
    next!(events, Event::Ready(_));
    visit.tell(message(7, 3, "new world")).await;
    assert_eq!(
        next!(events, Event::Message(message) => message.body),
        "new world"
    );
}

#[tokio::test]
async fn a_conversation_that_is_gone_is_told() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[(7, 1), (8, 1), (9, 1)]).await;
    visit
        .push("conversation:removed", json!({"conversation_id": 8}))
        .await;
    assert_eq!(next!(events, Event::ConversationRemoved(id) => id), 8);
    drop(visit);
    next!(events, Event::Offline { .. });
    client.hurry();
    let _visit = server.welcome("a", &[(7, 1)]).await;
    assert_eq!(next!(events, Event::ConversationRemoved(id) => id), 9);
}

#[tokio::test]
async fn a_new_talk_is_told_with_its_first_message() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    let mut new = conversation(7, 1);
    new["kind"] = "direct".into();
    visit
        .push("conversation:new", json!({ "conversation": new }))
        .await;
    visit.tell(message(7, 1, "Hello!")).await;
    assert_eq!(next!(events, Event::Conversation(new) => new.id), 7);
    assert_eq!(
        next!(events, Event::Message(message) => message.body),
        "Hello!"
    );
}
