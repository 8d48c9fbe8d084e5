//! The lists of chats and contacts without script: full, long and empty.

use crate::support::html::{between, ids_in};
use crate::support::{Caller, Person, TestApp};

/// The address of the chat with one's only contact.
pub(super) async fn opens_contact(person: &Person) -> String {
    let contacts = person.opens("/contacts").await.body;
    let id = ids_in(&contacts, "/contacts/", "/open")[0];
    let opened = person.submits(&format!("/contacts/{id}/open"), &[]).await;
    assert_eq!(opened.status, 303);
    opened.location().to_owned()
}

#[tokio::test]
async fn contacts_are_kept_by_forms() {
    let app = TestApp::new().await;
    let (kevin, jz) = (
        Person::signed_up(&app, "Kevin").await,
        app.signs_up("jz").await,
    );
    let added = kevin.adds_contact("@jz", "Jay").await;
    assert_eq!((added.status, added.location()), (303, "/contacts"));
    let page = kevin.follows(&added).await.body;
    assert!(page.contains("Jay is in your contacts.") && page.contains("<bdi>Jay</bdi>"));
    let once = kevin.opens("/contacts").await.body;
    assert!(!once.contains("is in your contacts."), "said once");
    let id = ids_in(&page, "/contacts/", "/rename")[0];

    let rename = format!("/contacts/{id}/rename");
    kevin.submits(&rename, &[("name", "Jay Z")]).await;
    assert!(
        kevin
            .opens("/contacts")
            .await
            .body
            .contains("<bdi>Jay Z</bdi>")
    );

    let back = [("back", "/contacts")];
    let blocked = kevin
        .submits(&format!("/people/{}/block", jz.id), &back)
        .await;
    assert_eq!((blocked.status, blocked.location()), (303, "/contacts"));
    let page = kevin.follows(&blocked).await.body;
    assert!(page.contains(r#"<span class="tag">blocked</span>"#));
    assert!(
        kevin
            .opens("/settings")
            .await
            .body
            .contains("@<bdi>jz</bdi>")
    );
    kevin
        .submits(&format!("/people/{}/unblock", jz.id), &back)
        .await;
    let page = kevin.opens("/contacts").await.body;
    assert!(page.contains("<bdi>Jay Z</bdi>") && !page.contains(r#"class="tag">blocked"#));

    kevin.submits(&format!("/contacts/{id}/delete"), &[]).await;
    let page = kevin.follows(&added).await.body;
    assert!(!page.contains("Jay Z") && page.contains("Nobody yet."));
}

#[tokio::test]
async fn s4_10_the_list_shows_whom_and_the_last_message_newest_first_and_s4_08_leads_back() {
    let app = TestApp::new().await;
    let number = app.fresh_number();
    let kevin = Person::signed_up_with(&app, "Kevin", &number).await;
    let username = between(
        &kevin.opens("/settings").await.body,
        r#"name="username""#,
        ">",
    )
    .and_then(|field| between(field, "value=\"", "\""))
    .expect("a username")
    .to_owned();
    let (mut jz, mut ana) = (app.program("jz").await, app.program("ana").await);
    let (with_jz, with_ana) = (jz.opens(&username).await, ana.opens(&username).await);
    jz.says(with_jz, "the first of all").await;
    ana.says(with_ana, "one in between").await;
    jz.says(with_jz, "the last of all").await;

    let later = Person::signed_in(&app, &number).await;
    let list = later.opens("/chats").await.body;
    assert_eq!(
        ids_in(&list, "href=\"/chats/", "\"")[..2],
        [with_jz, with_ana]
    );
    assert!(list.contains("the last of all") && list.contains("one in between"));
    assert!(!list.contains("the first of all"));
    let talk = later.opens(&format!("/chats/{with_jz}")).await.body;
    assert!(talk.contains("the first of all") && talk.contains("the last of all"));
}

#[tokio::test]
async fn two_hundred_contacts_are_listed() {
    let app = TestApp::new().await;
    let kevin = Person::signed_up(&app, "Kevin").await;
    app.runs(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 199)
         INSERT INTO users (kind, name, username, username_key, created_at)
         SELECT 'person', 'Friend', 'friend.' || i, 'friend.' || i, 0 FROM n;
         INSERT INTO contacts (owner_id, person_id, label, created_at)
         SELECT (SELECT id FROM users WHERE name = 'Kevin'), id, printf('Friend %03d', 997 * id % 1000), 0
           FROM users WHERE name = 'Friend';",
    );
    let contacts = kevin.opens("/contacts").await;
    assert_eq!(contacts.status, 200);
    assert_eq!(ids_in(&contacts.body, "/contacts/", "/rename").len(), 200);
    let labels = contacts.body.split(r#"class="person__name"><bdi>"#).skip(1);
    let labels: Vec<&str> = labels.filter_map(|rest| rest.split('<').next()).collect();
    assert!(labels.len() == 200 && labels.is_sorted(), "by label");
    let home = kevin.opens("/chats").await;
    assert_eq!(home.status, 200);
    assert_eq!(ids_in(&home.body, "/contacts/", "/open").len(), 200);
}

#[tokio::test]
async fn where_there_is_nothing_yet_the_next_step_is_said() {
    let app = TestApp::new().await;
    let inbox = Caller::new(&app).get("/dev/inbox").await.body;
    assert!(inbox.contains("Nothing yet.") && inbox.contains(r#"href="/login/phone""#));
    let kevin = Person::signed_up(&app, "Kevin").await;
    let home = kevin.opens("/chats").await.body;
    let empty = between(&home, r#"id="no-chats">"#, "</div>").expect("it is not hidden");
    assert!(empty.contains("No chats yet") && empty.contains(r#"href="/contacts""#));
    let contacts = kevin.opens("/contacts").await.body;
    assert!(contacts.contains("Nobody yet. Ask a friend for their number or username"));
    assert!(contacts.contains(r#"action="/contacts""#));
    app.signs_up("jz").await;
    kevin.adds_contact("jz", "Jay").await;
    let home = kevin.opens("/chats").await.body;
    assert!(home.contains(r#"id="no-chats" hidden"#) && home.contains("Say hello"));
    let chat = kevin.opens(&opens_contact(&kevin).await).await.body;
    let empty = between(&chat, r#"id="no-messages">"#, "</p>").expect("it is not hidden");
    assert!(empty.contains("Say hello to <bdi>Jay</bdi>"));
}
