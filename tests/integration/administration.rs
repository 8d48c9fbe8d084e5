//! Those who look after the server: the way in, what they see and do, and that nobody else does.

use crate::policy::is_sound;
use crate::support::html::{between, hidden, notices};
use crate::support::{Answer, Caller, Credential, PASSWORD, Person, Setup, TestApp, refusal_of};
use serde_json::json;

/// Every page and form of administration; a form is its path after `POST`.
const ROUTES: [&str; 36] = [
    "/admin/reports",
    "/admin/reports?after=3",
    "/admin/reports/1",
    "/admin/reports/999",
    "/admin/reports/1/dismiss",
    "/admin/reports/1/suspend",
    "/admin/people",
    "/admin/people?q=jz",
    "/admin/people/1",
    "/admin/people/999",
    "/admin/people/1/suspend",
    "/admin/rooms",
    "/admin/rooms/1",
    "/admin/rooms/999",
    "/admin/rooms/1/delete",
    "/admin/messages",
    "/admin/messages?room=1&q=hello",
    "/admin/sms",
    "/admin/sms/pause",
    "/admin/log",
    "POST /admin/leave",
    "POST /admin/reports/1/dismiss",
    "POST /admin/reports/1/warn",
    "POST /admin/reports/1/suspend",
    "POST /admin/reports/1/ban",
    "POST /admin/people/1/warn",
    "POST /admin/people/1/suspend",
    "POST /admin/people/1/lift",
    "POST /admin/people/1/ban",
    "POST /admin/people/1/unban",
    "POST /admin/people/1/sign-out",
    "POST /admin/rooms",
    "POST /admin/rooms/1",
    "POST /admin/rooms/1/delete",
    "POST /admin/sms/pause",
    "POST /admin/sms/resume",
];

/// What everybody may send: nothing of it helps.
const FIELDS: [(&str, &str); 4] = [
    ("note", "because"),
    ("term", "week"),
    ("form_token", "guessed"),
    ("is_admin", "true"),
];

async fn asks(who: &Person, route: &str) -> Answer {
    match route.strip_prefix("POST ") {
        Some(path) => who.submits(path, &FIELDS).await,
        None => who.opens(route).await,
    }
}

/// Somebody who talks with strangers from a browser.
async fn guest(app: &TestApp) -> Person {
    let guest = Person::new(app);
    let entered = guest.submits("/match/enter", &[("accept", "on")]).await;
    assert!(entered.status < 400, "{entered:?}");
    guest
}

/// The lines of the audit log, the newest first.
async fn log(admin: &Person) -> Vec<String> {
    let page = admin.opens("/admin/log").await.body;
    let list = between(&page, r#"<ol class="log-lines">"#, "</ol>").unwrap_or_default();
    list.split("<li ")
        .skip(1)
        .map(|line| {
            let mut words = String::new();
            let mut inside = false;
            for c in between(line, "<p>", "</p>").expect("a line").chars() {
                match c {
                    '<' => inside = true,
                    '>' => inside = false,
                    c if !inside => words.push(c),
                    _ => {}
                }
            }
            words
        })
        .collect()
}

#[tokio::test]
async fn s2_03_the_administration_is_entered_with_username_and_password() {
    let app = TestApp::new().await;
    let id = app.registers("ana").await;
    app.administrator(id).await;
    let ana = Person::new(&app);
    let led = ana.opens("/admin").await;
    assert_eq!((led.status, led.location()), (303, "/admin/"));
    let door = ana.follows(&led).await;
    assert_eq!(door.status, 200);
    is_sound(&door, "the door");
    assert!(door.body.contains(r#"name="username""#));

    for (username, password) in [("ana", "wrong horse"), ("nobody", PASSWORD), ("", "")] {
        let refused = ana.enters_administration(username, password).await;
        assert_eq!(refused.status, 422, "{username}");
        assert!(notices(&refused.body).contains("That is not right"));
        assert!(!ana.is_signed_in().await);
    }
    let entered = ana.enters_administration("Ana", PASSWORD).await;

    assert_eq!((entered.status, entered.location()), (303, "/admin/"));
    let overview = ana.follows(&entered).await;
    is_sound(&overview, "the overview");
    assert!(overview.body.contains("People online"));
    assert!(ana.is_signed_in().await, "and signed in everywhere");
    assert_eq!(log(&ana).await, ["ana entered administration"]);
}

#[tokio::test]
async fn nobody_but_an_administrator_finds_anything() {
    let app = TestApp::new().await;
    let admin = Person::administrator(&app, "ana").await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    kevin.tells(talk, "hello").await;
    assert_eq!(jz.reports(talk, "spam").await["ok"], true);
    let nobody = Person::new(&app);
    let person = Person::signed_up(&app, "Mia").await;
    let guest = guest(&app).await;
    for (who, name) in [
        (&nobody, "nobody"),
        (&person, "a person"),
        (&guest, "a guest"),
    ] {
        let missing = who.opens("/there/is/no/such/page").await;
        assert_eq!(missing.status, 404, "the premise");
        for route in ROUTES {
            let answer = asks(who, route).await;
            assert_eq!(
                (
                    answer.status,
                    answer.header("set-cookie"),
                    answer.body.as_str()
                ),
                (404, missing.header("set-cookie"), missing.body.as_str()),
                "{route} for {name}"
            );
        }
    }
    // Somebody who is signed in does not even find the door; whoever is not finds it and nothing behind it.
    for door in ["/admin", "/admin/"] {
        assert_eq!(person.opens(door).await.status, 404);
        assert!(nobody.opens(door).await.status < 400);
        assert!(guest.opens(door).await.status < 400);
    }
    let tried = person.enters_administration("ana", PASSWORD).await;
    assert_eq!(tried.status, 404, "also with somebody else's password");
    assert_eq!(app.count("reports WHERE handled_at IS NULL"), 1);
    assert_eq!(app.count("users WHERE suspended_until IS NOT NULL"), 0);
    // The premise: these are the pages, and she finds them.
    for route in ROUTES.iter().filter(|route| !route.contains("999")) {
        let answer = asks(&admin, route).await;
        let expected = if route.starts_with("POST") { 403 } else { 200 };
        // What is not among the rooms by that id is not there for her either.
        if !route.contains("room=") {
            assert_eq!(answer.status, expected, "{route}");
        }
    }
}

#[tokio::test]
async fn without_an_administrator_there_is_no_administration() {
    let app = TestApp::new().await;
    let person = Person::signed_up(&app, "Mia").await;
    let (nobody, guest) = (Person::new(&app), guest(&app).await);
    for who in [&nobody, &person, &guest] {
        for route in ROUTES.iter().chain(&["/admin", "/admin/", "POST /admin/"]) {
            assert_eq!(asks(who, route).await.status, 404, "{route}");
        }
    }
}

#[tokio::test]
async fn who_is_no_administrator_is_refused_like_a_wrong_password() {
    let app = TestApp::new().await;
    Person::administrator(&app, "ana").await;
    app.registers("jz").await;
    let jz = Person::new(&app);
    let wrong = jz.enters_administration("jz", "wrong horse").await;
    let right = jz.enters_administration("jz", PASSWORD).await;
    assert_eq!((wrong.status, right.status), (422, 422));
    assert_eq!(wrong.body, right.body);
    assert!(!jz.is_signed_in().await);
}

#[tokio::test]
async fn the_password_is_asked_for_again_after_twenty_minutes_without_use() {
    let app = Setup::strict().start().await;
    let ana = Person::administrator(&app, "ana").await;
    for _ in 0..3 {
        app.wait(19 * 60);
        assert_eq!(ana.opens("/admin/log").await.status, 200, "in use");
    }

    app.wait(20 * 60);

    let led = ana.opens("/admin/log").await;
    assert_eq!(led.location(), "/admin/?next=%2Fadmin%2Flog");
    assert_eq!(
        ana.submits("/admin/sms/pause", &FIELDS).await.location(),
        "/admin/"
    );
    let door = ana.follows(&led).await.body;
    assert!(door.contains("@<bdi>ana</bdi>") && !door.contains(r#"id="username""#));
    let fields = [("password", PASSWORD), ("next", "/admin/log")];
    assert_eq!(
        ana.answers("/admin/", &fields).await.location(),
        "/admin/log"
    );
    let elsewhere = [("password", PASSWORD), ("next", "//evil.example")];
    assert_eq!(
        ana.answers("/admin/", &elsewhere).await.location(),
        "/admin/"
    );
    let page = ana.opens("/admin/").await.body;
    let token = hidden(&page, "form_token").expect("a form");
    let left = ana.submits("/admin/leave", &[("form_token", &token)]).await;
    assert_eq!(left.location(), "/chats");
    assert_eq!(ana.opens("/admin/log").await.status, 303, "she has left");
}

#[tokio::test]
async fn three_wrong_passwords_in_a_row_have_to_wait() {
    let app = Setup::strict().start().await;
    let id = app.registers("ana").await;
    app.administrator(id).await;
    let ana = Person::new(&app);
    for _ in 0..2 {
        let refused = ana.enters_administration("ana", "wrong horse").await;
        assert_eq!(refused.status, 422);
    }
    assert_eq!(ana.enters_administration("ana", PASSWORD).await.status, 303);
    let guesser = Person::new(&app);
    let third = guesser.enters_administration("ana", "wrong horse").await;
    assert_eq!(third.status, 422, "what was right does not count");

    let fourth = guesser.enters_administration("ana", PASSWORD).await;

    assert_eq!(fourth.status, 429);
    assert_eq!(fourth.header("retry-after"), "300");
    app.wait(300);
    let later = guesser.enters_administration("ana", "wrong horse").await;
    assert_eq!(later.status, 422, "one more");
    let again = guesser.enters_administration("ana", PASSWORD).await;
    assert_eq!(again.status, 429);
    app.wait(300);
    let entered = guesser.enters_administration("ana", PASSWORD).await;
    assert_eq!(entered.status, 303);
}

#[tokio::test]
async fn forms_come_from_our_own_pages_of_the_same_visit() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let bo = Person::administrator(&app, "bo").await;
    let page = bo.opens("/admin/sms/pause").await.body;
    let foreign = hidden(&page, "form_token").expect("a form");
    for token in ["", "guessed", foreign.as_str()] {
        let refused = ana
            .submits("/admin/sms/pause", &[("form_token", token)])
            .await;
        assert_eq!(refused.status, 403, "{token}");
    }
    let cross_site = Caller::new(&app)
        .with("cookie", &ana.cookie_header())
        .with("origin", "https://evil.example");
    assert_eq!(cross_site.post("/admin/sms/pause", "").await.status, 403);
    assert_eq!(app.count("server_facts WHERE name = 'sms_paused'"), 0);
    assert_eq!(ana.answers("/admin/sms/pause", &[]).await.status, 303);
    assert_eq!(app.count("server_facts WHERE name = 'sms_paused'"), 1);
}

#[tokio::test]
async fn who_is_no_administrator_any_more_can_do_nothing_at_once() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let bo = Person::administrator(&app, "bo").await;
    let page = bo.opens("/admin/sms/pause").await.body;
    let token = hidden(&page, "form_token").expect("a form");

    app.runs("UPDATE users SET is_admin = FALSE WHERE username = 'bo'");

    assert_eq!(bo.opens("/admin/").await.status, 404);
    let late = bo
        .submits("/admin/sms/pause", &[("form_token", &token)])
        .await;
    assert_eq!(late.status, 404);
    let log = log(&ana).await;
    assert_eq!(
        log,
        ["bo entered administration", "ana entered administration"]
    );
}

#[tokio::test]
async fn somebody_who_is_suspended_is_cut_off_within_the_same_request() {
    let app = Setup::strict().start().await;
    let ana = Person::administrator(&app, "ana").await;
    let number = app.fresh_number();
    let jz = Person::signed_up_with(&app, "jz", &number).await;
    app.wait(60);
    let token = app.signs_in(&number).await;
    let mut socket = app.connects(&token).await;
    let mut stranger = app.guest().await;
    let talk = stranger.meets(&mut socket).await;
    let path = format!("/admin/people/{}/suspend", token.id);

    let without = ana.answers(&path, &[("term", "week")]).await;
    assert_eq!(without.status, 422, "it has to be said why");
    let fields = [("term", "week"), ("note", "harassment")];
    let done = ana.answers(&path, &fields).await;

    assert_eq!(done.status, 303);
    assert!(!jz.is_signed_in().await);
    let headers = format!("Bearer {}", token.token);
    let refused = app
        .try_connect(Credential::Headers(&[("authorization", &headers)]))
        .await;
    assert!(refused.is_err(), "tokens are refused");
    assert_eq!(socket.hears("session:ended").await["reason"], "suspended");
    socket.is_ended().await;
    assert_eq!(stranger.hears_why(talk).await, "moderator");
    // They learn why after the proof; the door stays shut until the time is over.
    let again = Person::signed_in(&app, &number).await;
    assert!(!again.is_signed_in().await);
    app.wait(8 * 86_400);
    let back = Person::signed_in(&app, &number).await;
    assert!(back.is_signed_in().await);
}

#[tokio::test]
async fn an_administrator_cannot_lock_themselves_out() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let fields = [("term", "week"), ("note", "by mistake")];
    for act in ["suspend", "sign-out"] {
        let refused = ana
            .answers(&format!("/admin/people/1/{act}"), &fields)
            .await;
        assert_eq!(refused.status, 403, "{act}");
        assert!(notices(&refused.body).contains("That is yourself"));
    }
    assert_eq!(ana.opens("/admin/").await.status, 200);
}

#[tokio::test]
async fn a_pause_stops_all_sms_until_it_is_taken_back() {
    let mut app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let number = app.fresh_number();
    let writer = app.scripter("writer").await;
    let letter = json!({ "to": "+12015550199", "body": "hello" });
    assert_eq!(
        ana.answers("/admin/sms/pause", &[("note", "fraud")])
            .await
            .status,
        303
    );
    app.restart().await;
    let sent = app.sms_sent();

    let visitor = Person::new(&app);
    let refused = visitor.asks_for_code(&number).await;
    let program = Caller::new(&app).asks_for_code(&number).await;

    assert_eq!((refused.status, program.status), (503, 503));
    for body in [notices(&refused.body), program.field("message")] {
        assert!(body.contains("sends no SMS at present"), "{body}");
    }
    let own = writer.posts("/api/sms", letter.clone()).await;
    assert_eq!(own.status, 503, "{own:?}");
    assert_eq!(app.sms_sent(), sent);
    assert!(ana.opens("/admin/").await.body.contains("they are paused"));
    assert_eq!(ana.answers("/admin/sms/resume", &[]).await.status, 303);
    assert_eq!(visitor.asks_for_code(&number).await.status, 303);
    assert_eq!(writer.posts("/api/sms", letter).await.status, 202);
    assert_eq!(app.sms_sent(), sent + 2);
    let page = ana.opens("/admin/sms").await.body;
    assert!(page.contains("United States") && page.contains("Pause all SMS"));
}

#[tokio::test]
async fn s2_06_people_are_found_by_handle_or_exact_number_which_is_never_shown() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let jz = app.signs_up("jz.silva").await;
    app.signs_up("jzzy").await;
    app.signs_up("kevin").await;
    for (search, expected) in [
        ("jz", vec!["jz.silva", "jzzy"]),
        ("@JZ.", vec!["jz.silva"]),
        ("%25", vec![]),
        ("%2B1%20".to_owned().as_str(), vec![]),
        (&jz.number.replace('+', "%2B"), vec!["jz.silva"]),
        ("", vec!["kevin", "jzzy", "jz.silva", "ana"]),
    ] {
        let page = ana.opens(&format!("/admin/people?q={search}")).await;
        assert_eq!(page.status, 200, "{search}");
        let found: Vec<_> = page
            .body
            .split(r#"class="person__name""#)
            .skip(1)
            .filter_map(|row| between(row, "@<bdi>", "</bdi>"))
            .collect();
        assert_eq!(found, expected, "{search}");
        assert!(!page.body.contains(&jz.number) || search.contains(&jz.number[1..]));
        is_sound(&page, search);
    }
    let digits = &jz.number[jz.number.len() - 2..];
    let list = ana.opens("/admin/people").await.body;
    assert!(list.contains(&format!("+1 ••• ••{digits}")));
    let page = ana.opens(&format!("/admin/people/{}", jz.id)).await;
    assert!(!page.body.contains(&jz.number));
    is_sound(&page, "a person");
    assert_eq!(ana.opens("/admin/people?q=%2B12").await.status, 200);
    assert_eq!(ana.opens("/admin/people?q=1234567").await.status, 422);
}

#[tokio::test]
async fn s2_06_lists_are_paged_and_lead_on() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    app.runs(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
         INSERT INTO users (kind, name, username, username_key, created_at)
         SELECT 'person', 'Crowd', 'crowd' || i, 'crowd' || i, i FROM n",
    );
    for start in ["/admin/people", "/admin/people?q=crowd"] {
        let (mut path, mut seen) = (start.to_owned(), Vec::new());
        loop {
            let page = ana.opens(&path).await.body;
            let rows = page.split(r#"class="person__name""#).skip(1);
            seen.extend(rows.filter_map(|row| between(row, "@<bdi>", "</bdi>").map(str::to_owned)));
            match between(&page, r#"rel="next" href=""#, "\"") {
                Some(next) => path = next.replace("&#38;", "&"),
                None => break,
            }
        }
        let crowd = seen.iter().filter(|name| name.starts_with("crowd")).count();
        assert_eq!(crowd, 120, "{start}");
        seen.sort();
        seen.dedup();
        assert!(seen.len() >= 120, "nobody twice");
    }
}

/// The bodies of the messages on a page.
fn bodies(page: &str) -> Vec<&str> {
    let rows = page
        .split(r#"<p class="evidence__body" dir="auto">"#)
        .skip(1);
    rows.filter_map(|row| row.split_once("</p>"))
        .map(|(body, _)| body)
        .collect()
}

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
            "ana deleted room Salon: empty",
            "ana changed room Lounge: now Salon",
            "ana made room Lounge: about &#60;b&#62;Sofas&#60;/b&#62;",
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
    assert_eq!(log[0], "ana changed room general: about Everything");
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

#[tokio::test]
async fn a_report_is_decided_and_whom_it_is_about_is_told() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let number = app.fresh_number();
    let jz = Person::signed_up_with(&app, "jz", &number).await;
    let token = app.signs_in(&number).await;
    let (mut kevin, mut socket) = (app.program("kevin").await, app.connects(&token).await);
    let talk = kevin.opens("jz").await;
    kevin.tells(talk, "hello").await;
    let rude = socket.tells(talk, "<b>rude</b>").await;
    let complaint =
        json!({ "conversation_id": talk, "message_id": rude["id"], "reason": "harassment" });
    let report = kevin.asks("report", complaint).await["report_id"].clone();

    let queue = ana.opens("/admin/reports").await;
    is_sound(&queue, "the queue");
    assert!(
        queue
            .body
            .contains(&format!(r#"href="/admin/reports/{report}""#))
    );
    let page = ana.opens(&format!("/admin/reports/{report}")).await;
    is_sound(&page, "a report");
    assert_eq!(bodies(&page.body), ["hello", "&#60;b&#62;rude&#60;/b&#62;"]);
    let path = format!("/admin/reports/{report}/warn");
    let done = ana.answers(&path, &[("note", "Be kind, please.")]).await;

    assert_eq!((done.status, done.location()), (303, "/admin/reports"));
    let chats = jz.opens("/chats").await;
    is_sound(&chats, "a warning");
    assert!(chats.body.contains("Be kind, please."));
    jz.submits("/notice/read", &[]).await;
    assert!(!jz.opens("/chats").await.body.contains("Be kind, please."));
    let queue = ana.opens("/admin/reports").await.body;
    assert!(queue.contains("Nothing waits."));
    let again = ana.answers(&path, &[("note", "Once more.")]).await;
    assert_eq!(again.status, 422, "it is decided already");
}

#[tokio::test]
async fn every_act_is_in_the_log() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    kevin.tells(talk, "hello").await;
    jz.tells(talk, "something rude").await;
    let mut expected = vec!["ana entered administration".to_owned()];
    for (outcome, line) in [
        ("dismiss", "dismissed report 1: for the log"),
        ("warn", "warned report 2: @jz for the log"),
        (
            "ban",
            "banned from matching report 3: @jz for a week, whose network is not known: for the log",
        ),
        ("suspend", "suspended report 4: @jz for a week: for the log"),
    ] {
        let report = kevin.reports(talk, "spam").await["report_id"].clone();
        let path = format!("/admin/reports/{report}/{outcome}");
        let fields = [
            ("note", "for the log"),
            ("term", "week"),
            ("network", "yes"),
        ];
        assert_eq!(ana.answers(&path, &fields).await.status, 303, "{outcome}");
        expected.push(format!("ana {line}"));
    }
    let id = jz.id;
    for (path, line) in [
        (
            format!("/admin/people/{id}/warn"),
            "warned @jz: for the log",
        ),
        (
            format!("/admin/people/{id}/suspend"),
            "suspended @jz: until it is lifted: for the log",
        ),
        (
            format!("/admin/people/{id}/lift"),
            "lifted the suspension of @jz: for the log",
        ),
        (
            format!("/admin/people/{id}/ban"),
            "banned from matching @jz: until it is lifted: for the log",
        ),
        (
            format!("/admin/people/{id}/unban"),
            "lifted the ban of @jz: for the log",
        ),
        (
            format!("/admin/people/{id}/sign-out"),
            "signed out everywhere @jz: for the log",
        ),
        ("/admin/sms/pause".into(), "paused SMS: for the log"),
        ("/admin/sms/resume".into(), "resumed SMS: for the log"),
    ] {
        let fields = [("note", "for the log"), ("term", "open")];
        assert_eq!(ana.answers(&path, &fields).await.status, 303, "{path}");
        expected.push(format!("ana {line}"));
    }
    expected.reverse();
    assert_eq!(log(&ana).await, expected);
    assert_eq!(
        app.count("sessions WHERE user_id = 3") + app.count("match_bans"),
        0
    );
    is_sound(&ana.opens("/admin/log").await, "the log");
}

#[tokio::test]
async fn what_is_refused_leaves_no_line_in_the_log() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let jz = app.signs_up("jz").await;
    let path = format!("/admin/people/{}/suspend", jz.id);
    for fields in [
        [("note", ""), ("term", "week")],
        [("note", "because"), ("term", "century")],
    ] {
        assert_eq!(ana.answers(&path, &fields).await.status, 422);
    }
    let long = "x".repeat(501);
    let fields = [("note", long.as_str()), ("term", "week")];
    assert_eq!(ana.answers(&path, &fields).await.status, 422);
    let nobody = ana.opens("/admin/people/999/suspend").await;
    assert_eq!(nobody.status, 404);
    assert_eq!(log(&ana).await.len(), 1);
    let mut socket = app.connects(&jz).await;
    assert_eq!(refusal_of(&socket.finds(json!({})).await), None);
}
