//! The cookie of the pages: what it looks like, and when it counts.

use crate::support::html::hidden;
use crate::support::{Caller, Credential, Person, Refusal, Setup, TestApp, until};

/// Nothing opens by that cookie: no page, no form, no socket.
pub(super) async fn is_worthless(app: &TestApp, cookie: &str) {
    let caller = Caller::new(app)
        .with("cookie", cookie)
        .with("origin", &app.origin());
    for path in ["/chats", "/contacts", "/settings"] {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.location().starts_with("/login/phone"), "{path}");
    }
    // The form is one of ours, of this browser.
    let page = caller.get("/login").await;
    let token = hidden(&page.body, "form_token").expect("a form");
    let given = page.headers.get("set-cookie");
    let given = given.map_or("", |value| value.to_str().expect("a cookie"));
    let both = format!("{cookie}; {}", given.split(';').next().unwrap_or_default());
    let form = Caller::new(app)
        .with("cookie", &both)
        .with("origin", &app.origin())
        .with("content-type", "application/x-www-form-urlencoded");
    let body = format!("theme=dark&form_token={token}");
    let answer = form.post("/settings/appearance", body).await;
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
    assert!(cookies.len() >= 3, "at the form, the code and the sign-in");
    for cookie in cookies {
        let known = ["chinwag=", "form="];
        assert!(
            known.iter().any(|name| cookie.starts_with(name)),
            "{cookie}"
        );
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
        let known = ["__Host-chinwag=", "__Host-form="];
        assert!(
            known.iter().any(|name| cookie.starts_with(name)),
            "{cookie}"
        );
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

/// When each session was last seen, as the settings page has it.
fn times_seen(page: &str) -> Vec<String> {
    let times = page.split("last seen <time datetime=\"").skip(1);
    times
        .filter_map(|rest| Some(rest.split('"').next()?.to_owned()))
        .collect()
}

#[tokio::test]
async fn a_session_was_last_seen_when_it_was_last_used_to_the_hour() {
    let app = Setup::strict().start().await;
    let number = app.fresh_number();
    // Each is greeted at once: from then on nothing of a session changes but its use.
    let phone = Person::signed_up_with(&app, "Kevin", &number).await;
    phone.opens("/chats").await;
    app.wait(30);
    let laptop = Person::signed_in(&app, &number).await;
    laptop.opens("/chats").await;
    let used_later_than_made = "sessions WHERE user_id > 0 AND last_used_at > created_at";
    assert_eq!(app.count(used_later_than_made), 0);

    app.wait(3_569);
    phone.opens("/chats").await;
    app.wait(3_631);
    laptop.opens("/chats").await;

    until("the use to be written down", || async {
        app.count(used_later_than_made) == 1
    })
    .await;
    let times = times_seen(&laptop.opens("/settings").await.body);
    assert_eq!(times.len(), 2, "{times:?}");
    let in_use = app.count(&format!(
        "{used_later_than_made} AND last_used_at = created_at + 7200000"
    ));
    assert_eq!(in_use, 1, "the laptop; the phone was used within the hour");
    assert!(times[0] > times[1], "the one in use is first: {times:?}");
}
