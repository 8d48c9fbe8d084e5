//! How much one person, one socket and one address may use, with `LIMITS` on as they are by default.

use crate::support::html::between;
use crate::support::{
    Caller, Credential, Person, Program, Refusal, Setup, TestApp, refusal_of, tries_to_chat, until,
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Kevin, JZ and their conversation, under the limits.
async fn two_people_under_limits() -> (TestApp, Program, Program, i64) {
    let app = Setup::strict().start().await;
    let (kevin, jz, conversation) = app.two_people().await;
    (app, kevin, jz, conversation)
}

/// How long a refused one is told to wait.
fn told_to_wait(answer: &Value) -> Duration {
    let error = &answer["error"];
    assert_eq!(
        (&error["code"], &error["retryable"]),
        (&json!("rate_limited"), &json!(true)),
        "{answer}"
    );
    Duration::from_millis(error["retry_after_ms"].as_u64().expect("how long"))
}

#[tokio::test]
async fn after_thirty_messages_at_once_one_has_to_wait_a_moment() {
    let (app, mut kevin, mut jz, conversation) = two_people_under_limits().await;

    let mut asked = Vec::new();
    for n in 0..50 {
        let payload = json!({ "conversation_id": conversation, "body": format!("line {n}") });
        asked.push(kevin.emits("message:send", &payload.to_string()).await);
    }
    let mut answers = Vec::new();
    for id in asked {
        answers.push(kevin.answer(id).await);
    }

    let sent = answers.iter().filter(|answer| answer["ok"] == true).count();
    assert!(
        answers[..30].iter().all(|answer| answer["ok"] == true),
        "the first thirty"
    );
    // Five a second come back while they are sent.
    assert!((30..50).contains(&sent), "{sent} were sent");
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer["ok"] == false)
        .collect();
    for answer in &refused {
        let wait = told_to_wait(answer);
        assert!(
            wait <= Duration::from_millis(250),
            "{wait:?} for one of five a second"
        );
    }
    assert_eq!(app.count("messages"), i64::try_from(sent).expect("few"));

    // The other one has their own budget, and the first has theirs again in a moment.
    assert_eq!(jz.says(conversation, "mine").await["ok"], true);
    let last = refused.last().expect("one was refused");
    tokio::time::sleep(told_to_wait(last) + Duration::from_millis(1)).await;
    assert_eq!(kevin.says(conversation, "as told").await["ok"], true);
}

#[tokio::test]
async fn edits_count_as_messages_and_all_sockets_of_a_person_share() {
    let app = Setup::strict()
        .with("LIMIT_MESSAGES_BURST", 3)
        .with("LIMIT_MESSAGES_PER_SECOND", 1)
        .start()
        .await;
    let (kevin, _) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut laptop, mut phone) = (app.connects(&kevin).await, app.connects(&kevin).await);
    let conversation = laptop.opens("jz").await;

    let began = Instant::now();
    let message = laptop.tells(conversation, "one").await;
    let mut done = 1;
    for n in 0..3 {
        let body = format!("line {n}");
        for answer in [
            laptop.says(conversation, &body).await,
            phone.says(conversation, &body).await,
            laptop.edits(&message, &body).await,
            phone.edits(&message, &body).await,
        ] {
            if answer["ok"] == true {
                done += 1;
            } else {
                told_to_wait(&answer);
            }
        }
    }

    let most = 3 + began.elapsed().as_secs();
    assert!((3..=most).contains(&done), "{done} were done, not {most}");
    // Taking back is always possible.
    assert_eq!(laptop.deletes(&message).await["ok"], true);
}

#[tokio::test]
async fn every_event_is_acknowledged_also_past_the_budget() {
    let (_app, mut kevin, mut jz, conversation) = two_people_under_limits().await;

    let mut asked = Vec::new();
    for event in ["history", "nonsense", "read"].iter().cycle().take(150) {
        asked.push(
            kevin
                .emits(
                    event,
                    &json!({ "conversation_id": conversation, "seq": 0 }).to_string(),
                )
                .await,
        );
    }
    let mut refused = 0;
    for id in asked {
        let answer = kevin.answer(id).await;
        if refusal_of(&answer) == Some("rate_limited") {
            told_to_wait(&answer);
            refused += 1;
        }
    }

    // Sixty at once, ten a second, and one was spent on opening.
    assert!(
        (50..=91).contains(&refused),
        "{refused} of 150 were refused"
    );
    assert_eq!(jz.asks("conversation:list", json!({})).await["ok"], true);
}

#[tokio::test]
async fn whoever_keeps_flooding_is_hung_up_on_and_may_come_back() {
    let app = Setup::strict().start().await;
    let kevin = app.signs_up("kevin").await;
    let mut flood = app.connects(&kevin).await;
    let mut calm = app.connects(&kevin).await;

    for _ in 0..600 {
        flood.emits("nonsense", "{}").await;
    }
    flood.is_ended().await;

    assert_eq!(calm.asks("conversation:list", json!({})).await["ok"], true);
    let mut back = app.connects(&kevin).await;
    assert_eq!(back.asks("conversation:list", json!({})).await["ok"], true);
}

#[tokio::test]
async fn typing_is_told_six_times_at_once_and_then_every_two_seconds() {
    let (_app, mut kevin, _jz, conversation) = two_people_under_limits().await;

    let typing = json!({ "conversation_id": conversation, "on": true }).to_string();
    let mut asked = Vec::new();
    for _ in 0..10 {
        asked.push(kevin.emits("typing", &typing).await);
    }

    for (n, id) in asked.into_iter().enumerate() {
        let answer = kevin.answer(id).await;
        if n < 6 {
            assert_eq!(answer, json!({ "ok": true }));
        } else {
            let wait = told_to_wait(&answer);
            assert!(wait <= Duration::from_secs(2), "{wait:?}");
        }
    }
}

#[tokio::test]
async fn in_a_day_one_looks_for_so_many_people() {
    let app = Setup::strict()
        .with("LIMIT_CONTACT_LOOKUPS_DAY", 3)
        .start()
        .await;
    app.signs_up("jz").await;
    let mut kevin = app.program("kevin").await;
    let looks_for = |name: &str| json!({ "username": name });
    for (name, ok) in [("jz", true), ("nobody", false), ("nobody-else", false)] {
        assert_eq!(
            kevin.asks("conversation:open", looks_for(name)).await["ok"],
            ok
        );
    }

    let known = kevin.asks("conversation:open", looks_for("jz")).await;
    let unknown = kevin.asks("conversation:open", looks_for("nobody")).await;
    assert!(told_to_wait(&known) > Duration::ZERO);
    assert_eq!(known, unknown);

    app.wait(24 * 60 * 60 + 1);
    kevin.opens("jz").await;
}

#[tokio::test]
async fn a_person_has_ten_sockets_and_no_more() {
    let app = Setup::strict().start().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let mut sockets = Vec::new();
    for _ in 0..10 {
        sockets.push(app.connects(&kevin).await);
    }

    let eleventh = app.try_connect(Credential::Token(&kevin.token)).await;
    assert_eq!(
        eleventh.err(),
        Some(Refusal::Word("too_many_connections".into()))
    );
    app.connects(&jz).await;

    let mut leaver = sockets.pop().expect("ten");
    leaver.sends("41").await;
    leaver.sends("1").await;
    leaver.is_ended().await;
    app.connects(&kevin).await;
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_no_more() {
    let app = Setup::strict()
        .with("LIMIT_SOCKETS_PER_ADDRESS", 4)
        .start()
        .await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(app.connects(&kevin).await);
    }

    let fifth = app.try_connect(Credential::Token(&jz.token)).await;
    assert_eq!(fifth.err(), Some(Refusal::Status(429)));
    assert_eq!(Caller::new(&app).begins_polling().await, Err(429));
    assert_eq!(
        sockets[0].asks("conversation:list", json!({})).await["ok"],
        true
    );
}

#[tokio::test]
async fn who_is_gone_before_they_are_let_in_does_not_count() {
    let app = Setup::strict()
        .with("LIMIT_SOCKETS_PER_ADDRESS", 2)
        .start()
        .await;
    let kevin = app.signs_up("kevin").await;
    for _ in 0..20 {
        comes_and_goes(&app, &kevin.token).await;
    }

    let until_free = || async {
        app.try_connect(Credential::Token(&kevin.token))
            .await
            .is_ok()
    };

    until("the address to be free", until_free).await;
}

/// Asks for a session, to be let in, and to be let go, all at once.
async fn comes_and_goes(app: &TestApp, token: &str) {
    let address = app.url.strip_prefix("http://").expect("a plain address");
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let mut all = format!(
        "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    .into_bytes();
    let connect = format!(r#"40{{"token":"{token}"}}"#);
    let length = u8::try_from(connect.len()).expect("a short packet");
    // A text and a close frame, masked with zeros.
    all.extend([0x81, 0x80 | length, 0, 0, 0, 0]);
    all.extend(connect.as_bytes());
    all.extend([0x88, 0x80, 0, 0, 0, 0]);
    stream.write_all(&all).await.expect("sent");
    // Until the server has closed it as well: it may well do so with a reset.
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn s2_d_raw_connections_count_to_the_sockets_of_an_address() {
    let app = Setup::strict()
        .with("LIMIT_SOCKETS_PER_ADDRESS", 2)
        .start()
        .await;
    let accounts = [app.signs_up("kevin").await, app.signs_up("jz").await];
    let [kevin, jz] = &accounts;
    let mut raw = app.chats(kevin).await;
    let socket = app.connects(kevin).await;

    let third = app.try_connect(Credential::Token(&jz.token)).await;
    assert_eq!(third.err(), Some(Refusal::Status(429)));
    let path = format!("/ws/chat?token={}", jz.token);
    let third = tries_to_chat(&app.url, &path, &[]).await;
    assert_eq!(third.err(), Some(429));

    // Who is gone does not count, whichever it was.
    assert_eq!(raw.asks(json!({ "type": "help" })).await["code"], "help");
    raw.hangs_up().await;
    until("the place to be free", || async {
        tries_to_chat(&app.url, &path, &[]).await.is_ok()
    })
    .await;
    socket.leaves().await;
}

#[tokio::test]
async fn s2_d_raw_connections_count_to_the_sockets_of_a_person() {
    let app = Setup::strict()
        .with("LIMIT_SOCKETS_PER_USER", 2)
        .start()
        .await;
    let kevin = app.signs_up("kevin").await;
    let _raw = app.chats(&kevin).await;
    let _socket = app.connects(&kevin).await;
    let third = app.try_connect(Credential::Token(&kevin.token)).await;
    let why = Refusal::Word("too_many_connections".into());
    assert_eq!(third.err(), Some(why));

    let jz = app.signs_up("jz").await;
    let _sockets = [app.connects(&jz).await, app.connects(&jz).await];
    let mut third = app.opens_chat(&jz.token).await;
    let fatal = json!({ "type": "fatal", "code": "too-many-connections" });
    assert_eq!(third.frame().await, fatal);
    assert_eq!(third.is_closed().await, Some(1000));
}

#[tokio::test]
async fn searches_have_a_rate_of_their_own_which_pages_and_programs_share() {
    let app = Setup::strict()
        .with("LIMIT_SEARCHES_BURST", 3)
        .start()
        .await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let made = kevin
        .submits("/settings/tokens", &[("label", "script")])
        .await;
    let token = between(&made.body, r#"<code id="secret">"#, "<").expect("a token");
    let program = Caller::new(&app).with("authorization", &format!("Bearer {token}"));

    assert_eq!(program.get("/api/users?name-like=a").await.status, 200);
    assert_eq!(
        program.get("/api/users?ordered-by=username").await.status,
        200
    );
    assert_eq!(kevin.opens("/people?q=jz").await.status, 200);
    let refused = program.get("/api/users?name-like=b").await;
    assert_eq!(refused.told_to_wait(), 1);
    assert_eq!(kevin.opens("/people?q=jz").await.status, 429);

    // What looks at no more rows than it shows costs nothing.
    for _ in 0..20 {
        let newest = program
            .get("/api/users?ordered-by-desc=user_id&limit=1")
            .await;
        assert_eq!(newest.status, 200);
    }
    let jz = app.signs_up("jz").await;
    let other = Caller::new(&app).with("authorization", &format!("Bearer {}", jz.token));
    assert_eq!(other.get("/api/users?name-like=b").await.status, 200);
}

#[tokio::test]
async fn an_address_opens_so_many_sockets_at_a_time() {
    let app = Setup::strict()
        .with("LIMIT_CONNECTIONS_PER_ADDRESS_10S", 3)
        .start()
        .await;
    let kevin = app.signs_up("kevin").await;
    let mut first = app.connects(&kevin).await;
    app.connects(&kevin).await.leaves().await;
    app.connects(&kevin).await.leaves().await;

    let fourth = app.try_connect(Credential::Token(&kevin.token)).await;
    assert_eq!(fourth.err(), Some(Refusal::Status(429)));
    assert_eq!(first.asks("conversation:list", json!({})).await["ok"], true);
}
