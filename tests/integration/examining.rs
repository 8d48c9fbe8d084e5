//! `chinwag doctor`: how an installation is, and what to do about it.

use crate::support::{Errand, Process, Provider, TestApp, runs_errand};
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// As an operator sets it up who has read the manual.
const PRODUCTION: [(&str, &str); 9] = [
    ("DATABASE_URL", "sqlite://chinwag.db"),
    ("MODE", "production"),
    ("PUBLIC_URL", "https://chat.example.org"),
    ("TRUSTED_PROXIES", "127.0.0.1"),
    ("SECRET_KEY", SECRET),
    ("TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"),
    ("TWILIO_AUTH_TOKEN", "a-secret-of-the-operator"),
    ("TWILIO_PHONE_NUMBER", "+15005550006"),
    ("MAIL_SERVER", "mail.example.org"),
];

fn examined(folder: &Path, settings: &[(&str, &str)]) -> Errand {
    runs_errand(folder, &["doctor"], settings, "")
}

/// The line about something.
fn line<'a>(errand: &'a Errand, about: &str) -> &'a str {
    let line = errand.out.lines().find(|line| line[6..].starts_with(about));
    line.unwrap_or_else(|| panic!("nothing of {about}: {}{}", errand.out, errand.err))
}

#[tokio::test]
async fn all_is_well_with_a_server_set_up_by_the_manual_and_no_secret_is_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [&PRODUCTION[..], &[("PORT", "0")]].concat();
    let before = examined(folder.path(), &settings);
    assert_eq!(before.code, Some(0), "{}", before.out);
    assert!(line(&before, "database").contains("made at the first start"));
    let server = Process::serves(folder.path(), &PRODUCTION).await;

    let found = examined(folder.path(), &settings);

    assert_eq!(found.code, Some(0), "{}{}", found.out, found.err);
    for about in [
        "MODE",
        "PUBLIC_URL",
        "TRUSTED_PROXIES",
        "SMS",
        "mail",
        "SECRET_KEY",
        "folder",
        "files",
        "clock",
    ] {
        assert!(line(&found, about).starts_with("ok "), "{}", found.out);
    }
    assert_eq!(line(&found, "database"), "ok    database: a server uses it");
    assert!(line(&found, "administrators").starts_with("warn"));
    for secret in [SECRET, "a-secret-of-the-operator", "AC0123", "+1500"] {
        assert!(!found.out.contains(secret), "{}", found.out);
    }
    drop(server);
}

#[tokio::test]
async fn settings_that_do_not_go_together_are_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, value, about, grade, said) in [
        (
            "TRUSTED_PROXIES",
            "",
            "TRUSTED_PROXIES",
            "warn",
            "shares one limit",
        ),
        (
            "TRUSTED_PROXIES",
            "0.0.0.0/0",
            "TRUSTED_PROXIES",
            "FAIL",
            "pretend to be anywhere",
        ),
        (
            "PUBLIC_URL",
            "http://chat.example.org",
            "PUBLIC_URL",
            "FAIL",
            "in the clear",
        ),
        ("HOST", "0.0.0.0", "PUBLIC_URL", "warn", "no TLS"),
        ("MAIL_SERVER", "", "mail", "warn", "set MAIL_SERVER"),
        (
            "TWILIO_ACCOUNT_SID",
            "AC1",
            "SMS",
            "warn",
            "32 hexadecimal digits",
        ),
        (
            "LIMIT_CONNECTIONS",
            "999999999",
            "open files",
            "warn",
            "LimitNOFILE",
        ),
        (
            "LIMIT_SMS_HOURR",
            "3",
            "LIMIT_SMS_HOURR",
            "warn",
            "no setting has this name",
        ),
        (
            "MODE",
            "nonsense",
            "MODE is",
            "FAIL",
            "development or production",
        ),
    ] {
        let settings = [&PRODUCTION[..], &[(name, value)]].concat();

        let found = examined(folder.path(), &settings);

        let line = line(&found, about);
        assert!(
            line.starts_with(grade) && line.contains(said),
            "{name}={value}: {line}"
        );
        assert_eq!(
            found.code,
            Some(i32::from(grade == "FAIL")),
            "{name}={value}"
        );
    }
    let shown = [
        ("MODE", "development"),
        ("PUBLIC_URL", "https://chat.example.org"),
    ];
    assert!(line(&examined(folder.path(), &shown), "MODE").contains("everybody reads every code"));
}

#[tokio::test]
async fn a_setting_that_is_missing_because_it_is_misspelt_is_told_both_ways() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings: Vec<_> = PRODUCTION
        .into_iter()
        .map(|(name, value)| match name {
            "TWILIO_AUTH_TOKEN" => ("TWILIO_AUTHTOKEN", value),
            name => (name, value),
        })
        .collect();

    let found = examined(folder.path(), &settings);

    assert_eq!(found.code, Some(1));
    assert!(line(&found, "TWILIO_AUTHTOKEN").starts_with("warn"));
    assert!(line(&found, "TWILIO_AUTH_TOKEN is not set").starts_with("FAIL"));
    assert!(
        !found.out.contains("a-secret-of-the-operator"),
        "{}",
        found.out
    );
}

#[tokio::test]
async fn what_others_may_read_and_what_is_no_database_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = folder.path().join("chinwag.db");
    std::fs::write(&database, "no database at all").expect("a file");
    set_permissions(&database, Permissions::from_mode(0o644)).expect("a mode");

    let found = examined(folder.path(), &PRODUCTION);

    assert_eq!(found.code, Some(1));
    assert!(
        line(&found, "files: others").contains("chmod 600 chinwag.db"),
        "{}",
        found.out
    );
    assert!(
        line(&found, "database").starts_with("FAIL"),
        "{}",
        found.out
    );
    assert!(
        found.err.starts_with("chinwag: 2 failed, "),
        "{}",
        found.err
    );
}

#[tokio::test]
async fn of_what_cannot_be_looked_at_nothing_else_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("letter"), "no folder at all").expect("a file");
    for url in [
        "sqlite://letter/chinwag.db",
        "sqlite://letter/data/chinwag.db",
    ] {
        let settings = [&PRODUCTION[..], &[("DATABASE_URL", url)]].concat();

        let found = examined(folder.path(), &settings);

        assert_eq!(found.code, Some(1), "{url}");
        let said = line(&found, "database");
        assert!(
            said.starts_with("FAIL") && said.contains("cannot be looked at"),
            "{said}"
        );
        let modes = found
            .out
            .lines()
            .filter(|line| line[6..].starts_with("files"));
        assert_eq!(modes.count(), 0, "{}", found.out);
    }
}

#[tokio::test]
async fn what_an_interrupted_copy_left_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["copy.db.part-0badcafe", "copy.db.part"] {
        std::fs::write(folder.path().join(name), "half of it").expect("a file");
    }

    let found = examined(folder.path(), &PRODUCTION);

    let line = line(&found, "files: ./copy.db.part-0badcafe");
    assert!(line.starts_with("warn"), "{line}");
    assert!(!found.out.contains("copy.db.part "), "{}", found.out);
}

#[tokio::test]
async fn a_clock_that_is_behind_what_was_stored_fails() {
    let app = TestApp::new().await;
    app.makes_guest().await;
    app.runs("UPDATE users SET created_at = created_at + 3600000");

    let found = examined(app.folder(), &[]);

    assert!(line(&found, "clock").starts_with("FAIL"), "{}", found.out);
}

#[tokio::test]
async fn the_provider_is_asked_only_when_it_is_wanted() {
    let provider = Provider::start().await;
    for (token, code, said) in [
        ("a-secret-of-the-operator", 0, "knows this account"),
        ("another", 1, "refuses TWILIO_ACCOUNT_SID"),
    ] {
        let url = provider.url.clone();
        let errand = move || {
            let folder = tempfile::tempdir().expect("a folder");
            let changed = [
                ("TWILIO_ACCOUNT_SID", "AC0123"),
                ("TWILIO_AUTH_TOKEN", token),
                ("TWILIO_API_BASE", url.as_str()),
            ];
            let settings = [&PRODUCTION[..], &changed].concat();
            runs_errand(folder.path(), &["doctor", "--online"], &settings, "")
        };
        // The provider is in this process, and has to answer meanwhile.
        let found = tokio::task::spawn_blocking(errand).await.expect("it ends");

        assert_eq!(found.code, Some(code), "{}", found.out);
        assert!(
            line(&found, "the SMS provider").contains(said),
            "{}",
            found.out
        );
    }
    assert_eq!(provider.accepted(), 0, "nothing was sent");
}
