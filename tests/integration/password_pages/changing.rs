//! What the settings change for who knows the password.

use crate::support::html::{between, notices};
use crate::support::{Credential, PASSWORD, Person, Setup, TestApp};

#[tokio::test]
async fn settings_change_the_password_for_who_knows_the_old_one_and_end_everything_else() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let elsewhere = Person::new(&app);
    elsewhere.enters("alice", PASSWORD).await;
    let made = alice
        .submits("/settings/tokens", &[("label", "script")])
        .await;
    let token = between(&made.body, r#"<code id="secret">"#, "<").expect("a token");
    let mut socket = app
        .try_connect(Credential::Token(token))
        .await
        .expect("let in");
    let new = |current: &'static str| {
        [
            ("current", current),
            ("password", "another horse"),
            ("again", "another horse"),
        ]
    };
    let wrong = alice
        .fills_in("/settings", "/settings/password", &new("wrong horse"))
        .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("current-error") && elsewhere.is_signed_in().await);

    let right = alice
        .fills_in("/settings", "/settings/password", &new(PASSWORD))
        .await;
    assert_eq!((right.status, right.location()), (303, "/settings#access"));
    assert!(alice.is_signed_in().await);
    assert!(!elsewhere.is_signed_in().await);
    socket.hears("session:ended").await;
    assert!(app.try_connect(Credential::Token(token)).await.is_err());
    assert_eq!(elsewhere.enters("alice", "another horse").await.status, 303);
}

#[tokio::test]
async fn somebody_with_a_phone_adds_a_password_and_an_address_and_signs_in_by_them() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin", &number).await;
    let page = kevin.opens("/settings").await.body;
    assert!(
        !page.contains(r#"name="current""#),
        "there is no old password"
    );
    let email = [("email", "kevin@example.org")];
    assert_eq!(
        kevin
            .fills_in("/settings", "/settings/email", &email)
            .await
            .status,
        303
    );
    let password = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(
        kevin
            .fills_in("/settings", "/settings/password", &password)
            .await
            .status,
        303
    );
    let browser = Person::new(&app);
    assert_eq!(
        browser.enters("kevin@example.org", PASSWORD).await.status,
        303
    );
    assert!(Person::signed_in(&app, &number).await.is_signed_in().await);

    // From now on the address is changed with the password only.
    let email = [("email", "other@example.org"), ("current", "wrong horse")];
    let answer = kevin.fills_in("/settings", "/settings/email", &email).await;
    assert!(answer.status == 422 && answer.body.contains("email-current-error"));
    assert!(
        answer.body.contains("other@example.org"),
        "what was typed stays"
    );
    Person::registered(&app, "alice").await;
    let taken = [("email", "ALICE@example.org"), ("current", PASSWORD)];
    let answer = kevin.fills_in("/settings", "/settings/email", &taken).await;
    assert!(answer.status == 422 && notices(&answer.body).contains("has been registered"));
}

#[tokio::test]
async fn whoever_tries_addresses_in_the_settings_looks_for_people_and_has_so_many_a_day() {
    let app = Setup::strict()
        .with("LIMIT_CONTACT_LOOKUPS_DAY", 3)
        .start()
        .await;
    Person::registered(&app, "alice").await;
    let bob = Person::registered(&app, "bob").await;
    let tries = async |email: &str| {
        let fields = [("email", email), ("current", PASSWORD)];
        bob.fills_in("/settings", "/settings/email", &fields).await
    };
    for email in [
        "alice@example.org",
        "robert@example.org",
        "alice@example.org",
    ] {
        assert_ne!(tries(email).await.status, 429, "{email}");
    }
    for email in ["alice@example.org", "rob@example.org"] {
        let answer = tries(email).await;
        assert_eq!(answer.status, 429, "{email}");
        assert!(!answer.body.contains("has been registered"));
    }
    // Having none asks for nobody.
    assert_eq!(tries("").await.status, 303);
}

#[tokio::test]
async fn somebody_with_a_password_adds_a_number_by_its_code_and_nobody_elses() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let number = app.fresh_number();
    let asks = async |number: &str, current: &str| {
        let fields = [("phone", number), ("current", current)];
        alice
            .fills_in("/settings", "/settings/phone", &fields)
            .await
    };
    // An open browser is not enough.
    let refused = asks(&number, "wrong horse").await;
    assert!(refused.status == 422 && refused.body.contains("phone-current-error"));
    assert!(refused.body.contains(&number), "what was typed stays");
    assert_eq!(app.sms_sent(), 0);

    let asked = asks(&number, PASSWORD).await;
    assert_eq!((asked.status, asked.location()), (303, "/settings/phone"));
    let page = alice.follows(&asked).await.body;
    assert!(page.contains(r#"action="/settings/phone/code""#) && !page.contains(&number));
    let code = app.code_for(&number);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let refused = alice
        .fills_in(
            "/settings/phone",
            "/settings/phone/code",
            &[("code", wrong)],
        )
        .await;
    assert!(refused.status == 422 && notices(&refused.body).contains("not the code"));
    let right = alice
        .fills_in(
            "/settings/phone",
            "/settings/phone/code",
            &[("code", &code)],
        )
        .await;
    assert_eq!((right.status, right.location()), (303, "/settings#access"));
    assert!(Person::signed_in(&app, &number).await.is_signed_in().await);
    assert_eq!(app.count("users"), 1);

    let taken = app.fresh_number();
    Person::signed_up_with(&app, "Kevin", &taken).await;
    asks(&taken, PASSWORD).await;
    let code = app.code_for(&taken);
    let answer = alice
        .fills_in(
            "/settings/phone",
            "/settings/phone/code",
            &[("code", &code)],
        )
        .await;
    assert!(answer.status == 422 && notices(&answer.body).contains("Another account"));
    assert_eq!(app.count(&format!("users WHERE phone = '{number}'")), 1);
}
