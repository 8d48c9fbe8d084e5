//! What the documentation of Simple chats promises of its pages, of ours; its API is in `rest_*.rs` and, command by
//! command, in `tests/clients/python/test_simple_chats.py`.
//!
//! Of its promises these are not tests: a file of settings (3) is `config.env`, which `run.sh` reads, and the command that
//! runs the tests (4) is `run.sh test`.

use crate::support::{Person, Scripter, TestApp};

/// Ann with a page, and three who write to her by program.
struct Ann {
    app: TestApp,
    page: Person,
    number: String,
    others: Vec<(Scripter, i64)>,
}

impl Ann {
    async fn arrives() -> Self {
        let app = TestApp::new().await;
        let ann = app.scripter("ann").await;
        let page = Person::signed_in(&app, &ann.account.number).await;
        let mut others = Vec::new();
        for username in ["bo", "cy", "di"] {
            let other = app.scripter(username).await;
            let chat = other.begins_chat(&ann).await;
            others.push((other, chat));
        }
        Self {
            app,
            page,
            number: ann.account.number,
            others,
        }
    }

    async fn hears(&self, from: usize, text: &str) {
        let (other, chat) = &self.others[from];
        other.says(*chat, &[text]).await;
    }

    /// Those of the texts that her list shows, from above.
    async fn sees<'a>(&self, texts: &[&'a str]) -> Vec<&'a str> {
        let list = self.page.opens("/chats").await.body;
        let places = texts
            .iter()
            .filter_map(|text| Some((list.find(text)?, *text)));
        let mut seen: Vec<_> = places.collect();
        seen.sort_unstable();
        seen.into_iter().map(|(_, text)| text).collect()
    }
}

#[tokio::test]
async fn s4_10_the_list_shows_names_and_last_messages_the_newest_first() {
    let ann = Ann::arrives().await;
    ann.hears(0, "first of bo").await;
    ann.hears(1, "first of cy").await;
    ann.hears(2, "first of di").await;
    let firsts = ["first of bo", "first of cy", "first of di"];
    let down = ["first of di", "first of cy", "first of bo"];
    assert_eq!(ann.sees(&firsts).await, down);
    ann.hears(0, "second of bo").await;
    let texts = [&firsts[..], &["second of bo"]].concat();
    let expected = ["second of bo", "first of di", "first of cy"];
    assert_eq!(ann.sees(&texts).await, expected, "the last of each");
    let names = ["<bdi>bo</bdi>", "<bdi>cy</bdi>", "<bdi>di</bdi>"];
    let expected = ["<bdi>bo</bdi>", "<bdi>di</bdi>", "<bdi>cy</bdi>"];
    assert_eq!(ann.sees(&names).await, expected);
}

#[tokio::test]
async fn s4_08_a_chat_is_there_when_one_comes_back() {
    let mut ann = Ann::arrives().await;
    ann.hears(0, "before").await;
    let path = format!("/chats/{}", ann.others[0].1);
    ann.page.submits("/logout", &[]).await;
    assert!(!ann.page.is_signed_in().await);
    ann.app.restart().await;
    ann.page = Person::signed_in(&ann.app, &ann.number).await;
    assert_eq!(ann.sees(&["before"]).await, ["before"]);
    let chat = ann.page.opens(&path).await;
    assert_eq!(chat.status, 200);
    assert!(chat.body.contains("before"));
}

#[tokio::test]
async fn s4_17_a_chat_is_left_for_the_list_and_nothing_of_it_stays_open() {
    let ann = Ann::arrives().await;
    ann.hears(0, "hello").await;
    let chat = ann.page.opens(&format!("/chats/{}", ann.others[0].1)).await;
    assert!(
        chat.body
            .contains(r#"href="/chats" aria-label="Back to chats""#)
    );
    let list = ann.page.opens("/chats").await;
    assert_eq!(list.status, 200);
    assert!(list.body.contains("Choose a chat to read it here."));
}
