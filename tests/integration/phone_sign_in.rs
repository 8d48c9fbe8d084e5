//! Three pages lead to an account: number, code, name. Nothing is made, and nothing is told, before
//! the number is proved.

use crate::support::html::{hidden, notices};
use crate::support::{Answer, Caller, Person, Setup, TestApp};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use futures_util::future::join;

/// An answer as the one who asks could compare it: without what differs every time.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let varies = ["set-cookie", "date", "x-request-id"];
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), format!("{value:?}")))
        .filter(|(name, _)| !varies.contains(&name.as_str()))
        .collect();
    let token = hidden(&answer.body, "form_token").unwrap_or_default();
    (answer.status, headers, answer.body.replace(&token, ""))
}

#[tokio::test]
async fn kevin_gets_from_the_start_page_to_an_account_over_three_pages() {
    let app = TestApp::new().await;
    let kevin = Person::new(&app);
    let number = app.fresh_number();
    let start = kevin.opens("/").await;
    assert!(start.body.contains(r#"href="/login/phone""#));

    let asked = kevin.asks_for_code(&number).await;
    assert_eq!((asked.status, asked.location()), (303, "/verify"));
    let verify = kevin.follows(&asked).await;
    assert!(verify.body.contains(r#"autocomplete="one-time-code""#));
    let proved = kevin.gives_code(&app.code_for(&number)).await;
    assert_eq!((proved.status, proved.location()), (303, "/welcome"));
    assert_eq!(kevin.follows(&proved).await.status, 200);
    let named = kevin
        .submits("/welcome", &[("name", "Kevin"), ("username", "kevin")])
        .await;

    assert_eq!((named.status, named.location()), (303, "/chats"));
    assert_eq!(kevin.follows(&named).await.status, 200);
    let people = app.count("users WHERE name = 'Kevin' AND username = 'kevin'");
    assert_eq!(people, 1);
}

#[tokio::test]
async fn nobody_has_an_account_a_name_or_a_contact_before_the_proof_and_the_name() {
    let app = TestApp::new().await;
    let jz = Person::signed_up(&app, "jz").await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());

    kevin.asks_for_code(&number).await;
    assert_eq!(app.count("users"), 1, "jz alone, while the code is pending");
    let unknown = jz.adds_contact(&number, "Kevin").await;
    assert_eq!(unknown.status, 422, "the number is nobody's yet");
    assert_eq!(kevin.opens("/welcome").await.leads_to(), "/login/phone");
    let early = kevin
        .submits("/welcome", &[("name", "Kevin"), ("username", "kevin")])
        .await;
    assert_eq!(early.leads_to(), "/login/phone", "the name comes last");
    kevin.gives_code(&app.code_for(&number)).await;
    assert_eq!(app.count("users"), 1, "jz alone, while there is no name");
    assert!(!kevin.is_signed_in().await);

    let named = kevin.submits("/welcome", &[("name", "Kevin")]).await;
    assert_eq!(named.location(), "/chats");
    assert_eq!(app.count("users"), 2);
    let added = jz.adds_contact(&number, "Kevin").await;
    assert_eq!(added.status, 303, "now the number is somebody's");
}

#[tokio::test]
async fn a_returning_person_is_in_after_the_code_and_keeps_name_and_account() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let phone = Person::signed_up_with(&app, "Kevin", &number).await;
    assert!(phone.is_signed_in().await);

    let laptop = Person::new(&app);
    let proved = laptop.proves(&app, &number).await;

    assert_eq!((proved.status, proved.location()), (303, "/chats"));
    assert!(laptop.is_signed_in().await && phone.is_signed_in().await);
    assert_eq!(app.count("users"), 1);
    let settings = laptop.opens("/settings").await;
    assert!(settings.body.contains(r#"value="Kevin""#));
}

#[tokio::test]
async fn a_double_click_is_one_sms_and_both_clicks_land_on_the_code_page() {
    let app = Setup::strict().start().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    let page = kevin.opens("/login/phone").await;
    let request = hidden(&page.body, "request").expect("the form names its request");

    let clicks = join(
        kevin.sends_number(&number, &request),
        kevin.sends_number(&number, &request),
    );
    let (first, second) = clicks.await;

    assert_eq!((first.status, first.location()), (303, "/verify"));
    assert_eq!((second.status, second.location()), (303, "/verify"));
    assert_eq!(app.sms_sent(), 1);
    let proved = kevin.gives_code(&app.code_for(&number)).await;
    assert_eq!(proved.location(), "/welcome", "whichever answer came last");
}

#[tokio::test]
async fn the_pages_answer_the_same_for_a_known_and_an_unknown_number() {
    let app = Setup::strict().start().await;
    let (known, unknown) = ("+12015550123", "+12015560123");
    app.signs_up_with("jz", known, "jz").await;
    app.wait(3_700);
    let (one, other) = (Person::new(&app), Person::new(&app));

    let mut answers = Vec::new();
    for (person, number) in [(&one, known), (&other, unknown)] {
        let asked = person.asks_for_code(number).await;
        assert_eq!(asked.location(), "/verify");
        let page = person.follows(&asked).await;
        assert_eq!(page.status, 200);
        let wrong = person.gives_code("000000").await;
        assert_eq!(wrong.status, 422, "one in a million");
        let too_soon = person.asks_again().await;
        assert_eq!(too_soon.status, 429);
        answers.push([asked, page, wrong, too_soon].map(|answer| comparable(&answer)));
    }

    assert_eq!(answers[0], answers[1]);
    let sent = (app.sms_to(known).len(), app.sms_to(unknown).len());
    assert_eq!(sent, (2, 1), "and one SMS each, after that of signing up");
}

#[tokio::test]
async fn the_api_answers_the_same_for_a_known_and_an_unknown_number() {
    let app = Setup::strict().start().await;
    let (known, unknown) = ("+12015550123", "+12015560123");
    app.signs_up_with("jz", known, "jz").await;
    app.wait(3_700);
    let api = Caller::new(&app);

    let mut answers = Vec::new();
    for number in [known, unknown] {
        let mut answer = api.asks_for_code(number).await;
        assert_eq!(answer.status, 202);
        let challenge = answer.field("challenge");
        let wrong = api.gives_code(&challenge, "000000").await;
        assert_eq!(wrong.status, 400, "one in a million");
        answer.body = answer
            .body
            .replace(&challenge, "CHALLENGE")
            .replace(number, "NUMBER");
        answers.push((comparable(&answer), comparable(&wrong)));
    }

    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn the_code_is_in_no_cookie_page_or_redirect() {
    let app = Setup::strict().start().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    let answer = kevin.asks_for_code(&number).await;
    kevin.follows(&answer).await;
    let first = app.code_for(&number);
    app.wait(30);
    kevin.asks_again().await;
    kevin.opens("/verify").await;
    let second = app.code_for(&number);
    assert_ne!(first, second, "one in a million");

    let seen = kevin.has_seen();
    assert!(seen.contains("set-cookie") && seen.contains("one-time-code"));
    let cookie = kevin.session().expect("a session is on its way");
    for code in [&first, &second] {
        assert!(!seen.contains(code.as_str()), "the code in clear");
        for text in [
            BASE64.encode(code.as_bytes()),
            BASE64URL_NOPAD.encode(code.as_bytes()),
        ] {
            assert!(!seen.contains(&text), "the code in disguise");
        }
        let inside = BASE64URL_NOPAD
            .decode(cookie.as_bytes())
            .unwrap_or_default();
        assert!(!String::from_utf8_lossy(&inside).contains(code.as_str()));
    }
    let kept = app.count(&format!("sessions WHERE data LIKE '%{second}%'"));
    let kept = kept
        + app.count(&format!(
            "phone_challenges WHERE code_mac LIKE '%{second}%'"
        ));
    assert_eq!(kept, 0, "nor on disk");
}

#[tokio::test]
async fn a_closed_country_is_refused_by_its_name_and_an_open_one_is_served() {
    let app = Setup::strict().with("SMS_COUNTRIES", "US,PT").start().await;
    let kevin = Person::new(&app);

    let refused = kevin.asks_for_code("+49 1512 3456789").await;

    assert_eq!(refused.status, 422);
    let notice = notices(&refused.body);
    assert!(notice.contains("does not send SMS to Germany"), "{notice}");
    assert_eq!(app.sms_sent(), 0);
    let served = kevin.asks_for_code("+351 912 345 678").await;
    assert_eq!(served.location(), "/verify");
}

#[tokio::test]
async fn the_number_that_was_typed_is_still_there_after_an_error() {
    let app = TestApp::new().await;
    let kevin = Person::new(&app);

    let refused = kevin.asks_for_code("(201) 555").await;

    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(r#"value="(201) 555""#));
    assert!(refused.body.contains(r#"aria-describedby="phone-error""#));
    assert!(notices(&refused.body).contains("not a possible phone number"));
}

#[tokio::test]
async fn a_number_that_cannot_receive_an_sms_is_refused() {
    let app = Setup::relaxed()
        .with("SMS_COUNTRIES", "US,GB,DE")
        .start()
        .await;
    let kevin = Person::new(&app);

    for number in ["+1 800 555 0199", "+44 20 7946 0958", "+49 900 1234567"] {
        let refused = kevin.asks_for_code(number).await;
        assert_eq!(refused.status, 422, "{number}");
        let notice = notices(&refused.body);
        assert!(notice.contains("can't receive SMS"), "{number}: {notice}");
    }
    assert_eq!(app.sms_sent(), 0);
    assert_eq!(kevin.asks_for_code("+1 201 555 0123").await.status, 303);
}

#[tokio::test]
async fn the_code_page_with_nothing_pending_leads_to_the_phone_page() {
    let app = TestApp::new().await;
    let kevin = Person::new(&app);

    for (how, path) in [
        ("opens", "/verify"),
        ("opens", "/welcome"),
        ("sends", "/verify"),
        ("sends", "/verify/resend"),
    ] {
        let answer = match how {
            "opens" => kevin.opens(path).await,
            _ => kevin.submits(path, &[("code", "123456")]).await,
        };
        assert_eq!(
            (answer.status, answer.leads_to()),
            (303, "/login/phone"),
            "{how} {path}"
        );
        let page = kevin.follows(&answer).await;
        assert!(page.body.contains("flash--error"), "{how} {path} says why");
    }
    assert_eq!(app.sms_sent(), 0);
}

#[tokio::test]
async fn kevin_comes_back_to_the_page_he_wanted_and_never_to_another_server() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    Person::signed_up_with(&app, "Kevin", &number).await;

    for (wanted, reached) in [
        ("/contacts", "/contacts"),
        ("//evil.example/contacts", "/chats"),
        ("/\\evil.example", "/chats"),
        ("https://evil.example/", "/chats"),
        ("javascript:alert(1)", "/chats"),
    ] {
        let kevin = Person::new(&app);
        let page = kevin.opens("/login/phone").await;
        let request = hidden(&page.body, "request").expect("the form names its request");
        let fields = [
            ("country", "US"),
            ("phone", &number),
            ("request", &request),
            ("next", wanted),
        ];
        kevin.submits("/login/phone", &fields).await;
        let proved = kevin.gives_code(&app.code_for(&number)).await;
        assert_eq!(
            (proved.status, proved.location()),
            (303, reached),
            "{wanted}"
        );
        let other = kevin.opens(&format!("/login/phone?next={wanted}")).await;
        assert_eq!(other.location(), "/chats", "who is signed in needs no code");
    }
    let stranger = Person::new(&app);
    let led = stranger.opens("/contacts").await;
    assert_eq!(led.location(), "/login/phone?next=%2Fcontacts");
    assert_eq!(
        hidden(&stranger.follows(&led).await.body, "next").as_deref(),
        Some("/contacts")
    );
}
