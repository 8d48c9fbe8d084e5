//! Those who look after the server: the way in, what they see and do, and that nobody else does.

mod acts;
mod doors;
mod entering;
mod outsiders;
mod people;
mod rooms;

use crate::support::Person;
use crate::support::html::between;

/// What everybody may send: nothing of it helps.
const FIELDS: [(&str, &str); 4] = [
    ("note", "because"),
    ("term", "week"),
    ("form_token", "guessed"),
    ("is_admin", "true"),
];

/// The lines of the audit log, the newest first.
async fn log(admin: &Person) -> Vec<String> {
    let page = admin.opens("/admin/log").await.body;
    let list = between(&page, r#"<ol class="log-lines">"#, "</ol>").unwrap_or_default();
    list.split("<li ")
        .skip(1)
        .map(|line| {
            let mut words = String::new();
            let mut inside = false;
            for c in between(line, "<p>", "</p>").expect("a line").chars() {
                match c {
                    '<' => inside = true,
                    '>' => inside = false,
                    c if !inside => words.push(c),
                    _ => {}
                }
            }
            words
        })
        .collect()
}

/// The bodies of the messages on a page.
fn bodies(page: &str) -> Vec<&str> {
    let rows = page
        .split(r#"<p class="evidence__body" dir="auto">"#)
        .skip(1);
    rows.filter_map(|row| row.split_once("</p>"))
        .map(|(body, _)| body)
        .collect()
}
