//! `chinwag export-user` and `chinwag erase-user`: what is held about somebody, told or taken away, while the
//! server runs.

use crate::support::{
    Account, Caller, Errand, Person, Program, Setup, TestApp, refusal_of, runs_errand,
};
use chinwag::model::ReportId;
use chinwag::moderation::{Note, Outcome};
use serde_json::{Value, json};
use std::fs::File;
use std::process::Command;

/// What jz says, and what is to be nowhere afterwards.
const WORDS: &str = "my cat is called Tybalt";

/// jz among people: a chat with kevin, a room, a contact, a block, a stranger who was reported.
struct Scene {
    app: TestApp,
    jz: Account,
    socket: Program,
    kevin: Program,
    chat: i64,
    room: i64,
}

async fn scene() -> Scene {
    // Time is moved by hand, to when the server looks next.
    let app = Setup::strict().start().await;
    let jz = app.signs_up_with("jz", "+12015550199", "Jay Zee").await;
    let (mut kevin, mut socket) = (app.program("kevin").await, app.connects(&jz).await);
    app.program("mia").await.leaves().await;
    for statement in [
        "INSERT INTO contacts (owner_id, person_id, label, created_at)
            SELECT o.id, p.id, 'my friend', 0 FROM users o, users p WHERE o.username = 'jz' AND p.username = 'kevin'",
        "INSERT INTO blocks (blocker_id, blocked_id, created_at)
            SELECT o.id, p.id, 0 FROM users o, users p WHERE o.username = 'jz' AND p.username = 'mia'",
    ] {
        app.runs(statement);
    }
    let chat = socket.opens("kevin").await;
    socket.tells(chat, WORDS).await;
    kevin.tells(chat, "what a name").await;
    let room = kevin.makes_room("garden").await;
    socket.enters("garden").await;
    socket.tells(room, WORDS).await;
    Scene {
        app,
        jz,
        socket,
        kevin,
        chat,
        room,
    }
}

fn bearer(app: &TestApp, account: &Account) -> Caller {
    Caller::new(app).with("authorization", &format!("Bearer {}", account.token))
}

fn errand(app: &TestApp, arguments: &[&str], typed: &str) -> Errand {
    runs_errand(app.folder(), arguments, &[], typed)
}

fn texts(messages: &Value) -> Vec<&str> {
    let messages = messages.as_array().expect("messages");
    messages
        .iter()
        .map(|message| message["body"].as_str().expect("a text"))
        .collect()
}

#[tokio::test]
async fn what_is_held_about_somebody_is_told_and_nothing_of_others() {
    let scene = scene().await;
    for who in ["jz", "@JZ", "+12015550199"] {
        let told = errand(&scene.app, &["export-user", who], "");

        assert_eq!(told.code, Some(0), "{}", told.err);
        let held: Value = serde_json::from_str(&told.out).expect("JSON");
        assert_eq!(held["account"]["name"], "Jay Zee");
        assert_eq!(held["account"]["phone"], "+12015550199");
        assert_eq!(held["account"]["has_password"], false);
        assert_eq!(held["contacts"][0]["label"], "my friend");
        assert_eq!(held["blocked"][0]["username"], "mia");
        assert_eq!(texts(&held["messages"]), [WORDS, WORDS]);
        assert_eq!(held["conversations"].as_array().map(Vec::len), Some(2));
        assert_eq!(held["tokens"].as_array().map(Vec::len), Some(1));
        assert!(!told.out.contains("what a name") && !told.out.contains(&scene.jz.token));
    }
    let typed = errand(&scene.app, &["export-user", "-"], "+12015550199\n");
    assert!(typed.out.contains("Jay Zee"), "{}", typed.err);
    let nobody = errand(&scene.app, &["export-user", "nobody"], "");
    assert_eq!((nobody.code, nobody.out.as_str()), (Some(1), ""));
    assert_eq!(nobody.err, "chinwag: there is nobody called nobody\n");
}

#[tokio::test]
async fn what_cannot_be_written_where_it_goes_is_one_line() {
    let app = TestApp::new().await;
    app.signs_up("jz").await;
    let full = File::options().write(true).open("/dev/full");

    let told = Command::new(env!("CARGO_BIN_EXE_chinwag"))
        .args(["export-user", "jz"])
        .current_dir(app.folder())
        .env_clear()
        .env("DATABASE_URL", "sqlite://chinwag.db")
        .stdout(full.expect("a full disk"))
        .output()
        .expect("it ends");

    assert_eq!(told.status.code(), Some(1));
    let said = String::from_utf8(told.stderr).expect("UTF-8");
    assert_eq!(said, "chinwag: No space left on device (os error 28)\n");
}

#[tokio::test]
async fn who_is_erased_is_nowhere_any_more_and_the_talks_of_others_go_on() {
    let mut scene = scene().await;

    let erased = errand(&scene.app, &["erase-user", "jz", "--yes"], "");

    assert_eq!(erased.code, Some(0), "{}", erased.err);
    let name = format!("deleted-{}", scene.jz.id);
    assert!(
        erased
            .out
            .contains(&format!("@{name} now, and the text of 2 messages")),
        "{}",
        erased.out
    );
    let refused = bearer(&scene.app, &scene.jz).get("/api/contacts").await;
    assert_eq!(refused.status, 401, "at once: {refused:?}");
    let spoken = scene.socket.says(scene.chat, "still here?").await;
    assert_eq!(spoken["ok"], false, "{spoken}");
    for (event, payload) in [
        ("room:join", json!({ "name": "general" })),
        ("room:create", json!({ "name": "their-own" })),
        ("conversation:open", json!({ "username": "mia" })),
        ("match:find", json!({})),
    ] {
        let refused = refusal_of(&scene.socket.asks(event, payload).await).map(str::to_owned);
        assert_eq!(refused.as_deref(), Some("suspended"), "{event}");
    }
    assert_eq!(
        scene
            .app
            .count(&format!("memberships WHERE user_id = {}", scene.jz.id)),
        0
    );

    // The connection that is open ends with the next sweep.
    scene.app.wait(60);
    scene.app.accounts().sweep().await.expect("a sweep");
    scene.socket.is_ended().await;
    let missed = scene.kevin.asks("sync", json!({ "cursors": {} })).await;
    let bodies = texts(&missed["messages"]);
    assert!(
        bodies.contains(&"what a name") && !bodies.contains(&WORDS),
        "{missed}"
    );
    let listed = scene
        .kevin
        .asks("conversation:list", json!({}))
        .await
        .to_string();
    assert!(
        listed.contains("Deleted account") && !listed.contains("Jay Zee"),
        "{listed}"
    );
    scene.kevin.tells(scene.chat, "goodbye").await;
    scene.kevin.tells(scene.room, "they left").await;

    let verified = errand(&scene.app, &["verify"], "");
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
    errand(&scene.app, &["backup", "copy.db"], "");
    let copy = std::fs::read(scene.app.folder().join("copy.db")).expect("a copy");
    for gone in [WORDS, "Jay Zee", "+12015550199", "my friend"] {
        let mut places = copy.windows(gone.len());
        assert!(!places.any(|place| place == gone.as_bytes()), "{gone}");
    }
    assert_eq!(scene.app.count("audit_log WHERE act = 'erased'"), 1);
}

/// Lines of the log that name jz: as who did it, to whom it was done, or in what is said of it.
const NAMED: &str =
    "audit_log WHERE admin LIKE '%jz%' OR subject LIKE '%jz%' OR detail LIKE '%jz%'";

#[tokio::test]
async fn the_log_names_nobody_who_was_erased_whatever_they_were_called_then() {
    let app = TestApp::new().await;
    let boss = app.registers("boss").await;
    let boss = app.administrator(boss).await;
    let (mut kevin, mut jz, talk) = app.two_people().await;
    // It begins for jz with what is said first.
    kevin.tells(talk, "hello").await;
    let rude = jz.tells(talk, "something rude").await;
    let complaint =
        json!({ "conversation_id": talk, "message_id": rude["id"], "reason": "harassment" });
    let report = kevin.asks("report", complaint).await["report_id"].as_i64();
    let report = ReportId(report.expect("a number"));
    let note = Note::parse("no more of this").expect("a note");
    let decided = app.app().decide(&boss, report, Outcome::Warn, note);
    decided.await.expect("it is done");
    app.sanctions(&boss, jz.id, Outcome::Warn, "nor of that")
        .await;
    let admin = app.administrator(jz.id).await;
    app.moderation().enter(&admin).await.expect("they are one");
    assert_eq!(app.count(NAMED), 3, "the premise");
    app.runs("UPDATE users SET is_admin = FALSE, username = 'jay', username_key = 'jay' WHERE username = 'jz'");

    let told = errand(&app, &["export-user", "jay"], "");
    let erased = errand(&app, &["erase-user", "jay", "--yes"], "");

    let held: Value = serde_json::from_str(&told.out).expect("JSON");
    let lines = |part: &str| held[part].as_array().map(Vec::len);
    assert_eq!(lines("administrators_log"), Some(2), "{held}");
    assert_eq!(lines("done_as_administrator"), Some(1), "{held}");
    assert_eq!(held["kept_as_evidence"][0]["body"], "something rude");
    assert_eq!(erased.code, Some(0), "{}", erased.err);
    assert_eq!(app.count(NAMED), 0);
}

#[tokio::test]
async fn the_number_is_free_for_somebody_new_and_erasing_twice_changes_nothing() {
    let scene = scene().await;
    errand(&scene.app, &["erase-user", "jz", "--yes"], "");
    let name = format!("deleted-{}", scene.jz.id);

    let again = errand(&scene.app, &["erase-user", &name, "--yes"], "");
    scene.app.wait(3_600);
    let anew = Person::signed_up_with(&scene.app, "Jay", "+12015550199").await;

    assert_eq!(again.code, Some(0), "{}", again.err);
    assert!(
        again
            .out
            .contains(&format!("@{name} now, and the text of 0 messages")),
        "{}",
        again.out
    );
    assert!(anew.is_signed_in().await);
    assert_eq!(scene.app.count("users WHERE username = 'jz'"), 0);
}

#[tokio::test]
async fn nobody_is_erased_without_a_yes_and_no_administrator_at_all() {
    let app = TestApp::new().await;
    app.signs_up("jz").await;
    let ana = app.registers("ana").await;
    app.administrator(ana).await;

    let asked = errand(&app, &["erase-user", "jz"], "no\n");
    let admin = errand(&app, &["erase-user", "ana", "--yes"], "");

    assert_eq!(asked.code, Some(1));
    assert!(
        asked.out.contains("@jz, called jz, said 0 things."),
        "{}",
        asked.out
    );
    assert_eq!(asked.err, "chinwag: nothing was changed\n");
    assert_eq!(admin.code, Some(1));
    assert!(
        admin.err.contains("Take the right away first"),
        "{}",
        admin.err
    );
    assert_eq!(app.count("users WHERE suspended_until IS NOT NULL"), 0);
}

#[tokio::test]
async fn a_talk_with_a_stranger_ends_and_a_reported_one_stays_as_evidence() {
    let app = TestApp::new().await;
    let guest = app.makes_guest().await;
    let (mut one, mut other) = (app.connects(&guest).await, app.guest().await);
    let reported = one.meets(&mut other).await;
    one.tells(reported, "something bad").await;
    other.reports(reported, "abuse").await;
    let mut third = app.guest().await;
    let open = third.meets(&mut one).await;
    one.tells(open, WORDS).await;

    let erased = errand(&app, &["erase-user", &guest.username, "--yes"], "");

    assert_eq!(erased.code, Some(0), "{}", erased.err);
    assert!(erased.out.contains("kept: 1 reports"), "{}", erased.out);
    assert_eq!(app.count("messages WHERE body = 'something bad'"), 1);
    assert_eq!(app.count(&format!("messages WHERE body = '{WORDS}'")), 0);
    assert_eq!(app.count("match_people WHERE ended_at IS NULL"), 0);
    let verified = errand(&app, &["verify"], "");
    assert_eq!(verified.code, Some(0), "{}{}", verified.out, verified.err);
}
