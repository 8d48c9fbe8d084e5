//! What the server counts, and where that can be seen.

use crate::support::{
    Caller, Credential, Person, Process, Program, TestApp, chats_when_free, free_port, until,
};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A server of its own process, and somebody who reads what it counts.
struct Counted {
    process: Process,
    prometheus: Caller,
    folder: TempDir,
}

impl Counted {
    async fn serves() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("127.0.0.1:{}", free_port());
        let settings = [("METRICS_ADDRESS", address.as_str()), ("LIMITS", "off")];
        Self {
            process: Process::serves(folder.path(), &settings).await,
            prometheus: Caller::at(&format!("http://{address}")),
            folder,
        }
    }

    async fn page(&self) -> String {
        let answer = self.prometheus.get("/metrics").await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// One figure, by name and label.
    async fn figure(&self, name: &str) -> f64 {
        let page = self.page().await;
        let value = page.lines().find_map(|line| line.strip_prefix(name));
        let value = value.unwrap_or_else(|| panic!("no {name} in {page}"));
        value.trim().parse().expect("a number")
    }

    /// Events are counted as they are told, which may be after the answer.
    async fn comes_to(&self, name: &str, value: f64) {
        until(name, async || self.figure(name).await == value).await;
    }

    /// Somebody new: their token.
    async fn signs_up(&self, number: &str) -> String {
        let api = self.process.caller();
        let challenge = api.asks_for_code(number).await.field("challenge");
        let pin = self.process.last_code().await;
        let wrong = if pin == "000000" { "111111" } else { "000000" };
        assert_eq!(api.gives_code(&challenge, wrong).await.status, 400);
        let signup = api.gives_code(&challenge, &pin).await.field("signup");
        let finished = json!({ "signup": signup, "username": "liddell", "name": "Alice" });
        let answer = api.post_json("/api/phone/finish", &finished).await;
        answer.field("token")
    }

    async fn guest(&self) -> Program {
        let guest = self.process.caller();
        let token = guest.post_json("/api/guests", &json!({})).await;
        let token = token.field("token");
        let connected = self.process.connects(Credential::Token(&token)).await;
        connected.expect("let in")
    }
}

/// What is counted in a page, without the values.
fn names(page: &str) -> Vec<&str> {
    let declared = page.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    declared.filter_map(|line| line.split(' ').next()).collect()
}

/// All words of a text that are called like something that is counted.
fn named(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("chinwag_"))
        .collect()
}

#[tokio::test]
async fn what_people_do_is_counted_and_nobody_is_told_of() {
    let server = Counted::serves().await;
    assert!(server.page().await.ends_with("# EOF\n"), "the whole page");

    let token = server.signs_up("+12015550101").await;
    let path = format!("/ws/chat?token={token}");
    let mut alice = chats_when_free(&server.process.url, &path, &[]).await;
    alice.comes_into("general").await;
    for words in ["a word in a room", "another word"] {
        alice.tells_room("general", words).await;
        alice.hears_body(words).await;
    }
    let (mut one, mut other) = (server.guest().await, server.guest().await);
    let talk = one.meets(&mut other).await;
    for words in ["a word to a stranger", "one more", "and the last one"] {
        one.tells(talk, words).await;
        other.hears_message(words).await;
    }
    assert_eq!(one.says(talk + 1_000, "to nobody").await["ok"], false);
    assert_eq!(one.says(talk, "").await["ok"], false);

    for (name, value) in [
        ("chinwag_sms_sent_total", 1.0),
        ("chinwag_sms_verified_total", 1.0),
        ("chinwag_sms_failed_total", 0.0),
        ("chinwag_codes_wrong_total", 1.0),
        (r#"chinwag_refused_total{reason="invalid"}"#, 1.0),
        (r#"chinwag_refused_total{reason="not_found"}"#, 1.0),
        ("chinwag_messages_total", 5.0),
        ("chinwag_matches_total", 1.0),
        ("chinwag_people_online", 3.0),
        ("chinwag_people_waiting", 0.0),
        ("chinwag_people_matched", 2.0),
        (r#"chinwag_connections{door="socketio"}"#, 2.0),
        (r#"chinwag_connections{door="ws_chat"}"#, 1.0),
        (r#"chinwag_queue_depth{queue="writer"}"#, 0.0),
        (r#"chinwag_queue_depth{queue="push"}"#, 0.0),
        ("chinwag_slow_readers_total", 0.0),
    ] {
        server.comes_to(name, value).await;
    }
    let commits = server.figure("chinwag_commit_seconds_count").await;
    assert!(server.figure("chinwag_commit_jobs_sum").await >= commits);
    assert!(server.figure("chinwag_database_bytes").await > 0.0);
    assert!(server.figure("chinwag_disk_free_bytes").await > 0.0);
    let page = server.page().await;
    let mut faults = page
        .lines()
        .filter(|line| line.starts_with("chinwag_faults"));
    assert!(faults.all(|line| line.ends_with(" 0")), "{page}");
    for secret in [
        "5550101",
        "liddell",
        "Alice",
        "general",
        &token,
        "word",
        "nobody",
        "127.0.0.1",
    ] {
        assert!(!page.contains(secret), "{secret} is in {page}");
    }
    // Of a label there are few values, and they are known beforehand.
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let label = line.split_once('{').map_or("", |(_, labels)| labels);
        let label = label.split('=').next().unwrap_or_default();
        let known = ["", "door", "queue", "reason", "what", "le", "version"];
        assert!(known.contains(&label), "{line}");
    }

    one.leaves().await;
    alice.hangs_up().await;
    server
        .comes_to(r#"chinwag_connections{door="socketio"}"#, 1.0)
        .await;
    server
        .comes_to(r#"chinwag_connections{door="ws_chat"}"#, 0.0)
        .await;
}

#[tokio::test]
async fn a_group_that_is_not_committed_is_counted() {
    let server = Counted::serves().await;
    let path = server.folder.path().join("data/chinwag.db");
    let mut occupier = SqliteConnection::establish(&path.to_string_lossy()).expect("it is there");
    let waits = "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE";
    occupier.batch_execute(waits).expect("the lock");

    let refused = server.process.caller().asks_for_code("+12015550101").await;
    drop(occupier);

    assert_eq!(refused.status, 503, "{refused:?}");
    // What the server tidies at its start may have met the same: each group has its line in the log.
    let fault = r#"chinwag_faults_total{what="not_committed"}"#;
    until("each to be in the log", async || {
        let log = server.process.log();
        let lines = log.matches("a group could not be committed").count();
        lines > 0 && server.figure(fault).await.to_string() == lines.to_string()
    })
    .await;
    let refusals = r#"chinwag_refused_total{reason="unavailable"}"#;
    assert_eq!(server.figure(refusals).await, 1.0);
    assert_eq!(server.figure("chinwag_sms_sent_total").await, 0.0);
}

#[tokio::test]
async fn where_people_come_in_nothing_is_told_of_it() {
    let server = Counted::serves().await;
    let with = server.process.caller().get("/metrics").await;
    let app = TestApp::new().await;
    let without = Caller::new(&app).get("/metrics").await;
    let page = Person::new(&app).opens("/metrics").await;
    for answer in [with, without, page] {
        assert_eq!(answer.status, 404);
        assert!(!answer.body.contains("chinwag_"), "{answer:?}");
    }
    assert_eq!(server.prometheus.get("/").await.status, 404);
}

#[tokio::test]
async fn an_address_that_is_none_or_taken_is_refused_by_name() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = other.local_addr().expect("it is bound").to_string();
    for address in ["everywhere", taken.as_str()] {
        let folder = tempfile::tempdir().expect("a folder");
        let settings = [("METRICS_ADDRESS", address)];
        let (code, log) = Process::runs(folder.path(), &settings).ends().await;
        assert_eq!(code, Some(1), "{log}");
        assert!(log.contains("METRICS_ADDRESS"), "{log}");
    }
}

#[tokio::test]
async fn the_dashboard_and_the_manual_speak_of_what_is_counted() {
    let server = Counted::serves().await;
    let page = server.page().await;
    let series = named(&page);

    let dashboard: Value =
        serde_json::from_str(include_str!("../../deploy/grafana.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array().expect("targets"));
    let queries: Vec<_> = targets
        .map(|target| target["expr"].as_str().expect("a query"))
        .collect();
    assert!(queries.len() > 10, "{queries:?}");
    for query in queries {
        let asked = named(query);
        assert!(!asked.is_empty(), "{query} asks for nothing");
        for name in asked {
            assert!(series.contains(&name), "{query}: there is no {name}");
        }
    }

    let manual = named(include_str!("../../docs/OPERATIONS.md"));
    for name in names(&page) {
        let told = manual.iter().any(|told| told.starts_with(name));
        assert!(told, "docs/OPERATIONS.md lacks {name}");
    }
    for told in manual {
        assert!(series.contains(&told), "there is no {told}");
    }
}
