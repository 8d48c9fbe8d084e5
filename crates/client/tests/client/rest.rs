//! Signing in, and the calls that need no connection.

use crate::script::{Server, soon};
use chinwag_client::{Error, Rest, SignedIn, Verified};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Answers one request; gives its first line, its credentials and its body.
async fn answer(server: &Server, status: &str, body: &str) -> (String, String, Value) {
    let (mut stream, _) = soon(server.listener.accept()).await.expect("a connection");
    let mut request = String::new();
    loop {
        let mut chunk = [0; 4_096];
        let read = soon(stream.read(&mut chunk)).await.expect("a request");
        request.push_str(&String::from_utf8_lossy(&chunk[..read]));
        let Some((head, body)) = request.split_once("\r\n\r\n") else {
            continue;
        };
        if read == 0 || body.len() >= header(head, "content-length").parse().unwrap_or(0) {
            break;
        }
    }
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nretry-after: 30\r\nconnection: close\r\n"
    );
    let answer = format!("{head}content-length: {length}\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await.expect("a reader");
    let (head, body) = request.split_once("\r\n\r\n").expect("a head");
    (
        head.lines().next().unwrap_or_default().to_owned(),
        header(head, "authorization"),
        serde_json::from_str(body).unwrap_or_default(),
    )
}

fn header(head: &str, name: &str) -> String {
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_new_person_signs_in_with_three_calls() {
    let server = Server::start().await;
    let rest = Rest::new(server.address()).expect("a client");
    let (started, asked) = tokio::join!(
        rest.start_phone("ana@example.org", "1", "2015550123"),
        answer(
            &server,
            "202 Accepted",
            r#"{"challenge": "c", "phone": "+12015550123", "resend_in": 30, "message": "Code was sent"}"#
        )
    );
    assert_eq!(started.expect("a challenge").challenge, "c");
    assert_eq!(asked.0, "POST /api/phone HTTP/1.1");
    assert_eq!(
        asked.2,
        json!({"email": "ana@example.org", "country_code": "1", "phone": "2015550123"})
    );

    let (verified, asked) = tokio::join!(
        rest.verify_phone("c", "123456"),
        answer(&server, "200 OK", r#"{"known": false, "signup": "s"}"#)
    );
    assert_eq!(
        verified.expect("a proof"),
        Verified::New { signup: "s".into() }
    );
    assert_eq!(asked.2, json!({"challenge": "c", "pin": "123456"}));

    let (made, asked) = tokio::join!(
        rest.finish_phone("s", "ana"),
        answer(
            &server,
            "201 Created",
            r#"{"token": "chinwag_x", "user_id": 8, "username": "ana"}"#
        )
    );
    assert_eq!(asked.2, json!({"signup": "s", "username": "ana"}));
    let ana = SignedIn {
        token: "chinwag_x".into(),
        user_id: 8,
        username: "ana".into(),
    };
    assert_eq!(made.expect("an account"), ana);
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    let server = Server::start().await;
    let rest = Rest::new(server.address()).expect("a client");
    let (refused, _) = tokio::join!(
        rest.start_phone("x", "1", "2"),
        answer(
            &server,
            "400 Bad Request",
            r#"{"message": {"phone": "That is not a possible phone number."}}"#
        )
    );
    match refused.expect_err("a refusal") {
        Error::Refused {
            code,
            message,
            field,
            is_retryable,
            ..
        } => {
            assert_eq!((code.as_str(), is_retryable), ("400", false));
            assert_eq!(
                (message.as_str(), field.as_deref()),
                ("That is not a possible phone number.", Some("phone"))
            );
        }
        other => panic!("{other:?}"),
    }
    let (refused, _) = tokio::join!(
        rest.start_phone("x", "1", "2"),
        answer(
            &server,
            "429 Too Many Requests",
            r#"{"message": "A code was just sent."}"#
        )
    );
    match refused.expect_err("a refusal") {
        Error::Refused {
            is_retryable,
            retry_after,
            ..
        } => {
            assert!(is_retryable);
            assert_eq!(retry_after.map(|time| time.as_secs()), Some(30));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_chinwag_is_told_apart_from_a_refusal() {
    let server = Server::start().await;
    let rest = Rest::new(server.address()).expect("a client");
    for status in ["200 OK", "404 Not Found", "302 Found"] {
        let (strange, _) = tokio::join!(rest.rooms("t"), answer(&server, status, "<html>"));
        assert!(matches!(strange, Err(Error::Strange(_))), "{strange:?}");
    }
    let address = server.address();
    drop(server);
    let nobody = Rest::new(address).expect("a client").rooms("t").await;
    let Err(Error::Unreachable(words)) = nobody else {
        panic!("{nobody:?}")
    };
    assert!(
        words.ends_with("cannot be reached: connection refused."),
        "{words}"
    );
}

#[tokio::test]
async fn an_sms_and_rooms_go_with_the_token() {
    let server = Server::start().await;
    let rest = Rest::new(server.address()).expect("a client");
    let (sent, asked) = tokio::join!(
        rest.send_sms("t", "+15551234", "hi there"),
        answer(
            &server,
            "202 Accepted",
            r#"{"to": "+15551234", "message": "Sms was sent"}"#
        )
    );
    sent.expect("sent");
    assert_eq!(
        (asked.0.as_str(), asked.1.as_str()),
        ("POST /api/sms HTTP/1.1", "Token t")
    );
    assert_eq!(asked.2, json!({"to": "+15551234", "body": "hi there"}));

    let (rooms, _) = tokio::join!(
        rest.rooms("t"),
        answer(
            &server,
            "200 OK",
            r#"{"user_id": 8, "data": [{"name": "general", "created_by": null}]}"#
        )
    );
    assert_eq!(rooms.expect("rooms")[0].name, "general");

    let (deleted, asked) = tokio::join!(
        rest.delete_room("t", "a/../b"),
        answer(
            &server,
            "200 OK",
            r#"{"user_id": 8, "name": "x", "message": "Room was successfully deleted"}"#
        )
    );
    deleted.expect("deleted");
    assert_eq!(asked.0, "DELETE /api/rooms/a%2F..%2Fb HTTP/1.1");
}
