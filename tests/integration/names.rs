//! Names and labels that would hide, reorder or show nothing are refused, with a reason.

use crate::markup::{HIDDEN, two_who_talk};
use crate::policy::is_sound;
use crate::support::html::{ids_in, notices};
use crate::support::{Caller, Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn names_that_hide_or_reorder_text_are_refused_with_a_reason() {
    let app = TestApp::new().await;
    let (kevin, _jz, _) = two_who_talk(&app).await;
    app.signs_up("ana").await;
    let contacts = kevin.opens("/contacts").await.body;
    let rename = format!(
        "/contacts/{}/rename",
        ids_in(&contacts, "/contacts/", "/rename")[0]
    );
    for evil in HIDDEN {
        for (path, fields) in [
            ("/settings/profile", [("name", evil), ("username", "kevin")]),
            ("/settings/profile", [("name", "Kevin"), ("username", evil)]),
            ("/settings/tokens", [("label", evil), ("x", "")]),
            ("/contacts", [("who", "ana"), ("name", evil)]),
        ] {
            let page = kevin.submits(path, &fields).await;
            assert_eq!(page.status, 422, "{path} with {evil:?}");
            is_sound(&page, path);
            let said = notices(&page.body);
            let reason = ["cannot be shown in a name", "letters, digits"];
            assert!(reason.iter().any(|words| said.contains(words)), "{said}");
        }
        let renamed = kevin.submits(&rename, &[("name", evil)]).await;
        let page = kevin.follows(&renamed).await.body;
        let said = notices(&page);
        assert!(said.contains("The name was not changed."), "{said}");
    }
    let stored = "SELECT name || username AS text FROM users UNION SELECT label FROM contacts
                  UNION SELECT label FROM api_tokens";
    assert_eq!(
        app.count(&format!("({stored}) WHERE text LIKE '%ev%il%'")),
        0
    );
}

#[tokio::test]
async fn a_username_that_looks_like_somebody_elses_is_refused() {
    let app = TestApp::new().await;
    for name in ["admin", "copa"] {
        app.signs_up(name).await;
    }
    let kevin = Person::signed_up(&app, "Kevin").await;
    // Cyrillic among Latin, Cyrillic alone, and a Latin letter that is drawn like another.
    for alike in ["\u{430}dmin", "\u{441}\u{43e}\u{440}\u{430}", "adm\u{131}n"] {
        let fields = [("name", "Kevin"), ("username", alike)];
        let page = kevin.submits("/settings/profile", &fields).await;
        assert_eq!(page.status, 422, "{alike:?}");
        let body = json!({ "username": alike, "password": "correct horse battery" });
        let answer = Caller::new(&app).post_json("/register", &body).await;
        assert_eq!(answer.status, 400, "{alike:?}");
    }
    let fields = [("name", "Kevin"), ("username", "иван")];
    assert_eq!(
        kevin.submits("/settings/profile", &fields).await.status,
        303
    );
}

#[tokio::test]
async fn a_name_that_shows_nothing_is_refused() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    for blank in [
        "", " ", "\u{3164}", "\u{2800}", "\u{115F}", "\u{AD}", "\u{A0}",
    ] {
        let fields = [("name", blank), ("username", "kevin")];
        let page = kevin.submits("/settings/profile", &fields).await;
        assert_eq!(page.status, 422, "{blank:?}");
    }
    for blank in ["\u{3164}", "kevin\u{3164}", "\u{FFA0}"] {
        let fields = [("name", "Kevin"), ("username", blank)];
        let page = kevin.submits("/settings/profile", &fields).await;
        assert_eq!(page.status, 422, "{blank:?} as a username");
    }
    assert_eq!(
        app.count("users WHERE name = 'Kevin' AND username = 'kevin'"),
        1
    );
}
