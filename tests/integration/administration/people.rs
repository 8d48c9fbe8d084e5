//! People: found, suspended, cut off.

use crate::policy::is_sound;
use crate::support::html::{between, notices};
use crate::support::{Credential, Person, Setup, TestApp};

#[tokio::test]
async fn somebody_who_is_suspended_is_cut_off_within_the_same_request() {
    let app = Setup::strict().start().await;
    let ana = Person::administrator(&app, "ana").await;
    let number = app.fresh_number();
    let jz = Person::signed_up_with(&app, "jz", &number).await;
    app.wait(60);
    let token = app.signs_in(&number).await;
    let mut socket = app.connects(&token).await;
    let mut stranger = app.guest().await;
    let talk = stranger.meets(&mut socket).await;
    let path = format!("/admin/people/{}/suspend", token.id);

    let without = ana.answers(&path, &[("term", "week")]).await;
    assert_eq!(without.status, 422, "it has to be said why");
    let fields = [("term", "week"), ("note", "harassment")];
    let done = ana.answers(&path, &fields).await;

    assert_eq!(done.status, 303);
    assert!(!jz.is_signed_in().await);
    let headers = format!("Bearer {}", token.token);
    let refused = app
        .try_connect(Credential::Headers(&[("authorization", &headers)]))
        .await;
    assert!(refused.is_err(), "tokens are refused");
    assert_eq!(socket.hears("session:ended").await["reason"], "suspended");
    socket.is_ended().await;
    assert_eq!(stranger.hears_why(talk).await, "moderator");
    // They learn why after the proof; the door stays shut until the time is over.
    let again = Person::signed_in(&app, &number).await;
    assert!(!again.is_signed_in().await);
    app.wait(8 * 86_400);
    let back = Person::signed_in(&app, &number).await;
    assert!(back.is_signed_in().await);
}

#[tokio::test]
async fn an_administrator_cannot_lock_themselves_out() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let fields = [("term", "week"), ("note", "by mistake")];
    for act in ["suspend", "sign-out"] {
        let refused = ana
            .answers(&format!("/admin/people/1/{act}"), &fields)
            .await;
        assert_eq!(refused.status, 403, "{act}");
        assert!(notices(&refused.body).contains("That is yourself"));
    }
    assert_eq!(ana.opens("/admin/").await.status, 200);
}

#[tokio::test]
async fn s2_06_people_are_found_by_handle_or_exact_number_which_is_never_shown() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let jz = app.signs_up("jz.silva").await;
    app.signs_up("jzzy").await;
    app.signs_up("kevin").await;
    for (search, expected) in [
        ("jz", vec!["jz.silva", "jzzy"]),
        ("@JZ.", vec!["jz.silva"]),
        ("%25", vec![]),
        ("%2B1%20".to_owned().as_str(), vec![]),
        (&jz.number.replace('+', "%2B"), vec!["jz.silva"]),
        ("", vec!["kevin", "jzzy", "jz.silva", "ana"]),
    ] {
        let page = ana.opens(&format!("/admin/people?q={search}")).await;
        assert_eq!(page.status, 200, "{search}");
        let found: Vec<_> = page
            .body
            .split(r#"class="person__name""#)
            .skip(1)
            .filter_map(|row| between(row, "@<bdi>", "</bdi>"))
            .collect();
        assert_eq!(found, expected, "{search}");
        assert!(!page.body.contains(&jz.number) || search.contains(&jz.number[1..]));
        is_sound(&page, search);
    }
    let digits = &jz.number[jz.number.len() - 2..];
    let list = ana.opens("/admin/people").await.body;
    assert!(list.contains(&format!("+1 ••• ••{digits}")));
    let page = ana.opens(&format!("/admin/people/{}", jz.id)).await;
    assert!(!page.body.contains(&jz.number));
    is_sound(&page, "a person");
    assert_eq!(ana.opens("/admin/people?q=%2B12").await.status, 200);
    assert_eq!(ana.opens("/admin/people?q=1234567").await.status, 422);
}

#[tokio::test]
async fn people_are_found_whose_usernames_look_like_numbers_and_addresses() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    let jz = app.signs_up("jz").await;
    let digits = jz.number.trim_start_matches('+').to_owned();
    for username in ["20261121", "2026.11.21", "kevin@home", &digits] {
        app.signs_up(username).await;
    }
    for (search, expected) in [
        ("20261121", vec!["20261121"]),
        ("@20261121", vec!["20261121"]),
        ("2026.11.21", vec!["2026.11.21"]),
        ("kevin@ho", vec!["kevin@home"]),
        ("@kevin@home", vec!["kevin@home"]),
        // Whose number it is comes first, then who calls themselves that.
        (&digits, vec!["jz", &digits]),
    ] {
        let page = ana.opens(&format!("/admin/people?q={search}")).await;
        assert_eq!(page.status, 200, "{search}");
        let rows = page.body.split(r#"class="person__name""#).skip(1);
        let found: Vec<_> = rows
            .filter_map(|row| between(row, "@<bdi>", "</bdi>"))
            .collect();
        assert_eq!(found, expected, "{search}");
    }
}

#[tokio::test]
async fn s2_06_lists_are_paged_and_lead_on() {
    let app = TestApp::new().await;
    let ana = Person::administrator(&app, "ana").await;
    app.runs(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 120)
         INSERT INTO users (kind, name, username, username_key, created_at)
         SELECT 'person', 'Crowd', 'crowd' || i, 'crowd' || i, i FROM n",
    );
    for start in ["/admin/people", "/admin/people?q=crowd"] {
        let (mut path, mut seen) = (start.to_owned(), Vec::new());
        loop {
            let page = ana.opens(&path).await.body;
            let rows = page.split(r#"class="person__name""#).skip(1);
            seen.extend(rows.filter_map(|row| between(row, "@<bdi>", "</bdi>").map(str::to_owned)));
            match between(&page, r#"rel="next" href=""#, "\"") {
                Some(next) => path = next.replace("&#38;", "&"),
                None => break,
            }
        }
        let crowd = seen.iter().filter(|name| name.starts_with("crowd")).count();
        assert_eq!(crowd, 120, "{start}");
        seen.sort();
        seen.dedup();
        assert!(seen.len() >= 120, "nobody twice");
    }
}
