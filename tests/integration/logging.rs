//! What the log never tells, however much it is asked to.

use crate::support::html::{between, hidden, ids_in};
use crate::support::{
    Credential, Person, Process, chats_when_free, runs_errand, tries_to_chat, until,
};
use data_encoding::BASE64;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::Path;

/// A server that logs all it can, and what must not be found there.
struct Visit {
    process: Process,
    secrets: Vec<(&'static str, String)>,
}

impl Visit {
    fn hides(&mut self, what: &'static str, secret: &str) {
        self.secrets.push((what, secret.into()));
    }

    /// One who mistypes the code first.
    async fn signs_up(&mut self, number: &str, name: &str) -> Person {
        let person = self.process.person();
        person.asks_for_code(number).await;
        let code = self.process.last_code().await;
        let wrong = if code == "918273" { "918274" } else { "918273" };
        let before = person.session().expect("a cookie");
        assert_eq!(person.gives_code(wrong).await.status, 422);
        person.gives_code(&code).await;
        person.submits("/welcome", &[("name", name)]).await;
        assert!(person.is_signed_in().await);
        self.hides("a wrong code", wrong);
        self.hides("a code", &code);
        self.hides("the cookie before", &before);
        self.hides("the cookie", &person.session().expect("a cookie"));
        person
    }

    /// A contact, a message, one that is refused, and a token: the chat and the token.
    async fn uses_forms(&mut self, kevin: &Person) -> (i64, String) {
        kevin
            .adds_contact("201-555-0102", "My private dentist")
            .await;
        self.hides("a label", "My private dentist");
        let page = kevin.opens("/contacts").await.body;
        let contact = ids_in(&page, "/contacts/", "/open")[0];
        let open = format!("/contacts/{contact}/open");
        let chat = kevin.submits(&open, &[]).await.location().to_owned();
        let page = kevin.opens(&chat).await.body;
        let client_id = hidden(&page, "client_id").expect("a form");
        let send = format!("{chat}/messages");
        for (body, status) in [
            ("a word by form".into(), 303),
            ("a word too long ".repeat(300), 422),
        ] {
            let fields = [("body", body.as_str()), ("client_id", &client_id)];
            assert_eq!(kevin.submits(&send, &fields).await.status, status);
        }
        let made = kevin
            .submits("/settings/tokens", &[("label", "script")])
            .await;
        let token = between(&made.body, r#"<code id="secret">"#, "</code>").expect("a token");
        self.hides("the token", token);
        let id = chat.rsplit('/').next().expect("an id");
        (id.parse().expect("a number"), token.into())
    }

    /// Sockets by each credential, on both transports.
    async fn uses_sockets(&mut self, chat: i64, token: &str, browser: &Person) {
        let header = format!("Bearer {token}");
        let headers = [("authorization", header.as_str())];
        for credential in [
            Credential::Token(token),
            Credential::Headers(&headers),
            Credential::Browser(browser),
        ] {
            let mut socket = self.process.connects(credential).await.expect("let in");
            let said = socket.tells(chat, "a word by socket").await;
            socket.edits(&said, "a word put better").await;
            socket.reads_history(chat).await;
            let odd =
                json!({ "conversation_id": chat, "body": "a word in an odd field", "x": [1] });
            socket.asks("no:such:event", odd).await;
            socket.leaves().await;
        }
        let caller = self.process.caller().with("authorization", &header);
        let polling = caller.begins_polling().await.expect("a session");
        caller.post(&polling, "40").await;
        caller.get(&polling).await;
        self.hides("the sid", polling.split_once("&sid=").expect("a sid").1);
        let cut = &token[..50];
        assert!(self.process.connects(Credential::Token(cut)).await.is_err());
        self.hides("a token that is none", &cut["chinwag_".len()..]);
        for words in ["a word by", "a word too", "a word put", "a word in"] {
            self.hides("a message", words);
        }
    }

    /// With the token in the address, right and wrong, and in the header.
    async fn uses_the_raw_socket(&mut self, token: &str) {
        let url = self.process.url.clone();
        let header = format!("Token {token}");
        let header = [("authorization", header.as_str())];
        let right = format!("/ws/chat?token={token}");
        for (path, headers) in [(right.as_str(), &[][..]), ("/ws/chat", &header)] {
            let mut chatter = chats_when_free(&url, path, headers).await;
            chatter.comes_into("general").await;
            chatter.tells_room("general", "a word in a room").await;
            chatter.hears_body("a word in a room").await;
            let long = "a word too long ".repeat(300);
            chatter.tells_room("general", &long).await;
            chatter.frame().await;
            chatter.asks(json!({ "type": "a word of no type" })).await;
            chatter.hangs_up().await;
        }
        let wrong = "/ws/chat?token=a-token-that-is-none";
        let mut refused = tries_to_chat(&url, wrong, &[]).await.expect("an upgrade");
        assert_eq!(refused.frame().await["code"], "not-authenticated");
        let foreign = [("origin", "https://evil.example")];
        assert!(tries_to_chat(&url, &right, &foreign).await.is_err());
        self.hides("a token that is none", "a-token-that-is-none");
        self.hides("a message", "a word of no");
    }

    /// An account with a password that is mistyped, forgotten, reset and asked for by programs.
    async fn uses_a_password(&mut self) {
        let alice = self.process.person();
        let form = hidden(&alice.opens("/login").await.body, "form_token").expect("a form");
        let sends = async |path: &str, fields: &[(&str, &str)]| {
            let fields = [fields, &[("form_token", form.as_str())]].concat();
            alice.submits(path, &fields).await
        };
        let new = [
            ("name", "Alice"),
            ("username", "liddell"),
            ("email", "rabbit@example.org"),
            ("password", "a hole in the ground"),
            ("again", "a hole in the ground"),
        ];
        assert_eq!(sends("/register", &new).await.status, 303);
        alice.submits("/logout", &[]).await;
        for login in ["liddell", "rabbit@example.org", "nobody@example.org"] {
            let fields = [("login", login), ("password", "a hole in the wall")];
            assert_eq!(sends("/login", &fields).await.status, 422);
        }
        let email = [("email", "rabbit@example.org")];
        assert_eq!(sends("/forgot", &email).await.status, 303);
        let caller = self.process.caller();
        let letters = async || caller.get("/dev/inbox.json").await.json();
        until("a mail", async || letters().await[0]["link"].is_string()).await;
        let letters = letters().await;
        let link = letters[0]["link"].as_str().expect("a link");
        let (_, token) = link.split_once("/reset/").expect("a token");
        let path = format!("/reset/{token}");
        let other = [
            ("password", "a looking glass"),
            ("again", "a looking glass"),
        ];
        assert_eq!(alice.opens(&path).await.status, 200);
        assert_eq!(sends(&path, &other).await.status, 303);
        assert_eq!(sends(&path, &other).await.status, 404);
        let basic = BASE64.encode(b"liddell:a looking glass");
        let program = caller.with("authorization", &format!("Basic {basic}"));
        let access = program.get("/api/token").await.field("token");
        assert_eq!(
            program
                .get(&format!("/api/token?token={access}"))
                .await
                .status,
            200
        );
        self.hides("the reset token", token);
        self.hides("a header", &basic);
        self.hides("an access token", &access);
        self.hides("an address", "rabbit@");
        self.hides("an address", "nobody@");
        for words in ["a hole in", "a looking"] {
            self.hides("a password", words);
        }
    }

    /// REST with each kind of credential that it takes, and with each of them spoilt.
    async fn uses_rest(&mut self, token: &str, browser: &Person) {
        let basic = BASE64.encode(b"liddell:a looking glass");
        let spoilt = BASE64.encode(b"liddell:a broken glass");
        for (header, status) in [
            (format!("Bearer {token}"), 200),
            (format!("Token {token}"), 200),
            (format!("Basic {basic}"), 200),
            ("Bearer a-bearer-that-is-none".to_owned(), 401),
            (format!("Basic {spoilt}"), 401),
        ] {
            let caller = self.process.caller().with("authorization", &header);
            let answer = caller.get("/api/contacts").await;
            assert_eq!(answer.status, status, "{header}: {answer:?}");
        }
        // The cookie of a page is none here.
        let cookie = self
            .process
            .caller()
            .with("cookie", &browser.cookie_header());
        assert_eq!(cookie.get("/api/contacts").await.status, 403);
        self.hides("a header", &spoilt);
        self.hides("a bearer that is none", "a-bearer-that-is-none");
        self.hides("a password", "a broken glass");
    }

    /// Two guests who meet, and what they say.
    async fn talks_with_a_stranger(&mut self) {
        let mut guests = Vec::new();
        for _ in 0..2 {
            let caller = self.process.caller();
            let guest = caller.post_json("/api/guests", &json!({})).await;
            let token = guest.field("token");
            let connected = self.process.connects(Credential::Token(&token)).await;
            guests.push(connected.expect("let in"));
            self.hides("a guest's token", &token);
        }
        let (mut other, mut one) = (guests.remove(1), guests.remove(0));
        let talk = one.meets(&mut other).await;
        one.tells(talk, "a word to a stranger").await;
        other.hears_message("a word to a stranger").await;
        other.reports(talk, "spam").await;
        self.hides("a message", "a word to");
    }

    /// An administrator who mistypes the password, looks for somebody by number.
    async fn administers(&mut self, folder: &Path) {
        let settings = [
            ("DATABASE_URL", "sqlite://data/chinwag.db"),
            ("CHINWAG_ADMIN_PASSWORD", "off with their heads"),
        ];
        let arguments = ["create-admin", "--username", "queen", "--noinput"];
        let made = runs_errand(folder, &arguments, &settings, "");
        assert_eq!(made.code, Some(0), "{made:?}");
        let queen = self.process.person();
        queen
            .enters_administration("queen", "off with their hats")
            .await;
        queen
            .enters_administration("queen", "off with their heads")
            .await;
        let found = queen.opens("/admin/people?q=%2B12015550101").await;
        assert_eq!(found.status, 200, "{found:?}");
        self.hides("a password", "off with their");
    }

    /// Up to the proof of a number, and a number that is none.
    async fn uses_the_api(&mut self) {
        let api = self.process.caller();
        let challenge = api.asks_for_code("+12015550103").await.field("challenge");
        let pin = self.process.last_code().await;
        let signup = api.gives_code(&challenge, &pin).await.field("signup");
        assert_eq!(api.asks_for_code("+120155501").await.status, 400);
        self.hides("the challenge", &challenge);
        self.hides("the pin", &pin);
        self.hides("the proof", &signup);
        for digits in ["555010", "555-010", "555 010"] {
            self.hides("a number", digits);
        }
    }
}

#[tokio::test]
async fn the_log_of_a_whole_visit_holds_nothing_that_is_anybodys_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [("LOG", "trace"), ("LIMITS", "off")];
    let process = Process::serves(folder.path(), &settings).await;
    let mut visit = Visit {
        process,
        secrets: Vec::new(),
    };
    let kevin = visit.signs_up("+12015550101", "Kevin").await;
    let jz = visit.signs_up("(201) 555-0102", "JZ").await;
    let (chat, token) = visit.uses_forms(&kevin).await;
    visit.uses_sockets(chat, &token, &jz).await;
    visit.uses_the_raw_socket(&token).await;
    visit.uses_a_password().await;
    visit.uses_the_api().await;
    visit.uses_rest(&token, &jz).await;
    visit.talks_with_a_stranger().await;
    visit.administers(folder.path()).await;
    // An address that holds what it should not.
    let address = format!("/chats?token={token}&phone=%2B12015550104");
    kevin.opens(&address).await;
    kevin.submits("/logout", &[]).await;

    visit.process.gets_sigterm();
    let (code, log) = visit.process.ends().await;

    assert_eq!(code, Some(0));
    for there in [
        "DEBUG",
        "/settings/tokens",
        "/ws/chat",
        "/reset/",
        "/api/phone/verify",
        "/api/guests",
        "/admin/people",
        "stopped",
    ] {
        assert!(log.contains(there), "{there}: it is the log of all this");
    }
    // The lines themselves would tell it again: who wrote them is enough.
    let told: BTreeSet<_> = visit
        .secrets
        .iter()
        .flat_map(|(what, secret)| {
            let lines = log.lines().filter(move |line| shows(line, secret));
            lines.map(move |line| format!("{what}, by {}", writer_of(line)))
        })
        .collect();
    assert!(told.is_empty(), "the log holds {told:#?}");
}

/// Whether a line of the log shows a secret. Any number of more than six digits may hold a code by chance, as addresses
/// in memory do, which libraries write down; and so may the time that a line begins with.
fn shows(line: &str, secret: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    let is_code = secret.len() == 6 && secret.chars().all(is_digit);
    let (_time, said) = line.split_once(' ').unwrap_or(("", line));
    said.match_indices(secret).any(|(at, _)| {
        let (before, after) = (&said[..at], &said[at + secret.len()..]);
        !(is_code && (before.ends_with(is_digit) || after.starts_with(is_digit)))
    })
}

#[test]
fn a_code_is_shown_by_itself_and_not_by_chance() {
    let shows_code = |line| shows(line, "918273");
    assert!(shows_code("12:00:00.000001Z DEBUG chinwag: code=918273"));
    assert!(shows_code("12:00:00.000001Z DEBUG chinwag: pin \"918273\""));
    assert!(!shows_code("12:00:00.918273Z DEBUG chinwag: nothing"));
    assert!(!shows_code(
        "12:00:00.000001Z TRACE mio: token=Token(109182734)"
    ));
    assert!(shows(
        "12:00:00.000001Z INFO chinwag: +12015550104",
        "2015550104"
    ));
}

/// The module that wrote a line of the log: what follows the level, or the spans.
fn writer_of(line: &str) -> &str {
    let (_, after) = line.rsplit_once("}: ").unwrap_or(("", line));
    let word = after.split_whitespace().find(|word| word.ends_with(':'));
    word.unwrap_or(line)
}
