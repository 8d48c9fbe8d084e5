//! The way in and the way out: credentials, the greeting, one connection each, the end.

use super::{scene, token_of};
use crate::support::{Person, TestApp, refusal_of, stops_time, tries_to_chat, within};
use serde_json::json;

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
