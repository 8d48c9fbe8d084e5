//! Signing in by username or e-mail with a password, for programs: what is asked of a password, who is let
//! in by one, and what a new one ends.

use crate::support::html::hidden;
use crate::support::{Answer, Caller, Person, Setup, TestApp};
use chinwag::accounts::{NewAccount, Password, PasswordCheck, Requester};
use chinwag::error::{Error, Result};
use chinwag::model::{Actor, DisplayName, Email, Label, Profile, Username};
use data_encoding::BASE64;
use diesel::connection::SimpleConnection;
use serde_json::json;
use std::net::IpAddr;

const PASSWORD: &str = "correct horse";

/// Somebody with an account, made by the verb behind the pages.
async fn registers(app: &TestApp, username: &str, password: &str) -> Profile {
    let new = NewAccount {
        email: Some(Email::parse(&format!("{username}@example.org")).expect("an address")),
        username: Username::parse(username).expect("a username"),
        name: DisplayName::parse(username).expect("a name"),
        password: Password::parse(password).expect("a password"),
    };
    app.accounts().register(new).await.expect("an account")
}

/// Somebody whose password was looked at just now.
async fn acts(app: &TestApp, login: &str, password: &str) -> Actor {
    let password = Password::presented(password);
    let check = app
        .accounts()
        .sign_in_by_password(login, &password, from(9));
    match check.await.expect("an answer") {
        PasswordCheck::Right(actor) => actor,
        other => panic!("not let in: {other:?}"),
    }
}

async fn tries(
    app: &TestApp,
    login: &str,
    password: &str,
    from: Requester,
) -> Result<PasswordCheck<Actor>> {
    let password = Password::presented(password);
    let accounts = app.accounts();
    accounts.sign_in_by_password(login, &password, from).await
}

fn from(last: u8) -> Requester {
    Requester {
        address: IpAddr::from([192, 0, 2, last]),
    }
}

fn basic(app: &TestApp, login: &str, password: &str) -> Caller {
    let pair = BASE64.encode(format!("{login}:{password}").as_bytes());
    Caller::new(app).with("authorization", &format!("Basic {pair}"))
}

fn with_header(app: &TestApp, value: &str) -> Caller {
    Caller::new(app).with("authorization", value)
}

async fn token_of(caller: Caller) -> String {
    let answer = caller.get("/api/token").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.field("token")
}

fn refused(answer: &Answer) -> (u16, String) {
    (answer.status, answer.field("message"))
}

#[tokio::test]
async fn s4_21_basic_takes_the_username_or_the_address_in_whatever_case() {
    let app = TestApp::new().await;
    registers(&app, "Ana", PASSWORD).await;
    for login in ["Ana", "ana", "ANA@example.org"] {
        assert_eq!(
            basic(&app, login, PASSWORD).get("/api/token").await.status,
            200,
            "{login}"
        );
    }
}

#[tokio::test]
async fn s4_22_a_token_lives_for_an_hour_and_s4_23_is_taken_as_bearer() {
    let app = Setup::strict().start().await;
    registers(&app, "ana", PASSWORD).await;
    let answer = basic(&app, "ana", PASSWORD).get("/api/token").await;
    assert_eq!(answer.json()["expires_in"], 3600);
    let token = answer.field("token");
    for scheme in ["Bearer", "bearer", "Token"] {
        let renewed = with_header(&app, &format!("{scheme} {token}"));
        assert_ne!(token_of(renewed).await, token);
    }

    app.wait(3_000);
    // Nobody goes on for ever by renewing.
    let bearer = |token: &str| with_header(&app, &format!("Bearer {token}"));
    let renewed = bearer(&token).get("/api/token").await;
    assert_eq!(renewed.json()["expires_in"], 600);
    let again = bearer(&renewed.field("token")).get("/api/token").await;
    assert_eq!(again.json()["expires_in"], 600);
    app.wait(600);
    assert_eq!(
        bearer(&again.field("token")).get("/api/token").await.status,
        401
    );
    let late = with_header(&app, &format!("Bearer {token}"))
        .get("/api/token")
        .await;
    assert_eq!(
        refused(&late),
        (401, "Your authentication token period has expired".into())
    );
}

#[tokio::test]
async fn asking_for_tokens_has_its_price() {
    let app = Setup::strict().with("LIMIT_EVENTS_BURST", 3).start().await;
    registers(&app, "ana", PASSWORD).await;
    let caller = basic(&app, "ana", PASSWORD);
    let mut statuses = Vec::new();
    for _ in 0..20 {
        statuses.push(caller.get("/api/token").await.status);
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[tokio::test]
async fn whoever_is_not_let_in_is_told_why_and_never_asked_for_a_password_by_the_browser() {
    let app = TestApp::new().await;
    registers(&app, "ana", PASSWORD).await;
    let header = "To access use Basic (base64) or Bearer (jwt) http authorization";
    let invalid = "Authentication token is not valid";
    let unknown = format!("Bearer chinwag_{}", "x".repeat(43));
    let cases = [
        (Caller::new(&app), 403, header),
        (with_header(&app, "Basic"), 403, header),
        (with_header(&app, "Basic !!!"), 403, header),
        (with_header(&app, "Basic bm8tY29sb24="), 403, header),
        (with_header(&app, "Bearer"), 403, header),
        (with_header(&app, "Digest x"), 403, header),
        (with_header(&app, "Bearer x"), 401, invalid),
        (with_header(&app, &unknown), 401, invalid),
        (
            basic(&app, "bo", PASSWORD),
            401,
            "Wrong login! Maybe, you have not been registered",
        ),
        (
            basic(&app, "ana", "wrong horse"),
            401,
            "Wrong password! Try again",
        ),
        (basic(&app, "ana", ""), 401, "Wrong password! Try again"),
    ];
    for (caller, status, words) in cases {
        let answer = caller.get("/api/token").await;
        assert_eq!(refused(&answer), (status, words.into()));
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn a_guest_and_a_phone_person_without_a_password_are_not_let_in_by_one() {
    let app = TestApp::new().await;
    let guest = Caller::new(&app).post("/api/guests", "").await;
    let token = format!("Bearer {}", guest.field("token"));
    let answer = with_header(&app, &token).get("/api/token").await;
    assert_eq!(answer.status, 403);

    app.signs_up("kevin").await;
    for password in ["", "12345678"] {
        let answer = basic(&app, "kevin", password).get("/api/token").await;
        assert_eq!(answer.status, 401, "{password:?}");
    }
    let guest = basic(&app, &guest.field("username"), "12345678");
    assert_eq!(
        refused(&guest.get("/api/token").await),
        (
            401,
            "Wrong login! Maybe, you have not been registered".into()
        )
    );
}

#[tokio::test]
async fn the_address_is_meant_before_the_username_that_looks_like_it() {
    let app = TestApp::new().await;
    // Before Ana had that address, Bo could take it for a username.
    let ana = registers(&app, "ana", PASSWORD).await;
    let bo = registers(&app, "bo", "another horse").await;
    app.runs("UPDATE users SET username = 'ana@example.org', username_key = 'ana@example.org' WHERE username = 'bo'");
    let accounts = app.accounts();
    let signs_in = async |password| {
        let password = Password::presented(password);
        let check = accounts.sign_in_by_password("ana@example.org", &password, from(1));
        check.await.expect("an answer")
    };
    let PasswordCheck::Right(actor) = signs_in(PASSWORD).await else {
        panic!("not let in");
    };
    assert_eq!(actor.user, ana.id);
    assert_eq!(
        signs_in("another horse").await,
        PasswordCheck::WrongPassword
    );
    assert_ne!(ana.id, bo.id);
}

#[tokio::test]
async fn a_username_is_nobody_elses_address_and_an_address_nobody_elses_username() {
    let app = TestApp::new().await;
    let ana = registers(&app, "ana", PASSWORD).await;
    let new = |email: &str, username: &str| NewAccount {
        email: Some(Email::parse(email).expect("an address")),
        username: Username::parse(username).expect("a username"),
        name: DisplayName::parse("Bo").expect("a name"),
        password: Password::parse(PASSWORD).expect("a password"),
    };
    let accounts = app.accounts();
    let taken = accounts
        .register(new("bo@example.org", "Ana@Example.org"))
        .await;
    assert!(taken.is_err());
    // One's own address is as good a username as any.
    let bo = accounts.register(new("bo@example.org", "bo@example.org"));
    assert!(bo.await.is_ok());
    let cy = accounts.register(new("cy@example.org", "dee@example.org"));
    assert!(cy.await.is_ok());
    assert!(
        accounts
            .register(new("dee@example.org", "dee"))
            .await
            .is_err()
    );
    let actor = acts(&app, ana.username.as_str(), PASSWORD).await;
    let name = DisplayName::parse("Ana").expect("a name");
    let wanted = Username::parse("BO@example.org").expect("a username");
    assert!(accounts.set_profile(actor, name, wanted).await.is_err());
}

#[tokio::test]
async fn ten_wrong_passwords_in_an_hour_are_enough_for_an_account_and_twenty_for_an_address() {
    let app = Setup::strict().start().await;
    registers(&app, "ana", PASSWORD).await;
    registers(&app, "bo", PASSWORD).await;
    for n in 0..10 {
        let login = if n % 2 == 0 { "ana" } else { "ana@example.org" };
        assert!(
            tries(&app, login, "wrong horse", from(1)).await.is_ok(),
            "{n}"
        );
    }
    assert!(tries(&app, "ana", PASSWORD, from(2)).await.is_err());
    // A login that nobody has is limited alike.
    for n in 0..10 {
        assert!(
            tries(&app, "nobody", "wrong horse", from(1)).await.is_ok(),
            "{n}"
        );
    }
    assert!(tries(&app, "nobody", "wrong horse", from(3)).await.is_err());
    assert!(tries(&app, "bo", PASSWORD, from(1)).await.is_err());
    assert!(tries(&app, "bo", PASSWORD, from(2)).await.is_ok());
    app.wait(3_600);
    assert!(tries(&app, "ana", PASSWORD, from(1)).await.is_ok());
}

#[tokio::test]
async fn whoever_guesses_elsewhere_does_not_keep_the_owner_out() {
    let app = Setup::strict().start().await;
    registers(&app, "ana", PASSWORD).await;
    let owner = acts(&app, "ana", PASSWORD).await;
    let elsewhere = |network: u8| Requester {
        address: IpAddr::from([198, 51, network, 1]),
    };
    for n in 0..10 {
        assert!(
            tries(&app, "ana", "wrong horse", elsewhere(0))
                .await
                .is_ok(),
            "{n}"
        );
    }
    assert!(tries(&app, "ana", PASSWORD, elsewhere(0)).await.is_err());
    assert!(tries(&app, "ana", PASSWORD, from(1)).await.is_ok());
    // Ten from ten networks are too many, though each has had its share only.
    for network in 1..10 {
        for n in 0..10 {
            let tried = tries(&app, "ana", "wrong horse", elsewhere(network)).await;
            assert!(tried.is_ok(), "{network} {n}");
        }
    }
    assert!(tries(&app, "ana", PASSWORD, from(1)).await.is_err());
    // Who is signed in has tries of their own.
    let (current, wrong) = (Password::presented(PASSWORD), Password::presented("wrong"));
    let confirms = async |password| app.accounts().confirm(owner, password, from(1)).await;
    assert!(confirms(&current).await.is_ok());
    for _ in 0..10 {
        assert!(matches!(confirms(&wrong).await, Err(Error::Invalid { .. })));
    }
    assert!(matches!(
        confirms(&current).await,
        Err(Error::RateLimited { .. })
    ));
}

#[tokio::test]
async fn a_password_that_was_right_is_not_looked_at_again_for_a_minute() {
    let app = Setup::strict().start().await;
    registers(&app, "ana", PASSWORD).await;
    let status = async |password| basic(&app, "ana", password).get("/api/token").await.status;
    assert_eq!(status(PASSWORD).await, 200);
    for _ in 0..10 {
        assert_eq!(status("wrong horse").await, 401);
    }
    assert_eq!(status("wrong horse").await, 429, "none is looked at now");

    app.wait(59);
    assert_eq!(status(PASSWORD).await, 200);
    app.wait(1);
    assert_eq!(status(PASSWORD).await, 429);
}

#[tokio::test]
async fn many_at_once_get_no_more_tries_than_one_after_the_other() {
    let app = Setup::strict().start().await;
    registers(&app, "ana", PASSWORD).await;
    let guesses = (0..50).map(|n| {
        let caller = basic(&app, "ana", &format!("wrong horse {n}"));
        tokio::spawn(async move { caller.get("/api/token").await.status })
    });
    let mut looked_at = 0;
    for guess in guesses.collect::<Vec<_>>() {
        let status = guess.await.expect("an answer");
        assert!([401, 429].contains(&status), "{status}");
        looked_at += i32::from(status == 401);
    }
    assert_eq!(looked_at, 10);
}

#[tokio::test]
async fn a_new_password_ends_what_was_handed_out_before_and_what_was_remembered() {
    let app = TestApp::new().await;
    registers(&app, "ana", PASSWORD).await;
    let token = token_of(basic(&app, "ana", PASSWORD)).await;
    let actor = acts(&app, "ana", PASSWORD).await;
    let new = Password::parse("another horse").expect("a password");
    let accounts = app.accounts();
    let wrong = Password::presented("wrong horse");
    assert!(
        accounts
            .set_password(actor, &wrong, &new, from(1))
            .await
            .is_err()
    );
    assert_eq!(
        with_header(&app, &format!("Bearer {token}"))
            .get("/api/token")
            .await
            .status,
        200
    );
    let current = Password::presented(PASSWORD);
    let set = accounts.set_password(actor, &current, &new, from(1)).await;
    assert!(set.is_ok(), "{set:?}");
    assert_eq!(
        refused(
            &with_header(&app, &format!("Bearer {token}"))
                .get("/api/token")
                .await
        ),
        (401, "Authentication token is not valid".into())
    );
    assert_eq!(
        basic(&app, "ana", PASSWORD).get("/api/token").await.status,
        401
    );
    assert_eq!(
        basic(&app, "ana", "another horse")
            .get("/api/token")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn a_sign_in_that_was_under_way_when_the_password_changed_gives_nothing() {
    let app = TestApp::new().await;
    registers(&app, "ana", PASSWORD).await;
    let held = acts(&app, "ana", PASSWORD).await;
    let owner = acts(&app, "ana", PASSWORD).await;
    let accounts = app.accounts();
    assert!(accounts.room_token(held).await.is_ok());

    let new = Password::parse("another horse").expect("a password");
    let current = Password::presented(PASSWORD);
    let set = accounts.set_password(owner, &current, &new, from(1)).await;
    assert!(set.is_ok(), "{set:?}");
    let label = Label::parse("Bot").expect("a label");
    let refused = [
        accounts.room_token(held).await.err(),
        accounts.create_access_token(held).await.err(),
        accounts.create_token(held, label).await.err(),
        accounts.set_email(held, None, &new, from(1)).await.err(),
    ];
    for error in refused {
        assert!(matches!(error, Some(Error::NotSignedIn)), "{error:?}");
    }
    assert_eq!(app.count("api_tokens"), 0);
}

#[tokio::test]
async fn a_browser_whose_sign_in_was_under_way_when_the_password_changed_stays_outside() {
    let app = TestApp::new().await;
    registers(&app, "ana", PASSWORD).await;
    registers(&app, "bo", "another horse").await;
    let thief = Person::new(&app);
    let token = hidden(&thief.opens("/login").await.body, "form_token").expect("a form");
    let fields = [
        ("form_token", token.as_str()),
        ("login", "ana"),
        ("password", PASSWORD),
    ];
    let mut database = app.occupies_the_database();
    let signs_in = thief.submits("/login", &fields);
    let changes = async {
        // The password was right by then: others that came later have their answers.
        for _ in 0..4 {
            let answer = basic(&app, "bo", "wrong horse").get("/api/token").await;
            assert_eq!(answer.status, 401);
        }
        let sql = "UPDATE users SET password_set_at = password_set_at + 1,
                   password = (SELECT password FROM users WHERE username = 'bo')
                   WHERE username = 'ana'; COMMIT";
        database.batch_execute(sql).expect("it is changed");
    };
    let (answer, ()) = tokio::join!(signs_in, changes);
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(!thief.is_signed_in().await);
    assert_eq!(app.count("sessions WHERE user_id IS NOT NULL"), 0);
}

#[tokio::test]
async fn under_api_the_cookie_is_ignored() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    assert!(kevin.is_signed_in().await);
    let caller = Caller::new(&app).with("cookie", &kevin.cookie_header());
    assert_eq!(caller.get("/api/token").await.status, 403);
}

#[tokio::test]
async fn what_is_stored_of_a_password_and_of_a_token_opens_nothing() {
    let app = TestApp::new().await;
    registers(&app, "ana", PASSWORD).await;
    let token = token_of(basic(&app, "ana", PASSWORD)).await;
    assert_eq!(
        app.count("users WHERE password LIKE '$2b$04$%' AND password NOT LIKE '%horse%'"),
        1
    );
    assert_eq!(app.count(&format!("api_tokens WHERE key = '{token}'")), 0);
    assert_eq!(app.count("api_tokens WHERE kind = 'access'"), 1);
    let listed = json!(app.count("users WHERE is_listed AND NOT is_admin"));
    assert_eq!(listed, 1);
}
