//! The inbox of codes: a developer's convenience that must not exist for people.

use crate::support::{Caller, Person, Provider, Setup, TestApp};

#[tokio::test]
async fn the_inbox_of_codes_is_there_in_development_and_not_at_all_in_production() {
    let provider = Provider::start().await;
    let development = TestApp::new().await;
    let production = Setup::strict().in_production(&provider).start().await;
    let (kevin, number) = (Person::new(&production), production.fresh_number());
    kevin.asks_for_code(&number).await;
    let code = provider.code_for(&number);
    kevin.gives_code(&code).await;
    kevin.submits("/welcome", &[("name", "Kevin")]).await;
    assert!(kevin.is_signed_in().await);

    for path in ["/dev/inbox", "/dev/inbox.json"] {
        let shown = Caller::new(&development).get(path).await;
        assert_eq!(shown.status, 200, "{path}");
        for hidden in [
            kevin.opens(path).await,
            Caller::new(&production).get(path).await,
        ] {
            assert_eq!(hidden.status, 404, "{path}");
            assert!(!hidden.body.contains(&code), "{path}");
        }
    }
}

#[tokio::test]
async fn the_inbox_lists_every_sms_with_its_code_the_newest_first() {
    let app = TestApp::new().await;
    let (one, two) = (app.fresh_number(), app.fresh_number());
    for number in [&one, &two] {
        Caller::new(&app).asks_for_code(number).await;
    }

    let letters = Caller::new(&app).get("/dev/inbox.json").await.json();
    let shown = |n: usize, field: &str| letters[n][field].as_str().map(ToOwned::to_owned);
    assert_eq!(
        (shown(0, "to"), shown(1, "to")),
        (Some(two.clone()), Some(one.clone()))
    );
    assert_eq!(shown(0, "code"), Some(app.code_for(&two)));
    assert_eq!(shown(0, "body"), app.sms_to(&two).first().cloned());
    assert!(app.code_for(&two) != app.code_for(&one), "one in a million");
    let page = Caller::new(&app).get("/dev/inbox").await;
    assert!(page.body.contains(&app.code_for(&one)) && page.body.contains(&app.code_for(&two)));
}
