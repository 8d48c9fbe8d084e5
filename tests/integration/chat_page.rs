//! Reading and writing without script, by links and forms.

use crate::lists::opens_contact;
use crate::support::html::{between, hidden};
use crate::support::{Answer, Person, TestApp};

/// Two people who signed in, and the address of their chat, which Kevin opened from his contacts.
struct Chat {
    app: TestApp,
    kevin: Person,
    jz: Person,
    path: String,
}

impl Chat {
    async fn begins() -> Self {
        let app = TestApp::new().await;
        let kevin = Person::signed_up(&app, "Kevin").await;
        let jz = Person::signed_up(&app, "JZ").await;
        kevin.adds_contact("jz", "Jay").await;
        let path = opens_contact(&kevin).await;
        Self {
            app,
            kevin,
            jz,
            path,
        }
    }

    async fn says(&self, who: &Person, body: &str) -> Answer {
        let page = who.opens(&self.path).await.body;
        let client_id = hidden(&page, "client_id").expect("a form");
        self.sends(who, body, &client_id).await
    }

    async fn sends(&self, who: &Person, body: &str, client_id: &str) -> Answer {
        let fields = [("body", body), ("client_id", client_id)];
        who.submits(&format!("{}/messages", self.path), &fields)
            .await
    }
}

/// What the messages on the page say, from above.
pub(super) fn bodies(page: &str) -> Vec<&str> {
    let log = between(page, r#"<ol class="log""#, "</ol>").expect("a log");
    let marks = log.split(r#"class="message__body""#).skip(1);
    marks
        .filter_map(|rest| between(rest, ">", "</div>"))
        .collect()
}

#[tokio::test]
async fn s4_11_two_people_write_to_each_other_by_forms() {
    let chat = Chat::begins().await;
    let first = chat.says(&chat.kevin, "Hello JZ,\r\nare you there?").await;
    assert_eq!((first.status, first.location()), (303, chat.path.as_str()));
    let home = chat.jz.opens("/chats").await.body;
    assert!(home.contains("Hello JZ, are you there?"), "the last line");
    assert_eq!(between(&home, r#"class="row__count">"#, "<"), Some("1"));

    chat.says(&chat.jz, "I am").await;

    for person in [&chat.kevin, &chat.jz] {
        let page = person.opens(&chat.path).await.body;
        assert_eq!(bodies(&page), ["Hello JZ,\nare you there?", "I am"]);
    }
    let home = chat.kevin.opens("/chats").await.body;
    assert!(home.contains("<bdi>Jay</bdi>"), "under his own label");
    assert_eq!(between(&home, r#"class="row__count">"#, "<"), Some("1"));
    let page = chat.kevin.opens(&chat.path).await.body;
    let seq = hidden(&page, "seq").expect("Mark as read");
    chat.kevin
        .submits(&format!("{}/read", chat.path), &[("seq", &seq)])
        .await;
    let home = chat.kevin.opens("/chats").await.body;
    assert_eq!(between(&home, r#"class="row__count">"#, "<"), Some("0"));
}

#[tokio::test]
async fn a_form_that_was_sent_twice_is_one_message() {
    let chat = Chat::begins().await;
    let page = chat.kevin.opens(&chat.path).await.body;
    let client_id = hidden(&page, "client_id").expect("a form");

    let (one, two) = tokio::join!(
        chat.sends(&chat.kevin, "only once", &client_id),
        chat.sends(&chat.kevin, "only once", &client_id),
    );

    assert_eq!((one.status, two.status), (303, 303));
    let page = chat.jz.opens(&chat.path).await.body;
    assert_eq!(bodies(&page), ["only once"]);
    let page = chat.kevin.opens(&chat.path).await.body;
    assert_ne!(hidden(&page, "client_id"), Some(client_id), "a new form");
}

#[tokio::test]
async fn a_message_that_is_too_long_stays_in_the_form() {
    let chat = Chat::begins().await;
    let long = "ab".repeat(2_049);

    let refused = chat.says(&chat.kevin, &long).await;

    assert_eq!(refused.status, 422);
    let page = &refused.body;
    assert!(page.contains(&format!(">{long}</textarea>")), "kept");
    let said = between(page, r#"id="body-error""#, "</p>").expect("the reason");
    assert!(said.contains("4096"), "{said}");
    assert!(page.contains(r#"aria-describedby="body-error" aria-invalid="true""#));
    assert_eq!(chat.app.count("messages"), 0);
    // What fits to the character is taken.
    let fits = &long[..4_096];
    assert_eq!(chat.says(&chat.kevin, fits).await.status, 303);
    assert_eq!(bodies(&chat.jz.opens(&chat.path).await.body), [fits]);
}

#[tokio::test]
async fn s4_13_an_empty_message_is_not_sent() {
    let chat = Chat::begins().await;
    for body in ["", "  \r\n \t"] {
        let refused = chat.says(&chat.kevin, body).await;
        assert_eq!(refused.status, 422, "{body:?}");
    }
    assert_eq!(chat.app.count("messages"), 0);
}

#[tokio::test]
async fn s4_12_older_messages_are_a_link_away() {
    let chat = Chat::begins().await;
    let said: Vec<String> = (1..=120).map(|n| format!("line {n}")).collect();
    for line in &said {
        chat.sends(&chat.kevin, line, &line.replace(' ', "-")).await;
    }
    let mut path = chat.path.clone();
    let mut shown: Vec<String> = Vec::new();
    for expected in [50, 50, 20] {
        let page = chat.jz.opens(&path).await.body;
        let part: Vec<String> = bodies(&page).iter().map(|body| (*body).into()).collect();
        assert_eq!(part.len(), expected, "{path}");
        shown.splice(0..0, part);
        let earlier = between(&page, r#"id="earlier" href=""#, "\"").expect("the link");
        path = format!("{}{earlier}", chat.path);
    }
    assert_eq!(shown, said, "all of it, once and in order");
    assert_eq!(path, chat.path, "there is nothing before the first");
}
