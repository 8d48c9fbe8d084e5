//! The time that a refused one is told to wait is the time until there is room again.

use crate::support::{Answer, Caller, Person, Setup, TestApp};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

#[tokio::test]
async fn a_number_with_too_many_codes_waits_for_the_oldest_to_be_an_hour_old() {
    let app = Setup::strict().start().await;
    let (api, number) = (Caller::new(&app), app.fresh_number());
    for _ in 0..5 {
        assert_eq!(api.asks_for_code(&number).await.status, 202);
        app.wait(10 * MINUTE);
    }

    let refused = api.asks_for_code(&number).await;

    assert_eq!(refused.told_to_wait(), 10 * MINUTE, "the first is 50 old");
    assert!(refused.field("message").contains("in 10 minutes"));
    app.wait(10 * MINUTE - 1);
    assert_eq!(api.asks_for_code(&number).await.told_to_wait(), 1);
    app.wait(1);
    assert_eq!(api.asks_for_code(&number).await.status, 202);
}

#[tokio::test]
async fn an_address_with_too_many_codes_waits_for_its_oldest() {
    let setup = Setup::strict().with("LIMIT_SMS_PER_ADDRESS_HOUR", 2);
    let app = setup.with("LIMIT_SMS_PER_ADDRESS_DAY", 3).start().await;
    let api = Caller::new(&app);
    for _ in 0..2 {
        assert_eq!(api.asks_for_code(&app.fresh_number()).await.status, 202);
        app.wait(20 * MINUTE);
    }

    let refused = api.asks_for_code(&app.fresh_number()).await;
    assert_eq!(refused.told_to_wait(), 20 * MINUTE);
    app.wait(20 * MINUTE);
    assert_eq!(api.asks_for_code(&app.fresh_number()).await.status, 202);
    app.wait(HOUR);
    let refused = api.asks_for_code(&app.fresh_number()).await;
    assert_eq!(refused.told_to_wait(), DAY - 2 * HOUR, "for the day");
}

#[tokio::test]
async fn a_browser_with_too_many_codes_waits_an_hour_from_its_last() {
    let app = Setup::strict().start().await;
    let kevin = Person::new(&app);
    for _ in 0..5 {
        kevin.asks_for_code(&app.fresh_number()).await;
    }
    app.wait(40 * MINUTE);

    let sixth = kevin.asks_for_code(&app.fresh_number()).await;

    assert_eq!(sixth.told_to_wait(), 20 * MINUTE);
    app.wait(20 * MINUTE);
    let later = kevin.asks_for_code(&app.fresh_number()).await;
    assert_eq!(later.location(), "/verify");
}

/// Asks for a code and gives another one back.
async fn guesses(app: &TestApp, api: &Caller, number: &str) -> Answer {
    let challenge = api.asks_for_code(number).await.field("challenge");
    let code = app.code_for(number);
    let wrong = if code == "000000" { "111111" } else { "000000" };
    api.gives_code(&challenge, wrong).await
}

#[tokio::test]
async fn after_too_many_wrong_codes_one_waits_for_the_oldest_to_be_forgotten() {
    let limits = [
        ("LIMIT_SIGNIN_FAILURES_PER_NUMBER_DAY", DAY),
        ("LIMIT_SIGNIN_FAILURES_PER_ADDRESS_HOUR", HOUR),
    ];
    for (name, span) in limits {
        let app = Setup::strict().with(name, 2).start().await;
        let (api, number) = (Caller::new(&app), app.fresh_number());
        for _ in 0..2 {
            assert_eq!(guesses(&app, &api, &number).await.status, 400, "{name}");
            app.wait(5 * MINUTE);
        }

        let refused = guesses(&app, &api, &number).await;

        assert_eq!(refused.told_to_wait(), span - 10 * MINUTE, "{name}");
    }
}

#[tokio::test]
async fn who_looked_for_too_many_people_waits_for_the_first_look_to_be_a_day_old() {
    let setup = Setup::strict().with("LIMIT_CONTACT_LOOKUPS_DAY", 2);
    let app = setup.start().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    for _ in 0..2 {
        assert_eq!(kevin.adds_contact("nobody", "Nobody").await.status, 422);
        app.wait(HOUR);
    }

    let refused = kevin.adds_contact("nobody", "Nobody").await;

    assert_eq!(refused.told_to_wait(), DAY - 2 * HOUR);
    app.wait(DAY - 2 * HOUR);
    assert_eq!(kevin.adds_contact("nobody", "Nobody").await.status, 422);
}
