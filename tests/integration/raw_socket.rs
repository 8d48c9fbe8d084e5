//! The raw dialect at `/ws/chat`: every frame, order, code and close that it promises.

use crate::support::{
    Account, Chatter, Person, Setup, TestApp, refusal_of, stops_time, tries_to_chat, within,
};
use chinwag::model::{RoomKey, RoomName};
use serde_json::{Value, json};

/// Kevin and JZ, connected; both are in `general` after [`Scene::both_in`].
struct Scene {
    app: TestApp,
    kevin: Chatter,
    jz: Chatter,
    accounts: [Account; 2],
}

async fn scene() -> Scene {
    scene_in(TestApp::new().await).await
}

async fn scene_in(app: TestApp) -> Scene {
    let accounts = [app.signs_up("kevin").await, app.signs_up("jz").await];
    let (kevin, jz) = (app.chats(&accounts[0]).await, app.chats(&accounts[1]).await);
    Scene {
        app,
        kevin,
        jz,
        accounts,
    }
}

impl Scene {
    async fn both_in(mut self) -> Self {
        self.kevin.comes_into("general").await;
        self.jz.comes_into("general").await;
        assert_eq!(self.kevin.frame().await["user"], "jz");
        self
    }
}

/// Takes the stamp out of a frame: seconds of today.
fn without_stamp(mut frame: Value) -> Value {
    let stamp = frame["stamp"].take();
    is_stamp(stamp.as_str().unwrap_or_default());
    frame.as_object_mut().expect("a frame").remove("stamp");
    frame
}

fn is_stamp(stamp: &str) {
    let shape: String = stamp
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    assert_eq!(shape, "0000-00-00 00:00:00", "{stamp}");
}

fn error(code: &str) -> Value {
    json!({ "type": "error", "code": code })
}

fn about(code: &str, name: &str) -> Value {
    json!({ "type": "error", "code": code, "details": { "name": name } })
}

fn join(room: &str) -> Value {
    json!({ "type": "join", "room_name": room })
}

fn part(room: &str) -> Value {
    json!({ "type": "part", "room_name": room })
}

#[tokio::test]
async fn s2_28_a_token_connects_in_the_address_or_in_the_header_with_and_without_a_slash() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;
    let query = format!("?token={}", kevin.token);
    let header = format!("Token {}", kevin.token);
    let bearer = format!("bearer  {} ", kevin.token);
    let wrong = format!("Token {}", "f".repeat(40));

    for (path, authorization, code) in [
        (format!("/ws/chat{query}"), None, "api-motd"),
        (format!("/ws/chat/{query}"), None, "api-motd"),
        ("/ws/chat".into(), Some(&*header), "api-motd"),
        ("/ws/chat/".into(), Some(&*bearer), "api-motd"),
        // A header that is none falls back to the address; one that is wrong does not.
        (format!("/ws/chat{query}"), Some("Token"), "api-motd"),
        (format!("/ws/chat{query}"), Some("Token a b"), "api-motd"),
        (format!("/ws/chat{query}"), Some("Basic eDp5"), "api-motd"),
        (
            format!("/ws/chat{query}"),
            Some(&*wrong),
            "not-authenticated",
        ),
        (
            format!("/ws/chat?x=1&token={}", kevin.token.replace('_', "%5F")),
            None,
            "api-motd",
        ),
    ] {
        let headers: Vec<_> = authorization
            .map(|value| ("authorization", value))
            .into_iter()
            .collect();
        let mut chatter = tries_to_chat(&app.url, &path, &headers)
            .await
            .expect("an upgrade");
        assert_eq!(
            chatter.frame().await["code"],
            code,
            "{path} {authorization:?}"
        );
        chatter.hangs_up().await;
        app.until_gone(kevin.id).await;
    }
}

#[tokio::test]
async fn s2_28_ours_a_browser_that_is_signed_in_connects_by_its_cookie_from_our_pages_alone() {
    let app = TestApp::new().await;
    let person = Person::signed_up(&app, "Kevin").await;
    let cookie = person.cookie_header();
    let origin = app.origin();
    let token = app.signs_up("jz").await.token;

    let ours = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
    let mut chatter = tries_to_chat(&app.url, "/ws/chat", &ours)
        .await
        .expect("let in");
    assert_eq!(chatter.frame().await["code"], "api-motd");

    let path = format!("/ws/chat?token={token}");
    for foreign in ["https://evil.example", "null"] {
        for headers in [
            &[("cookie", cookie.as_str()), ("origin", foreign)][..],
            &[("origin", foreign)][..],
        ] {
            for path in ["/ws/chat", &path] {
                let refused = tries_to_chat(&app.url, path, headers).await.err();
                assert_eq!(refused, Some(403), "{path} {headers:?}");
            }
        }
    }
    let alone = [("cookie", cookie.as_str())];
    assert_eq!(
        tries_to_chat(&app.url, "/ws/chat", &alone).await.err(),
        Some(403)
    );
    // A program that has a token may have cookies as well.
    let mut chatter = tries_to_chat(&app.url, &path, &alone)
        .await
        .expect("let in");
    assert_eq!(chatter.frame().await["code"], "api-motd");
}

#[tokio::test]
async fn s2_29_what_is_no_json_text_is_answered_and_the_connection_lives() {
    let mut scene = scene().await.both_in().await;

    for text in ["", "hello", "{", "[1]", "null", "7", "\"list\""] {
        scene.kevin.sends(text).await;
        assert_eq!(scene.kevin.frame().await, error("invalid-format"), "{text}");
    }
    scene.kevin.sends(&"[".repeat(10_000)).await;
    assert_eq!(scene.kevin.frame().await, error("invalid-format"));
    for bytes in [&b"\xff\x00"[..], b"{\"type\":\"list\xff\"}", b"hello", b""] {
        scene.kevin.sends_bytes(bytes).await;
        assert_eq!(scene.kevin.frame().await, error("invalid-format"));
    }

    scene.kevin.tells_room("general", "still here").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        assert_eq!(chatter.hears_body("still here").await, [] as [&str; 0]);
    }
}

#[tokio::test]
async fn s2_29_json_in_a_binary_frame_is_taken_like_text() {
    let mut scene = scene().await.both_in().await;

    let frame = json!({ "type": "message", "room_name": "general", "body": "in bytes" });
    scene.kevin.sends_bytes(frame.to_string().as_bytes()).await;

    for chatter in [&mut scene.kevin, &mut scene.jz] {
        assert_eq!(chatter.hears_body("in bytes").await, [] as [&str; 0]);
    }
}

#[tokio::test]
async fn s2_30_help_helps() {
    let mut scene = scene().await;

    let help = scene.kevin.asks(json!({ "type": "help", "more": 1 })).await;

    assert_eq!(
        (&help["type"], &help["code"]),
        (&json!("notification"), &json!("help"))
    );
    let text = help["help"].as_str().expect("a text");
    for word in ["list", "join", "part", "message", "command"] {
        assert!(text.contains(word), "{word}");
    }
    assert_eq!(help.as_object().expect("a frame").len(), 3);
}

#[tokio::test]
async fn s2_31_the_list_holds_every_room_by_name_and_whether_one_is_in_it() {
    let mut scene = scene().await;
    let maker = scene.app.signs_up("maker").await;
    let mut maker = scene.app.connects(&maker).await;
    maker.makes_room("zoo").await;
    maker.makes_room("Alps").await;
    scene.kevin.comes_into("general").await;

    let list = scene.kevin.asks(json!({ "type": "list" })).await;

    let room = |name: &str, joined: bool| json!({ "name": name, "joined": joined });
    let rooms = [
        room("Alps", false),
        room("general", true),
        room("zoo", false),
    ];
    let expected = json!({ "type": "notification", "code": "list", "list": rooms });
    assert_eq!(list, expected);
    let list = scene.jz.asks(json!({ "type": "list" })).await;
    assert_eq!(list["list"][1], room("general", false));
}

#[tokio::test]
async fn s2_31_the_list_comes_next_for_one_who_sends_at_once() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;

    let mut chatter = app.opens_chat(&kevin.token).await;
    chatter.says(json!({ "type": "list" })).await;

    assert_eq!(chatter.frame().await["code"], "api-motd");
    assert_eq!(chatter.frame().await["code"], "list");
}

#[tokio::test]
async fn s2_32_a_message_reaches_everybody_in_the_room_and_its_sender_and_is_kept() {
    let mut scene = scene().await.both_in().await;
    let bystander = scene.app.signs_up("mia").await;
    let mut bystander = scene.app.chats(&bystander).await;

    scene
        .kevin
        .tells_room("general", "  Hello, <b>JZ</b>!\n ")
        .await;

    let frame = |you: bool| {
        json!({
            "type": "room:notification", "code": "message", "you": you, "user": "kevin",
            "room_name": "general", "body": "Hello, <b>JZ</b>!",
        })
    };
    let confirmed = scene.kevin.frame().await;
    assert_eq!(without_stamp(confirmed.clone()), frame(true));
    assert_eq!(without_stamp(scene.jz.frame().await), frame(false));
    assert_eq!(scene.app.count("messages"), 1);
    // The stamp is the same later on.
    assert_eq!(
        bystander.asks(json!({ "type": "list" })).await["code"],
        "list"
    );
    let status = bystander.comes_into("general").await;
    let kept = &status["messages"][0];
    let expected = json!({
        "stamp": confirmed["stamp"], "user": "kevin", "body": "Hello, <b>JZ</b>!", "you": false,
    });
    assert_eq!(*kept, expected);
}

#[tokio::test]
async fn s2_33_a_command_reaches_everybody_in_either_form_and_is_not_kept() {
    let mut scene = scene().await.both_in().await;

    for kind in ["message", "custom"] {
        let frame = json!({
            "type": kind, "room_name": "general", "command": " stock ", "payload": " aapl.us",
        });
        scene.kevin.says(frame).await;
        for (chatter, you) in [(&mut scene.kevin, true), (&mut scene.jz, false)] {
            let expected = json!({
                "type": "room:notification", "code": "custom", "you": you, "user": "kevin",
                "room_name": "general", "command": "stock", "payload": " aapl.us",
            });
            assert_eq!(without_stamp(chatter.frame().await), expected);
        }
    }
    assert_eq!(scene.app.count("messages"), 0);
}

#[tokio::test]
async fn s2_34_who_parts_hears_nothing_more_and_can_come_back() {
    let mut scene = scene().await.both_in().await;

    scene.jz.says(part("General")).await;

    for (chatter, you) in [(&mut scene.kevin, false), (&mut scene.jz, true)] {
        let expected = json!({
            "type": "room:notification", "code": "parted", "you": you, "user": "jz",
            "room_name": "general",
        });
        assert_eq!(without_stamp(chatter.frame().await), expected);
    }
    scene.kevin.tells_room("general", "without jz").await;
    scene.kevin.hears_body("without jz").await;
    let answer = scene.jz.asks(part("general")).await;
    assert_eq!(answer, about("room:not-joined", "general"));
    let status = scene.jz.comes_into("general").await;
    assert_eq!(status["messages"][0]["body"], "without jz");
    assert_eq!(scene.kevin.frame().await["code"], "joined");
}

#[tokio::test]
async fn s2_34_frames_of_one_connection_are_handled_in_order() {
    let mut scene = scene().await.both_in().await;

    for n in 0..10 {
        scene.jz.tells_room("general", &format!("line {n}")).await;
        scene.jz.says(part("general")).await;
        scene.jz.says(join("general")).await;
        scene.jz.says(join("general")).await;
    }
    scene.jz.tells_room("general", "end").await;

    let codes = scene.kevin.hears_body("end").await;
    assert_eq!(codes, ["message", "parted", "joined"].repeat(10));
    let own = scene.jz.hears_body("end").await;
    let mut own: Vec<_> = own.iter().map(String::as_str).collect();
    own.retain(|code| *code != "room:already-joined");
    assert_eq!(own, ["message", "parted", "joined"].repeat(10));
}

#[tokio::test]
async fn s2_35_the_greeting_comes_first_and_mentions_help() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;

    let greeting = app.opens_chat(&kevin.token).await.frame().await;

    let text = greeting["content"].as_str().expect("a text");
    assert!(text.contains("help"), "{text}");
    let expected = json!({ "type": "notification", "code": "api-motd", "content": text });
    assert_eq!(greeting, expected);
}

#[tokio::test]
async fn s2_36_a_credential_that_ends_ends_the_connection_and_the_others_are_told() {
    let scene = scene().await.both_in().await;
    let (mut kevin, mut jz) = (scene.kevin, scene.jz);
    let accounts = scene.app.accounts();
    let owner = accounts
        .token_actor(&token_of(&scene.accounts[1]))
        .await
        .expect("a token");
    let tokens = accounts.tokens(owner).await.expect("a list");

    accounts
        .revoke_token(owner, tokens[0].id)
        .await
        .expect("revoked");

    let logged_out = json!({ "type": "notification", "code": "logged-out" });
    assert_eq!(jz.frame().await, logged_out);
    assert_eq!(jz.is_closed().await, Some(1000));
    let parted = kevin.frame().await;
    assert_eq!(
        (&parted["code"], &parted["user"], &parted["you"]),
        (&json!("parted"), &json!("jz"), &json!(false))
    );
    let mut again = scene.app.opens_chat(&scene.accounts[1].token).await;
    assert_eq!(again.frame().await["code"], "not-authenticated");
}

fn token_of(account: &Account) -> chinwag::accounts::Token {
    chinwag::accounts::Token::presented(&account.token).expect("a token")
}

#[tokio::test]
async fn s2_36_signing_out_of_the_pages_ends_a_connection_by_cookie() {
    let app = TestApp::new().await;
    let person = Person::signed_up(&app, "Kevin").await;
    let (cookie, origin) = (person.cookie_header(), app.origin());
    let ours = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
    let mut chatter = tries_to_chat(&app.url, "/ws/chat", &ours)
        .await
        .expect("let in");
    chatter.frame().await;

    person.submits("/logout", &[]).await;

    assert_eq!(chatter.frame().await["code"], "logged-out");
    assert_eq!(chatter.is_closed().await, Some(1000));
}

#[tokio::test]
async fn s2_37_without_a_good_credential_the_door_opens_and_shuts() {
    let app = TestApp::new().await;
    let guest = app.makes_guest().await;
    let suspended = app.signs_up("kevin").await;
    app.runs("UPDATE users SET suspended_until = 9000000000000000 WHERE username = 'kevin'");

    for path in [
        "/ws/chat".to_owned(),
        "/ws/chat/".into(),
        "/ws/chat?token=".into(),
        "/ws/chat?token=nonsense".into(),
        format!("/ws/chat?token={}", "0".repeat(40)),
        format!("/ws/chat?token={}", guest.token),
        format!("/ws/chat?token={}", suspended.token),
    ] {
        let mut chatter = tries_to_chat(&app.url, &path, &[])
            .await
            .expect("an upgrade");
        chatter.says(json!({ "type": "list" })).await;
        let expected = json!({ "type": "fatal", "code": "not-authenticated" });
        assert_eq!(chatter.frame().await, expected, "{path}");
        assert_eq!(chatter.is_closed().await, Some(1000), "{path}");
    }
}

#[tokio::test]
async fn s2_38_a_second_connection_is_refused_and_the_first_untouched() {
    let mut scene = scene().await.both_in().await;

    let mut second = scene.app.opens_chat(&scene.accounts[0].token).await;

    let expected = json!({ "type": "fatal", "code": "already-chatting" });
    assert_eq!(second.frame().await, expected);
    assert_eq!(second.is_closed().await, Some(1000));
    scene.kevin.tells_room("general", "still here").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        assert_eq!(chatter.hears_body("still here").await, [] as [&str; 0]);
    }
    scene.kevin.hangs_up().await;
    assert_eq!(scene.jz.frame().await["code"], "parted");
    scene.app.chats_again(&scene.accounts[0]).await;
}

#[tokio::test]
async fn s2_39_fields_of_another_type_are_refused() {
    let mut scene = scene().await.both_in().await;

    for frame in [
        json!({ "type": "join" }),
        json!({ "type": "join", "room_name": 7 }),
        json!({ "type": "part", "room_name": null }),
        json!({ "type": "message", "room_name": "general" }),
        json!({ "type": "message", "room_name": "general", "body": null }),
        json!({ "type": "message", "room_name": [], "body": "x" }),
        json!({ "type": "message", "room_name": "general", "body": 7, "command": "x", "payload": "y" }),
        json!({ "type": "message", "room_name": "general", "command": "x" }),
        json!({ "type": "custom", "room_name": "general", "command": "x", "payload": {} }),
        json!({ "type": "message", "room_name": "general", "body": "a\0b" }),
    ] {
        let answer = scene.kevin.asks(frame.clone()).await;
        assert_eq!(answer, error("invalid-format"), "{frame}");
    }
    // Types come before whether one is in the room.
    let frame = json!({ "type": "message", "room_name": "nowhere", "body": 7 });
    assert_eq!(scene.kevin.asks(frame).await, error("invalid-format"));
}

#[tokio::test]
async fn s2_40_a_type_that_there_is_not_is_named_as_it_was_sent() {
    let mut scene = scene().await;

    for (frame, sent) in [
        (json!({ "type": "dance" }), json!("dance")),
        (json!({ "type": "" }), json!("")),
        (json!({ "type": 7 }), json!(7)),
        (json!({ "type": ["join"] }), json!(["join"])),
        (json!({ "type": null }), json!(null)),
        (json!({ "room_name": 7 }), json!(null)),
    ] {
        let expected =
            json!({ "type": "error", "code": "unsupported-command", "details": { "type": sent } });
        assert_eq!(scene.kevin.asks(frame).await, expected);
    }
}

#[tokio::test]
async fn s2_41_what_cannot_be_done_in_a_room_is_told_with_its_name() {
    let mut scene = scene().await.both_in().await;
    let say =
        |room: &str, body: &str| json!({ "type": "message", "room_name": room, "body": body });
    let command = |room: &str, command: &str, payload: &str| json!({ "type": "custom", "room_name": room, "command": command, "payload": payload });

    for (frame, expected) in [
        (say("general", ""), error("room:empty-message")),
        (say("general", " \t\n"), error("room:empty-message")),
        (command("general", "", "x"), error("room:empty-custom")),
        (command("general", " ", "x"), error("room:empty-custom")),
        (command("general", "x", ""), error("room:empty-custom")),
        // Whether one is there comes before whether something is said.
        (say("nowhere", ""), about("room:not-joined", "nowhere")),
        (command("<b>", "", ""), about("room:not-joined", "<b>")),
        (part("nowhere"), about("room:not-joined", "nowhere")),
        (join("nowhere"), about("room:invalid", "nowhere")),
        (join(""), about("room:invalid", "")),
        (join("general"), about("room:already-joined", "general")),
        (join("GENERAL"), about("room:already-joined", "GENERAL")),
    ] {
        assert_eq!(scene.kevin.asks(frame.clone()).await, expected, "{frame}");
    }
    let frame = command("general", "x", " ");
    assert_eq!(scene.kevin.asks(frame).await["payload"], " ");
    assert_eq!(
        scene.jz.frame().await["code"],
        "custom",
        "nothing else came"
    );
}

#[tokio::test]
async fn s2_42_the_newcomer_finds_who_is_there_and_the_last_fifty_newest_first() {
    let mut scene = scene().await;
    scene.kevin.comes_into("general").await;
    for n in 1..=55 {
        scene
            .kevin
            .tells_room("general", &format!("line {n}"))
            .await;
    }
    scene.kevin.hears_body("line 55").await;

    let joined = scene.jz.asks(join("general")).await;

    let mut shown = without_stamp(joined);
    let mut status = shown["status"].take();
    let expected = |you: bool| {
        json!({
            "type": "room:notification", "code": "joined", "you": you, "status": null,
            "user": "jz", "room_name": "general",
        })
    };
    assert_eq!(shown, expected(true));
    assert_eq!(without_stamp(scene.kevin.frame().await), expected(false));
    let users = json!([{ "name": "jz", "you": true }, { "name": "kevin", "you": false }]);
    assert_eq!(status["users"], users);
    let messages = status["messages"].take();
    let messages = messages.as_array().expect("a list");
    assert_eq!(messages.len(), 50);
    for (message, n) in messages.iter().zip((6..=55).rev()) {
        let expected = json!({ "user": "kevin", "body": format!("line {n}"), "you": false });
        assert_eq!(without_stamp(message.clone()), expected);
    }
}

#[tokio::test]
async fn s2_42_nothing_is_missing_and_nothing_comes_twice_while_others_talk() {
    let mut scene = scene().await;
    scene.kevin.comes_into("general").await;
    for round in 0..10 {
        for n in 0..10 {
            scene
                .kevin
                .tells_room("general", &format!("{round}-{n}"))
                .await;
            if n == 5 {
                scene.jz.says(join("general")).await;
            }
        }
        let joined = scene.jz.frame().await;
        let found = joined["status"]["messages"].as_array().expect("a list");
        let mut heard: Vec<_> = found.iter().rev().map(body_of).collect();
        let last = format!("{round}-9");
        while heard.last() != Some(&last) {
            heard.push(body_of(&scene.jz.frame().await));
        }
        let all = (0..=round).flat_map(|round| (0..10).map(move |n| format!("{round}-{n}")));
        let all: Vec<_> = all.collect();
        let known = &all[all.len() - heard.len()..];
        assert_eq!(heard, known);
        scene.jz.asks(part("general")).await;
    }
}

fn body_of(frame: &Value) -> String {
    frame["body"].as_str().expect("a message").to_owned()
}

#[tokio::test]
async fn s2_43_who_disconnects_parts_from_all_rooms_and_only_the_others_are_told() {
    let mut scene = scene().await.both_in().await;
    let maker = scene.app.signs_up("maker").await;
    let mut maker = scene.app.connects(&maker).await;
    maker.makes_room("zoo").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        chatter.comes_into("zoo").await;
    }
    scene.kevin.frame().await;

    scene.jz.hangs_up().await;

    let mut left = [scene.kevin.frame().await, scene.kevin.frame().await].map(without_stamp);
    left.sort_by_key(|frame| frame["room_name"].to_string());
    let parted = |room: &str| {
        json!({
            "type": "room:notification", "code": "parted", "you": false, "user": "jz",
            "room_name": room,
        })
    };
    assert_eq!(left, [parted("general"), parted("zoo")]);
    assert_eq!(
        scene.app.count("memberships WHERE is_passing"),
        2,
        "kevin's"
    );
}

#[tokio::test]
async fn s2_43_a_dead_peer_is_gone_after_sixty_seconds_and_one_who_only_answers_pings_is_not() {
    let mut scene = scene().await.both_in().await;
    let mia = scene.app.signs_up("mia").await;
    let mut mia = scene.app.chats(&mia).await;
    mia.comes_into("general").await;
    assert_eq!(scene.jz.frame().await["user"], "mia");
    let help = json!({ "type": "help" });
    assert_eq!(scene.kevin.frame().await["user"], "mia");
    let time = stops_time();
    time.passes(5).await;
    // From here on Kevin's program hangs, and Mia's only reads.
    assert_eq!(scene.kevin.asks(help.clone()).await["code"], "help");
    let reading = tokio::spawn(async move { (mia.frame_at_last().await, mia) });

    for _ in 0..2 {
        time.passes(21).await;
        assert_eq!(scene.jz.asks(help.clone()).await["code"], "help");
    }
    let mut early = scene.app.opens_chat(&scene.accounts[0].token).await;
    assert_eq!(early.frame().await["code"], "already-chatting");
    time.passes(19).await;

    let (heard, mut mia) = within("Mia to hear it", reading).await.expect("she read");
    for parted in [heard, scene.jz.frame().await] {
        assert_eq!(
            (&parted["code"], &parted["user"]),
            (&json!("parted"), &json!("kevin"))
        );
    }
    scene.app.chats_again(&scene.accounts[0]).await;
    scene.kevin.is_closed().await;
    for chatter in [&scene.kevin, &mia] {
        assert_eq!(chatter.pings(), 2, "every twenty seconds");
    }
    mia.tells_room("general", "still here").await;
    scene.jz.hears_body("still here").await;
}

#[tokio::test]
async fn people_on_both_dialects_talk_in_one_room() {
    let mut scene = scene().await.both_in().await;
    let mia = scene.app.signs_up("mia").await;
    let mut mia = scene.app.connects(&mia).await;

    let room = mia.enters("general").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        let joined = chatter.frame().await;
        assert_eq!(
            (&joined["code"], &joined["user"], &joined["status"]),
            (&json!("joined"), &json!("mia"), &json!(null))
        );
    }
    scene.kevin.tells_room("general", "@mia hello").await;
    let message = mia.hears_message("@mia hello").await;
    assert_eq!(message["sender"]["username"], "kevin");
    assert_eq!(mia.hears("mention").await["message"], message);
    mia.tells(room, "hello").await;
    mia.commands(room, "stock", "x").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        chatter.hears_body("hello").await;
        assert_eq!(chatter.frame().await["command"], "stock");
    }
    scene.jz.hangs_up().await;
    let left = mia.hears("member:left").await;
    assert_eq!(left["user"]["username"], "jz");
    mia.quits("general").await;
    for user in ["jz", "mia"] {
        let parted = scene.kevin.frame().await;
        assert_eq!(
            (&parted["code"], &parted["user"]),
            (&json!("parted"), &json!(user))
        );
    }
}

#[tokio::test]
async fn a_lasting_member_stays_one_when_the_connection_closes_but_not_when_they_part() {
    let app = TestApp::new().await;
    let [kevin, jz] = [app.signs_up("kevin").await, app.signs_up("jz").await];
    let mut page = app.connects(&kevin).await;
    let room = page.enters("general").await;
    let mut watcher = app.chats(&jz).await;
    watcher.comes_into("general").await;

    // The page stays open: nobody is told that they left.
    let mut chatter = app.chats(&kevin).await;
    let list = chatter.asks(json!({ "type": "list" })).await;
    assert_eq!(list["list"][0]["joined"], false, "not by this connection");
    chatter.comes_into("general").await;
    assert_eq!(watcher.frame().await["code"], "joined");
    chatter.hangs_up().await;
    page.tells(room, "I am here").await;
    assert_eq!(watcher.hears_body("I am here").await, [] as [&str; 0]);

    // Without the page they are not here any more.
    page.leaves().await;
    app.until_gone(kevin.id).await;
    let mut chatter = app.chats(&kevin).await;
    chatter.comes_into("general").await;
    assert_eq!(watcher.frame().await["code"], "joined");
    chatter.hangs_up().await;
    let parted = watcher.frame().await;
    assert_eq!(
        (&parted["code"], &parted["user"]),
        (&json!("parted"), &json!("kevin"))
    );

    let mut page = app.connects(&kevin).await;
    assert!(page.sees(room).await.is_some(), "still a member");
    let mut chatter = app.chats_again(&kevin).await;
    chatter.comes_into("general").await;
    chatter.asks(part("general")).await;
    page.hears("conversation:removed").await;
    assert_eq!(page.sees(room).await, None);
}

#[tokio::test]
async fn s2_d_one_who_does_not_read_is_hung_up_on_and_delays_nobody() {
    let mut scene = scene().await.both_in().await;
    let long = "🎈".repeat(4096);

    // From now on JZ reads nothing.
    for n in 0.. {
        assert!(n < 5_000, "somebody who does not read is still here");
        scene.kevin.tells_room("general", &long).await;
        let frame = scene.kevin.frame().await;
        if frame["code"] == "parted" {
            assert_eq!(frame["user"], "jz");
            break;
        }
    }
    scene.app.chats(&scene.accounts[1]).await;
}

#[tokio::test]
async fn whoever_leaves_by_a_page_leaves_by_the_connection_as_well() {
    let app = TestApp::new().await;
    let kevin = app.signs_up("kevin").await;
    let mut chatter = app.chats(&kevin).await;
    chatter.comes_into("general").await;
    let mut page = app.connects(&kevin).await;

    page.quits("general").await;

    let parted = chatter.frame().await;
    assert_eq!(
        (&parted["code"], &parted["you"]),
        (&json!("parted"), &json!(true))
    );
    let frame = json!({ "type": "message", "room_name": "general", "body": "x" });
    assert_eq!(
        chatter.asks(frame).await,
        about("room:not-joined", "general")
    );
}

#[tokio::test]
async fn s2_d_who_is_in_a_room_that_is_deleted_is_told_that_they_left() {
    let mut scene = scene().await;
    let maker = scene.app.signs_up("maker").await;
    let mut maker = scene.app.connects(&maker).await;
    let room = maker.makes_room("zoo").await;
    scene.kevin.comes_into("zoo").await;
    scene.kevin.tells_room("zoo", "a word").await;
    scene.kevin.hears_body("a word").await;

    maker
        .asks("room:delete", json!({ "conversation_id": room }))
        .await;

    let expected = json!({
        "type": "room:notification", "code": "parted", "you": true, "user": "kevin",
        "room_name": "zoo",
    });
    assert_eq!(without_stamp(scene.kevin.frame().await), expected);
    let frame = json!({ "type": "message", "room_name": "zoo", "body": "x" });
    assert_eq!(
        scene.kevin.asks(frame).await,
        about("room:not-joined", "zoo")
    );
    assert_eq!(
        scene.kevin.asks(join("zoo")).await,
        about("room:invalid", "zoo")
    );
}

/// Gives a room another name, as those who look after the server do.
async fn renames(app: &TestApp, who: &Account, room: &str, name: &str) {
    let actor = app.accounts().token_actor(&token_of(who)).await;
    let name = RoomName::parse(name).expect("a name");
    let key = RoomKey::Name(room.into());
    let conversations = &app.app().conversations;
    let changed = conversations.change_room(actor.expect("a token"), key, Some(name), None);
    changed.await.expect("their own room");
}

#[tokio::test]
async fn s2_43_a_room_that_gets_another_name_is_left_by_all_who_are_passing() {
    let mut scene = scene().await;
    let [maker, mia] = [
        scene.app.signs_up("maker").await,
        scene.app.signs_up("mia").await,
    ];
    let mut page = scene.app.connects(&maker).await;
    let room = page.makes_room("zoo").await;
    let mut stays = scene.app.chats(&mia).await;
    scene.app.connects(&mia).await.enters("zoo").await;
    for chatter in [&mut scene.kevin, &mut scene.jz, &mut stays] {
        chatter.comes_into("zoo").await;
    }
    for (chatter, joined) in [
        (&mut scene.kevin, ["jz", "mia"]),
        (&mut scene.jz, ["mia", ""]),
    ] {
        for user in joined.into_iter().filter(|user| !user.is_empty()) {
            assert_eq!(chatter.frame().await["user"], user);
        }
    }
    assert_eq!(
        scene.app.count("memberships WHERE is_passing"),
        2,
        "the premise"
    );

    renames(&scene.app, &maker, "zoo", "Ark").await;

    for (chatter, user) in [
        (&mut scene.kevin, "kevin"),
        (&mut scene.jz, "jz"),
        (&mut stays, "mia"),
    ] {
        let parted = json!({
            "type": "room:notification", "code": "parted", "you": true, "user": user,
            "room_name": "zoo",
        });
        assert_eq!(without_stamp(chatter.frame().await), parted);
        assert_eq!(
            chatter.asks(join("zoo")).await,
            about("room:invalid", "zoo")
        );
    }
    for user in ["kevin", "jz"] {
        let left = page.hears("member:left").await;
        assert_eq!(left["user"]["username"], user);
    }
    assert_eq!(scene.app.count("memberships WHERE is_passing"), 0);
    page.tells(room, "to the two who stay").await;
    let status = scene.kevin.comes_into("ark").await;
    assert_eq!(status["messages"][0]["body"], "to the two who stay");
}

#[tokio::test]
async fn s2_43_a_room_whose_name_is_only_spelled_anew_is_left_by_nobody() {
    let mut scene = scene().await.both_in().await;
    scene.app.runs("UPDATE users SET is_admin = TRUE");

    renames(&scene.app, &scene.accounts[0], "general", "General").await;

    scene.jz.tells_room("general", "still here").await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        let message = chatter.frame().await;
        assert_eq!(
            (&message["body"], &message["room_name"]),
            (&json!("still here"), &json!("General"))
        );
    }
}

#[tokio::test]
async fn s2_43_who_could_not_be_taken_out_of_their_rooms_is_with_the_next_sweep() {
    let mut scene = scene().await.both_in().await;
    scene.app.runs(
        "CREATE TRIGGER broken BEFORE DELETE ON memberships BEGIN SELECT RAISE(ABORT, 'broken'); END",
    );
    scene.kevin.hangs_up().await;
    scene.app.until_gone(scene.accounts[0].id).await;
    // After what should have ended the visit.
    scene.jz.tells_room("general", "alone?").await;
    scene.jz.hears_body("alone?").await;
    assert_eq!(
        scene.app.count("memberships WHERE is_passing"),
        2,
        "the premise"
    );

    scene.app.runs("DROP TRIGGER broken");
    let conversations = &scene.app.app().conversations;
    conversations.sweep_visits().await.expect("swept");

    let parted = scene.jz.frame().await;
    assert_eq!(
        (&parted["code"], &parted["user"]),
        (&json!("parted"), &json!("kevin"))
    );
    assert_eq!(scene.app.count("memberships WHERE is_passing"), 1, "jz's");
    scene.app.chats(&scene.accounts[0]).await;
}

#[tokio::test]
async fn s2_d_one_limit_holds_for_what_is_told_and_what_is_kept() {
    let mut scene = scene().await.both_in().await;
    let too_long =
        json!({ "type": "error", "code": "invalid-format", "details": { "reason": "too-long" } });
    let say = |body: String| json!({ "type": "message", "room_name": "general", "body": body });

    for body in ["x".repeat(4097), "x".repeat(100_000)] {
        assert_eq!(scene.kevin.asks(say(body)).await, too_long);
    }
    for (command, payload) in [("x".repeat(65), "y".into()), ("x".into(), "y".repeat(4097))] {
        let frame = json!({ "type": "custom", "room_name": "general", "command": command, "payload": payload });
        assert_eq!(scene.kevin.asks(frame).await, too_long);
    }
    let longest = "🎈".repeat(4096);
    scene.kevin.says(say(longest.clone())).await;
    for chatter in [&mut scene.kevin, &mut scene.jz] {
        chatter.hears_body(&longest).await;
    }
    // Past the size of a frame the connection ends, and nobody is locked out.
    let too_large = say("x".repeat(131_072)).to_string();
    assert_eq!(scene.kevin.asks_text(&too_large).await, too_long);
    assert_eq!(scene.kevin.is_closed().await, Some(1009));
    assert_eq!(scene.jz.frame().await["code"], "parted");
    scene.app.until_gone(scene.accounts[0].id).await;
    scene.app.chats(&scene.accounts[0]).await;
}

#[tokio::test]
async fn s2_d_too_much_at_once_is_refused_and_the_connection_lives() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_MESSAGES_PER_SECOND", 1)
        .with("LIMIT_MESSAGES_BURST", 2)
        .start()
        .await;
    let mut scene = scene_in(app).await.both_in().await;

    for n in 0..3 {
        scene
            .kevin
            .tells_room("general", &format!("line {n}"))
            .await;
    }

    assert_eq!(scene.kevin.hears_body("line 1").await, ["message"]);
    assert_eq!(scene.kevin.frame().await, error("rate-limited"));
    assert_eq!(
        scene.kevin.asks(json!({ "type": "help" })).await["code"],
        "help"
    );
}

#[tokio::test]
async fn s2_45_a_bot_joins_more_rooms_than_are_allowed_at_once_without_waiting() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_JOINS_BURST", 2)
        .with("LIMIT_JOINS_PER_MINUTE", 600)
        .start()
        .await;
    let maker = app.signs_up("maker").await;
    app.connects(&maker).await.makes_room("room-0").await;
    app.runs(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 7)
         INSERT INTO conversations (kind, title, name_key, created_at)
         SELECT 'room', 'room-' || i, 'room-' || i, 0 FROM n",
    );
    let mut scene = scene_in(app).await;
    let bot = &mut scene.kevin;

    bot.says(json!({ "type": "list" })).await;
    let list = bot.frame().await;
    let rooms = list["list"].as_array().expect("a list");
    assert_eq!(
        rooms.len(),
        9,
        "the premise: more than may be joined at once"
    );
    for room in rooms {
        bot.says(join(room["name"].as_str().expect("a name"))).await;
    }
    bot.tells_room("room-7", "here I am").await;

    for room in rooms {
        let joined = bot.frame().await;
        assert_eq!(
            (&joined["code"], &joined["room_name"]),
            (&json!("joined"), &room["name"])
        );
    }
    assert_eq!(bot.frame().await["body"], "here I am");
}

#[tokio::test]
async fn s2_45_who_goes_while_a_join_waits_for_its_turn_can_come_back_at_once() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_JOINS_BURST", 1)
        .with("LIMIT_JOINS_PER_MINUTE", 10)
        .start()
        .await;
    let mut scene = scene_in(app).await;
    scene.jz.comes_into("general").await;
    scene.kevin.comes_into("general").await;
    assert_eq!(scene.jz.frame().await["code"], "joined");
    // Six seconds from its turn.
    scene.kevin.says(join("nowhere")).await;
    scene.kevin.says(json!({ "type": "help" })).await;

    scene.jz.tells_room("general", "meanwhile").await;
    assert_eq!(scene.kevin.frame().await["body"], "meanwhile");
    scene.kevin.hangs_up().await;

    scene.jz.hears_body("meanwhile").await;
    assert_eq!(scene.jz.frame().await["code"], "parted");
    scene.app.chats_again(&scene.accounts[0]).await;
}

#[tokio::test]
async fn s2_d_joins_that_would_wait_too_long_are_refused() {
    let app = Setup::relaxed()
        .with("LIMITS", "on")
        .with("LIMIT_JOINS_BURST", 1)
        .with("LIMIT_JOINS_PER_MINUTE", 1)
        .start()
        .await;
    let mut scene = scene_in(app).await;
    scene.kevin.comes_into("general").await;

    assert_eq!(
        scene.kevin.asks(join("nowhere")).await,
        error("rate-limited")
    );
}

#[tokio::test]
async fn s2_d_at_a_stop_connections_are_closed_and_visits_end() {
    let mut scene = scene().await.both_in().await;

    let stopping = scene.app.begin_to_stop();

    for chatter in [&mut scene.kevin, &mut scene.jz] {
        assert_eq!(chatter.is_closed().await, Some(1012));
    }
    stopping.await.expect("it stops in order");
    scene.app.start().await;
    let mut kevin = scene.app.chats(&scene.accounts[0]).await;
    let status = kevin.comes_into("general").await;
    assert_eq!(status["users"], json!([{ "name": "kevin", "you": true }]));
}

#[tokio::test]
async fn a_connection_counts_as_being_here() {
    let scene = scene().await;
    let mia = scene.app.signs_up("mia").await;
    let mut mia = scene.app.connects(&mia).await;
    mia.opens("kevin").await;

    let list = mia.asks("conversation:list", json!({})).await;
    assert_eq!(list["conversations"][0]["peer"]["online"], true);
    assert_eq!(refusal_of(&list), None);
    let id = scene.accounts[0].id;
    scene.kevin.hangs_up().await;
    scene.app.until_gone(id).await;
}
