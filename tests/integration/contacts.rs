//! Adding people to one's list, by number and by username.

use crate::support::html::{ids_in, notices};
use crate::support::{Person, Setup, TestApp};
use serde_json::json;

const NOBODY: &str = "Nobody with this number or username was found.";

/// The ids of one's contacts, as they stand on the page.
pub(super) async fn contact_ids(person: &Person) -> Vec<i64> {
    let page = person.opens("/contacts").await.body;
    ids_in(&page, "/contacts/", "/rename")
}

/// `+12012101100` as it is dialled at home.
pub(super) fn national_forms(number: &str) -> [String; 4] {
    let digits = number.strip_prefix("+1").expect("an American number");
    let (area, rest) = digits.split_at(3);
    let (exchange, line) = rest.split_at(3);
    [
        digits.to_owned(),
        format!("({area}) {exchange}-{line}"),
        format!("{area}-{exchange}-{line}"),
        format!("1 {area}.{exchange}.{line}"),
    ]
}

#[tokio::test]
async fn somebody_is_added_by_number_as_people_write_it() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = app.signs_up("jz").await;
    let mut ways = vec![jz.number.clone(), format!("  {} ", jz.number)];
    ways.extend(national_forms(&jz.number));
    for way in ways {
        let added = kevin.adds_contact(&way, "Jay").await;
        assert_eq!(added.status, 303, "{way:?}: {}", notices(&added.body));
        let page = kevin.opens("/contacts").await.body;
        assert!(page.contains("@<bdi>jz</bdi>"), "{way:?}");
        let id = ids_in(&page, "/contacts/", "/delete")[0];
        kevin.submits(&format!("/contacts/{id}/delete"), &[]).await;
    }
}

#[tokio::test]
async fn somebody_is_added_by_username_in_whatever_case() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    app.signs_up("Ana.Sousa").await;
    for way in ["Ana.Sousa", "ana.sousa", "@ANA.SOUSA", " ＡＮＡ.sousa "] {
        let added = kevin.adds_contact(way, "").await;
        assert_eq!(added.status, 303, "{way:?}: {}", notices(&added.body));
        let id = contact_ids(&kevin).await[0];
        kevin.submits(&format!("/contacts/{id}/delete"), &[]).await;
    }
    assert_eq!(app.count("contacts"), 0);
}

#[tokio::test]
async fn nobody_is_found_who_is_not_there_and_oneself_cannot_be_listed() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin", &number).await;
    let unknown = app.fresh_number();
    // A number that was only asked for is nobody's yet.
    let asked = app.fresh_number();
    Person::new(&app).asks_for_code(&asked).await;
    let own = national_forms(&number);
    for (who, why) in [
        (unknown.as_str(), NOBODY),
        (asked.as_str(), NOBODY),
        ("nobody", NOBODY),
        ("@nobody", NOBODY),
        (number.as_str(), "That is you."),
        (own[1].as_str(), "That is you."),
        ("kevin", "That is you."),
        ("@KEVIN", "That is you."),
    ] {
        let refused = kevin.adds_contact(who, "Some Body").await;
        assert_eq!(refused.status, 422, "{who}");
        assert!(notices(&refused.body).contains(why), "{who}");
        // What was typed stays, and the fault is tied to its field.
        assert!(refused.body.contains(r#"value="Some Body""#), "{who}");
        let field =
            format!(r#"value="{who}" aria-invalid="true" aria-describedby="who-error" autofocus"#);
        let page = refused.body.replace("&#43;", "+").replace("&#x2b;", "+");
        assert!(page.contains(&field), "{who}");
    }
    assert_eq!((app.count("contacts"), app.count("users")), (0, 1));
}

#[tokio::test]
async fn a_form_with_a_fault_says_which() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = app.signs_up("jz").await;
    let long = "x".repeat(51);
    for (who, label, field) in [
        ("", "Jay", "who"),
        ("   ", "Jay", "who"),
        ("12345", "Jay", "who"),
        ("+999 123 456 789", "Jay", "who"),
        (jz.number.as_str(), "", "name"),
        (jz.number.as_str(), long.as_str(), "name"),
    ] {
        let refused = kevin.adds_contact(who, label).await;
        assert_eq!(refused.status, 422, "{who:?} {label:?}");
        let mark = format!(r#"<p class="field__error" id="{field}-error" role="alert">"#);
        assert!(refused.body.contains(&mark), "{who:?} {label:?}");
        assert!(!notices(&refused.body).is_empty());
    }
    assert_eq!(app.count("contacts"), 0);
}

#[tokio::test]
async fn nobody_is_listed_twice() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = app.signs_up("jz").await;
    assert_eq!(kevin.adds_contact("jz", "Jay").await.status, 303);
    for who in ["jz", "@JZ", &jz.number] {
        let refused = kevin.adds_contact(who, "Again").await;
        assert_eq!(refused.status, 422, "{who}");
        let said = notices(&refused.body);
        assert!(said.contains("already in your contacts"), "{who}: {said}");
    }
    assert_eq!(app.count("contacts WHERE label = 'Jay'"), 1);
    assert_eq!(app.count("contacts"), 1);
}

#[tokio::test]
async fn fifty_people_are_looked_for_in_a_day_and_no_more() {
    let mut app = Setup::strict().start().await;
    let number = app.fresh_number();
    let account = app.signs_up_with("kevin", &number, "Kevin").await;
    app.signs_up("jz").await;
    app.wait(60);
    let kevin = Person::signed_in(&app, &number).await;
    assert!(kevin.is_signed_in().await);
    assert_eq!(kevin.adds_contact("jz", "Jay").await.status, 303);
    for n in 2..=50 {
        let missed = kevin.adds_contact(&format!("nobody{n}"), "").await;
        assert_eq!(missed.status, 422, "number {n}");
    }

    // Whoever is there or not, the answer is the same now, on every way and over a restart.
    app.restart().await;
    for who in ["nobody", "jz", &number] {
        let refused = kevin.adds_contact(who, "Some Body").await;
        let wait = refused.told_to_wait();
        assert!((86_000..=86_400).contains(&wait), "{wait}");
        let said = notices(&refused.body);
        let limit = "You have looked for many people today. Try again in 24 hours.";
        assert!(said.contains(limit), "{who}: {said}");
        assert!(refused.body.contains(&format!("value=\"{who}\"")), "kept");
    }
    let mut socket = app.connects(&account).await;
    let answer = socket
        .asks("conversation:open", json!({ "username": "jz" }))
        .await;
    assert_eq!(answer["error"]["code"], "rate_limited", "{answer}");
    socket.leaves().await;

    // Somebody else is not held up by it, and tomorrow is another day.
    let other = Person::signed_up(&app, "Ana").await;
    assert_eq!(other.adds_contact("jz", "").await.status, 303);
    assert_eq!(kevin.adds_contact("nobody", "").await.status, 429);
    app.wait(86_400);
    assert_eq!(kevin.adds_contact("nobody", "").await.status, 422);
}
