//! One's list of people is one's own: who sees it, who can touch it, and what blocking does to it.

use crate::contacts::{contact_ids, national_forms};
use crate::support::html::{between, hidden, ids_in};
use crate::support::{Person, TestApp};
use serde_json::json;

#[tokio::test]
async fn a_label_is_seen_by_its_owner_only() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let number = app.fresh_number();
    let account = app.signs_up_with("jz", &number, "Jay").await;
    let jz = Person::signed_in(&app, &number).await;
    let mut socket = app.connects(&account).await;
    kevin.adds_contact("jz", "My dentist").await;
    let id = contact_ids(&kevin).await[0];
    let opened = kevin.submits(&format!("/contacts/{id}/open"), &[]).await;
    let chat = opened.location().to_owned();
    let page = kevin.opens(&chat).await.body;
    let client_id = hidden(&page, "client_id").expect("a form");
    let fields = [("body", "hello"), ("client_id", client_id.as_str())];
    kevin.submits(&format!("{chat}/messages"), &fields).await;
    socket.hears_message("hello").await;

    for path in ["/chats", "/contacts", "/settings", chat.as_str()] {
        assert_eq!(jz.opens(path).await.status, 200, "{path}");
    }
    let list = socket.asks("conversation:list", json!({})).await;

    assert!(kevin.has_seen().contains("My dentist"), "to him it is");
    assert!(!jz.has_seen().contains("dentist"));
    assert!(!format!("{:?}{list}", socket.heard()).contains("dentist"));
    assert!(list["conversations"][0]["title"] == "Kevin", "{list}");
    // Nor is JZ's list any longer for it.
    assert!(contact_ids(&jz).await.is_empty());
    // The label is what stands over the chat; the name is what others see.
    let title = between(&page, r#"id="title" tabindex="-1"><bdi>"#, "</bdi>");
    assert_eq!(title, Some("My dentist"));
}

#[tokio::test]
async fn a_contact_of_somebody_else_is_like_none_at_all() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    app.signs_up("jz").await;
    let mallory = Person::signed_up(&app, "Mallory").await;
    kevin.adds_contact("jz", "Jay").await;
    let id = contact_ids(&kevin).await[0];

    for (verb, fields) in [
        ("rename", &[("name", "Evil")][..]),
        ("delete", &[]),
        ("open", &[]),
    ] {
        let foreign = mallory
            .submits(&format!("/contacts/{id}/{verb}"), fields)
            .await;
        let missing = mallory
            .submits(&format!("/contacts/9999/{verb}"), fields)
            .await;
        assert_eq!((foreign.status, missing.status), (404, 404), "{verb}");
        assert_eq!(foreign.body, missing.body, "{verb}: the two look the same");
    }

    assert_eq!(app.count("contacts WHERE label = 'Jay'"), 1);
    assert_eq!(app.count("conversations WHERE kind <> 'room'"), 0);
    assert!(
        kevin
            .opens("/contacts")
            .await
            .body
            .contains("<bdi>Jay</bdi>")
    );
    // The same addresses do their work for Kevin.
    let opened = kevin.submits(&format!("/contacts/{id}/open"), &[]).await;
    assert_eq!(
        (
            opened.status,
            app.count("conversations WHERE kind <> 'room'")
        ),
        (303, 1)
    );
}

#[tokio::test]
async fn the_number_of_a_contact_is_in_no_page() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = Person::signed_up_with(&app, "JZ", &number).await;
    kevin.adds_contact(&number, "Jay").await;
    let id = contact_ids(&kevin).await[0];
    let opened = kevin.submits(&format!("/contacts/{id}/open"), &[]).await;
    let chat = kevin.follows(&opened).await;
    assert!(chat.body.contains("Jay"));
    let person = ids_in(&chat.body, "/people/", "/block")[0];
    for path in ["/chats", "/contacts", "/settings"] {
        kevin.opens(path).await;
    }
    kevin.submits(&format!("/people/{person}/block"), &[]).await;
    kevin.opens("/settings").await;
    kevin.adds_contact(&number[2..], "").await;

    let seen = kevin.has_seen();
    let mut forms = vec![number.clone()];
    forms.extend(national_forms(&number));
    // What he typed himself comes back once, in the refused form at the end.
    let before_last = seen.rsplit_once("<!doctype html>").expect("pages").0;
    for form in &forms {
        assert!(!before_last.contains(form), "{form}");
    }
    assert!(
        jz.opens("/settings").await.body.contains(&number),
        "its owner sees it"
    );
}

#[tokio::test]
async fn a_blocked_contact_is_marked_and_neither_can_write() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = Person::signed_up(&app, "JZ").await;
    kevin.adds_contact("jz", "Jay").await;
    jz.adds_contact("kevin", "Kev").await;
    let id = contact_ids(&kevin).await[0];
    let opened = kevin.submits(&format!("/contacts/{id}/open"), &[]).await;
    let chat = opened.location().to_owned();
    let page = kevin.opens(&chat).await.body;
    let person = ids_in(&page, "/people/", "/block")[0];
    let says = async |who: &Person, client_id: &str| {
        let fields = [("body", "hello there"), ("client_id", client_id)];
        who.submits(&format!("{chat}/messages"), &fields).await
    };
    assert_eq!(says(&kevin, "before").await.status, 303);

    kevin.submits(&format!("/people/{person}/block"), &[]).await;

    let contacts = kevin.opens("/contacts").await.body;
    assert!(contacts.contains(r#"<span class="tag">blocked</span>"#));
    assert!(ids_in(&contacts, "/contacts/", "/open").is_empty());
    let page = kevin.opens(&chat).await.body;
    assert!(page.contains("You have blocked <bdi>Jay</bdi>."));
    assert!(!page.contains(r#"id="composer""#));
    for (who, client_id) in [(&kevin, "one"), (&jz, "two")] {
        let refused = says(who, client_id).await;
        assert_eq!(refused.status, 403, "{client_id}");
    }
    let refused = says(&jz, "two").await.body;
    assert!(refused.contains("You cannot write to each other."));
    assert!(refused.contains(">hello there</textarea>"), "kept");
    assert_eq!(app.count("messages"), 1);
    // Jay is not told who did it, and adding goes on as if nothing had been.
    for path in ["/chats", "/contacts", chat.as_str()] {
        let page = jz.opens(path).await.body;
        assert!(!page.contains("blocked"), "{path}");
    }

    kevin
        .submits(&format!("/people/{person}/unblock"), &[])
        .await;
    assert_eq!(says(&jz, "two").await.status, 303);
    assert_eq!(app.count("messages"), 2);
}

#[tokio::test]
async fn strangers_cannot_be_blocked_since_that_would_tell_who_exists() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    let jz = app.signs_up("jz").await;
    let stranger = kevin
        .submits(&format!("/people/{}/block", jz.id), &[])
        .await;
    let missing = kevin.submits("/people/9999/block", &[]).await;
    assert_eq!((stranger.status, missing.status), (404, 404));
    assert_eq!(stranger.body, missing.body);
    assert_eq!(app.count("blocks"), 0);
}
