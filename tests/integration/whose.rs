//! Whose is it? Everything that has an id in its address or payload, asked for by three people: its owner, the other one in the
//! talk or room, and a stranger, who also asks for what was deleted and for what never was.
//!
//! The tables are complete: what is added to the API or to the protocol page has to be added here. A stranger's answer is to be
//! that of what never was, to the byte; where it is not, the row says 403, and a sentence below why.

use crate::support::{Account, Answer, Caller, Person, Scripter, TestApp, refusal_of};
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

/// Method and address; what is answered to the owner, to the companion, and to the stranger who asks for this, for the same
/// when it was deleted, and for what never was.
///
/// Chats say whether they exist, because seed 004 has it so. Rooms are in everybody's list, and open to all.
const OPERATIONS: &str = "
GET    /api/users/{user_id}                         | 200 200 404 404 404
GET    /api/chats/{chat_id}                         | 200 200 403 404 404
DELETE /api/chats/{chat_id}                         | 200 200 403 404 404
GET    /api/chats/{chat_id}/messages                | 200 200 403 404 404
POST   /api/chats/{chat_id}/messages                | 201 201 403 404 404
GET    /api/chats/{chat_id}/messages/{message_id}   | 200 200 403 404 404
PUT    /api/chats/{chat_id}/messages/{message_id}   | 200 403 403 404 404
DELETE /api/chats/{chat_id}/messages/{message_id}   | 200 403 403 404 404
PUT    /api/messages/{message_id}                   | 200 403 404 404 404
DELETE /api/messages/{message_id}                   | 200 403 404 404 404
DELETE /api/rooms/{name}                            | 200 403 403 404 404
PUT    /api/rooms/{name}/membership                 | 200 200 200 404 404
DELETE /api/rooms/{name}/membership                 | 200 200 403 404 404
GET    /api/rooms/{name}/messages                   | 200 200 403 404 404
POST   /api/rooms/{name}/messages                   | 201 201 403 404 404
GET    /api/contacts/{contact_id}                   | 200 404 404 404 404
DELETE /api/contacts/{contact_id}                   | 200 404 404 404 404
DELETE /api/sessions/{session_id}                   | 200 404 404 404 404
";

/// Event and payload, in which capitals stand for ids; what is answered to the same five. What ends something is fine where there
/// is nothing to end; in a direct talk one reports the other one.
const EVENTS: &str = r#"
message:send      | {"conversation_id":CHAT,"body":"x"}                         | ok ok not_found not_found not_found
message:send      | {"to":USER,"body":"x"}                                      | invalid ok not_found not_found not_found
message:edit      | {"message_id":MESSAGE,"body":"x"}                           | ok forbidden not_found not_found not_found
message:delete    | {"message_id":MESSAGE}                                      | ok forbidden not_found not_found not_found
history           | {"conversation_id":CHAT}                                    | ok ok not_found not_found not_found
sync              | {"cursors":{"CHAT":0}}                                      | ok ok ok ok ok
read              | {"conversation_id":CHAT,"seq":1}                            | ok ok not_found not_found not_found
delivered         | {"conversation_id":CHAT,"seq":1}                            | ok ok not_found not_found not_found
typing            | {"conversation_id":CHAT,"on":true}                          | ok ok not_found not_found not_found
conversation:open | {"user_id":USER}                                            | invalid ok not_found not_found not_found
room:delete       | {"conversation_id":ROOM}                                    | ok forbidden forbidden not_found not_found
room:join         | {"conversation_id":ROOM}                                    | ok ok ok not_found not_found
room:members      | {"conversation_id":ROOM}                                    | ok ok not_found not_found not_found
room:leave        | {"conversation_id":ROOM}                                    | ok ok not_found not_found not_found
room:command      | {"conversation_id":ROOM,"command":"dice","payload":"6"}     | ok ok not_found not_found not_found
user:block        | {"user_id":USER}                                            | not_found ok not_found not_found not_found
user:unblock      | {"user_id":USER}                                            | ok ok ok ok ok
report            | {"conversation_id":CHAT,"message_id":MESSAGE,"reason":"spam"} | ok ok not_found not_found not_found
match:leave       | {"conversation_id":CHAT}                                    | ok ok ok ok ok
match:keep        | {"conversation_id":CHAT,"name":"x"}                         | not_found not_found not_found not_found not_found
"#;

/// Events in which there is no id of anything.
const WITHOUT_IDS: [&str; 6] = [
    "conversation:list",
    "room:list",
    "room:create",
    "match:find",
    "match:cancel",
    "match:next",
];

/// No id of anything, and as long as one.
const NOBODYS: i64 = 999_999;
const SECRET: &str = "between the two of us";

/// What the owner has, and who takes part in it.
struct Things {
    owner: Scripter,
    companion: Scripter,
    chat: i64,
    message: i64,
    contact: i64,
    session: i64,
    room: i64,
    room_name: String,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Things {
    async fn new(app: &TestApp) -> Self {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        // Nobody finds the owner, unless the two have something to do with each other.
        let owner = app.scripts(&app.signs_up(&format!("owner{n}")).await);
        let companion = app.scripter(&format!("companion{n}")).await;
        let chat = owner.begins_chat(&companion).await;
        let message = owner.says(chat, &[SECRET]).await;
        let contact = json!({ "username": companion.account.username, "name": SECRET });
        let contact =
            done(owner.posts("/api/contacts", contact).await)["data"]["contact_id"].clone();
        Person::signed_in(app, &owner.account.number).await;
        let session = owner.lists("/api/sessions").await[0]["session_id"].clone();
        let room_name = format!("room-of-{n}");
        done(
            owner
                .posts("/api/rooms", json!({ "name": room_name }))
                .await,
        );
        let room = format!("/api/rooms/{room_name}");
        done(
            companion
                .puts(&format!("{room}/membership"), json!({}))
                .await,
        );
        done(
            owner
                .posts(&format!("{room}/messages"), json!({ "text": SECRET }))
                .await,
        );
        let listed = owner.lists("/api/rooms").await;
        let listed = listed.iter().find(|one| one["name"] == room_name);
        Self {
            chat,
            message,
            contact: number(&contact),
            session: number(&session),
            room: number(&listed.expect("it is listed")["conversation_id"]),
            room_name,
            owner,
            companion,
        }
    }

    /// The same, after all of it was deleted. People stay.
    async fn deleted(app: &TestApp) -> Self {
        let things = Self::new(app).await;
        let owner = &things.owner;
        for path in [
            format!("/api/messages/{}", things.message),
            format!("/api/chats/{}", things.chat),
            format!("/api/contacts/{}", things.contact),
            format!("/api/sessions/{}", things.session),
            format!("/api/rooms/{}", things.room_name),
        ] {
            done(owner.deletes(&path).await);
        }
        things
    }

    fn address(&self, path: &str) -> String {
        path.replace("{user_id}", &self.owner.id.to_string())
            .replace("{chat_id}", &self.chat.to_string())
            .replace("{message_id}", &self.message.to_string())
            .replace("{contact_id}", &self.contact.to_string())
            .replace("{session_id}", &self.session.to_string())
            .replace("{name}", &self.room_name)
    }

    fn payload(&self, template: &str) -> String {
        template
            .replace("MESSAGE", &self.message.to_string())
            .replace("CHAT", &self.chat.to_string())
            .replace("ROOM", &self.room.to_string())
            .replace("USER", &self.owner.id.to_string())
    }

    /// What was answered, with nothing left that tells which of these it was about.
    fn anonymous(&self, answer: &str) -> String {
        let ids = [
            self.chat,
            self.message,
            self.contact,
            self.session,
            self.room,
            self.owner.id,
        ];
        let answer = answer
            .replace(&self.room_name, "NAME")
            .replace("no-such-room", "NAME");
        answer
            .split_inclusive(|c: char| !c.is_ascii_digit())
            .map(|part| {
                let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
                match digits.parse() {
                    Ok(id) if id == NOBODYS || ids.contains(&id) => part.replace(digits, "ID"),
                    _ => part.to_owned(),
                }
            })
            .collect()
    }
}

fn nobodys_address(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{name}" => "no-such-room".into(),
        part if part.starts_with('{') => NOBODYS.to_string(),
        part => part.into(),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn nobodys_payload(template: &str) -> String {
    ["MESSAGE", "CHAT", "ROOM", "USER"]
        .iter()
        .fold(template.to_owned(), |payload, id| {
            payload.replace(id, &NOBODYS.to_string())
        })
}

fn done(answer: Answer) -> Value {
    assert!(answer.status < 300, "the premise: {answer:?}");
    answer.json()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("no id: {value}"))
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = table.lines().filter(|line| !line.is_empty());
    lines.map(|line| line.split(" | ").map(str::trim).collect())
}

#[tokio::test]
async fn every_operation_gives_what_is_ones_own_and_tells_strangers_nothing() {
    let app = TestApp::new().await;
    let stranger = app.scripter("stranger").await;
    let deleted = Things::deleted(&app).await;
    let mut wrong = Vec::new();
    for row in rows(OPERATIONS) {
        let (method, path) = row[0].split_once(' ').expect("method and address");
        let path = path.trim();
        let method: Method = method.parse().expect("a method");
        let ask = async |who: &Scripter, address: String| {
            let body = matches!(method, Method::POST | Method::PUT)
                .then_some(r#"{"text":"x","texts":["x"]}"#);
            who.asks(method.clone(), &address, body).await
        };
        let things = Things::new(&app).await;
        let asked = ask(&stranger, things.address(path)).await;
        let gone = ask(&stranger, deleted.address(path)).await;
        let never = ask(&stranger, nobodys_address(path)).await;
        let by_companion = ask(&things.companion, things.address(path)).await;
        // Whoever may delete has done so.
        let own = Things::new(&app).await;
        let by_owner = ask(&own.owner, own.address(path)).await;

        let statuses = [&by_owner, &by_companion, &asked, &gone, &never]
            .map(|answer| answer.status.to_string());
        if statuses.join(" ") != row[1] {
            wrong.push(format!("{method} {path} | {}", statuses.join(" ")));
        }
        for answer in [&asked, &gone, &never] {
            assert!(!answer.body.contains(SECRET), "{method} {path}: {answer:?}");
        }
        if asked.status == never.status {
            let (asked, never) = (things.anonymous(&asked.body), things.anonymous(&never.body));
            assert_eq!(asked, never, "{method} {path}");
        }
        let (gone, never) = (
            deleted.anonymous(&gone.body),
            deleted.anonymous(&never.body),
        );
        assert_eq!(gone, never, "{method} {path}: what was deleted");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_event_gives_what_is_ones_own_and_tells_strangers_nothing() {
    let app = TestApp::new().await;
    let stranger = app.signs_up("stranger").await;
    let deleted = Things::deleted(&app).await;
    let mut wrong = Vec::new();
    for row in rows(EVENTS) {
        let (event, payload) = (row[0], row[1]);
        let ask = async |who: &Account, payload: String| {
            let mut program = app.connects(who).await;
            program.asks_raw(event, &payload).await
        };
        let things = Things::new(&app).await;
        let asked = ask(&stranger, things.payload(payload)).await;
        let gone = ask(&stranger, deleted.payload(payload)).await;
        let never = ask(&stranger, nobodys_payload(payload)).await;
        let by_companion = ask(&things.companion.account, things.payload(payload)).await;
        let own = Things::new(&app).await;
        let by_owner = ask(&own.owner.account, own.payload(payload)).await;

        let codes = [&by_owner, &by_companion, &asked, &gone, &never]
            .map(|answer| refusal_of(answer).unwrap_or("ok"));
        if codes.join(" ") != row[2] {
            wrong.push(format!("{event} {payload} | {}", codes.join(" ")));
        }
        for answer in [&asked, &gone, &never] {
            assert!(
                event == "room:join" || !answer.to_string().contains(SECRET),
                "{event}: {answer}"
            );
        }
        if codes[2] == codes[4] {
            let (asked, never) = (
                things.anonymous(&asked.to_string()),
                things.anonymous(&never.to_string()),
            );
            assert_eq!(asked, never, "{event}");
        }
        // A person stays when all they had is gone.
        let (gone, never) = (
            deleted.anonymous(&gone.to_string()),
            deleted.anonymous(&never.to_string()),
        );
        assert_eq!(gone, never, "{event}: what was deleted");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn the_tables_hold_every_operation_and_every_event_that_there_is() {
    let app = TestApp::new().await;
    let description = Caller::new(&app).get("/api/openapi.json").await.json();
    let paths = description["paths"].as_object().expect("paths");
    let described: BTreeSet<String> = paths
        .iter()
        .filter(|(path, _)| path.contains('{'))
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    let asked: BTreeSet<String> = rows(OPERATIONS)
        .map(|row| row[0].split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(asked, described);

    let page = include_str!("../../docs/PROTOCOL.md");
    let (_, section) = page
        .split_once("\n## 4. Client to server")
        .expect("the section");
    let (section, _) = section.split_once("\n## ").expect("its end");
    let on_page: BTreeSet<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .collect();
    let asked: BTreeSet<&str> = rows(EVENTS).map(|row| row[0]).chain(WITHOUT_IDS).collect();
    assert_eq!(asked, on_page);
}
