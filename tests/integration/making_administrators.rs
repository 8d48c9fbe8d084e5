//! `chinwag create-admin`: asks or is told, with the server stopped or running.

use crate::support::{PASSWORD, Person, Process, TestApp};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs it over the database in `folder`, and types these lines.
fn creates(folder: &Path, arguments: &[&str], password: Option<&str>, typed: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chinwag"));
    command
        .arg("create-admin")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("DATABASE_URL", "sqlite://chinwag.db")
        .env("PASSWORD_COST", "4")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(password) = password {
        command.env("CHINWAG_ADMIN_PASSWORD", password);
    }
    let mut child = command.spawn().expect("the program is there");
    let mut stdin = child.stdin.take().expect("it can be typed to");
    // It may have ended without reading.
    let _ = stdin.write_all(typed.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}

const SETTINGS: [(&str, &str); 3] = [
    ("DATABASE_URL", "sqlite://chinwag.db"),
    ("PASSWORD_COST", "4"),
    ("LIMITS", "off"),
];

async fn enters(person: &Person, username: &str, password: &str) -> bool {
    let answer = person.enters_administration(username, password).await;
    answer.status == 303 && person.opens("/admin/").await.body.contains("People online")
}

#[tokio::test]
async fn s2_02_an_administrator_is_made_at_the_command_line_while_the_server_is_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    let typed = format!(
        "a b\nana\nnot an address\nana@example.org\nshort\npassword1\n{PASSWORD}\nanother horse\n{PASSWORD}\n{PASSWORD}\n"
    );

    let made = creates(folder.path(), &[], None, &typed);

    let words = said(&made);
    assert!(made.status.success(), "{words}");
    for label in [
        "Username: ",
        "Email address: ",
        "Password: ",
        "Password (again): ",
    ] {
        assert!(words.contains(label), "{label} in {words}");
    }
    assert!(words.contains("These are not the same."), "{words}");
    assert_eq!(words.matches("too easy to guess").count(), 1, "{words}");
    assert!(
        words.contains("@ana is an administrator now. Open /admin at the server's address."),
        "{words}"
    );
    assert!(!words.contains(PASSWORD), "{words}");
    let server = Process::serves(folder.path(), &SETTINGS).await;
    assert!(enters(&server.person(), "ana@example.org", PASSWORD).await);
}

#[tokio::test]
async fn s2_02_an_administrator_is_made_without_questions_while_the_server_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Process::serves(folder.path(), &SETTINGS).await;
    let ana = server.person();
    assert_eq!(ana.opens("/admin").await.status, 404, "the premise");
    let arguments = [
        "--username",
        "ana",
        "--email",
        "ana@example.org",
        "--noinput",
    ];

    let made = creates(folder.path(), &arguments, Some(PASSWORD), "");

    assert!(made.status.success(), "{}", said(&made));
    assert!(enters(&ana, "ana", PASSWORD).await);
    let log = ana.opens("/admin/log").await.body;
    assert!(log.contains("the command line") && log.contains("appointed"));
    let again = creates(folder.path(), &arguments, Some(PASSWORD), "");
    assert!(again.status.success());
    assert!(said(&again).contains("an administrator already"));
    assert_eq!(server.caller().get("/readyz").await.status, 200);
}

#[test]
fn a_password_that_is_tried_first_makes_no_administrator() {
    let folder = tempfile::tempdir().expect("a folder");
    for weak in ["password", "20261121", "ana-maria"] {
        let arguments = ["--username", "ana-maria", "--noinput"];
        let made = creates(folder.path(), &arguments, Some(weak), "");
        assert!(!made.status.success(), "{weak}");
        assert!(said(&made).contains("too easy to guess"), "{}", said(&made));
    }
}

#[tokio::test]
async fn who_is_passing_through_a_room_stays_there_meanwhile() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;
    let mut kevin = app.chats(&kevin).await;
    kevin.comes_into("general").await;
    assert_eq!(app.count("memberships WHERE is_passing"), 1, "the premise");
    let arguments = ["--username", "ana", "--noinput"];

    let made = creates(app.folder(), &arguments, Some(PASSWORD), "");

    assert!(made.status.success(), "{}", said(&made));
    assert_eq!(app.count("memberships WHERE is_passing"), 1);
}

#[tokio::test]
async fn somebody_who_has_an_account_is_promoted_and_told() {
    let mut app = TestApp::new().await;
    let number = app.fresh_number();
    let mia = Person::signed_up_with(&app, "Mia", &number).await;
    app.registers("ana").await;
    let folder = app.folder().to_owned();

    let typed = format!("yes\n{PASSWORD}\n{PASSWORD}\n");
    let promoted = creates(&folder, &["--username", "mia"], None, &typed);
    let kept = creates(&folder, &["--username", "ANA"], None, "yes\n");

    assert!(promoted.status.success(), "{}", said(&promoted));
    assert!(said(&promoted).contains("It has no password yet."));
    assert!(kept.status.success(), "{}", said(&kept));
    app.restart().await;
    assert!(
        !mia.is_signed_in().await,
        "a first password ends what was before"
    );
    for username in ["mia", "ana"] {
        let person = Person::new(&app);
        assert!(enters(&person, username, PASSWORD).await, "{username}");
        let chats = person.opens("/chats").await.body;
        assert!(chats.contains("You look after this server from now on"));
    }
    assert_eq!(app.count("audit_log WHERE admin_id IS NULL"), 2);
}

#[tokio::test]
async fn nobody_is_promoted_for_having_taken_the_name() {
    let app = TestApp::new().await;
    Person::signed_up(&app, "admin").await;
    app.registers("root").await;
    for username in ["admin", "root"] {
        let arguments = ["--username", username, "--noinput"];
        let refused = creates(app.folder(), &arguments, Some("another horse"), "");
        assert_eq!(refused.status.code(), Some(1), "{username}");
        assert!(said(&refused).contains("somebody's account"));
        let doubted = creates(app.folder(), &["--username", username], None, "no\n");
        assert_eq!(doubted.status.code(), Some(1), "{username}");
    }
    assert_eq!(app.count("users WHERE is_admin"), 0);
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    for (arguments, password, expected) in [
        (vec!["--noinput"], Some(PASSWORD), "--username is missing"),
        (
            vec!["--noinput", "--username", "ana"],
            None,
            "CHINWAG_ADMIN_PASSWORD is not set",
        ),
        (
            vec!["--noinput", "--username", "a b"],
            Some(PASSWORD),
            "no spaces",
        ),
        (
            vec!["--noinput", "--username", "ana"],
            Some("short"),
            "at least 8",
        ),
        (
            vec!["--noinput", "--username", "ana", "--email", "x"],
            Some(PASSWORD),
            "e-mail address",
        ),
        (vec![], None, "Username was not given"),
    ] {
        let refused = creates(folder.path(), &arguments, password, "");
        let words = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}");
        assert!(
            words.starts_with("chinwag: ") && words.contains(expected),
            "{words}"
        );
        assert_eq!(words.lines().count(), 1, "{words}");
    }
}
