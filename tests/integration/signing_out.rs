//! How a session ends: by its owner here or elsewhere, by time, and for good.

use crate::sessions::is_worthless;
use crate::support::html::ids_in;
use crate::support::{Credential, Person, Setup, TestApp};
use chinwag::accounts::SessionRecord;
use chinwag::model::Timestamp;

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

    assert_eq!(
        (answer.status, answer.location()),
        (303, "/?why=signed-out")
    );
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
    let mut socket = lost.connects(&app).await;
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
    let mut socket = kevin.connects(&app).await;
    assert!(kevin.is_signed_in().await);

    app.wait(400 * 86_400);
    app.accounts().sweep().await.expect("swept");

    assert_eq!(socket.hears("session:ended").await["reason"], "expired");
    socket.is_ended().await;
    is_worthless(&app, &kevin.cookie_header()).await;
}
