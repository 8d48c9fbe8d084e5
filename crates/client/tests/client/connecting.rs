//! Being let in, being thrown out, and coming back.

use crate::script::{Server, next};
use chinwag_client::{Ended, Event};
use serde_json::json;
use std::time::Duration;
use tokio::net::TcpListener;

#[tokio::test]
async fn a_client_shows_its_token_and_is_told_that_it_is_ready() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let visit = server.welcome("a", &[(7, 12)]).await;
    assert_eq!(visit.auth, json!({"token": "chinwag_secret"}));
    let ready = next!(events, Event::Ready(ready) => ready);
    assert_eq!(
        (ready.user.username.as_str(), ready.conversations[0].id),
        ("ana", 7)
    );
    next!(events, Event::CaughtUp);
}

#[tokio::test]
async fn a_ping_is_answered() {
    let server = Server::start().await;
    let (_client, _events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    visit.say("2".into()).await;
    assert_eq!(visit.hear_frame().await, "3");
}

#[tokio::test]
async fn a_bad_token_ends_it() {
    for code in ["not_authenticated", "suspended"] {
        let server = Server::start().await;
        let (_client, mut events) = server.client();
        server.visit().await.refuse(code).await;
        let ended = next!(events, Event::Ended(ended) => ended);
        assert_eq!(ended, Ended::Refused(code.into()));
        assert!(events.next().await.is_none());
    }
}

#[tokio::test]
async fn a_full_server_is_tried_again() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    server.visit().await.refuse("too_many_connections").await;
    next!(events, Event::Offline { .. });
    client.hurry();
    let _visit = server.welcome("a", &[]).await;
    next!(events, Event::Ready(_));
}

#[tokio::test]
async fn a_lost_connection_comes_back_by_itself() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    drop(server.welcome("a", &[]).await);
    let retry_in = next!(events, Event::Offline { retry_in, .. } => retry_in);
    assert!(retry_in <= Duration::from_secs(1));
    let _visit = server.welcome("a", &[]).await;
    next!(events, Event::Ready(_));
}

#[tokio::test]
async fn a_silent_connection_is_dead() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut silent = server.visit_with_pings(300).await;
    silent.let_in("a", &[]).await;
    let reason = next!(events, Event::Offline { reason, .. } => reason);
    assert_eq!(reason, "the connection went silent");
    client.hurry();
    let _visit = server.welcome("a", &[]).await;
    next!(events, Event::Ready(_));
}

#[tokio::test]
async fn a_server_that_stops_says_when_to_come_back() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    visit
        .push("server:draining", json!({"reconnect_in_ms": 700}))
        .await;
    let retry_in = next!(events, Event::Offline { retry_in, .. } => retry_in);
    assert!(
        (700..=1_200).contains(&retry_in.as_millis()),
        "{retry_in:?}"
    );
    let _visit = server.welcome("a", &[]).await;
    next!(events, Event::Ready(_));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_is_left_alone_longer_and_longer() {
    // Nobody accepts: the kernel alone makes the connection.
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let (mut longest, mut visits) = (Duration::ZERO, 0);
    while visits < 20 {
        let event = events.next().await.expect("an event");
        if let Event::Offline { reason, retry_in } = event {
            assert_eq!(reason, "the server does not answer");
            longest = longest.max(retry_in);
            visits += 1;
        }
    }
    // By chance each of twenty could be a second; in a lifetime it will not be.
    assert!(longest > Duration::from_secs(1), "{longest:?}");
}

#[tokio::test]
async fn a_server_that_always_stops_is_left_alone_for_a_while() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    visit
        .push("server:draining", json!({"reconnect_in_ms": 0}))
        .await;
    let retry_in = next!(events, Event::Offline { retry_in, .. } => retry_in);
    assert!(retry_in >= Duration::from_millis(500), "{retry_in:?}");
}

#[tokio::test]
async fn a_session_that_ended_is_not_tried_again() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    visit
        .push("session:ended", json!({"reason": "signed_out"}))
        .await;
    let ended = next!(events, Event::Ended(ended) => ended);
    assert_eq!(ended, Ended::Refused("signed_out".into()));
}

#[tokio::test]
async fn nobody_there_is_said_in_words() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    drop(listener);
    let (_client, mut events) = chinwag_client::connect(address.parse().expect("an address"), "x");
    let reason = next!(events, Event::Offline { reason, .. } => reason);
    assert_eq!(reason, "connection refused");
}

#[tokio::test]
async fn a_client_that_is_dropped_leaves_in_good_manners() {
    let server = Server::start().await;
    let (client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    next!(events, Event::CaughtUp);
    drop(client);
    assert!(visit.is_left().await);
    assert_eq!(next!(events, Event::Ended(ended) => ended), Ended::Closed);
}

#[tokio::test]
async fn what_is_not_understood_is_left_out_and_what_is_no_socket_io_is_left() {
    let server = Server::start().await;
    let (_client, mut events) = server.client();
    let mut visit = server.welcome("a", &[]).await;
    visit.push("of:tomorrow", json!({"x": 1})).await;
    visit.push("message:new", json!("not a message")).await;
    visit
        .push("presence", json!({"user_id": 2, "online": true}))
        .await;
    next!(events, Event::Presence(_));
    visit.say("GET / HTTP/1.1".into()).await;
    next!(events, Event::Offline { .. });
}
