//! The real program at its start: how it serves at once, and how it refuses to.

use crate::support::{Process, TestApp, within};
use std::path::Path;

/// What a program that did not start said, which is one line and a reason.
async fn refusal(folder: &Path, settings: &[(&str, &str)]) -> String {
    let process = Process::runs(folder, settings);
    let (code, log) = process.ends().await;
    assert_ne!(code, Some(0), "{settings:?}");
    assert!(code.is_some(), "it ended by itself: {settings:?}");
    assert_eq!(log.lines().count(), 1, "{settings:?}: {log}");
    let reason = log.trim_end().strip_prefix("chinwag: ");
    reason.unwrap_or_else(|| panic!("{log}")).to_owned()
}

fn url_of(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("chinwag.db").display())
}

#[tokio::test]
async fn s4_01_with_no_settings_at_all_it_serves_a_developer_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serves(folder.path(), &[]).await;
    let page = process.caller().get("/").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Development: codes appear in"));
    assert!(folder.path().join("data/chinwag.db").exists());

    process.gets_sigterm();
    let url = process.url.clone();
    let (code, log) = process.ends().await;

    assert_eq!(code, Some(0), "{log}");
    let port = url.rsplit(':').next().expect("a port");
    assert!(log.contains(&format!("http://localhost:{port}")), "{log}");
    assert!(
        log.contains("development mode") && log.contains("/dev/inbox"),
        "{log}"
    );
    assert!(log.contains("stopped"), "{log}");
}

#[tokio::test]
async fn a_variable_that_is_no_setting_but_begins_like_one_is_warned_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let process = Process::serves(folder.path(), &[("LIMIT_SMS_HOURR", "3")]).await;
    let log = process.log();
    assert!(
        log.contains("no setting has this name") && log.contains("LIMIT_SMS_HOURR"),
        "{log}"
    );
}

#[tokio::test]
async fn a_wrong_setting_is_named_in_one_line_and_nothing_listens() {
    let folder = tempfile::tempdir().expect("a folder");
    let production = ("MODE", "production");
    let key = ("SECRET_KEY", "0123456789abcdef0123456789abcdef");
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("PORT", &[("PORT", "eighty")]),
        ("PORT", &[("PORT", "70000")]),
        ("HOST", &[("HOST", "my computer")]),
        ("HOST", &[("HOST", "0.0.0.0")]),
        ("PUBLIC_URL", &[("PUBLIC_URL", "chat.example.org")]),
        (
            "PUBLIC_URL",
            &[("PUBLIC_URL", "https://chat.example.org/chat")],
        ),
        (
            "DATABASE_URL",
            &[("DATABASE_URL", "mysql://root@localhost/chat")],
        ),
        ("MODE", &[("MODE", "prod")]),
        ("SECRET_KEY", &[production]),
        ("SECRET_KEY", &[("SECRET_KEY", "a-short-secret")]),
        ("TWILIO_ACCOUNT_SID", &[production, key]),
        ("SMS_BACKEND", &[production, key, ("SMS_BACKEND", "inbox")]),
        ("SMS_BACKEND", &[("SMS_BACKEND", "pigeon")]),
        (
            "LIMITS",
            &[
                production,
                key,
                ("LIMITS", "off"),
                ("SMS_BACKEND", "twilio"),
                ("TWILIO_ACCOUNT_SID", "AC1"),
                ("TWILIO_AUTH_TOKEN", "t"),
                ("TWILIO_PHONE_NUMBER", "+15005550006"),
            ],
        ),
        ("LIMIT_SMS_DAY", &[("LIMIT_SMS_DAY", "many")]),
        ("LIMIT_MESSAGES_BURST", &[("LIMIT_MESSAGES_BURST", "0")]),
        ("DEFAULT_COUNTRY", &[("DEFAULT_COUNTRY", "Portugal")]),
        ("TRUSTED_PROXIES", &[("TRUSTED_PROXIES", "everybody")]),
        ("LOG", &[("LOG", "chinwag=loud")]),
    ];
    for (name, settings) in cases {
        let reason = refusal(folder.path(), settings).await;
        assert!(reason.contains(name), "{name} is not in: {reason}");
        assert!(!reason.contains("a-short-secret"), "{reason}");
    }
    assert!(!folder.path().join("data").exists(), "nothing was made");
}

#[tokio::test]
async fn a_taken_port_is_said() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let port = app.url.rsplit(':').next().expect("a port");
    let reason = refusal(folder.path(), &[("PORT", port)]).await;
    assert!(reason.contains(&format!("127.0.0.1:{port}")), "{reason}");
    assert!(
        reason.contains("PORT") && reason.contains("in use"),
        "{reason}"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    // The test may run as root, for whom no folder is read-only; but a file is no folder for anybody.
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let url = url_of(&folder.path().join("file/data"));
    let reason = refusal(folder.path(), &[("DATABASE_URL", &url)]).await;
    assert!(reason.contains("cannot use the database"), "{reason}");
    assert!(reason.contains("file/data/chinwag.db"), "{reason}");

    std::fs::write(
        folder.path().join("chinwag.db"),
        "no database ".repeat(1_000),
    )
    .expect("a file");
    let url = url_of(folder.path());
    let reason = refusal(folder.path(), &[("DATABASE_URL", &url)]).await;
    assert!(reason.contains("not a database"), "{reason}");
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_alone() {
    let mut app = TestApp::new().await;
    app.signs_up("kevin").await;
    app.runs("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')");
    within("the server to stop", app.begin_to_stop())
        .await
        .expect("in order");
    let url = url_of(app.folder());
    let reason = refusal(app.folder(), &[("DATABASE_URL", &url)]).await;
    assert!(
        reason.contains("newer") && reason.contains("99990101000000"),
        "{reason}"
    );
    assert_eq!(app.count("users"), 1);
}

#[tokio::test]
async fn two_servers_never_share_a_database() {
    let app = TestApp::new().await;
    let url = url_of(app.folder());
    let reason = refusal(app.folder(), &[("DATABASE_URL", &url)]).await;
    assert!(reason.contains("another server is using it"), "{reason}");
    app.signs_up("kevin").await;
    assert_eq!(app.count("users"), 1, "the first one goes on");
}

#[tokio::test]
async fn a_database_whose_matches_cannot_be_read_is_not_served() {
    let mut app = TestApp::new().await;
    app.runs("ALTER TABLE match_people RENAME TO elsewhere");
    within("the server to stop", app.begin_to_stop())
        .await
        .expect("in order");
    let url = url_of(app.folder());
    for enabled in ["true", "false"] {
        let settings = [("DATABASE_URL", url.as_str()), ("MATCH_ENABLED", enabled)];
        let reason = refusal(app.folder(), &settings).await;
        assert!(reason.contains("match_people"), "{reason}");
    }
}
