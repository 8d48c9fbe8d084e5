//! Codes that do not get through, or not in time: nobody waits for an SMS that never left, and one that
//! did leave is taken.

use crate::support::html::{hidden, notices};
use crate::support::{Caller, Person, Provider, Reply, Setup, TestApp, until};
use std::sync::Arc;

async fn production() -> (Provider, TestApp) {
    let provider = Provider::start().await;
    let app = Setup::strict().in_production(&provider).start().await;
    (provider, app)
}

#[tokio::test]
async fn a_click_that_the_browser_gave_up_still_sends_its_code_and_the_second_click_waits_for_it() {
    let (provider, app) = production().await;
    provider.replies(&[Reply::Status(429)]);
    let (kevin, number) = (Arc::new(Person::new(&app)), app.fresh_number());
    let page = kevin.opens("/login/phone").await;
    let request = hidden(&page.body, "request").expect("the form names its request");

    let first = tokio::spawn({
        let (kevin, number, request) = (kevin.clone(), number.clone(), request.clone());
        async move { kevin.sends_number(&number, &request).await }
    });
    until("the provider to be busy", || async {
        provider.asked().len() == 1
    })
    .await;
    first.abort();
    assert!(first.await.is_err_and(|ended| ended.is_cancelled()));
    let second = kevin.sends_number(&number, &request).await;

    assert_eq!((second.status, second.location()), (303, "/verify"));
    until("the SMS to leave", || async { provider.accepted() == 1 }).await;
    assert_eq!(provider.asked().len(), 2, "one SMS for both clicks");
    let proved = kevin.gives_code(&provider.code_for(&number)).await;
    assert_eq!(proved.location(), "/welcome");
}

#[tokio::test]
async fn a_code_that_arrives_after_the_provider_failed_is_taken_where_it_was_asked_for() {
    let (provider, app) = production().await;
    provider.replies(&[Reply::Status(500)]);
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    assert_eq!(kevin.session(), None, "a browser that was never here");

    let failed = kevin.asks_for_code(&number).await;

    assert_eq!(failed.status, 503);
    assert!(notices(&failed.body).contains("could not be sent"));
    assert!(failed.body.contains(r#"href="/verify""#), "{}", failed.body);
    assert_eq!(kevin.opens("/verify").await.status, 200);
    let code = provider.code_for(&number);
    let elsewhere = Person::new(&app).gives_code(&code).await;
    assert_eq!(elsewhere.leads_to(), "/login/phone");
    assert_eq!(kevin.gives_code(&code).await.location(), "/welcome");
}

#[tokio::test]
async fn what_the_provider_did_not_take_counts_neither_for_the_number_nor_for_the_budget() {
    for (reply, status) in [(400, 400), (429, 502)] {
        let (provider, app) = production().await;
        let (api, number) = (Caller::new(&app), app.fresh_number());
        let tries = if reply == 400 { 6 } else { 2 };

        provider.always_replies(Reply::Status(reply));
        for n in 0..tries {
            let failed = api.asks_for_code(&number).await;
            assert_eq!(failed.status, status, "{reply}, {n}: {failed:?}");
        }
        assert_eq!(app.count("phone_challenges"), 0, "{reply}");
        provider.always_replies(Reply::Accept);
        let served = api.asks_for_code(&number).await;

        assert_eq!(served.status, 202, "{reply}: no clock runs: {served:?}");
        let sent = app.count(&format!("sms_sends WHERE phone = '{number}'"));
        assert_eq!(sent, 1, "{reply}");
        let budget = app.count("sms_sends WHERE phone <> ''");
        assert_eq!(budget, 1, "{reply}");
    }
}

#[tokio::test]
async fn an_address_cannot_have_the_provider_asked_without_end() {
    let (provider, app) = production().await;
    provider.always_replies(Reply::Status(400));
    let (api, number) = (Caller::new(&app), app.fresh_number());
    for n in 0..10 {
        assert_eq!(api.asks_for_code(&number).await.status, 400, "{n}");
    }

    let eleventh = api.asks_for_code(&number).await;

    assert_eq!(eleventh.status, 429, "{eleventh:?}");
    assert_eq!(provider.asked().len(), 10);
}

#[tokio::test]
async fn what_the_provider_perhaps_sent_counts() {
    let (provider, app) = production().await;
    provider.replies(&[Reply::Status(500)]);
    let (api, number) = (Caller::new(&app), app.fresh_number());

    assert_eq!(api.asks_for_code(&number).await.status, 502);

    let soon = api.asks_for_code(&number).await;
    assert_eq!((soon.status, soon.header("retry-after")), (429, "30"));
}

#[tokio::test]
async fn the_code_before_stays_good_when_the_next_one_certainly_did_not_leave() {
    let (provider, app) = production().await;
    for (reply, stays) in [(400, true), (429, true), (500, false)] {
        let (kevin, number) = (Person::new(&app), app.fresh_number());
        kevin.asks_for_code(&number).await;
        let first = provider.code_for(&number);
        app.wait(30);
        provider.replies(&[Reply::Status(reply); 3][..if reply == 429 { 3 } else { 1 }]);

        let failed = kevin.asks_again().await;

        assert!(failed.status >= 400, "{reply}: {}", failed.status);
        let second = provider.code_for(&number);
        assert_ne!(first, second, "one in a million");
        let (good, dead) = if stays {
            (first, second)
        } else {
            (second, first)
        };
        assert_eq!(kevin.gives_code(&dead).await.status, 422, "{reply}");
        assert_eq!(kevin.gives_code(&good).await.location(), "/welcome");
    }
}

#[tokio::test]
async fn a_refused_number_leaves_the_code_for_another_one_good() {
    let (provider, app) = production().await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());
    kevin.asks_for_code(&number).await;
    provider.replies(&[Reply::Status(400)]);

    let refused = kevin.asks_for_code(&app.fresh_number()).await;

    assert_eq!(refused.status, 422, "{refused:?}");
    let proved = kevin.gives_code(&provider.code_for(&number)).await;
    assert_eq!(proved.location(), "/welcome");
}
