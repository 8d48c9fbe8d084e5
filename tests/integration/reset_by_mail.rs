//! A forgotten password: the mail, the token in it, and what its use ends.

use crate::support::{Answer, Caller, Credential, Setup, TestApp, within};
use data_encoding::BASE64;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

const ALICE: &str = "alice@example.org";

async fn registers(app: &TestApp) {
    let body = json!({
        "email": "Alice@example.org", "username": "alice", "name": "Alice", "password": "12345678",
    });
    let answer = Caller::new(app).post_json("/api/register", &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

fn by_password(app: &TestApp, password: &str) -> Caller {
    let pair = BASE64.encode(format!("alice:{password}").as_bytes());
    Caller::new(app).with("authorization", &format!("Basic {pair}"))
}

async fn access_token(app: &TestApp) -> String {
    let answer = by_password(app, "12345678").get("/api/token").await;
    answer.field("token")
}

async fn forgets(app: &TestApp) -> Answer {
    let body = json!({ "email": ALICE });
    Caller::new(app)
        .post_json("/api/forgot-password", &body)
        .await
}

async fn resets(app: &TestApp, token: &str, password: &str) -> (u16, Value) {
    let body = json!({ "token": token, "password": password });
    let answer = Caller::new(app)
        .post_json("/api/reset-password", &body)
        .await;
    (answer.status, answer.json())
}

/// The mail that came last, as the inbox shows it.
async fn last_mail(app: &TestApp) -> Value {
    let letters = Caller::new(app).get("/dev/inbox.json").await.json();
    let mails = letters.as_array().expect("a list").iter();
    let mut mails = mails.filter(|letter| letter["kind"] == "mail");
    mails.next().expect("a mail").clone()
}

/// What stands in quotes in it.
fn quoted(mail: &Value) -> String {
    let body = mail["body"].as_str().expect("a text");
    let mut quoted = body.split('"').skip(1).step_by(2);
    let token = quoted.next().expect("something in quotes").to_owned();
    assert_eq!(quoted.next(), None, "{body}");
    token
}

async fn asks_for_token(app: &TestApp) -> String {
    assert_eq!(forgets(app).await.status, 200);
    quoted(&last_mail(app).await)
}

fn refused(words: &str) -> (u16, Value) {
    (400, json!({ "message": words }))
}

const NOT_VALID: &str = "Reset password token is not valid";
const EXPIRED: &str = "Reset password token has expired. Use a new one";

#[tokio::test]
async fn s4_35_a_forgotten_password_is_reset_by_the_token_of_a_mail() {
    let app = TestApp::new().await;
    registers(&app).await;
    let forgotten = forgets(&app).await;
    let expected = json!({
        "email": ALICE, "message": "Check Your e-email to reset the password!",
    });
    assert_eq!((forgotten.status, forgotten.json()), (200, expected));
    let mail = last_mail(&app).await;
    assert_eq!(mail["to"], "Alice@example.org");
    assert_eq!(mail["subject"], "Chinwag reset password");
    let token = quoted(&mail);
    assert!(token.len() >= 43 && !forgotten.body.contains(&token));

    let done = json!({ "email": "Alice@example.org", "message": "Successfully reset" });
    assert_eq!(resets(&app, &token, "another one").await, (202, done));
    assert_eq!(
        by_password(&app, "another one")
            .get("/api/token")
            .await
            .status,
        200
    );
    assert_eq!(
        by_password(&app, "12345678").get("/api/token").await.status,
        401
    );
}

#[tokio::test]
async fn s4_35_whoever_has_no_account_and_whatever_is_no_token_is_told_so() {
    let app = TestApp::new().await;
    registers(&app).await;
    for unknown in ["bob@example.org", "alice", ""] {
        let body = json!({ "email": unknown });
        let answer = Caller::new(&app)
            .post_json("/api/forgot-password", &body)
            .await;
        assert_eq!(
            (answer.status, answer.json()),
            refused(&format!("User with e-mail '{unknown}' does not exist"))
        );
    }
    // The token is looked at before the password.
    for token in ["", "x", &"x".repeat(43), &"é".repeat(60)] {
        assert_eq!(resets(&app, token, "short").await, refused(NOT_VALID));
    }
    let token = asks_for_token(&app).await;
    assert_eq!(
        resets(&app, &token, "1234567").await,
        refused("Password is too short")
    );
    // That was no use of it.
    assert_eq!(resets(&app, &token, "12345679").await.0, 202);
}

#[tokio::test]
async fn s4_35_a_token_is_good_for_half_an_hour_and_for_one_use() {
    let app = Setup::strict().start().await;
    registers(&app).await;
    let (first, second) = (asks_for_token(&app).await, asks_for_token(&app).await);
    assert_ne!(first, second);
    app.wait(1_799);
    assert_eq!(resets(&app, &second, "another one").await.0, 202);
    // Used, and made worthless by the use of another.
    for token in [&first, &second] {
        assert_eq!(resets(&app, token, "a third one").await, refused(NOT_VALID));
    }
    let late = asks_for_token(&app).await;
    app.wait(1_800);
    assert_eq!(resets(&app, &late, "a third one").await, refused(EXPIRED));
    assert_eq!(
        app.count(&format!("password_resets WHERE key = '{late}'")),
        0
    );
}

#[tokio::test]
async fn s4_35_a_reset_token_is_no_access_token_and_the_other_way_round() {
    let app = TestApp::new().await;
    registers(&app).await;
    let access = access_token(&app).await;
    let reset = asks_for_token(&app).await;
    assert_eq!(
        resets(&app, &access, "another one").await,
        refused(NOT_VALID)
    );
    let caller = Caller::new(&app).with("authorization", &format!("Bearer {reset}"));
    let answer = caller.get("/api/token").await;
    assert_eq!(
        (answer.status, answer.field("message")),
        (401, "Authentication token is not valid".into())
    );
    assert!(app.try_connect(Credential::Token(&reset)).await.is_err());
    assert_eq!(resets(&app, &reset, "another one").await.0, 202);
}

#[tokio::test]
async fn a_reset_ends_sockets_tokens_and_sessions() {
    let app = TestApp::new().await;
    registers(&app).await;
    let access = access_token(&app).await;
    let mut socket = app
        .try_connect(Credential::Token(&access))
        .await
        .expect("let in");
    let token = asks_for_token(&app).await;
    assert_eq!(resets(&app, &token, "another one").await.0, 202);
    socket.hears("session:ended").await;
    assert!(app.try_connect(Credential::Token(&access)).await.is_err());
    assert_eq!(app.count("api_tokens"), 0);
    assert_eq!(app.count("sessions WHERE user_id IS NOT NULL"), 0);
}

#[tokio::test]
async fn mails_are_not_sent_without_end() {
    let app = Setup::strict().start().await;
    registers(&app).await;
    for n in 0..5 {
        assert_eq!(forgets(&app).await.status, 200, "{n}");
    }
    let sixth = forgets(&app).await;
    assert_eq!(sixth.status, 429);
    assert_eq!(sixth.header("retry-after"), "3600");
    app.wait(3_600);
    assert_eq!(forgets(&app).await.status, 200);
}

#[tokio::test]
async fn mails_are_written_to_a_file_for_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mail.jsonl");
    let app = Setup::relaxed()
        .with("MAIL_FILE", file.display())
        .start()
        .await;
    registers(&app).await;
    let token = asks_for_token(&app).await;
    let lines = std::fs::read_to_string(&file).expect("the file");
    let mail: Value = serde_json::from_str(lines.trim()).expect("one line of JSON");
    let mut keys: Vec<_> = mail.as_object().expect("an object").keys().collect();
    keys.sort();
    assert_eq!(keys, ["at", "body", "from", "subject", "to"]);
    assert_eq!(quoted(&mail), token);
}

#[tokio::test]
async fn s4_02_the_mail_server_of_the_settings_gets_the_letter_again_if_it_was_busy() {
    let server = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = server.local_addr().expect("it is bound").port();
    let app = Setup::relaxed()
        .with("MAIL_SERVER", "127.0.0.1")
        .with("MAIL_PORT", port)
        .with("MAIL_ENCRYPTION", "none")
        .with("MAIL_FROM", "Chat <chat@example.org>")
        .start()
        .await;
    registers(&app).await;
    // Nobody listens yet: the answer does not wait for it.
    assert_eq!(forgets(&app).await.status, 200);
    let (first, _) = within("a connection", server.accept())
        .await
        .expect("accepted");
    assert_eq!(takes_mail(first, "451 busy").await, None);
    let (second, _) = within("a second connection", server.accept())
        .await
        .expect("accepted");
    let letter = takes_mail(second, "250 yes").await.expect("a letter");
    assert!(
        letter.contains("To: Alice@example.org")
            && letter.contains("From: Chat <chat@example.org>")
    );
    let token = letter.split('"').nth(1).expect("a token");
    assert_eq!(resets(&app, token, "another one").await.0, 202);
}

#[tokio::test]
async fn without_mail_a_forgotten_password_is_nothing_that_can_be_helped() {
    let app = Setup::relaxed().with("MAIL_BACKEND", "off").start().await;
    registers(&app).await;
    assert_eq!(forgets(&app).await.status, 503);
}

/// Speaks SMTP up to the letter, which it takes if `verdict` says so.
async fn takes_mail(stream: TcpStream, verdict: &str) -> Option<String> {
    let mut stream = BufReader::new(stream);
    let mut letter = None;
    let mut says = "220 here".to_owned();
    loop {
        stream
            .write_all(format!("{says}\r\n").as_bytes())
            .await
            .expect("it listens");
        let mut line = String::new();
        if within("a command", stream.read_line(&mut line))
            .await
            .unwrap_or(0)
            == 0
        {
            return letter;
        }
        says = match line.get(..4).unwrap_or_default() {
            "MAIL" => verdict.to_owned(),
            "DATA" => {
                stream
                    .write_all(b"354 go on\r\n")
                    .await
                    .expect("it listens");
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    stream.read_line(&mut text).await.expect("a line");
                }
                letter = Some(text);
                "250 taken".into()
            }
            "QUIT" => return letter,
            _ => "250 yes".into(),
        };
    }
}
