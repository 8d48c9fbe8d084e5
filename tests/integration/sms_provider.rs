//! What is asked of the SMS company, and what happens when it refuses, fails or keeps silent: one SMS
//! per request at most, the person is told, and those who talk notice nothing.

use crate::support::html::{hidden, notices};
use crate::support::{Account, Caller, Person, Provider, Reply, Setup, TestApp, until};
use data_encoding::BASE64;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

async fn production(provider: &Provider) -> TestApp {
    Setup::strict().in_production(provider).start().await
}

/// Somebody new, by codes that went through the provider.
async fn signs_up(app: &TestApp, provider: &Provider, username: &str) -> Account {
    let (api, number) = (Caller::new(app), app.fresh_number());
    let challenge = api.asks_for_code(&number).await.field("challenge");
    let proof = api
        .gives_code(&challenge, &provider.code_for(&number))
        .await;
    let finished = json!({ "signup": proof.field("signup"), "username": username });
    let made = api.post_json("/api/phone/finish", &finished).await;
    Account {
        id: made.json()["user_id"].as_i64().expect("an id"),
        username: username.into(),
        number,
        token: made.field("token"),
    }
}

/// A provider that reads a request and hangs up, and how often it was called.
async fn hangs_up() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4_096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            counter.fetch_add(usize::from(read > 0), Ordering::SeqCst);
        }
    });
    (url, calls)
}

#[tokio::test]
async fn the_provider_is_asked_with_the_operators_account_and_one_fixed_text() {
    let provider = Provider::start().await;
    let setup = Setup::strict().in_production(&provider);
    let app = setup
        .with("PUBLIC_URL", "https://chat.example")
        .start()
        .await;
    let started = Caller::new(&app).asks_for_code("(201) 555-0123").await;
    assert_eq!(started.status, 202, "{started:?}");

    let asked = provider.asked();
    assert_eq!(asked.len(), 1);
    let fields = &asked[0].fields;
    let mut names: Vec<_> = fields.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["Body", "From", "To"]);
    assert_eq!(
        (&*fields["To"], &*fields["From"]),
        ("+12015550123", "+15005550006")
    );
    assert_eq!(asked[0].account, "AC0123");
    let login = BASE64.encode(b"AC0123:a-secret-of-the-operator");
    assert_eq!(asked[0].authorization, format!("Basic {login}"));
    let code = provider.code_for("+12015550123");
    let text = format!(
        "Your Chinwag verification code is {code}. Do not share it with anyone.\n\n@chat.example #{code}"
    );
    assert_eq!(fields["Body"], text);
}

#[tokio::test]
async fn the_code_that_the_provider_carried_signs_kevin_in_and_each_request_was_one_sms() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    let (kevin, number) = (Person::new(&app), app.fresh_number());

    let page = kevin.opens("/login/phone").await;
    let request = hidden(&page.body, "request").expect("the form names its request");
    for _ in 0..2 {
        let clicked = kevin.sends_number(&number, &request).await;
        assert_eq!(clicked.location(), "/verify");
    }
    assert_eq!(provider.accepted(), 1);
    app.wait(30);
    assert_eq!(kevin.asks_again().await.location(), "/verify");
    assert_eq!((provider.accepted(), provider.asked().len()), (2, 2));
    kevin.gives_code(&provider.code_for(&number)).await;
    kevin.submits("/welcome", &[("name", "Kevin")]).await;

    assert!(kevin.is_signed_in().await);
}

#[tokio::test]
async fn a_busy_provider_is_asked_again_until_it_takes_the_sms_once() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    provider.replies(&[Reply::Status(429), Reply::Status(429), Reply::Accept]);
    let number = app.fresh_number();

    let started = Caller::new(&app).asks_for_code(&number).await;

    assert_eq!(started.status, 202);
    assert_eq!((provider.asked().len(), provider.accepted()), (3, 1));
    let bodies: Vec<_> = provider
        .asked()
        .iter()
        .map(|asked| asked.fields["Body"].clone())
        .collect();
    assert!(
        bodies.iter().all(|body| *body == bodies[0]),
        "the same code each time"
    );
    let challenge = started.field("challenge");
    let proved = Caller::new(&app)
        .gives_code(&challenge, &provider.code_for(&number))
        .await;
    assert_eq!(proved.status, 200);
}

#[tokio::test]
async fn a_provider_that_stays_busy_is_given_up_and_the_program_told() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    provider.always_replies(Reply::Status(429));

    let failed = Caller::new(&app).asks_for_code(&app.fresh_number()).await;

    assert_eq!(
        (failed.status, failed.field("message")),
        (502, "The code could not be sent".into())
    );
    assert_eq!((provider.asked().len(), provider.accepted()), (3, 0));
}

#[tokio::test]
async fn what_the_provider_perhaps_did_is_not_asked_for_twice() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    for (n, status) in [500, 503, 401, 302].into_iter().enumerate() {
        provider.replies(&[Reply::Status(status)]);
        let failed = Caller::new(&app).asks_for_code(&app.fresh_number()).await;
        assert_eq!(failed.status, 502, "{status}");
        assert_eq!(provider.asked().len(), n + 1, "{status}");
    }

    let (url, calls) = hangs_up().await;
    let setup = Setup::strict().in_production(&provider);
    let app = setup.with("TWILIO_API_BASE", url).start().await;
    let failed = Caller::new(&app).asks_for_code(&app.fresh_number()).await;
    assert_eq!(failed.status, 502);
    assert_eq!(
        calls.load(Ordering::SeqCst),
        1,
        "a hang-up may come after the SMS"
    );
}

#[tokio::test]
async fn the_provider_does_not_choose_who_gets_the_number_the_code_and_the_secret() {
    let (provider, another) = (Provider::start().await, Provider::start().await);
    provider.leads_to(&another);
    let app = production(&provider).await;
    for (n, status) in [301, 302, 303, 307, 308].into_iter().enumerate() {
        provider.replies(&[Reply::Redirect(status)]);
        let failed = Caller::new(&app).asks_for_code(&app.fresh_number()).await;
        assert_eq!(failed.status, 502, "{status}");
        assert_eq!(provider.asked().len(), n + 1, "{status}");
    }
    assert!(another.asked().is_empty());
}

#[tokio::test]
async fn kevin_is_told_that_the_provider_failed_and_gets_his_code_when_it_is_back() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    provider.replies(&[Reply::Status(500)]);
    let (kevin, number) = (Person::new(&app), app.fresh_number());

    let failed = kevin.asks_for_code(&number).await;
    assert!([502, 503].contains(&failed.status), "{}", failed.status);
    assert!(
        notices(&failed.body).contains("could not be sent"),
        "{}",
        notices(&failed.body)
    );
    assert!(
        failed.body.contains(&format!(r#"value="{number}""#)),
        "what was typed is kept"
    );
    let request = hidden(&failed.body, "request").expect("the form names its request");
    let again = kevin.sends_number(&number, &request).await;
    let sent = provider.accepted();
    assert_eq!(
        again.location() == "/verify",
        sent == 1,
        "sent there for no SMS: {sent}"
    );
    app.wait(30);
    let later = kevin.asks_for_code(&number).await;
    assert_eq!(later.location(), "/verify");
    assert_eq!(
        kevin
            .gives_code(&provider.code_for(&number))
            .await
            .location(),
        "/welcome"
    );
}

#[tokio::test]
async fn a_number_that_the_provider_refuses_is_told_however_often_it_is_sent() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    provider.always_replies(Reply::Status(400));
    let (kevin, number) = (Person::new(&app), app.fresh_number());

    let refused = kevin.asks_for_code(&number).await;
    assert_eq!((refused.status, provider.asked().len()), (422, 1));
    assert!(
        notices(&refused.body).contains("refused this number"),
        "{}",
        notices(&refused.body)
    );
    assert!(
        refused.body.contains(&format!(r#"value="{number}""#)),
        "what was typed is kept"
    );
    assert_eq!(
        kevin.opens("/verify").await.leads_to(),
        "/login/phone",
        "there is no code"
    );
    let request = hidden(&refused.body, "request").expect("the form names its request");
    let again = kevin.sends_number(&number, &request).await;
    assert_ne!(
        again.location(),
        "/verify",
        "a code that never comes is not waited for"
    );
    let refused = Caller::new(&app).asks_for_code(&app.fresh_number()).await;
    assert_eq!(refused.status, 400);
    let sentence = refused.json()["message"]["phone"]
        .as_str()
        .map(ToOwned::to_owned);
    assert!(
        sentence.is_some_and(|text| text.contains("refused this number")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn two_people_talk_on_while_the_provider_keeps_silent() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    let (kevin, jz) = (
        signs_up(&app, &provider, "kevin").await,
        signs_up(&app, &provider, "jz").await,
    );
    let (mut kevin, mut jz) = (app.connects(&kevin).await, app.connects(&jz).await);
    let conversation = kevin.opens("jz").await;
    provider.always_replies(Reply::Hang);
    let (stranger, number) = (Caller::new(&app), app.fresh_number());
    let waiting = tokio::spawn(async move { stranger.asks_for_code(&number).await });
    until("the provider to be asked", || async {
        provider.asked().len() == 3
    })
    .await;

    for n in 0..20 {
        kevin.tells(conversation, &format!("line {n}")).await;
        jz.hears_message(&format!("line {n}")).await;
    }
    assert!(
        !waiting.is_finished(),
        "all that while nothing came from the provider"
    );
    let answer = waiting.await.expect("an answer");
    assert_eq!(
        (answer.status, answer.field("message")),
        (502, "The code could not be sent".into())
    );
    assert_eq!(provider.asked().len(), 3, "silence is not asked again");
}

#[tokio::test]
async fn who_asks_again_sees_that_the_provider_refused_or_failed() {
    let provider = Provider::start().await;
    let app = production(&provider).await;
    for (status, told) in [(400, "refused this number"), (500, "could not be sent")] {
        let kevin = Person::new(&app);
        assert_eq!(
            kevin.asks_for_code(&app.fresh_number()).await.location(),
            "/verify"
        );
        app.wait(30);
        provider.replies(&[Reply::Status(status)]);

        let failed = kevin.asks_again().await;

        assert!(failed.status >= 400, "{status}: {}", failed.status);
        let notice = notices(&failed.body);
        assert!(notice.contains(told), "{status}: {notice}");
    }
}
