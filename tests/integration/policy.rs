//! Every page is ours alone: no script, style or handler in it, and a policy that forbids them.

use crate::markup::{says, two_who_talk};
use crate::support::html::{Tag, tags};
use crate::support::{Answer, Person, TestApp};

/// The page is ours alone: no script, style or handler in it, and a policy that forbids them.
pub(super) fn is_sound(page: &Answer, what: &str) {
    let policy = page.header("content-security-policy");
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(rule), "{what}: {rule} is not in {policy:?}");
    }
    for hole in ["unsafe", "*", "blob:", "script-src 'self' data:"] {
        assert!(!policy.contains(hole), "{what}: {hole} is in {policy:?}");
    }
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{what}");
    let kind = page.header("content-type");
    assert_eq!(kind, "text/html; charset=utf-8", "{what}: {}", page.body);
    assert!(page.body.starts_with("<!doctype html>"), "{what}");
    let tags = tags(&page.body);
    assert!(tags.len() > 20, "{what}: the reader of tags works");
    for tag in &tags {
        is_harmless(tag, what);
    }
    // Scripts are files: there is nothing between their tags.
    let inline = page.body.split("<script").skip(1);
    for script in inline {
        let (_, after) = script.split_once('>').expect("a whole tag");
        assert!(after.starts_with("</script>"), "{what}: an inline script");
    }
}

fn is_harmless(tag: &Tag, what: &str) {
    let forbidden = ["style", "iframe", "img", "object", "embed", "base", "b"];
    assert!(!forbidden.contains(&tag.name.as_str()), "{what}: {tag:?}");
    let attribute = |name: &str| tag.attributes.iter().find(|(key, _)| key == name);
    if tag.name == "script" {
        let src = attribute("src").map(|(_, value)| value.as_str());
        let own = src.is_some_and(|src| src.starts_with("/static/"));
        assert!(own, "{what}: {tag:?}");
    }
    for (name, value) in &tag.attributes {
        assert!(
            !name.starts_with("on") && name != "style",
            "{what}: {tag:?}"
        );
        let leads = ["href", "src", "action", "formaction"].contains(&name.as_str());
        let own = value.starts_with(['/', '#', '?']) && !value.starts_with("//");
        assert!(!leads || own || value.is_empty(), "{what}: {tag:?}");
    }
}

#[tokio::test]
async fn every_page_is_sound() {
    let app = TestApp::new().await;
    let visitor = Person::new(&app);
    for path in ["/", "/login/phone", "/dev/inbox", "/nowhere"] {
        is_sound(&visitor.opens(path).await, path);
    }
    let number = app.fresh_number();
    visitor.asks_for_code(&number).await;
    is_sound(&visitor.opens("/verify").await, "/verify");
    is_sound(&visitor.opens("/login/phone").await, "a number again");
    is_sound(&visitor.gives_code("000").await, "a wrong code");
    visitor.gives_code(&app.code_for(&number)).await;
    is_sound(&visitor.opens("/welcome").await, "/welcome");
    is_sound(&visitor.opens("/dev/inbox").await, "/dev/inbox");

    let (kevin, jz, chat) = two_who_talk(&app).await;
    assert_eq!(says(&jz, &chat, "hello").await.status, 303);
    for path in [
        "/chats",
        "/contacts",
        "/settings",
        "/nowhere",
        chat.as_str(),
    ] {
        is_sound(&kevin.opens(path).await, path);
    }
    let older = format!("{chat}?before=1");
    is_sound(&kevin.opens(&older).await, &older);
    let made = kevin.submits("/settings/tokens", &[("label", "x")]).await;
    is_sound(&made, "a new token");
    for (path, fields) in [
        ("/contacts", &[("who", "nobody")][..]),
        ("/settings/profile", &[("name", ""), ("username", "kevin")]),
        ("/settings/tokens", &[("label", "")]),
        ("/contacts/9999/delete", &[]),
    ] {
        let page = kevin.submits(path, fields).await;
        assert!(page.status >= 400, "{path}");
        is_sound(&page, path);
    }
    is_sound(&says(&kevin, &chat, "").await, "an empty message");
}
