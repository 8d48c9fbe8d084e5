//! Pages of other sites, in the browser of somebody who is signed in here.

use crate::support::html::{hidden, ids_in};
use crate::support::{Caller, Person, TestApp};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn another_site_cannot_act_for_somebody_who_is_signed_in() {
    let app = TestApp::new().await;
    let jz = app.signs_up("jz").await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin", &number).await;
    Person::signed_in(&app, &number).await;
    kevin.adds_contact("jz", "JZ").await;
    let contact = ids_in(
        &kevin.opens("/contacts").await.body,
        "/contacts/",
        "/rename",
    )[0];
    let opened = kevin
        .submits(&format!("/contacts/{contact}/open"), &[])
        .await;
    let chat = opened.location().to_owned();
    let client_id = hidden(&kevin.opens(&chat).await.body, "client_id").expect("a form");
    let settings = kevin.opens("/settings").await.body;
    let session = ids_in(&settings, "/settings/sessions/", "/end")[0];
    let message = format!("body=evil&client_id={client_id}");
    // Even with what only our pages know.
    let token = kevin.form_token().await;
    let held = |body: &str| format!("{body}&form_token={token}");
    let forms = [
        (format!("{chat}/messages"), message.as_str()),
        ("/settings/profile".into(), "name=Evil&username=evil"),
        ("/settings/appearance".into(), "theme=dark"),
        ("/settings/tokens".into(), "label=evil"),
        (format!("/settings/sessions/{session}/end"), ""),
        ("/contacts".into(), "who=jz&name=Evil"),
        (format!("/contacts/{contact}/rename"), "name=Evil"),
        (format!("/contacts/{contact}/delete"), ""),
        (format!("/people/{}/block", jz.id), "back=/settings"),
        ("/logout".into(), ""),
        ("/login/phone".into(), "country=US&phone=2015550199"),
    ];
    let sms = app.sms_sent();
    let origin = app.origin();
    let tricks: [&[(&str, &str)]; 7] = [
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "same-origin"),
        ],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", &origin), ("sec-fetch-site", "cross-site")],
        &[],
    ];
    for trick in tricks {
        let caller = Caller::new(&app)
            .with("cookie", &kevin.cookie_header())
            .with("content-type", FORM);
        let caller = trick
            .iter()
            .fold(caller, |caller, (name, value)| caller.with(name, value));
        for (path, body) in &forms {
            let answer = caller.post(path, held(body)).await;
            assert_eq!(answer.status, 403, "{path} with {trick:?}");
        }
    }

    assert_eq!(app.count("messages"), 0);
    assert_eq!(app.count("blocks"), 0);
    assert_eq!(app.count("contacts WHERE label = 'JZ'"), 1);
    assert_eq!(app.count("contacts"), 1);
    assert_eq!(app.count("users WHERE name = 'Evil' OR theme = 'dark'"), 0);
    assert_eq!(app.count("api_tokens"), 1, "the one of jz");
    assert_eq!(app.count("sessions WHERE user_id IS NOT NULL"), 2);
    assert_eq!(app.sms_sent(), sms);
    // They are real forms: from a page of ours the first one is taken.
    let own = Caller::new(&app)
        .with("cookie", &kevin.cookie_header())
        .with("origin", &origin)
        .with("content-type", FORM);
    let answer = own.post(&forms[0].0, held(&message)).await;
    assert_eq!((answer.status, app.count("messages")), (303, 1));
}
