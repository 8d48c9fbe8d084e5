//! How much of a request is read, and how long for.

use crate::support::{Caller, Person, TestApp};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let app = TestApp::new().await;
    let long = format!("X-Long: {}\r\n", "x".repeat(20_000));
    let many: String = (0..100).map(|n| format!("X-{n}: x\r\n")).collect();
    for (what, headers) in [("long", long), ("many", many)] {
        let request = format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        let answer = Caller::new(&app).sends_bytes(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431"), "{what}: {answer}");
    }
    let fits = format!(
        "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: {}\r\n\r\n",
        "x".repeat(8_000)
    );
    let answer = Caller::new(&app).sends_bytes(fits.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    const MAX: usize = 128 * 1024;
    let app = TestApp::new().await;
    for (path, kind) in [
        ("/login/phone", "application/x-www-form-urlencoded"),
        ("/api/phone", "application/json"),
    ] {
        let head = |length: &str| {
            format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {kind}\r\n{length}\r\n\r\n"
            )
        };
        // By what it says of itself, before any of it came.
        let said = head(&format!("Content-Length: {}", MAX + 1));
        let answer = Caller::new(&app).sends_bytes(said.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
        // By what comes, where it says nothing.
        let mut came = head("Transfer-Encoding: chunked");
        came.push_str(&format!(
            "{:x}\r\n{}\r\n0\r\n\r\n",
            MAX + 1,
            "x".repeat(MAX + 1)
        ));
        let answer = Caller::new(&app).sends_bytes(came.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
    }
    // The longest message fits, however its letters are written in a form.
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = app.signs_up("jz").await;
    let mut program = app.connects(&jz).await;
    let chat = program.opens("kevin").await;
    program.tells(chat, "hello").await;
    let longest = "\u{1F600}".repeat(4_096);
    let fields = [("body", longest.as_str()), ("client_id", "one")];
    let sent = kevin
        .submits(&format!("/chats/{chat}/messages"), &fields)
        .await;
    assert_eq!(sent.status, 303);
    program.hears_message(&longest).await;
}

#[tokio::test]
async fn who_never_finishes_a_request_is_hung_up_on_and_holds_nobody_up() {
    let app = TestApp::new().await;
    let started = Instant::now();
    let caller = Caller::new(&app);
    let slow = caller.sends_bytes(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    let (answer, others) = tokio::join!(slow, async {
        Caller::new(&app).get("/healthz").await.status
    });
    assert_eq!(others, 200);
    let waited = started.elapsed();
    let patient = Duration::from_secs(9)..Duration::from_secs(15);
    assert!(patient.contains(&waited), "{waited:?}: {answer}");
    assert!(!answer.contains("200 OK"), "{answer}");
}

/// Requests of which two readers could differ where they end. Behind each stands another one.
#[tokio::test]
async fn no_request_is_hidden_in_the_body_of_another() {
    const HIDDEN: &str = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let app = TestApp::new().await;
    let both = |first: &str, second: &str| format!("{first}\r\n{second}");
    let chunked = "Transfer-Encoding: chunked";
    let length = format!("Content-Length: {}", HIDDEN.len());
    for headers in [
        both("Content-Length: 0", &length),
        both(&length, "Content-Length: 0"),
        format!("Content-Length: 0, {}", HIDDEN.len()),
        format!("Content-Length: +{}", HIDDEN.len()),
        "Content-Length: 0x10".to_owned(),
        "Transfer-Encoding: xchunked".to_owned(),
        "Transfer-Encoding: chunked, identity".to_owned(),
        "Transfer-Encoding: identity".to_owned(),
        "Transfer-Encoding : chunked".to_owned(),
        format!(" {chunked}"),
        "Transfer-Encoding:\u{b}chunked".to_owned(),
        both(chunked, " , identity"),
    ] {
        let request =
            format!("POST /login HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n0\r\n\r\n{HIDDEN}");
        let answer = Caller::new(&app).sends_bytes(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{headers}: {answer}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{headers}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_length_beside_chunks_ends_the_connection_with_its_answer() {
    let app = TestApp::new().await;
    let hidden = "GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for headers in [
        format!(
            "Content-Length: {}\r\nTransfer-Encoding: chunked",
            hidden.len() + 5
        ),
        format!(
            "Transfer-Encoding: chunked\r\nContent-Length: {}",
            hidden.len() + 5
        ),
        "Content-Length: 5\r\nTransfer-Encoding: chunked".to_owned(),
    ] {
        let request =
            format!("POST /login HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n0\r\n\r\n{hidden}");
        let answer = Caller::new(&app).sends_bytes(request.as_bytes()).await;
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{headers}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_line_ends_as_lines_of_heads_end() {
    let app = TestApp::new().await;
    for request in [
        "GET /healthz HTTP/1.1\r\nHost: x\rX-Reached: y\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
        "GET /healthz HTTP/1.1\r\nHost: x\r\nX y: z\r\n\r\n",
        "GET /healthz\tHTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /healthz HTTP/9.9\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = Caller::new(&app).sends_bytes(request.as_bytes()).await;
        assert!(!answer.contains(" 200 OK"), "{request:?}: {answer}");
        assert!(
            answer.matches("HTTP/1.1 ").count() <= 1,
            "{request:?}: {answer}"
        );
    }
}

#[tokio::test]
async fn who_never_finishes_a_body_is_hung_up_on_and_holds_nobody_up() {
    let app = TestApp::new().await;
    let started = Instant::now();
    let caller = Caller::new(&app);
    let slow = caller.sends_bytes(
        b"POST /api/phone HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
    );
    let (answer, others) = tokio::join!(slow, async {
        Caller::new(&app).get("/healthz").await.status
    });
    assert_eq!(others, 200);
    let waited = started.elapsed();
    let patient = Duration::from_secs(9)..Duration::from_secs(20);
    assert!(patient.contains(&waited), "{waited:?}: {answer}");
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}
