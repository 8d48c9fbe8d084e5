//! A code is for the browser that asked for it, for ten minutes and for one use, however many come at
//! once.

use crate::support::html::notices;
use crate::support::{Answer, Caller, Person, Setup, TestApp};
use futures_util::future::join_all;
use serde_json::json;

/// Asks for a code; the challenge and the code.
async fn challenge(app: &TestApp, caller: &Caller, number: &str) -> (String, String) {
    let challenge = caller.asks_for_code(number).await.field("challenge");
    (challenge, app.code_for(number))
}

fn leads_back(answer: &Answer) -> bool {
    (answer.status, answer.leads_to()) == (303, "/login/phone")
}

#[tokio::test]
async fn a_code_is_worth_nothing_in_another_browser() {
    let app = Setup::strict().start().await;
    let number = app.fresh_number();
    let (kevin, thief) = (Person::new(&app), Person::new(&app));
    kevin.asks_for_code(&number).await;
    let code = app.code_for(&number);

    assert!(
        leads_back(&thief.gives_code(&code).await),
        "without a code of their own"
    );
    app.wait(30);
    thief.asks_for_code(&number).await;
    assert_ne!(app.code_for(&number), code, "one in a million");
    assert_eq!(
        thief.gives_code(&code).await.status,
        422,
        "with another code"
    );
    assert_eq!(kevin.gives_code(&code).await.location(), "/welcome");

    let api = Caller::new(&app);
    let (one, two) = (app.fresh_number(), app.fresh_number());
    let (mine, code) = challenge(&app, &api, &one).await;
    let (theirs, _) = challenge(&app, &api, &two).await;
    let refused = api.gives_code(&theirs, &code).await;
    assert_eq!(
        (refused.status, refused.field("message")),
        (400, "Invalid pin".into())
    );
    assert_eq!(api.gives_code(&mine, &code).await.status, 200);
}

#[tokio::test]
async fn the_right_code_twenty_times_at_once_makes_one_account_and_one_sign_in() {
    let app = TestApp::new().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;
    let code = app.code_for(&number);

    let proofs = join_all((0..20).map(|_| kevin.gives_code(&code))).await;
    let proved = proofs
        .iter()
        .filter(|answer| answer.location() == "/welcome");
    assert_eq!(proved.count(), 1);
    assert_eq!(
        proofs.iter().filter(|answer| leads_back(answer)).count(),
        19
    );
    let names = [("name", "Kevin")];
    let names = join_all((0..20).map(|_| kevin.submits("/welcome", &names))).await;

    let named = names.iter().filter(|answer| answer.location() == "/chats");
    assert_eq!(named.count(), 1);
    assert_eq!(app.count("users"), 1);
    assert!(kevin.is_signed_in().await, "by the one that came first");
}

#[tokio::test]
async fn somebody_known_is_signed_in_once_by_twenty_right_codes_at_once() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    Person::signed_up_with(&app, "Kevin", &number).await;
    let (laptop, before) = (
        Person::new(&app),
        app.count("sessions WHERE user_id IS NOT NULL"),
    );
    laptop.asks_for_code(&number).await;
    let code = app.code_for(&number);

    let proofs = join_all((0..20).map(|_| laptop.gives_code(&code))).await;

    let let_in = proofs.iter().filter(|answer| answer.location() == "/chats");
    assert_eq!(let_in.count(), 1);
    assert_eq!(app.count("sessions WHERE user_id IS NOT NULL"), before + 1);
    assert!(laptop.is_signed_in().await, "by the one that came first");
}

#[tokio::test]
async fn programs_too_make_one_account_of_twenty_right_codes_at_once() {
    let app = TestApp::new().await;
    let (api, number) = (Caller::new(&app), app.fresh_number());
    let (challenge, code) = challenge(&app, &api, &number).await;

    let proofs = join_all((0..20).map(|_| api.gives_code(&challenge, &code))).await;
    let right: Vec<_> = proofs
        .iter()
        .filter(|answer| answer.status == 200)
        .collect();
    assert_eq!(right.len(), 1);
    assert!(
        proofs
            .iter()
            .all(|answer| [200, 410].contains(&answer.status))
    );
    let signup = right[0].field("signup");
    let finish = |n| json!({ "signup": signup, "username": format!("kevin{n}") });
    let bodies: Vec<_> = (0..20).map(finish).collect();
    let made = join_all(
        bodies
            .iter()
            .map(|body| api.post_json("/api/phone/finish", body)),
    )
    .await;

    assert_eq!(made.iter().filter(|answer| answer.status == 201).count(), 1);
    assert_eq!(
        made.iter().filter(|answer| answer.status == 410).count(),
        19
    );
    assert_eq!((app.count("users"), app.count("api_tokens")), (1, 1));
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let app = Setup::strict().start().await;
    let (kevin, jz) = (Person::new(&app), Person::new(&app));
    let (first, second) = (app.fresh_number(), app.fresh_number());
    kevin.asks_for_code(&first).await;
    jz.asks_for_code(&second).await;
    let (api, third) = (Caller::new(&app), app.fresh_number());
    let (challenge, code) = challenge(&app, &api, &third).await;

    app.wait(599);
    assert_eq!(
        kevin.gives_code(&app.code_for(&first)).await.location(),
        "/welcome"
    );
    app.wait(1);
    let late = jz.gives_code(&app.code_for(&second)).await;
    assert!(leads_back(&late), "{late:?}");
    assert!(notices(&jz.follows(&late).await.body).contains("no longer valid"));
    assert_eq!(api.gives_code(&challenge, &code).await.status, 410);
    app.wait(598);
    assert_eq!(
        kevin.opens("/welcome").await.status,
        200,
        "ten more for the name"
    );
    app.wait(1);
    let late = kevin.submits("/welcome", &[("name", "Kevin")]).await;
    assert!(leads_back(&late), "{late:?}");
    assert_eq!(app.count("users"), 0);
}

#[tokio::test]
async fn a_new_code_kills_the_one_before_and_none_is_good_twice() {
    let app = Setup::strict().start().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;
    let old = app.code_for(&number);
    app.wait(30);
    assert_eq!(kevin.asks_again().await.location(), "/verify");
    let new = app.code_for(&number);
    assert_ne!(old, new, "one in a million");

    assert_eq!(kevin.gives_code(&old).await.status, 422);
    assert_eq!(kevin.gives_code(&new).await.location(), "/welcome");
    assert!(leads_back(&kevin.gives_code(&new).await), "a second use");
    let (api, number) = (Caller::new(&app), app.fresh_number());
    let (challenge, code) = challenge(&app, &api, &number).await;
    assert_eq!(api.gives_code(&challenge, &code).await.status, 200);
    assert_eq!(api.gives_code(&challenge, &code).await.status, 410);
}

#[tokio::test]
async fn a_number_that_was_proved_in_two_browsers_has_one_account_and_both_are_in_it() {
    let app = TestApp::new().await;
    let (phone, laptop, number) = (Person::new(&app), Person::new(&app), app.fresh_number());
    for browser in [&phone, &laptop] {
        let proved = browser.proves(&app, &number).await;
        assert_eq!(proved.location(), "/welcome", "nobody has an account yet");
    }
    let made = laptop.submits("/welcome", &[("name", "Kevin")]).await;
    assert_eq!(made.location(), "/chats");

    let later = phone
        .submits("/welcome", &[("name", "Someone"), ("username", "someone")])
        .await;

    assert_eq!((later.status, later.location()), (303, "/chats"));
    assert!(phone.is_signed_in().await && laptop.is_signed_in().await);
    assert_eq!(app.count("users"), 1);
    assert_eq!(app.count("users WHERE name = 'Kevin'"), 1, "as it was made");
}

#[tokio::test]
async fn a_program_that_proved_a_number_twice_gets_the_account_that_was_made() {
    let app = TestApp::new().await;
    let (api, number) = (Caller::new(&app), app.fresh_number());
    let mut signups = Vec::new();
    for _ in 0..2 {
        let (challenge, code) = challenge(&app, &api, &number).await;
        signups.push(api.gives_code(&challenge, &code).await.field("signup"));
    }
    let finished = |signup: &str, username: &str| json!({ "signup": signup, "username": username });
    let made = api
        .post_json("/api/phone/finish", &finished(&signups[1], "kevin"))
        .await;
    assert_eq!(made.status, 201, "{made:?}");

    let body = finished(&signups[0], "someone");
    let later = api.post_json("/api/phone/finish", &body).await;

    assert_eq!(later.status, 201, "{later:?}");
    let (made, later) = (made.json(), later.json());
    assert_eq!(
        (&later["user_id"], &later["username"]),
        (&made["user_id"], &made["username"])
    );
    let again = api.post_json("/api/phone/finish", &body).await;
    assert_eq!(again.status, 410, "a proof is good once");
}
