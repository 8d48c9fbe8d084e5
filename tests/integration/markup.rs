//! What people write is shown as text or refused, never obeyed.

use crate::policy::is_sound;
use crate::support::html::{escaped, hidden, ids_in, notices, tags};
use crate::support::{Answer, Person, Setup, TestApp};

/// All of them fit into a name of 50 characters.
pub(super) const TRICKS: [&str; 9] = [
    "<script>alert(1)</script>",
    r#""><img src=x onerror=alert(1)>"#,
    "' onmouseover='alert(1)",
    "</textarea><iframe src=javascript:alert(1)>",
    "</title><style>*{display:none}</style>",
    "{{ 7 * 7 }}{% include \"x\" %}${7*7}",
    "<!-- <b>bold</b> -->",
    "&lt;script&gt;&#60;b&#62;",
    "javascript:alert(1)//\\u003cb",
];

/// Characters that hide or reorder others, or break lines.
pub(super) const HIDDEN: [&str; 8] = [
    "evil\u{202E}gnp.exe",
    "\u{2066}evil",
    "ev\u{200B}il",
    "ev\u{2060}il",
    "\u{FEFF}evil",
    "evil\u{E0041}",
    "evil\nBcc: evil",
    "evil\u{7}",
];

/// Kevin and JZ, who know each other; the address of their chat.
pub(super) async fn two_who_talk(app: &TestApp) -> (Person, Person, String) {
    let kevin = Person::signed_up(app, "Kevin").await;
    let jz = Person::signed_up(app, "JZ").await;
    kevin.adds_contact("jz", "Jay").await;
    jz.adds_contact("kevin", "Kev").await;
    let contacts = kevin.opens("/contacts").await.body;
    let id = ids_in(&contacts, "/contacts/", "/open")[0];
    let opened = kevin.submits(&format!("/contacts/{id}/open"), &[]).await;
    let chat = opened.location().to_owned();
    // A chat is there for the other one from its first message on.
    says(&kevin, &chat, "hello").await;
    (kevin, jz, chat)
}

pub(super) async fn says(who: &Person, chat: &str, body: &str) -> Answer {
    let page = who.opens(chat).await.body;
    let client_id = hidden(&page, "client_id").expect("a form");
    let fields = [("body", body), ("client_id", client_id.as_str())];
    who.submits(&format!("{chat}/messages"), &fields).await
}

/// The page is sound and shows that text, as text.
async fn shows(who: &Person, path: &str, text: &str) {
    let page = who.opens(path).await;
    assert_eq!(page.status, 200, "{path} with {text}");
    is_sound(&page, &format!("{path} with {text}"));
    assert!(page.body.contains(&escaped(text)), "{path} shows {text}");
}

#[tokio::test]
async fn markup_in_names_and_labels_is_text_wherever_they_stand() {
    let app = TestApp::new().await;
    let (kevin, jz, chat) = two_who_talk(&app).await;
    let contacts = kevin.opens("/contacts").await.body;
    let contact = ids_in(&contacts, "/contacts/", "/rename")[0];
    let person = ids_in(&contacts, "/people/", "/block")[0];
    assert_eq!(says(&jz, &chat, "hello").await.status, 303);
    for trick in TRICKS {
        let fields = [("name", trick), ("username", "jz")];
        let saved = jz.submits("/settings/profile", &fields).await;
        assert_eq!(saved.status, 303, "{trick}: {}", notices(&saved.body));
        shows(&jz, "/settings", trick).await;
        shows(&kevin, "/contacts", trick).await;

        let rename = format!("/contacts/{contact}/rename");
        kevin.submits(&rename, &[("name", trick)]).await;
        for path in ["/contacts", "/chats", chat.as_str()] {
            shows(&kevin, path, trick).await;
        }
        kevin.submits(&format!("/people/{person}/block"), &[]).await;
        for path in ["/settings", "/contacts", chat.as_str()] {
            shows(&kevin, path, trick).await;
        }
        kevin
            .submits(&format!("/people/{person}/unblock"), &[])
            .await;
    }
    // Without a label the name itself is the title, also in the sentence that says so.
    let trick = TRICKS[0];
    kevin
        .submits(&format!("/contacts/{contact}/delete"), &[])
        .await;
    let fields = [("name", trick), ("username", "jz")];
    jz.submits("/settings/profile", &fields).await;
    shows(&kevin, &chat, trick).await;
    let added = kevin.adds_contact("jz", trick).await;
    let page = kevin.follows(&added).await.body;
    let said = format!("{} is in your contacts.", escaped(trick));
    assert!(page.contains(&said));
}

#[tokio::test]
async fn markup_in_messages_is_text_and_says_the_same_to_both() {
    let app = TestApp::new().await;
    let (kevin, jz, chat) = two_who_talk(&app).await;
    for trick in TRICKS.iter().chain(&HIDDEN) {
        let sent = says(&kevin, &chat, trick).await;
        assert_eq!(sent.status, 303, "{trick:?}");
        for person in [&kevin, &jz] {
            shows(person, &chat, trick).await;
            let line = trick.split_whitespace().collect::<Vec<_>>().join(" ");
            shows(person, "/chats", &line).await;
        }
    }
    // Each stands in an element of its own direction, so that it reorders nothing beside it.
    let page = jz.opens(&chat).await.body;
    let bodies = page.matches(r#"class="message__body""#).count();
    let isolated = tags(&page)
        .iter()
        .filter(|tag| {
            let has = |key: &str, value: &str| tag.attributes.contains(&(key.into(), value.into()));
            has("class", "message__body") && has("dir", "auto")
        })
        .count();
    assert_eq!((bodies, isolated), (19, 19), "18 and the blank one");
    // What is refused comes back as text, too.
    let long = format!("{}{}", TRICKS[3], "x".repeat(4_096));
    let refused = says(&kevin, &chat, &long).await;
    assert_eq!(refused.status, 422);
    is_sound(&refused, "a refused message");
    assert!(refused.body.contains(&escaped(&long)));
    assert_eq!(says(&kevin, &chat, "a\0b").await.status, 422, "NUL");
}

#[tokio::test]
async fn markup_in_a_token_label_is_text() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    for trick in TRICKS {
        let made = kevin.submits("/settings/tokens", &[("label", trick)]).await;
        assert_eq!(made.status, 200, "{trick}");
        is_sound(&made, trick);
        shows(&kevin, "/settings", trick).await;
    }
}

#[tokio::test]
async fn markup_in_a_refused_field_comes_back_as_text() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let newcomer = Person::new(&app);
    newcomer.proves(&app, &app.fresh_number()).await;
    let caller = Person::new(&app);
    caller.asks_for_code(&app.fresh_number()).await;
    for trick in TRICKS {
        for (who, path, fields) in [
            (&kevin, "/contacts", [("who", trick), ("name", "x")]),
            (
                &kevin,
                "/settings/profile",
                [("name", "K"), ("username", trick)],
            ),
            (&newcomer, "/welcome", [("name", "N"), ("username", trick)]),
            (
                &caller,
                "/login/phone",
                [("country", "US"), ("phone", trick)],
            ),
            (&caller, "/verify", [("code", trick), ("keep", trick)]),
        ] {
            let page = who.submits(path, &fields).await;
            assert_eq!(page.status, 422, "{path} with {trick}");
            is_sound(&page, &format!("{path} with {trick}"));
            assert!(page.body.contains(&escaped(trick)), "{path} with {trick}");
            assert!(!notices(&page.body).is_empty(), "{path} with {trick}");
        }
    }
    assert_eq!(app.count("users"), 1);
}

#[tokio::test]
async fn markup_in_addresses_is_text_or_nothing() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let (kevin, _, chat) = two_who_talk(&app).await;
    Person::signed_up_with(&app, "Ana", &number).await;
    let encoded =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let visitor = Person::new(&app);
    for trick in TRICKS.iter().chain(&HIDDEN) {
        let path = format!("/login/phone?next=/{}", encoded(trick));
        let page = visitor.opens(&path).await;
        assert_eq!(page.status, 200, "{trick:?}");
        is_sound(&page, &path);
        let path = format!("/{}", encoded(trick));
        let page = kevin.opens(&path).await;
        assert_eq!(page.status, 404, "{trick:?}");
        is_sound(&page, &path);
        // A number that is none is refused without a word of it as a page.
        let page = kevin
            .opens(&format!("{chat}?before={}", encoded(trick)))
            .await;
        assert!((400..500).contains(&page.status), "{trick:?}");
        let is_text = page.header("content-type").starts_with("text/plain");
        assert!(is_text || !page.body.contains(trick), "{trick:?}");
    }
    // After the sign-in it leads where it said, in one header.
    let next = r#"/chats?q="><script>alert(1)</script>"#;
    let fields = [
        ("country", "US"),
        ("phone", number.as_str()),
        ("next", next),
    ];
    visitor.submits("/login/phone", &fields).await;
    let entered = visitor.gives_code(&app.code_for(&number)).await;
    assert_eq!(entered.status, 303);
    assert!(entered.location().starts_with("/chats?q="), "{entered:?}");
    assert!(!entered.body.contains("<script"));
}

#[tokio::test]
async fn the_name_of_the_server_is_text() {
    let name = "<b>Chin & \"wag\"</b>";
    let app = Setup::relaxed().with("SERVER_NAME", name).start().await;
    let (kevin, _, chat) = two_who_talk(&app).await;
    for path in ["/chats", "/contacts", "/settings", chat.as_str()] {
        shows(&kevin, path, name).await;
    }
    let visitor = Person::new(&app);
    for path in ["/", "/login/phone"] {
        shows(&visitor, path, name).await;
    }
}
