//! Who comes in at the door of the sockets: from which page, with which session, with what.

use crate::support::{Caller, Credential, Person, Refusal, Setup, TestApp, refusal_of, upgrade};
use serde_json::{Value, json};

const POLLING: &str = "/socket.io/?EIO=4&transport=polling";

/// What stands between packets.
const SEPARATOR: char = '\u{1e}';

/// Asks for what waits until that is in it; all that came. Pings come too.
async fn polls_until(what: &str, caller: &Caller, session: &str) -> String {
    polls_until_all(&[what], caller, session).await
}

async fn polls_until_all(all: &[&str], caller: &Caller, session: &str) -> String {
    let mut heard = String::new();
    while !all.iter().all(|what| heard.contains(what)) {
        let answer = caller.get(session).await;
        assert_eq!(answer.status, 200, "{answer:?} instead of {all:?}");
        heard.push(SEPARATOR);
        heard += &answer.body;
    }
    heard
}

#[tokio::test]
async fn a_foreign_page_is_refused_on_polling_and_on_the_upgrade_whatever_it_carries() {
    let app = TestApp::new().await;
    let person = Person::signed_up(&app, "Kevin").await;
    let cookie = person.cookie_header();
    let bearer = format!("Bearer {}", app.signs_up("jz").await.token);
    let ours = app.origin();
    let port = ours.rsplit(':').next().expect("a port").to_owned();
    for foreign in [
        "https://evil.example".to_owned(),
        "null".into(),
        format!("http://127.0.0.1:{}", if port == "1" { 2 } else { 1 }),
        "http://127.0.0.1".into(),
        ours.replace("http:", "https:"),
        format!("{ours}.evil.example"),
        format!("http://evil.example:{port}"),
        format!("http://127.0.0.1.evil.example:{port}"),
        String::new(),
    ] {
        for (name, value) in [("cookie", &cookie), ("authorization", &bearer)] {
            let caller = Caller::new(&app).with(name, value).with("origin", &foreign);
            assert_eq!(caller.begins_polling().await, Err(403), "{foreign} {name}");
            let caller = caller.with("sec-fetch-site", "same-origin");
            assert_eq!(caller.begins_polling().await, Err(403), "{foreign} {name}");
            let headers = [("origin", foreign.as_str()), (name, value)];
            let refused = app.try_connect(Credential::Headers(&headers)).await;
            assert_eq!(
                refused.err(),
                Some(Refusal::Status(403)),
                "{foreign} {name}"
            );
        }
    }
    // The premise: from our own pages the same cookie is let in.
    let own = Caller::new(&app)
        .with("cookie", &cookie)
        .with("origin", &ours);
    own.begins_polling().await.expect("begun");
    person.connects(&app).await;
}

#[tokio::test]
async fn a_cookie_alone_is_not_enough_and_a_token_is() {
    let app = TestApp::new().await;
    let person = Person::signed_up(&app, "Kevin").await;
    let cookie = person.cookie_header();

    let alone = Caller::new(&app).with("cookie", &cookie);
    assert_eq!(alone.begins_polling().await, Err(403));
    let headers = [("cookie", cookie.as_str())];
    let refused = app.try_connect(Credential::Headers(&headers)).await;
    assert_eq!(refused.err(), Some(Refusal::Status(403)));
    for (site, begun) in [
        ("same-origin", true),
        ("same-site", false),
        ("cross-site", false),
    ] {
        let caller = Caller::new(&app)
            .with("cookie", &cookie)
            .with("sec-fetch-site", site);
        assert_eq!(caller.begins_polling().await.is_ok(), begun, "{site}");
    }

    let token = app.signs_up("jz").await.token;
    for scheme in ["Bearer", "Token"] {
        let value = format!("{scheme} {token}");
        let headers = [("authorization", value.as_str())];
        let jz = app
            .try_connect(Credential::Headers(&headers))
            .await
            .expect("let in");
        assert_eq!(jz.ready()["user"]["username"], "jz");
    }
    let jz = app
        .try_connect(Credential::Token(&token))
        .await
        .expect("let in");
    assert_eq!(jz.ready()["user"]["username"], "jz");
}

#[tokio::test]
async fn without_a_credential_nobody_is_let_in_and_the_first_one_decides() {
    let app = TestApp::new().await;
    let token = app.signs_up("jz").await.token;
    let wrong = token.replace("chinwag_", "chinwag_A");

    for credential in [
        Credential::Nothing,
        Credential::Token(""),
        Credential::Token("chinwag_"),
        Credential::Token(&wrong),
        Credential::Token(&token[..token.len() - 1]),
        Credential::Headers(&[("authorization", "Bearer nonsense")]),
        Credential::Headers(&[("authorization", "Basic a2V2aW46")]),
    ] {
        assert_eq!(
            app.try_connect(credential).await.err(),
            Some(Refusal::Word("not_authenticated".into()))
        );
    }

    // A wrong token is not made good by what comes behind it.
    let value = format!("Bearer {token}");
    let caller = Caller::new(&app).with("authorization", &value);
    let session = caller.begins_polling().await.expect("begun");
    caller
        .post(&session, format!("40{}", json!({ "token": wrong })))
        .await;
    polls_until(r#"44{"message":"not_authenticated"}"#, &caller, &session).await;
}

#[tokio::test]
async fn a_stolen_session_id_is_worth_nothing_without_what_opened_it() {
    let app = TestApp::new().await;
    let (victim, thief) = (
        Person::signed_up(&app, "Victim").await,
        Person::signed_up(&app, "Thief").await,
    );
    let ours = app.origin();
    let own = Caller::new(&app)
        .with("cookie", &victim.cookie_header())
        .with("origin", &ours);
    let session = own.begins_polling().await.expect("begun");
    own.post(&session, "40").await;
    let sid = session.rsplit('=').next().expect("a sid");
    let victims = victim.connects(&app).await;

    let bearer = format!("Bearer {}", app.signs_up("outsider").await.token);
    let cookie = thief.cookie_header();
    let loot: [&[(&str, &str)]; 4] = [
        &[],
        &[("origin", &ours)],
        &[("origin", &ours), ("cookie", &cookie)],
        &[("authorization", &bearer)],
    ];
    for headers in loot {
        let caller = headers
            .iter()
            .fold(Caller::new(&app), |caller, (name, value)| {
                caller.with(name, value)
            });
        for sid in [sid, victims.sid()] {
            let stolen = format!("{POLLING}&sid={sid}");
            let heard = caller.get(&stolen).await;
            assert_eq!(heard.status, 403, "{headers:?}");
            assert!(!heard.body.contains("ready"), "{heard:?}");
            assert_eq!(
                caller
                    .post(&stolen, r#"42["conversation:list"]"#)
                    .await
                    .status,
                403
            );
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect();
            let taken = upgrade(&app.url, &format!("&sid={sid}"), &headers).await;
            assert_eq!(taken.err(), Some(403), "{headers:?}");
        }
    }

    // Its owner has lost nothing.
    let heard = polls_until(r#"42["ready""#, &own, &session).await;
    assert!(heard.contains("40{"), "{heard}");
}

#[tokio::test]
async fn a_session_whose_token_comes_later_belongs_to_its_address() {
    let app = Setup::relaxed()
        .with("TRUSTED_PROXIES", "127.0.0.1/32")
        .start()
        .await;
    let token = app.signs_up("kevin").await.token;
    let from = |address| Caller::new(&app).with("x-forwarded-for", address);
    let own = from("198.51.100.7");
    let session = own.begins_polling().await.expect("begun");

    assert_eq!(from("198.51.100.8").get(&session).await.status, 403);
    assert_eq!(from("198.51.100.8").post(&session, "40").await.status, 403);

    own.post(&session, format!("40{}", json!({ "token": token })))
        .await;
    polls_until("40{", &own, &session).await;
}

#[tokio::test]
async fn an_unknown_session_id_tells_clients_to_begin_anew() {
    let app = TestApp::new().await;
    let bearer = format!("Bearer {}", app.signs_up("kevin").await.token);
    let caller = Caller::new(&app).with("authorization", &bearer);
    for sid in ["AAAAAAAAAAAAAAAA", "short", "", "..%2F..", "%00"] {
        let path = format!("{POLLING}&sid={sid}");
        for answer in [caller.get(&path).await, caller.post(&path, "40").await] {
            assert_eq!(answer.status, 400, "{sid}");
            assert_eq!(
                answer.json(),
                json!({ "code": 1, "message": "Session ID unknown" })
            );
        }
        let headers = [("authorization".into(), bearer.clone())];
        let taken = upgrade(&app.url, &format!("&sid={sid}"), &headers).await;
        assert_eq!(taken.err(), Some(400), "{sid}");
    }
}

#[tokio::test]
async fn a_session_that_has_a_websocket_gets_no_other_one() {
    let app = TestApp::new().await;
    let mut kevin = app.program("kevin").await;

    let second = upgrade(&app.url, &format!("&sid={}", kevin.sid()), &[]).await;

    assert_eq!(second.err(), Some(400));
    let list = kevin.asks("conversation:list", json!({})).await;
    assert_eq!(list["ok"], true, "{list}");
}

#[tokio::test]
async fn whoever_asks_for_an_upgrade_that_is_none_goes_on_polling() {
    let app = TestApp::new().await;
    let bearer = format!("Bearer {}", app.signs_up("kevin").await.token);
    let caller = Caller::new(&app)
        .with("authorization", &bearer)
        .with("connection", "upgrade")
        .with("upgrade", "h2c");
    let session = caller.begins_polling().await.expect("begun");
    caller.post(&session, "40").await;
    polls_until(r#"42["ready""#, &caller, &session).await;

    // As long as nothing is fetched, so many long answers are prepared, and no more.
    for n in 1..=9 {
        let asked = caller.post(&session, format!(r#"42{n}["sync",{{"cursors":{{}}}}]"#));
        assert_eq!(asked.await.status, 200);
    }
    let heard = polls_until("439[", &caller, &session).await;

    let refused = heard.split("439[").nth(1).expect("the ninth answer");
    assert!(refused.contains("overloaded"), "{heard}");
    assert_eq!(heard.matches("overloaded").count(), 1, "{heard}");
}

#[tokio::test]
async fn whoever_leaves_and_comes_again_in_one_request_is_greeted_once_more() {
    let app = TestApp::new().await;
    let bearer = format!("Bearer {}", app.signs_up("kevin").await.token);
    let caller = Caller::new(&app).with("authorization", &bearer);
    let session = caller.begins_polling().await.expect("begun");
    caller.post(&session, "40").await;
    polls_until(r#"42["ready""#, &caller, &session).await;

    caller.post(&session, "41\u{1e}40").await;
    let mut heard = polls_until(r#"42["ready""#, &caller, &session).await;
    caller.post(&session, r#"421["conversation:list"]"#).await;
    heard += &polls_until("431[", &caller, &session).await;

    assert_eq!(heard.matches(r#"42["ready""#).count(), 1, "{heard}");
}

#[tokio::test]
async fn whoever_polls_is_acknowledged_with_what_is_pushed() {
    let app = TestApp::new().await;
    let (kevin, _jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let conversation = app.connects(&kevin).await.opens("jz").await;
    let bearer = format!("Bearer {}", kevin.token);
    let caller = Caller::new(&app).with("authorization", &bearer);
    let session = caller.begins_polling().await.expect("begun");
    caller.post(&session, "40").await;
    polls_until(r#"42["ready""#, &caller, &session).await;

    let body = "\"two\"\nlines 🎈\\";
    let draft = json!({ "conversation_id": conversation, "body": body });
    let said = format!(r#"427["message:send",{draft}]"#);
    caller.post(&session, said).await;
    let push = r#"42["message:new","#;
    let heard = polls_until_all(&["437[", push], &caller, &session).await;

    let payload = |packet: &str, head: &str| -> Value {
        let found = heard.split(SEPARATOR).find(|one| one.starts_with(packet));
        let json = found.and_then(|found| found.strip_prefix(head));
        serde_json::from_str(json.expect(packet)).expect("JSON")
    };
    let (answer, push) = (payload("437[", "437"), payload(push, "42"));
    assert_eq!(answer[0]["ok"], true, "{answer}");
    assert_eq!(answer[0]["duplicate"], false, "{answer}");
    assert_eq!(answer[0]["message"]["body"], body);
    assert_eq!(answer[0]["message"], push[1]["message"], "{heard}");
}

#[tokio::test]
async fn two_megabytes_end_the_one_who_sends_them_and_nobody_else() {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, conversation) = app.two_people().await;
    let heavy = app.signs_up("heavy").await;
    let megabytes = "x".repeat(2 * 1024 * 1024);

    let mut by_frame = app.connects(&heavy).await;
    by_frame
        .emits(
            "message:send",
            &json!({ "to": kevin.id, "body": megabytes }).to_string(),
        )
        .await;
    by_frame.is_ended().await;
    let mut by_bytes = app.connects(&heavy).await;
    by_bytes.sends_bytes(megabytes.clone().into_bytes()).await;
    by_bytes.is_ended().await;
    let caller = Caller::new(&app).with("authorization", &format!("Bearer {}", heavy.token));
    let session = caller.begins_polling().await.expect("begun");
    assert_eq!(caller.post(&session, "40").await.status, 200);
    let answer = caller
        .post(&session, format!(r#"42["nonsense","{megabytes}"]"#))
        .await;
    assert_eq!(answer.status, 413, "{answer:?}");

    kevin.tells(conversation, "still here").await;
    jz.hears_message("still here").await;
    let mut back = app.connects(&heavy).await;
    // What fits into a packet is only too long for a message.
    let long = json!({ "to": kevin.id, "body": "x".repeat(100_000) });
    assert_eq!(
        refusal_of(&back.asks("message:send", long).await),
        Some("too_large")
    );
}
