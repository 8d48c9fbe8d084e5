//! What holds for every answer: health, headers, files and methods.

use crate::support::html::tags;
use crate::support::{Caller, Person, Setup, TestApp, until};
use http::Method;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_server_that_cannot_write_is_not_ready_but_alive() {
    let app = TestApp::new().await;
    let caller = Caller::new(&app);
    assert_eq!(caller.get("/readyz").await.status, 200);
    app.runs(
        "CREATE TRIGGER full BEFORE UPDATE ON server_facts
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    );
    // A look at the disk answers everybody for a second.
    let says = async |status| caller.get("/readyz").await.status == status;
    until("it to notice", || says(503)).await;
    let answer = caller.get("/readyz").await;
    assert!(!answer.body.contains("disk"), "causes go to the log");
    assert_eq!(caller.get("/healthz").await.status, 200);
    app.runs("DROP TRIGGER full");
    until("it to recover by itself", || says(200)).await;
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_and_tells_browsers_what_to_refuse() {
    let app = TestApp::new().await;
    let caller = Caller::new(&app).with("x-request-id", "chosen-by-the-caller");
    let mut ids = BTreeSet::new();
    let paths = [
        "/",
        "/healthz",
        "/nowhere",
        "/chats",
        "/api/phone",
        "/dev/inbox.json",
    ];
    for path in paths {
        let answer = caller.get(path).await;
        ids.insert(answer.header("x-request-id").to_owned());
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'"),
            "{path}: {policy}"
        );
        assert_eq!(answer.header("strict-transport-security"), "", "over http");
        for telling in ["server", "x-powered-by", "access-control-allow-origin"] {
            assert_eq!(answer.header(telling), "", "{path}: {telling}");
        }
    }
    assert_eq!(ids.len(), paths.len());
    assert!(ids.iter().all(|id| id.len() >= 16), "{ids:?}");
    let page = caller.get("/login/phone").await;
    assert_eq!(
        page.header("cache-control"),
        "no-store",
        "pages are personal"
    );
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let app = Setup::relaxed()
        .with("PUBLIC_URL", "https://chat.example")
        .start()
        .await;
    let page = Caller::new(&app).get("/").await;
    let stays = page.header("strict-transport-security");
    assert!(stays.starts_with("max-age=31536000"), "{stays:?}");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("connect-src 'self' wss://chat.example;"),
        "{policy}"
    );
}

#[tokio::test]
async fn pages_and_files_travel_compressed_to_who_understands_it() {
    let app = TestApp::new().await;
    let plain = Caller::new(&app);
    let packed = Caller::new(&app).with("accept-encoding", "gzip");
    let page = plain.get("/").await;
    let files = tags(&page.body);
    let sheet = files.iter().flat_map(|tag| &tag.attributes);
    let sheet = sheet
        .map(|(_, value)| value)
        .find(|value| value.ends_with(".css"));
    for path in ["/login/phone", sheet.expect("a style sheet")] {
        let (long, short) = (plain.get(path).await, packed.get(path).await);
        assert_eq!((long.status, short.status), (200, 200), "{path}");
        assert_eq!(long.header("content-encoding"), "", "{path}");
        assert_eq!(short.header("content-encoding"), "gzip", "{path}");
        assert!(
            short
                .header("vary")
                .to_lowercase()
                .contains("accept-encoding")
        );
        assert!(short.body.len() < long.body.len(), "{path}");
    }
}

#[tokio::test]
async fn files_are_kept_for_ever_and_change_their_address_with_their_content() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let mut files = BTreeSet::new();
    for path in ["/dev/inbox", "/chats", "/contacts", "/settings"] {
        let page = kevin.opens(path).await.body;
        let values = tags(&page).into_iter().flat_map(|tag| tag.attributes);
        files.extend(
            values
                .map(|(_, value)| value)
                .filter(|value| value.starts_with("/static/")),
        );
    }
    assert!(files.len() >= 5, "{files:?}");
    let caller = Caller::new(&app);
    for path in &files {
        let file = caller.get(path).await;
        assert_eq!(file.status, 200, "{path}");
        let keep = file.header("cache-control");
        assert_eq!(keep, "public, max-age=31536000, immutable", "{path}");
        assert_eq!(file.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(file.header("set-cookie"), "", "{path}");
        let kind = file.header("content-type");
        let expected = match path.rsplit('.').next() {
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(kind, expected, "{path}");
    }
    let path = files.first().expect("a file");
    let version = path.split('/').nth(2).expect("a version");
    let stale = caller.get(&path.replace(version, "0123456789abcdef")).await;
    assert_eq!(
        (stale.status, stale.header("cache-control")),
        (200, "no-cache")
    );
    for missing in ["css/missing.css", "", "css", "js/../../Cargo.toml"] {
        let answer = caller.get(&format!("/static/{version}/{missing}")).await;
        assert_eq!(answer.status, 404, "{missing}");
        assert!(
            !answer.header("cache-control").contains("immutable"),
            "{missing}"
        );
    }
    for climb in ["..", "%2e%2e", "..%2f..", "%2e%2e%2f%2e%2e", "....//"] {
        let request = format!(
            "GET /static/{version}/{climb}/Cargo.toml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        let answer = Caller::new(&app).sends_bytes(request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{climb}: {answer}");
        assert!(!answer.contains("[package]"), "{climb}");
    }
}

#[tokio::test]
async fn a_method_that_an_address_does_not_have_is_refused_and_nothing_changes_by_a_link() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let caller = Caller::new(&app)
        .with("cookie", &kevin.cookie_header())
        .with("origin", &app.origin());
    for (method, path) in [
        (Method::DELETE, "/chats"),
        (Method::PUT, "/settings/profile"),
        (Method::PATCH, "/contacts/1/rename"),
        (Method::POST, "/healthz"),
        (Method::GET, "/logout"),
        (Method::GET, "/settings/appearance"),
        (Method::GET, "/contacts/1/delete"),
        (Method::GET, "/people/1/block"),
        (Method::GET, "/settings/tokens/1/revoke"),
        (Method::GET, "/verify/resend"),
        (Method::GET, "/api/phone"),
    ] {
        let answer = caller.asks(method.clone(), path).await;
        assert_eq!(answer.status, 405, "{method} {path}");
        assert!(!answer.header("allow").is_empty(), "{method} {path}");
    }
    assert_eq!(kevin.submits("/settings", &[]).await.status, 405);
    assert!(kevin.is_signed_in().await);
}
