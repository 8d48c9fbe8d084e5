//! The token of every form.

use crate::support::html::between;
use crate::support::{PASSWORD, Person, TestApp};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

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
