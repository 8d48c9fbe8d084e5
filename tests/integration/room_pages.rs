//! The pages of rooms, by links and forms.

use crate::chat_page::bodies;
use crate::markup::says;
use crate::policy::is_sound;
use crate::support::html::{between, escaped, notices};
use crate::support::{Caller, Person, TestApp};

/// Ana, who made a room with that topic and said something in it, and Bo, who is not in it.
async fn a_room(app: &TestApp, topic: &str) -> (Person, Person) {
    let ana = Person::signed_up(app, "Ana").await;
    let bo = Person::signed_up(app, "Bo").await;
    let made = ana
        .submits("/rooms", &[("name", "harbour"), ("topic", topic)])
        .await;
    assert_eq!((made.status, made.location()), (303, "/rooms/harbour"));
    says_in(&ana, "the tide is at noon").await;
    (ana, bo)
}

/// Says something by the form of the room's page.
async fn says_in(who: &Person, body: &str) {
    let page = who.opens("/rooms/harbour").await.body;
    let form = between(&page, r#"action="/chats/"#, "/messages").expect("a form");
    let chat = format!("/chats/{form}");
    let client_id = between(&page, r#"name="client_id" value=""#, "\"").expect("an id");
    let fields = [("body", body), ("client_id", client_id)];
    let said = who.submits(&format!("{chat}/messages"), &fields).await;
    assert_eq!(said.status, 303, "{}", said.body);
}

#[tokio::test]
async fn an_outsider_sees_what_a_room_is_and_no_message_of_it() {
    let app = TestApp::new().await;
    let (ana, bo) = a_room(&app, "ships & tides").await;

    for path in [
        "/rooms/harbour",
        "/rooms/harbour?before=9",
        "/rooms",
        "/chats",
    ] {
        let page = bo.opens(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.body.contains("the tide is"), "{path}");
    }
    let door = bo.opens("/rooms/harbour").await.body;
    assert!(door.contains("ships &#38; tides") && door.contains("1 member, 0 here"));
    assert!(!door.contains("@ana"), "nor who is in it");
    let id = room_id(&ana).await;
    for path in [format!("/chats/{id}"), "/rooms/no-such-room".into()] {
        assert_eq!(bo.opens(&path).await.status, 404, "{path}");
    }

    let joined = bo.submits("/rooms/harbour/join", &[]).await;
    assert_eq!(joined.location(), "/rooms/harbour");
    let page = bo.follows(&joined).await.body;
    assert_eq!(bodies(&page), ["the tide is at noon"]);
    assert!(page.contains("<bdi class=\"message__who\" data-hue=") && page.contains("@ana"));

    let left = bo.submits("/rooms/harbour/leave", &[]).await;
    let rooms = bo.follows(&left).await.body;
    assert!(
        notices(&rooms).contains("You left harbour."),
        "{}",
        notices(&rooms)
    );
    let door = bo.opens("/rooms/harbour").await.body;
    assert!(!door.contains("the tide is") && door.contains("/rooms/harbour/join"));
}

/// The id of the room, from the page of somebody who is in it.
async fn room_id(who: &Person) -> i64 {
    let page = who.opens("/rooms/harbour").await.body;
    let id = between(
        &page,
        r#"<main id="main" class="conversation" data-conversation-id=""#,
        "\"",
    );
    id.and_then(|id| id.parse().ok()).expect("an id")
}

#[tokio::test]
async fn the_page_of_a_room_lists_some_of_very_many_and_counts_the_rest() {
    let app = TestApp::new().await;
    let (ana, _) = a_room(&app, "").await;
    let page = ana.opens("/rooms/harbour").await.body;
    assert!(page.contains(r#"id="members-more" hidden>"#));
    app.runs(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
         INSERT INTO users (username, username_key, name, kind, created_at)
         SELECT 'away-' || i, 'away-' || i, 'Away', 'person', 0 FROM n;
         INSERT INTO memberships (user_id, conversation_id, joined_at)
         SELECT u.id, c.id, 0 FROM users u, conversations c
         WHERE c.name_key = 'harbour' AND u.username LIKE 'away-%'",
    );

    let page = ana.opens("/rooms/harbour").await.body;

    assert!(page.contains("601 members, 0 here"));
    assert_eq!(page.matches("data-username=\"away-").count(), 499);
    assert!(page.contains("data-username=\"ana\""));
    assert!(page.contains(r#"data-unlisted="101""#) && page.contains("and 101 more"));
}

#[tokio::test]
async fn a_room_is_found_under_one_name_however_it_is_spelled() {
    let app = TestApp::new().await;
    let (ana, _) = a_room(&app, "").await;
    assert_eq!(
        ana.opens("/rooms/HARBOUR").await.location(),
        "/rooms/harbour"
    );
    let id = room_id(&ana).await;
    let opened = ana.opens(&format!("/chats/{id}")).await;
    assert_eq!(opened.location(), "/rooms/harbour");

    for (name, why) in [
        ("Harbour", "already"),
        ("har bour", "begins with a letter"),
        ("", "begins with a letter"),
    ] {
        let fields = [("name", name), ("topic", "kept as it is")];
        let refused = ana.submits("/rooms", &fields).await;
        assert_eq!(refused.status, 422, "{name}");
        assert!(notices(&refused.body).contains(why), "{name}");
        assert!(refused.body.contains(r#"value="kept as it is""#), "{name}");
    }
    assert_eq!(app.count("conversations WHERE name_key IS NOT NULL"), 2);
}

#[tokio::test]
async fn the_directory_shows_general_first_and_hides_what_is_not_looked_for() {
    let app = TestApp::new().await;
    let (ana, _) = a_room(&app, "ships & tides").await;
    ana.submits("/rooms", &[("name", "anchors"), ("topic", "")])
        .await;
    let shown = |page: &str| -> Vec<String> {
        let rows = page.split(r#"<li class="directory__room""#).skip(1);
        let named = rows.filter(|row| {
            !row.split('>')
                .next()
                .unwrap_or_default()
                .ends_with("hidden")
        });
        let names = named.filter_map(|row| between(row, "<a href=\"/rooms/", "\""));
        names.map(Into::into).collect()
    };

    let all = ana.opens("/rooms").await.body;
    assert_eq!(shown(&all), ["general", "anchors", "harbour"]);
    let some = ana.opens("/rooms?q=%20TIDES%20").await.body;
    assert_eq!(shown(&some), ["harbour"]);
    let none = ana.opens("/rooms?q=%3Cb%3E").await;
    assert!(shown(&none.body).is_empty() && none.body.contains(r#"value="&#60;b&#62;""#));
    is_sound(&none, "nothing found");
}

#[tokio::test]
async fn s2_18_a_command_by_form_is_told_and_stored_nowhere() {
    let app = TestApp::new().await;
    let (ana, _) = a_room(&app, "").await;

    says_in(&ana, "/stock=aapl.us").await;

    let page = ana.opens("/rooms/harbour").await.body;
    assert_eq!(bodies(&page), ["the tide is at noon"]);
    assert!(
        notices(&page).contains("Command sent."),
        "{}",
        notices(&page)
    );
    says_in(&ana, "/shrug").await;
    let page = ana.opens("/rooms/harbour").await.body;
    assert_eq!(bodies(&page), ["the tide is at noon", "/shrug"]);
}

#[tokio::test]
async fn s2_20_in_a_direct_talk_a_command_is_a_message() {
    let app = TestApp::new().await;
    let (_, jz, chat) = crate::markup::two_who_talk(&app).await;
    assert_eq!(says(&jz, &chat, "/stock=aapl.us").await.status, 303);
    let page = jz.opens(&chat).await.body;
    assert_eq!(bodies(&page), ["hello", "/stock=aapl.us"]);
}

#[tokio::test]
async fn only_the_creator_is_offered_to_delete_a_room_and_can() {
    let app = TestApp::new().await;
    let (ana, bo) = a_room(&app, "").await;
    bo.submits("/rooms/harbour/join", &[]).await;
    assert!(
        ana.opens("/rooms/harbour")
            .await
            .body
            .contains("/rooms/harbour/delete")
    );
    assert!(
        !bo.opens("/rooms/harbour")
            .await
            .body
            .contains("/rooms/harbour/delete")
    );
    assert_eq!(bo.submits("/rooms/harbour/delete", &[]).await.status, 403);
    bo.submits("/rooms/general/join", &[]).await;
    assert!(
        !bo.opens("/rooms/general")
            .await
            .body
            .contains("/rooms/general/delete")
    );
    assert_eq!(bo.submits("/rooms/general/delete", &[]).await.status, 403);
    assert_eq!(app.count("conversations WHERE name_key IS NOT NULL"), 2);

    let deleted = ana.submits("/rooms/harbour/delete", &[]).await;

    let rooms = ana.follows(&deleted).await.body;
    assert!(notices(&rooms).contains("The room harbour was deleted."));
    assert_eq!(bo.opens("/rooms/harbour").await.status, 404);
    assert_eq!(bo.submits("/rooms/harbour/join", &[]).await.status, 404);
    // Who leaves what is gone has what they wanted.
    assert_eq!(
        bo.submits("/rooms/harbour/leave", &[]).await.location(),
        "/rooms"
    );
}

#[tokio::test]
async fn names_topics_and_members_are_shown_as_text() {
    let app = TestApp::new().await;
    for (n, trick) in crate::markup::TRICKS.iter().enumerate() {
        let name = format!("tricks-{n}");
        let ana = Person::signed_up(&app, trick).await;
        let made = ana
            .submits("/rooms", &[("name", &name), ("topic", trick)])
            .await;
        assert_eq!(made.status, 303, "{trick}");
        for path in [format!("/rooms/{name}"), "/rooms".into()] {
            let page = ana.opens(&path).await;
            is_sound(&page, &format!("{path} with {trick}"));
            assert!(page.body.contains(&escaped(trick)), "{path} shows {trick}");
        }
        let bo = Person::signed_up(&app, "Bo").await;
        let door = bo.opens(&format!("/rooms/{name}")).await;
        is_sound(&door, &format!("the door with {trick}"));
        assert!(
            door.body.contains(&escaped(trick)),
            "the door shows {trick}"
        );
        let refused = ana
            .submits("/rooms", &[("name", trick), ("topic", trick)])
            .await;
        assert_eq!(refused.status, 422, "{trick} is no name");
        is_sound(&refused, trick);
    }
}

#[tokio::test]
async fn another_site_cannot_act_in_rooms_for_somebody_who_is_signed_in() {
    let app = TestApp::new().await;
    let (ana, bo) = a_room(&app, "").await;
    let forms = [
        (&ana, "/rooms", "name=evil"),
        (&ana, "/rooms/harbour/leave", ""),
        (&ana, "/rooms/harbour/delete", ""),
        (&bo, "/rooms/harbour/join", ""),
    ];
    for trick in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        for (who, path, body) in forms {
            let caller = Caller::new(&app)
                .with("cookie", &who.cookie_header())
                .with("content-type", "application/x-www-form-urlencoded")
                .with(trick.0, trick.1);
            assert_eq!(
                caller.post(path, body).await.status,
                403,
                "{path} with {trick:?}"
            );
        }
    }
    assert_eq!(app.count("conversations WHERE name_key IS NOT NULL"), 2);
    assert_eq!(app.count("memberships"), 1, "as it was");
}

#[tokio::test]
async fn guests_and_visitors_are_led_to_signing_in() {
    let app = TestApp::new().await;
    a_room(&app, "").await;
    let guest = Person::new(&app);
    guest.accepts_the_rules().await;
    for who in [&guest, &Person::new(&app)] {
        for path in ["/rooms", "/rooms/harbour"] {
            let answer = who.opens(path).await;
            assert!(answer.location().starts_with("/login/phone"), "{path}");
        }
        for path in ["/rooms", "/rooms/harbour/join", "/rooms/harbour/delete"] {
            let answer = who.submits(path, &[("name", "evil")]).await;
            assert!(answer.location().starts_with("/login/phone"), "{path}");
        }
    }
    assert_eq!(app.count("conversations WHERE name_key IS NOT NULL"), 2);
}
