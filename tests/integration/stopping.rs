//! How a server stops: it says so, finishes what was begun, and frees its place.

use crate::support::{Caller, Credential, Process, TestApp, within};
use serde_json::json;

#[tokio::test]
async fn health_is_told_and_a_server_that_stops_is_not_ready() {
    let mut app = TestApp::new().await;
    let caller = Caller::new(&app);
    let health = async |path| {
        let answer = caller.get(path).await;
        (answer.status, answer.body)
    };
    assert_eq!(health("/healthz").await, (200, "ok".into()));
    assert_eq!(health("/readyz").await, (200, "ready".into()));

    // Something is still being written while it stops.
    let mut kevin = app.program("kevin").await;
    let occupied = app.occupies_the_database();
    kevin
        .emits("conversation:open", r#"{"username":"kevin"}"#)
        .await;
    kevin.asks("conversation:list", json!({})).await;
    let stopping = app.begin_to_stop();
    kevin.hears("server:draining").await;

    assert_eq!(health("/readyz").await, (503, "stopping".into()));
    assert_eq!(health("/healthz").await, (200, "ok".into()));
    drop(occupied);
    within("the server to stop", stopping)
        .await
        .expect("in order");
}

#[tokio::test]
async fn what_was_sent_before_a_stop_is_acknowledged_and_there_afterwards() {
    let mut app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut sender, mut reader) = (app.connects(&kevin).await, app.connects(&jz).await);
    let chat = sender.opens("jz").await;
    sender.tells(chat, "hello").await;

    // The message is on its way to the disk, which is busy, when the server is told to stop.
    let occupied = app.occupies_the_database();
    let message = json!({ "conversation_id": chat, "body": "the last one", "client_id": "last" });
    let id = sender.emits("message:send", &message.to_string()).await;
    let list = sender.asks("conversation:list", json!({})).await;
    assert_eq!(list["ok"], true, "it was read, and so was what came before");
    let stopping = app.begin_to_stop();
    for socket in [&mut sender, &mut reader] {
        let draining = socket.hears("server:draining").await;
        assert!(draining["reconnect_in_ms"].is_u64(), "{draining}");
    }
    assert_eq!(app.count("messages"), 1, "not stored yet");
    drop(occupied);

    let answer = sender.answer(id).await;
    assert_eq!(answer["ok"], true, "{answer}");
    reader.hears_message("the last one").await;
    sender.is_ended().await;
    reader.is_ended().await;
    within("the server to stop", stopping)
        .await
        .expect("in order");

    app.start().await;
    let mut sender = app.connects(&kevin).await;
    let history = sender.reads_history(chat).await;
    let bodies: Vec<_> = history.iter().map(|message| &message["body"]).collect();
    assert_eq!(bodies, ["hello", "the last one"]);
    let again = sender.asks("message:send", message).await;
    assert_eq!(again["duplicate"], true, "{again}");
    assert_eq!(again["message"]["id"], answer["message"]["id"]);
}

#[tokio::test]
async fn sigterm_tells_everybody_and_frees_the_port() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serves(folder.path(), &[("LIMITS", "off")]).await;
    let kevin = process.person();
    kevin.asks_for_code("+12015550101").await;
    kevin.gives_code(&process.last_code().await).await;
    kevin.submits("/welcome", &[("name", "Kevin")]).await;
    assert!(kevin.is_signed_in().await);
    let browser = Credential::Browser(&kevin);
    let mut socket = process.connects(browser).await.expect("let in");

    process.gets_sigterm();

    socket.hears("server:draining").await;
    socket.is_ended().await;
    let url = process.url.clone();
    let (code, log) = process.ends().await;
    assert_eq!(code, Some(0), "{log}");
    let port = url.rsplit(':').next().expect("a port");
    // The same browser is still signed in on the next one.
    let _again = Process::serves(folder.path(), &[("PORT", port), ("LIMITS", "off")]).await;
    assert!(kevin.is_signed_in().await);
}
