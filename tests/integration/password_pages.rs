//! The pages of an account with a password, without script: making it, signing in, a forgotten password,
//! and what the settings say about it.

use crate::support::html::{between, hidden, notices};
use crate::support::{Caller, Credential, PASSWORD, Person, Setup, TestApp, until};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// The link of the mail that came last.
async fn last_link(app: &TestApp) -> String {
    let letter = last_letter(app).await;
    letter["link"].as_str().expect("a link").to_owned()
}

/// The mail that came last, once one has come.
async fn last_letter(app: &TestApp) -> Value {
    let api = Caller::new(app);
    let letters = async || api.get("/dev/inbox.json").await.json();
    until("a mail", async || letters().await[0]["link"].is_string()).await;
    letters().await[0].take()
}

/// The same as a path of ours.
async fn last_link_path(app: &TestApp) -> String {
    let link = last_link(app).await;
    format!("/reset/{}", link.rsplit('/').next().expect("a token"))
}

#[tokio::test]
async fn s2_07_whoever_registers_is_signed_in_at_once_and_s4_05_signs_out_and_in_again() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    assert!(alice.is_signed_in().await);
    alice.submits("/logout", &[]).await;
    assert!(!alice.is_signed_in().await);
    for login in ["alice", "Alice@Example.org", " @ALICE "] {
        let browser = Person::new(&app);
        let answer = browser.enters(login, PASSWORD).await;
        assert_eq!(
            (answer.status, answer.location()),
            (303, "/chats"),
            "{login}"
        );
        assert!(browser.is_signed_in().await);
        // Who is signed in has no use for the pages before.
        for path in ["/login", "/register"] {
            assert_eq!(browser.opens(path).await.location(), "/chats");
        }
    }
}

#[tokio::test]
async fn s2_08_what_cannot_be_registered_comes_back_with_the_reason_beside_its_field() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    let good = [
        ("name", "Bob"),
        ("username", "bob"),
        ("email", ""),
        ("password", PASSWORD),
        ("again", PASSWORD),
    ];
    for (field, value, words) in [
        ("name", "", "Please fill this in."),
        ("username", "a b", "no spaces"),
        ("username", "ALICE", "is busy"),
        ("email", "nonsense", "does not look like"),
        ("email", "alice@example.org", "has been registered"),
        ("password", "1234567", "at least 8 characters"),
        ("again", "another horse", "not the same"),
    ] {
        let mut fields = good;
        for (name, old) in &mut fields {
            if *name == field {
                *old = value;
            }
        }
        let bob = Person::new(&app);
        let answer = bob.fills_in("/register", "/register", &fields).await;
        assert_eq!(answer.status, 422, "{field}");
        assert!(
            notices(&answer.body).contains(words),
            "{field}: {}",
            notices(&answer.body)
        );
        assert!(answer.body.contains(&format!("{field}-error")));
        assert!(
            !answer.body.contains(PASSWORD),
            "a password comes back never"
        );
        assert!(!bob.is_signed_in().await);
    }
    assert_eq!(app.count("users"), 1);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_answered_alike() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    let (one, two) = (Person::new(&app), Person::new(&app));
    let wrong = one.enters("alice", "wrong horse").await;
    let unknown = two.enters("nobody", "wrong horse").await;
    assert_eq!((wrong.status, unknown.status), (422, 422));
    assert_eq!(notices(&wrong.body), notices(&unknown.body));
    assert!(notices(&wrong.body).contains("do not belong together"));
}

#[tokio::test]
async fn s4_16_signing_in_leads_to_where_one_wanted_and_never_to_another_site() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    for (next, leads) in [
        ("/settings?a=b", "/settings?a=b"),
        ("//evil.example", "/chats"),
        ("https://evil.example", "/chats"),
        ("/\\evil.example", "/chats"),
    ] {
        let browser = Person::new(&app);
        let fields = [("login", "alice"), ("password", PASSWORD), ("next", next)];
        let answer = browser.fills_in("/login", "/login", &fields).await;
        assert_eq!(answer.location(), leads);
    }
    let page = Person::new(&app).opens("/login?next=/chats/7").await.body;
    let kept = page.matches(r#"name="next" value="/chats/7""#).count();
    assert_eq!(kept, 2, "in both forms");
    assert!(page.contains("/login/phone?next="));
    let page = Person::new(&app)
        .opens("/login?next=//evil.example")
        .await
        .body;
    assert!(!page.contains("evil.example"));
}

/// The address of every form that posts, in any template, with 1 for whatever stands in it.
fn actions_of_all_forms() -> BTreeSet<String> {
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    let mut folders = vec![PathBuf::from(templates)];
    let mut actions = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("a template");
            for form in text.split("<form").skip(1) {
                let (form, _) = form.split_once("</form>").expect("its end");
                if form.contains(r#"method="post""#) {
                    let held = form.contains("partials/form_token.html");
                    assert!(held, "{}: {form}", path.display());
                    let action = between(form, "action=\"", "\"").expect("an address");
                    actions.insert(filled(action));
                }
            }
        }
    }
    actions
}

/// An address in a template, with one of two words where it decides.
fn filled(action: &str) -> String {
    let (mut path, mut rest) = (String::new(), action);
    while let Some((before, after)) = rest.split_once('{') {
        path.push_str(before);
        if let Some(value) = after.strip_prefix('{') {
            path.push('1');
            rest = value.split_once("}}").expect("its end").1;
        } else {
            let (word, end) = between(after, "%}", "{%")
                .zip(after.split_once("endif %}"))
                .expect("a choice");
            path.push_str(word);
            rest = end.1;
        }
    }
    let path = path + rest;
    path.split('#').next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn s4_15_a_form_without_its_token_or_with_that_of_another_browser_is_refused() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let foreign = Person::new(&app).form_token().await;
    let actions = actions_of_all_forms();
    assert!(
        actions.len() > 25 && actions.contains("/rooms/1/leave"),
        "{actions:?}"
    );
    // For who is no administrator there is nothing there at all; an address that is not written out is of there, too.
    let root = Person::administrator(&app, "root").await;
    let is_elsewhere = |path: &&String| path.starts_with('/') && !path.starts_with("/admin");
    let inside = actions.iter().filter(|path| path.starts_with("/admin"));
    let inside: Vec<_> = inside
        .map(String::as_str)
        .chain(["/admin/sms/pause"])
        .collect();
    assert!(inside.len() > 3, "{inside:?}");
    for token in ["", "nonsense", &foreign] {
        for path in &inside {
            let answer = root
                .submits(path, &[("form_token", token), ("name", "x")])
                .await;
            assert_eq!(answer.status, 403, "{path} {token:?}");
        }
        for path in actions.iter().filter(is_elsewhere) {
            let answer = alice.submits(path, &[("form_token", token)]).await;
            assert_eq!(answer.status, 403, "{path} {token:?}");
            assert!(
                answer.body.contains("not sent from a page of ours"),
                "{path}"
            );
        }
        // The scripts of a page send forms too.
        let enters = [("accept", "on"), ("form_token", token)];
        assert_eq!(alice.submits("/match/enter", &enters).await.status, 403);
        let visitor = Person::new(&app);
        let fields = [
            ("login", "alice"),
            ("password", PASSWORD),
            ("form_token", token),
        ];
        assert_eq!(visitor.submits("/login", &fields).await.status, 403);
    }
    assert!(alice.is_signed_in().await);
    assert_eq!(app.count("api_tokens"), 0);
    assert_eq!(
        Person::new(&app).enters("alice", PASSWORD).await.status,
        303
    );
}

#[tokio::test]
async fn s4_14_a_forgotten_password_is_reset_by_the_link_of_a_mail() {
    let app = TestApp::new().await;
    let signed_in = Person::registered(&app, "alice").await;
    let visitor = Person::new(&app);
    let sent = visitor
        .fills_in("/forgot", "/forgot", &[("email", "ALICE@example.org")])
        .await;
    assert_eq!((sent.status, sent.location()), (303, "/forgot?sent=yes"));
    let said = notices(&visitor.follows(&sent).await.body);
    let path = last_link_path(&app).await;
    assert!(!visitor.has_seen().contains(&path), "only the mail has it");

    // The same is said where nobody has that address.
    let unknown = visitor
        .fills_in("/forgot", "/forgot", &[("email", "x@example.org")])
        .await;
    assert_eq!(notices(&visitor.follows(&unknown).await.body), said);
    assert_eq!(last_link_path(&app).await, path);

    let page = visitor.opens(&path).await;
    assert!(page.status == 200 && page.body.contains("<bdi>alice</bdi>"));
    assert_eq!(page.header("referrer-policy"), "strict-origin");
    let short = [("password", "1234567"), ("again", "1234567")];
    assert_eq!(visitor.fills_in(&path, &path, &short).await.status, 422);
    let new = [("password", "another horse"), ("again", "another horse")];
    let done = visitor.fills_in(&path, &path, &new).await;
    assert_eq!((done.status, done.location()), (303, "/login?why=reset"));
    assert!(notices(&visitor.follows(&done).await.body).contains("was changed"));
    assert!(!signed_in.is_signed_in().await, "all sessions end");
    assert_eq!(visitor.opens(&path).await.status, 404, "once");
    assert_eq!(visitor.enters("alice", PASSWORD).await.status, 422);
    assert_eq!(visitor.enters("alice", "another horse").await.status, 303);
}

#[tokio::test]
async fn s4_14_whoever_resets_a_password_learns_that_a_number_signs_in_too() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    app.runs("UPDATE users SET phone = '+12015550123' WHERE username = 'alice'");
    let visitor = Person::new(&app);
    visitor
        .submits("/forgot", &[("email", "alice@example.org")])
        .await;
    let path = last_link_path(&app).await;
    let new = [("password", "another horse"), ("again", "another horse")];
    let done = visitor.submits(&path, &new).await;
    let said = notices(&visitor.follows(&done).await.body);
    assert!(
        said.contains("was changed") && said.contains("phone number"),
        "{said}"
    );
    assert!(!visitor.has_seen().contains("5550123"), "not which one");
}

#[tokio::test]
async fn s4_14_the_answer_waits_for_nothing_that_is_done_for_members_only() {
    let app = TestApp::new().await;
    Person::registered(&app, "alice").await;
    let visitor = Person::new(&app);
    visitor.opens("/forgot").await;
    let database = app.occupies_the_database();
    let fields = [("email", "alice@example.org")];
    let answer = visitor.submits("/forgot", &fields).await;
    assert_eq!(answer.location(), "/forgot?sent=yes");
    assert_eq!(app.count("password_resets"), 0, "nothing was written yet");
    drop(database);
    let path = last_link_path(&app).await;
    assert_eq!(visitor.opens(&path).await.status, 200);
}

#[tokio::test]
async fn s4_14_an_old_link_has_a_page_of_its_own_and_an_unknown_one_is_not_there() {
    let app = Setup::strict().start().await;
    Person::registered(&app, "alice").await;
    let visitor = Person::new(&app);
    visitor
        .fills_in("/forgot", "/forgot", &[("email", "alice@example.org")])
        .await;
    let path = last_link_path(&app).await;
    let page = visitor.opens(&path).await.body;
    let token = hidden(&page, "form_token").expect("a form");
    app.wait(1_800);
    let expired = visitor.opens(&path).await;
    assert_eq!(expired.status, 422);
    assert!(
        expired.body.contains("has had its time") && expired.body.contains(r#"href="/forgot""#)
    );
    let late = [
        ("form_token", token.as_str()),
        ("password", "another horse"),
        ("again", "another horse"),
    ];
    let late = visitor.submits(&path, &late).await;
    assert!(late.body.contains("has had its time"));
    for unknown in [
        "/reset/x",
        &format!("/reset/{}", "x".repeat(43)),
        "/reset/%00",
    ] {
        assert_eq!(visitor.opens(unknown).await.status, 404, "{unknown}");
    }
    assert_eq!(visitor.enters("alice", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn the_link_of_a_mail_leads_to_our_address_whatever_host_the_request_names() {
    let app = Setup::relaxed()
        .with("PUBLIC_URL", "http://localhost:4321")
        .start()
        .await;
    Person::registered(&app, "alice").await;
    let evil = Caller::new(&app)
        .with("host", "evil.example")
        .with("x-forwarded-host", "evil.example");
    let page = evil.get("/forgot").await;
    let cookie = page
        .header("set-cookie")
        .split(';')
        .next()
        .unwrap_or_default();
    let token = hidden(&page.body, "form_token").expect("a form");
    let form = evil
        .with("cookie", cookie)
        .with("origin", &app.origin())
        .with("content-type", "application/x-www-form-urlencoded");
    let body = format!("email=alice@example.org&form_token={token}");
    assert_eq!(form.post("/forgot", body).await.status, 303);
    let letter = last_letter(&app).await;
    let body = letter["body"].as_str().expect("a text");
    let links: Vec<_> = body.lines().filter(|line| line.contains("://")).collect();
    let [link] = links[..] else {
        panic!("one link: {body}");
    };
    assert!(link.starts_with("http://localhost:4321/reset/"), "{link}");
    assert!(!body.contains("evil") && !body.contains("alice"));
}

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
async fn a_changed_address_makes_links_to_the_one_before_worthless() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    let email = chinwag::model::Email::parse("alice@example.org").expect("an address");
    let from = chinwag::accounts::Requester {
        address: [192, 0, 2, 1].into(),
    };
    let sent = app.accounts().send_reset_link(&email, from);
    assert!(sent.is_ok(), "{sent:?}");
    let path = last_link_path(&app).await;
    assert_eq!(alice.opens(&path).await.status, 200);
    let new = [("email", "new@example.org"), ("current", PASSWORD)];
    assert_eq!(
        alice
            .fills_in("/settings", "/settings/email", &new)
            .await
            .status,
        303
    );
    assert_eq!(alice.opens(&path).await.status, 404);
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

#[tokio::test]
async fn programs_and_browsers_are_told_apart_at_the_same_addresses() {
    let app = TestApp::new().await;
    for path in ["/login", "/register"] {
        let page = Caller::new(&app).get(path).await;
        assert_eq!(page.status, 200);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        let form = Caller::new(&app)
            .with("origin", &app.origin())
            .with("content-type", "application/x-www-form-urlencoded")
            .post(path, "username=alice&password=x")
            .await;
        assert!(
            form.header("content-type").starts_with("text/html"),
            "{path}"
        );
        let program = Caller::new(&app).post_json(path, &json!({})).await;
        assert_eq!(program.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn nobody_becomes_an_administrator_by_a_form() {
    let app = TestApp::new().await;
    let eve = Person::new(&app);
    let fields = [
        ("name", "Eve"),
        ("username", "eve"),
        ("password", PASSWORD),
        ("again", PASSWORD),
        ("is_admin", "true"),
        ("id", "4000"),
        ("kind", "bot"),
    ];
    assert_eq!(
        eve.fills_in("/register", "/register", &fields).await.status,
        303
    );
    let fields = [("name", "Eve"), ("username", "eve"), ("is_admin", "1")];
    eve.submits("/settings/profile", &fields).await;
    assert_eq!(
        app.count("users WHERE NOT is_admin AND id < 4000 AND kind = 'person'"),
        1
    );
}

#[tokio::test]
async fn no_password_token_or_link_reaches_the_database_as_it_is() {
    let app = TestApp::new().await;
    let alice = Person::registered(&app, "alice").await;
    alice
        .fills_in("/forgot", "/forgot", &[("email", "alice@example.org")])
        .await;
    let link = last_link(&app).await;
    let token = link.rsplit('/').next().expect("a token").to_owned();
    let stored: Vec<u8> = std::fs::read_dir(app.folder())
        .expect("the folder")
        .flat_map(|file| std::fs::read(file.expect("a file").path()).unwrap_or_default())
        .collect();
    let holds = |text: &str| {
        stored
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(holds("alice@example.org"), "the premise");
    assert!(!holds(PASSWORD) && !holds(&token));
}
