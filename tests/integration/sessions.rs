//! The cookie of the pages: what it looks like, when it begins to count, and when it ends.

use crate::support::html::{hidden, ids_in};
use crate::support::{Caller, Credential, Person, Refusal, Setup, TestApp};
use chinwag::accounts::SessionRecord;
use chinwag::model::Timestamp;

const FORM: &str = "application/x-www-form-urlencoded";

/// A program that found somebody's cookie, on a page of ours as far as anybody can tell.
fn with_cookie(app: &TestApp, cookie: &str) -> Caller {
    Caller::new(app)
        .with("cookie", cookie)
        .with("origin", &app.origin())
        .with("content-type", FORM)
}

/// Nothing opens by that cookie: no page, no form, no socket.
async fn is_worthless(app: &TestApp, cookie: &str) {
    let caller = with_cookie(app, cookie);
    for path in ["/chats", "/contacts", "/settings"] {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.location().starts_with("/login/phone"), "{path}");
    }
    let answer = caller.post("/settings/appearance", "theme=dark").await;
    assert_eq!(
        (answer.status, answer.location()),
        (303, "/login/phone"),
        "the form"
    );
    let origin = app.origin();
    let headers = [("cookie", cookie), ("origin", origin.as_str())];
    let socket = app.try_connect(Credential::Headers(&headers)).await;
    assert_eq!(
        socket.err(),
        Some(Refusal::Word("not_authenticated".into())),
        "the socket"
    );
}

/// Every `Set-Cookie` that this browser ever got.
fn cookies_set(person: &Person) -> Vec<String> {
    let seen = person.has_seen();
    let cookies = seen.split(r#""set-cookie": ""#).skip(1);
    cookies
        .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn a_planted_cookie_never_signs_anybody_in() {
    let app = TestApp::new().await;
    // Mallory asks for a code of her own and puts her cookie into Kevin's browser.
    let mallory = Person::new(&app);
    mallory.asks_for_code(&app.fresh_number()).await;
    let planted = mallory.session().expect("asking gives a cookie");

    let kevin = Person::new(&app);
    kevin.is_planted("chinwag", &planted);
    kevin.proves(&app, &app.fresh_number()).await;
    kevin
        .submits("/welcome", &[("name", "Kevin"), ("username", "kevin")])
        .await;

    assert!(kevin.is_signed_in().await);
    assert_ne!(kevin.session(), Some(planted.clone()));
    assert!(!mallory.is_signed_in().await);
    is_worthless(&app, &format!("chinwag={planted}")).await;
}

#[tokio::test]
async fn a_made_up_cookie_opens_nothing() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let own = kevin.session().expect("a cookie");
    assert!(own.len() >= 22, "128 bits: {own}");
    for made_up in ["1", "AAAAAAAAAAAAAAAAAAAAAA", &own[1..], "../../etc", ""] {
        is_worthless(&app, &format!("chinwag={made_up}")).await;
    }
    assert!(kevin.is_signed_in().await);
}

#[tokio::test]
async fn every_cookie_is_for_this_host_and_its_pages_only() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    kevin
        .submits("/settings/appearance", &[("theme", "dark")])
        .await;
    let cookies = cookies_set(&kevin);
    assert!(cookies.len() >= 2, "at the code and at the sign-in");
    for cookie in cookies {
        assert!(cookie.starts_with("chinwag="), "{cookie}");
        for flag in ["; HttpOnly", "; SameSite=Lax", "; Path=/"] {
            assert!(cookie.contains(flag), "{flag}: {cookie}");
        }
        for other in ["Domain", "Secure"] {
            assert!(!cookie.contains(other), "{other}: {cookie}");
        }
    }
}

#[tokio::test]
async fn over_https_the_cookie_is_secure_and_bound_to_the_host() {
    let app = Setup::relaxed()
        .with("PUBLIC_URL", "https://chat.example")
        .start()
        .await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    assert!(kevin.is_signed_in().await);
    let cookies = cookies_set(&kevin);
    assert!(cookies.len() >= 2);
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-chinwag="), "{cookie}");
        for flag in ["; HttpOnly", "; SameSite=Lax", "; Secure", "; Path=/"] {
            assert!(cookie.contains(flag), "{flag}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    let socket = app.try_connect(Credential::Browser(&kevin)).await;
    assert!(socket.is_ok(), "the socket takes the cookie of that name");
    // The name without the prefix could be set by a neighbour.
    let session = kevin.session().expect("a cookie");
    is_worthless(&app, &format!("chinwag={session}")).await;
}

#[tokio::test]
async fn who_wants_to_be_kept_is_for_a_year_and_others_until_the_browser_closes() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let age_of = |cookie: &str| -> Option<i64> {
        let (_, rest) = cookie.split_once("Max-Age=")?;
        rest.split(';').next()?.parse().ok()
    };
    let a_year = 364 * 86_400..=365 * 86_400;

    // A new person: the wish is made a page before the sign-in.
    let kevin = Person::new(&app);
    kevin.asks_for_code(&number).await;
    let code = app.code_for(&number);
    kevin
        .submits("/verify", &[("code", &code), ("keep", "on")])
        .await;
    let welcomed = kevin.submits("/welcome", &[("name", "Kevin")]).await;
    let age = age_of(welcomed.header("set-cookie"));
    assert!(age.is_some_and(|age| a_year.contains(&age)), "{age:?}");
    // What a page keeps for the next must not shorten it.
    kevin
        .submits("/settings/appearance", &[("theme", "dark")])
        .await;
    kevin.opens("/settings").await;
    let cookies = cookies_set(&kevin);
    let last = cookies.last().expect("cookies");
    let age = age_of(last);
    assert!(age.is_some_and(|age| a_year.contains(&age)), "{last}");

    let elsewhere = Person::new(&app);
    let signed_in = elsewhere.proves(&app, &number).await;
    assert_eq!(signed_in.location(), "/chats");
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.starts_with("chinwag="), "{cookie}");
    assert!(
        !cookie.contains("Max-Age") && !cookie.contains("Expires"),
        "{cookie}"
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_sockets_and_no_other() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin", &number).await;
    let elsewhere = Person::signed_in(&app, &number).await;
    let connect = async |person| app.try_connect(Credential::Browser(person)).await;
    let (mut first, mut second) = (
        connect(&kevin).await.expect("let in"),
        connect(&kevin).await.expect("let in"),
    );
    let mut other = connect(&elsewhere).await.expect("let in");
    let cookie = kevin.cookie_header();

    let answer = kevin.submits("/logout", &[]).await;

    assert_eq!((answer.status, answer.location()), (303, "/"));
    for socket in [&mut first, &mut second] {
        assert_eq!(socket.hears("session:ended").await["reason"], "signed_out");
        socket.is_ended().await;
    }
    is_worthless(&app, &cookie).await;
    assert!(!kevin.is_signed_in().await);
    // The other browser and its socket go on.
    assert!(elsewhere.is_signed_in().await);
    let list = other.asks("conversation:list", serde_json::json!({})).await;
    assert_eq!(list["ok"], true);
    assert!(!other.events().contains(&"session:ended"));
}

#[tokio::test]
async fn a_browser_that_was_lost_is_signed_out_from_another_one() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let lost = Person::signed_up_with(&app, "Kevin", &number).await;
    let mut socket = app
        .try_connect(Credential::Browser(&lost))
        .await
        .expect("let in");
    let here = Person::signed_in(&app, &number).await;
    let settings = here.opens("/settings").await.body;
    let others = ids_in(&settings, "/settings/sessions/", "/end");
    assert_eq!(others.len(), 1, "the other one, not this one");

    let end = format!("/settings/sessions/{}/end", others[0]);
    let answer = here.submits(&end, &[]).await;

    assert_eq!(answer.status, 303);
    assert_eq!(socket.hears("session:ended").await["reason"], "signed_out");
    socket.is_ended().await;
    is_worthless(&app, &lost.cookie_header()).await;
    assert!(here.is_signed_in().await);
    assert_eq!(here.submits(&end, &[]).await.status, 404, "it is gone");
}

#[tokio::test]
async fn nobody_ends_the_session_of_somebody_else() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin", &number).await;
    let elsewhere = Person::signed_in(&app, &number).await;
    let mallory = Person::signed_up(&app, "Mallory").await;
    let settings = kevin.opens("/settings").await.body;
    let id = ids_in(&settings, "/settings/sessions/", "/end")[0];

    let end = |id: i64| format!("/settings/sessions/{id}/end");
    let foreign = mallory.submits(&end(id), &[]).await;
    let missing = mallory.submits(&end(9_999), &[]).await;

    assert_eq!((foreign.status, missing.status), (404, 404));
    assert_eq!(foreign.body, missing.body, "the two look the same");
    assert!(kevin.is_signed_in().await && elsewhere.is_signed_in().await);
    assert_eq!(
        kevin.submits(&end(id), &[]).await.status,
        303,
        "it was there"
    );
}

#[tokio::test]
async fn a_request_in_flight_does_not_bring_a_session_back() {
    let app = TestApp::new().await;
    let accounts = app.accounts();
    let record = SessionRecord {
        user: None,
        data: "{}".into(),
        user_agent: String::new(),
        expires_at: Timestamp(i64::MAX),
    };
    let key = || String::from("a session");
    assert!(
        accounts
            .create_session(key(), record.clone())
            .await
            .expect("stored")
    );
    accounts.delete_session(key()).await.expect("deleted");
    accounts
        .save_session(key(), record)
        .await
        .expect("no error: there is nothing to save");
    assert!(accounts.session(key()).await.expect("read").is_none());

    // The same by the pages, as close together as they come.
    let number = app.fresh_number();
    Person::signed_up_with(&app, "Kevin", &number).await;
    for _ in 0..5 {
        let kevin = Person::signed_in(&app, &number).await;
        let cookie = kevin.cookie_header();
        let theme = [("theme", "dark")];
        tokio::join!(
            kevin.submits("/settings/appearance", &theme),
            kevin.submits("/logout", &[]),
            kevin.submits("/settings/appearance", &theme),
        );
        is_worthless(&app, &cookie).await;
    }
}

#[tokio::test]
async fn the_sockets_of_an_expired_session_are_ended() {
    let app = Setup::strict().start().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let mut socket = app
        .try_connect(Credential::Browser(&kevin))
        .await
        .expect("let in");
    assert!(kevin.is_signed_in().await);

    app.wait(400 * 86_400);
    app.accounts().sweep().await.expect("swept");

    assert_eq!(socket.hears("session:ended").await["reason"], "expired");
    socket.is_ended().await;
    is_worthless(&app, &kevin.cookie_header()).await;
}

#[tokio::test]
async fn another_site_cannot_act_for_somebody_who_is_signed_in() {
    let app = TestApp::new().await;
    let jz = app.signs_up("jz").await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin", &number).await;
    Person::signed_in(&app, &number).await;
    kevin.adds_contact("jz", "JZ").await;
    let contact = ids_in(
        &kevin.opens("/contacts").await.body,
        "/contacts/",
        "/rename",
    )[0];
    let opened = kevin
        .submits(&format!("/contacts/{contact}/open"), &[])
        .await;
    let chat = opened.location().to_owned();
    let client_id = hidden(&kevin.opens(&chat).await.body, "client_id").expect("a form");
    let settings = kevin.opens("/settings").await.body;
    let session = ids_in(&settings, "/settings/sessions/", "/end")[0];
    let message = format!("body=evil&client_id={client_id}");
    let forms = [
        (format!("{chat}/messages"), message.as_str()),
        ("/settings/profile".into(), "name=Evil&username=evil"),
        ("/settings/appearance".into(), "theme=dark"),
        ("/settings/tokens".into(), "label=evil"),
        (format!("/settings/sessions/{session}/end"), ""),
        ("/contacts".into(), "who=jz&name=Evil"),
        (format!("/contacts/{contact}/rename"), "name=Evil"),
        (format!("/contacts/{contact}/delete"), ""),
        (format!("/people/{}/block", jz.id), "back=/settings"),
        ("/logout".into(), ""),
        ("/login/phone".into(), "country=US&phone=2015550199"),
    ];
    let sms = app.sms_sent();
    let origin = app.origin();
    let tricks: [&[(&str, &str)]; 7] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", &origin), ("sec-fetch-site", "cross-site")],
        &[],
    ];
    for trick in tricks {
        let caller = Caller::new(&app)
            .with("cookie", &kevin.cookie_header())
            .with("content-type", FORM);
        let caller = trick
            .iter()
            .fold(caller, |caller, (name, value)| caller.with(name, value));
        for (path, body) in &forms {
            let answer = caller.post(path, *body).await;
            assert_eq!(answer.status, 403, "{path} with {trick:?}");
        }
    }

    assert_eq!(app.count("messages"), 0);
    assert_eq!(app.count("blocks"), 0);
    assert_eq!(app.count("contacts WHERE label = 'JZ'"), 1);
    assert_eq!(app.count("contacts"), 1);
    assert_eq!(app.count("users WHERE name = 'Evil' OR theme = 'dark'"), 0);
    assert_eq!(app.count("api_tokens"), 1, "the one of jz");
    assert_eq!(app.count("sessions WHERE user_id IS NOT NULL"), 2);
    assert_eq!(app.sms_sent(), sms);
    // They are real forms: from a page of ours the first one is taken.
    let own = with_cookie(&app, &kevin.cookie_header());
    let answer = own.post(&forms[0].0, message.as_str()).await;
    assert_eq!((answer.status, app.count("messages")), (303, 1));
}
