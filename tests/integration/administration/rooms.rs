//! Rooms and what was said there last.

use super::{bodies, log};
use crate::policy::is_sound;
use crate::support::html::{between, notices};
use crate::support::{Person, TestApp};

#[tokio::test]
async fn s2_04_rooms_are_made_renamed_and_deleted_in_the_administration() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let mut kevin = app.program("kevin").await;
    let topics = [("name", "Lounge"), ("topic", "<b>Sofas</b>")];

    let made = ana.answers("/admin/rooms", &topics).await;

    assert_eq!(made.status, 303);
    let path = made.location().to_owned();
    let lounge = kevin.enters("lounge").await;
    assert_eq!(path, format!("/admin/rooms/{lounge}"));
    kevin.tells(lounge, "hello").await;
    for page in ["/admin/rooms", &path] {
        let page = ana.opens(page).await;
        is_sound(&page, "rooms");
        assert!(page.body.contains("Lounge") && page.body.contains("&#60;b&#62;Sofas"));
        assert!(page.body.contains("datetime="), "when");
    }
    assert_eq!(bodies(&ana.opens(&path).await.body), ["hello"]);
    for name in ["", "two words", "GENERAL"] {
        let form = [("name", name)];
        for page in ["/admin/rooms", &path] {
            let refused = ana.answers(page, &form).await;
            assert_eq!(refused.status, 422, "{name}");
            assert!(refused.body.contains(r#"id="name-error""#), "{name}");
        }
    }
    let renamed = ana.answers(&path, &[("name", "Salon")]).await;
    assert_eq!(renamed.status, 303);
    assert_eq!(kevin.enters("salon").await, lounge);
    let deletion = format!("{path}/delete");
    let deleted = ana.answers(&deletion, &[("note", "empty")]).await;
    assert_eq!(deleted.location(), "/admin/rooms");
    let gone = kevin.hears("conversation:removed").await;
    assert_eq!(gone["conversation_id"], lounge);
    assert_eq!(ana.opens(&path).await.status, 404);
    assert_eq!(
        log(&ana).await,
        [
            "ana deleted room Salon empty",
            "ana changed room Lounge now Salon",
            "ana made room Lounge about &#60;b&#62;Sofas&#60;/b&#62;",
            "ana entered administration",
        ]
    );
}

#[tokio::test]
async fn the_room_that_is_always_there_stays_under_its_name() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let list = ana.opens("/admin/rooms").await.body;
    let general = between(&list, r#"href="/admin/rooms/"#, "\"").expect("a room");
    let path = format!("/admin/rooms/{general}");
    let renamed = ana.answers(&path, &[("name", "Salon")]).await;
    let deleted = ana.answers(&format!("{path}/delete"), &[]).await;
    assert_eq!((renamed.status, deleted.status), (403, 403));
    assert!(notices(&renamed.body).contains("always there"));
    let told = [("name", "general"), ("topic", "Everything")];
    assert_eq!(ana.answers(&path, &told).await.status, 303);
    let log = log(&ana).await;
    assert_eq!(log[0], "ana changed room general about Everything");
    assert_eq!(log.len(), 2, "what was refused left no line");
}

#[tokio::test]
async fn s2_06_the_last_messages_of_a_room_are_shown_and_searched_by_their_text() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    kevin.tells(talk, "between us 100%").await;
    app.runs(&format!(
        "INSERT INTO conversations (id, kind, title, name_key, created_at) VALUES (500, 'room', 'Lounge', 'lounge', 1);
         INSERT INTO memberships (user_id, conversation_id, joined_at) VALUES ({}, 500, 1)",
        jz.id
    ));
    jz.tells(500, "100% sure").await;
    jz.tells(500, "1000 times").await;
    for n in 0..60 {
        jz.tells(500, &format!("message {n}")).await;
    }

    let last = ana.opens("/admin/messages?room=500").await;
    is_sound(&last, "messages");
    let said = bodies(&last.body);
    assert_eq!(
        (said.len(), said[0], said[49]),
        (50, "message 59", "message 10")
    );
    let next = between(&last.body, r#"rel="next" href=""#, "\"").expect("there is more");
    let before = ana.opens(&next.replace("&#38;", "&")).await.body;
    assert_eq!(bodies(&before).len(), 12);
    for (text, expected) in [
        ("100%25", vec!["100% sure"]),
        ("SURE", vec!["100% sure"]),
        ("e_5", vec![]),
        ("message 5%25", vec![]),
        ("message 57", vec!["message 57"]),
    ] {
        let page = ana
            .opens(&format!("/admin/messages?room=500&q={text}"))
            .await;
        assert_eq!(bodies(&page.body), expected, "{text}");
    }
    assert_eq!(ana.opens("/admin/messages?room=500&q=x").await.status, 422);
    // A talk between two people is no room.
    let talk = ana.opens(&format!("/admin/messages?room={talk}")).await;
    assert_eq!(talk.status, 404);
}
