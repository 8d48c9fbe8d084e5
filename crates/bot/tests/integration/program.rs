//! The program itself: its settings, its last line, its exit status.

use crate::support::quotes::Quotes;
use crate::support::server::Server;
use std::process::{Child, Command, Output, Stdio};

fn program(set: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag-bot"));
    command.env_clear().envs(set.iter().copied());
    command
}

fn last_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn s2_45_a_missing_name_or_password_ends_the_program() {
    let account = [
        ("FINBOT_USERNAME", "finbot"),
        ("FINBOT_PASSWORD", "s3cret!"),
    ];
    for (set, missing) in [
        (&account[1..], "FINBOT_USERNAME"),
        (&account[..1], "FINBOT_PASSWORD"),
    ] {
        let output = program(set).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1));
        let line = last_line(&output);
        assert!(
            line.starts_with(&format!("chinwag-bot: {missing} is not set")),
            "{line}"
        );
    }
}

#[tokio::test]
async fn s2_44_the_program_answers_and_stops_when_told_to() {
    let (server, quotes) = (Server::start().await, Quotes::start().await);
    let mut command = program(&[
        ("FINBOT_HOST", &server.host()),
        ("FINBOT_USERNAME", "finbot"),
        ("FINBOT_PASSWORD", "s3cret!"),
        ("FINBOT_ROOMS", "general"),
        ("FINBOT_QUOTE_URL", &quotes.url()),
    ]);
    let child = command.stderr(Stdio::piped()).spawn().expect("it runs");
    let mut line = server.lets_in().await;
    line.asks("aapl.us").await;
    assert_eq!(line.hears_said().await, "AAPL.US quote is $93.42 per share");
    line.say(crate::support::server::custom(
        "general", "weather", "private", false,
    ))
    .await;
    line.asks("../x").await;
    line.hears_said().await;

    terminate(&child);
    line.hung_up().await;
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.contains("a command that is not for this bot"), "{log}");
    for secret in [
        "s3cret!",
        crate::support::server::TOKEN,
        "alice",
        "aapl",
        "private",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn s2_44_a_server_that_is_not_there_ends_the_program() {
    let host = Server::start().await.host();
    let account = [
        ("FINBOT_USERNAME", "finbot"),
        ("FINBOT_PASSWORD", "s3cret!"),
    ];
    let output = program(&[("FINBOT_HOST", &host), account[0], account[1]])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let line = last_line(&output);
    assert!(line.starts_with("chinwag-bot: login failed: "), "{line}");
    assert!(line.contains(&host), "{line}");
}

fn terminate(child: &Child) {
    let kill = Command::new("kill").arg(child.id().to_string()).status();
    assert!(kill.expect("kill runs").success());
}
