//! The clock between two SMS to one number: the server's, whoever asks, and one SMS however often the
//! button is pressed.

use crate::support::html::{between, notices};
use crate::support::{Caller, Person, Setup};
use futures_util::future::join_all;

/// The clock on the code page, in seconds.
async fn resend_clock(person: &Person) -> u64 {
    let page = person.opens("/verify").await;
    between(&page.body, "data-resend-in=\"", "\"")
        .expect("a clock")
        .parse()
        .expect("seconds")
}

#[tokio::test]
async fn the_resend_clock_is_the_servers_and_goes_on_over_a_restart() {
    let setup = Setup::strict().with("LIMIT_SMS_PER_NUMBER_HOUR", 10);
    let mut app = setup.with("LIMIT_SMS_PER_SESSION", 10).start().await;
    let number = app.fresh_number();
    let kevin = Person::new(&app);
    kevin.asks_for_code(&number).await;

    for (sent, wait) in (1..).zip([30, 60, 120, 300, 300]) {
        assert_eq!(resend_clock(&kevin).await, wait);
        app.wait(wait - 1);
        assert_eq!(kevin.asks_again().await.status, 429);
        assert_eq!(app.sms_sent(), sent);
        app.wait(1);
        assert_eq!(kevin.asks_again().await.location(), "/verify");
        assert_eq!(app.sms_sent(), sent + 1);
    }
    app.wait(100);
    app.restart().await;
    assert_eq!(resend_clock(&kevin).await, 200);
    assert_eq!(kevin.asks_again().await.status, 429);
    let api = Caller::new(&app);
    assert_eq!(
        api.asks_for_code(&number).await.told_to_wait(),
        200,
        "whoever asks"
    );
    app.wait(200);
    assert_eq!(kevin.asks_again().await.location(), "/verify");
}

#[tokio::test]
async fn a_form_that_is_refused_for_now_says_once_when_to_come_back() {
    let app = Setup::strict().start().await;
    let (kevin, jz, number) = (Person::new(&app), Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;

    for refused in [kevin.asks_again().await, jz.asks_for_code(&number).await] {
        assert_eq!(refused.status, 429);
        let notice = notices(&refused.body);
        let said = notice.matches("Try again in 30 seconds").count();
        assert_eq!(said, 1, "{notice}");
        assert_eq!(refused.header("retry-after"), "30");
    }
}

#[tokio::test]
async fn fifty_resends_at_once_send_one_sms() {
    let app = Setup::strict().start().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;
    app.wait(30);

    let answers = join_all((0..50).map(|_| kevin.asks_again())).await;

    assert_eq!(app.sms_sent(), 2);
    let sent = answers
        .iter()
        .filter(|answer| answer.location() == "/verify")
        .count();
    let told = answers.iter().filter(|answer| answer.status == 429).count();
    assert_eq!((sent, told), (1, 49));
    assert_eq!(
        kevin.gives_code(&app.code_for(&number)).await.location(),
        "/welcome"
    );
}

#[tokio::test]
async fn fifty_programs_at_once_get_one_sms_for_one_number() {
    let app = Setup::strict().start().await;
    let (api, number) = (Caller::new(&app), app.fresh_number());

    let answers = join_all((0..50).map(|_| api.asks_for_code(&number))).await;

    assert_eq!(app.sms_sent(), 1);
    assert_eq!(
        answers.iter().filter(|answer| answer.status == 202).count(),
        1
    );
    assert!(
        answers
            .iter()
            .filter(|answer| answer.status != 202)
            .all(|a| a.told_to_wait() == 30)
    );
}
