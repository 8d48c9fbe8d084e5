//! Every page and form, and those who find none of them.

use super::FIELDS;
use crate::support::{Answer, Caller, PASSWORD, Person, TestApp};
use http::Method;

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

async fn asks(who: &Person, route: &str) -> Answer {
    match route.strip_prefix("POST ") {
        Some(path) => who.submits(path, &FIELDS).await,
        None => who.opens(route).await,
    }
}

/// Somebody who talks with strangers from a browser.
async fn guest(app: &TestApp) -> Person {
    let guest = Person::new(app);
    let entered = guest.accepts_the_rules().await;
    assert!(entered.status < 400, "{entered:?}");
    guest
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
async fn by_no_method_does_an_address_of_the_administration_tell_that_it_is_there() {
    let app = TestApp::new().await;
    Person::administrator(&app, "ana").await;
    let person = Person::signed_up(&app, "Mia").await;
    let nobody = Person::new(&app);
    let methods = ["OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW"];
    let methods = methods.map(|name| Method::from_bytes(name.as_bytes()).expect("a method"));
    for (who, name) in [(&nobody, "nobody"), (&person, "a person")] {
        assert_eq!(who.opens("/there/is/no/such/page").await.status, 404);
        let caller = Caller::new(&app)
            .with("cookie", &who.cookie_header())
            .with("sec-fetch-site", "same-origin");
        for method in &methods {
            let missing = caller.asks(method.clone(), "/there/is/no/such/page").await;
            assert_eq!(missing.status, 404, "the premise");
            for route in ROUTES.iter().chain(&["/admin", "/admin/"]) {
                let path = route.trim_start_matches("POST ");
                let answer = caller.asks(method.clone(), path).await;
                assert_eq!(answer.status, 404, "{method} {path} for {name}");
                assert_eq!(answer.header("allow"), "", "{method} {path} for {name}");
                assert_eq!(answer.body, missing.body, "{method} {path} for {name}");
            }
        }
        // What is only sent is not there to be opened either.
        assert_eq!(who.opens("/admin/leave").await.status, 404);
        assert_eq!(who.submits("/admin/log", &FIELDS).await.status, 404);
    }
}
