//! The pages around the talk, without script: signing in, settings, and addresses where nothing is.

use crate::support::html::{hidden, notices};
use crate::support::{Caller, Person, TestApp};

#[tokio::test]
async fn somebody_new_signs_in_page_by_page() {
    let app = TestApp::new().await;
    let kevin = Person::new(&app);
    let start = kevin.opens("/").await;
    assert!(start.status == 200 && start.body.contains(r#"href="/login/phone""#));
    let number = app.fresh_number();

    let asked = kevin.asks_for_code(&number).await;
    assert_eq!((asked.status, asked.location()), (303, "/verify"));
    let verify = kevin.follows(&asked).await;
    assert!(verify.status == 200 && verify.body.contains(r#"action="/verify""#));
    let proved = kevin.gives_code(&app.code_for(&number)).await;
    assert_eq!((proved.status, proved.location()), (303, "/welcome"));
    let welcome = kevin.follows(&proved).await;
    assert!(welcome.status == 200 && welcome.body.contains(r#"action="/welcome""#));
    let named = kevin
        .submits("/welcome", &[("name", "Kevin"), ("username", "@Kev")])
        .await;
    assert_eq!((named.status, named.location()), (303, "/chats"));
    let home = kevin.follows(&named).await;

    assert_eq!(home.status, 200);
    let settings = kevin.opens("/settings").await.body;
    assert!(settings.contains(r#"value="Kevin""#) && settings.contains(r#"value="Kev""#));
    // Who is signed in has no use for the pages before.
    for path in ["/", "/login/phone", "/verify"] {
        let answer = kevin.opens(path).await;
        assert_eq!(
            (answer.status, answer.location()),
            (303, "/chats"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_signed_out_visit_comes_back_to_where_it_wanted_to_go() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    Person::signed_up_with(&app, "Kevin", &number).await;
    let visitor = Person::new(&app);

    let sent = visitor.opens("/contacts?from=mail").await;
    assert_eq!(sent.status, 303);
    let query = "next=%2Fcontacts%3Ffrom%3Dmail";
    assert_eq!(sent.location(), format!("/login/phone?{query}"));
    let page = visitor.follows(&sent).await.body;
    let next = hidden(&page, "next").expect("it is remembered");
    let request = hidden(&page, "request").expect("a name of the request");
    let fields = [
        ("country", "US"),
        ("phone", &number),
        ("request", &request),
        ("next", &next),
    ];
    visitor.submits("/login/phone", &fields).await;
    let entered = visitor.gives_code(&app.code_for(&number)).await;

    assert_eq!(entered.location(), "/contacts?from=mail");
    assert_eq!(visitor.follows(&entered).await.status, 200);
}

#[tokio::test]
async fn signing_in_leads_to_no_other_site() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    Person::signed_up_with(&app, "Kevin", &number).await;
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let visitor = Person::new(&app);
        let fields = [
            ("country", "US"),
            ("phone", number.as_str()),
            ("next", next),
        ];
        let asked = visitor.submits("/login/phone", &fields).await;
        assert_eq!(asked.status, 303, "{next}");
        let entered = visitor.gives_code(&app.code_for(&number)).await;
        assert_eq!(entered.location(), "/chats", "{next}");
    }
}

#[tokio::test]
async fn every_page_for_members_sends_others_to_the_sign_in() {
    let app = TestApp::new().await;
    let visitor = Caller::new(&app);
    for path in ["/chats", "/chats/1", "/contacts", "/settings"] {
        let answer = visitor.get(path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(
            answer.location().starts_with("/login/phone?next="),
            "{path}"
        );
    }
    for path in [
        "/chats/1/messages",
        "/chats/1/read",
        "/contacts",
        "/contacts/1/rename",
        "/contacts/1/delete",
        "/contacts/1/open",
        "/people/1/block",
        "/people/1/unblock",
        "/settings/profile",
        "/settings/appearance",
        "/settings/sessions/1/end",
        "/settings/tokens",
        "/settings/tokens/1/revoke",
    ] {
        let answer = Person::new(&app).submits(path, &[]).await;
        let seen = (answer.status, answer.location());
        assert_eq!(seen, (303, "/login/phone"), "{path}");
    }
}

#[tokio::test]
async fn name_username_and_colours_are_changed_in_settings() {
    let app = TestApp::new().await;
    let (kevin, _) = (
        Person::signed_up(&app, "Kevin").await,
        app.signs_up("jz").await,
    );
    let first = kevin.opens("/settings").await.body;
    assert!(first.contains(r#"<html lang="en" data-theme="system">"#));

    let fields = [("name", "Kev"), ("username", "Kev.T")];
    let saved = kevin.submits("/settings/profile", &fields).await;
    assert_eq!((saved.status, saved.location()), (303, "/settings#profile"));
    let page = kevin.follows(&saved).await.body;
    assert!(page.contains(r#"value="Kev""#) && page.contains(r#"value="Kev.T""#));

    let taken = [("name", "Kev"), ("username", "JZ")];
    let refused = kevin.submits("/settings/profile", &taken).await;
    assert_eq!(refused.status, 422);
    assert!(notices(&refused.body).contains("busy"), "{}", refused.body);
    assert!(
        refused
            .body
            .contains(r#"value="JZ" aria-invalid="true" aria-describedby="username-error""#)
    );
    assert_eq!(app.count("users WHERE username = 'Kev.T'"), 1);

    for theme in ["dark", "light", "system"] {
        kevin
            .submits("/settings/appearance", &[("theme", theme)])
            .await;
        for path in ["/settings", "/chats", "/contacts", "/nowhere"] {
            let page = kevin.opens(path).await.body;
            let begin = format!("<!doctype html>\n<html lang=\"en\" data-theme=\"{theme}\">");
            assert!(page.starts_with(&begin), "{path}: in the first paint");
        }
    }
    let odd = kevin
        .submits("/settings/appearance", &[("theme", "pink")])
        .await;
    assert_eq!(odd.status, 422);
}

#[tokio::test]
async fn s4_18_an_address_where_nothing_is_says_so() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let mallory = Caller::new(&app);
    for path in ["/nowhere", "/chats/1/2/3", "/.env", "/chats%00"] {
        let page = mallory.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(
            page.body.contains(r#"href="/">To the start page"#),
            "{path}"
        );
        let page = kevin.opens(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("To your chats"), "{path}");
    }
    let missing = kevin.opens("/chats/9999").await;
    assert!(missing.status == 404 && missing.body.contains("To your chats"));
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_a_page_too() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    for path in [
        "/chats/-1",
        "/chats/x",
        "/chats/99999999999999999999",
        "/chats/9223372036854775807",
    ] {
        let page = kevin.opens(path).await;
        assert_eq!(page.status, 404, "{path}: {}", page.body);
        assert!(page.body.contains("To your chats"), "{path}: {}", page.body);
    }
    for path in [
        "/contacts/x/delete",
        "/settings/tokens/1e3/revoke",
        "/people/0x1/block",
    ] {
        let page = kevin.submits(path, &[("back", "/contacts")]).await;
        assert_eq!(page.status, 404, "{path}: {}", page.body);
        assert!(page.body.contains("To your chats"), "{path}: {}", page.body);
    }
}
