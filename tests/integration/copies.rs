//! `chinwag backup` and `chinwag restore`: away from a server that runs, back to where there is nothing.

use crate::support::{Credential, Process, Program, TestApp, runs_errand};
use serde_json::{Value, json};
use std::fs::File;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;

const SETTINGS: [(&str, &str); 2] = [("DATABASE_URL", "sqlite://chinwag.db"), ("LIMITS", "off")];

/// What a client asks for when it comes back.
async fn misses(program: &mut Program) -> Vec<Value> {
    let mut missed = program.asks("sync", json!({ "cursors": {} })).await;
    let messages = missed["messages"].take();
    messages.as_array().expect("messages").clone()
}

fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).expect("it is there");
    metadata.permissions().mode() & 0o777
}

#[tokio::test]
async fn a_copy_of_a_running_server_comes_back_elsewhere_with_another_epoch() {
    let app = TestApp::new().await;
    let (kevin, jz) = (app.signs_up("kevin").await, app.signs_up("jz").await);
    let (mut author, reader) = (app.connects(&kevin).await, app.connects(&jz).await);
    let chat = author.opens("jz").await;
    let said = author.says_many(chat, 5).await;

    let backup = runs_errand(app.folder(), &["backup", "copy.db"], &[], "");
    author.tells(chat, "after the copy").await;

    assert_eq!(backup.code, Some(0), "{}", backup.err);
    assert!(
        backup
            .out
            .starts_with("copy.db holds 2 people and 5 messages, "),
        "{}",
        backup.out
    );
    assert_eq!(backup.err, "", "no bar where there is no terminal");
    let copy = app.folder().join("copy.db");
    assert_eq!(mode(&copy), 0o600);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let path = copy.display().to_string();
    let restored = runs_errand(elsewhere.path(), &["restore", &path], &[], "");
    assert_eq!(restored.code, Some(0), "{}", restored.err);
    assert_eq!(mode(&elsewhere.path().join("chinwag.db")), 0o600);
    let server = Process::serves(elsewhere.path(), &SETTINGS).await;
    let mut back = server
        .connects(Credential::Token(&jz.token))
        .await
        .expect("the token is in the copy");
    assert_eq!(misses(&mut back).await, said);
    assert_ne!(back.ready()["epoch"], reader.ready()["epoch"]);
}

#[tokio::test]
async fn a_copy_overwrites_nothing() {
    let app = TestApp::new().await;
    std::fs::write(app.folder().join("there.db"), "mine").expect("a file");

    let elsewhere = [("DATABASE_URL", "sqlite://there.db")];
    let nothing = "there.db is there already, and nothing is overwritten";
    for (arguments, settings, why) in [
        (["backup", "there.db"], &[][..], nothing),
        (["restore", "there.db"], &elsewhere, nothing),
        (["restore", "there.db"], &[], "a server is using that place"),
        (["restore", "none.db"], &[], "there is no file none.db"),
        (["backup", "none/copy.db"], &[], "cannot write into none"),
        (
            ["restore", "there.db/copy.db"],
            &[],
            "cannot read there.db/copy.db",
        ),
    ] {
        let refused = runs_errand(app.folder(), &arguments, settings, "");

        assert_eq!(refused.code, Some(1), "{arguments:?}");
        assert!(refused.err.contains(why), "{}", refused.err);
        assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
    }
    let there = std::fs::read_to_string(app.folder().join("there.db"));
    assert_eq!(there.expect("it is there"), "mine");
}

#[tokio::test]
async fn a_copy_for_which_there_is_no_room_is_not_begun() {
    let app = TestApp::new().await;
    runs_errand(app.folder(), &["backup", "huge.db"], &[], "");
    // Four terabytes, most of them nowhere: a page has 4 KiB, and their number stands at 28.
    let pages: u32 = 1 << 30;
    let huge = File::options()
        .write(true)
        .open(app.folder().join("huge.db"));
    let huge = huge.expect("a copy");
    huge.write_all_at(&pages.to_be_bytes(), 28)
        .expect("a number");
    huge.set_len(u64::from(pages) * 4096).expect("holes");
    let settings = [("DATABASE_URL", "sqlite://huge.db")];

    let refused = runs_errand(app.folder(), &["backup", "copy.db"], &settings, "");

    assert_eq!(refused.code, Some(1), "{}", refused.out);
    let said = "there is no room for copy.db: the copy takes 4194304 MiB, 64 more are to stay free";
    assert!(refused.err.contains(said), "{}", refused.err);
    assert!(!app.folder().join("copy.db").exists());
}

#[tokio::test]
async fn nothing_is_restored_where_a_server_is_about_to_begin() {
    let app = TestApp::new().await;
    runs_errand(app.folder(), &["backup", "copy.db"], &[], "");
    // It has the place, and its database was taken away from under it.
    for file in ["chinwag.db", "chinwag.db-wal", "chinwag.db-shm"] {
        std::fs::remove_file(app.folder().join(file)).expect("it was there");
    }

    let refused = runs_errand(app.folder(), &["restore", "copy.db"], &[], "");

    assert_eq!(refused.code, Some(1));
    assert!(
        refused.err.contains("a server is using that place"),
        "{}",
        refused.err
    );
}

#[tokio::test]
async fn what_is_no_whole_copy_of_ours_is_not_restored_and_leaves_nothing_behind() {
    let app = TestApp::new().await;
    runs_errand(app.folder(), &["backup", "copy.db"], &[], "");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("bad.db");
    let whole = std::fs::read(app.folder().join("copy.db")).expect("a copy");
    let mut newer = whole.clone();
    // The version of a migration, as it stands in the file.
    for at in find(&whole, b"20261121000002") {
        newer[at + 3] = b'9';
    }
    let bad: [(&[u8], &str); 5] = [
        (b"", "no database of Chinwag's"),
        (b"no database at all", "not a database"),
        (&whole[..whole.len() / 2], "malformed"),
        (&flipped(&whole), "damaged"),
        (&newer, "newer"),
    ];
    for (bytes, why) in bad {
        std::fs::write(&path, bytes).expect("a file");

        let refused = runs_errand(folder.path(), &["restore", "bad.db"], &[], "");

        assert_eq!(refused.code, Some(1), "{why}");
        assert!(refused.err.contains(why), "{why}: {}", refused.err);
        let left = std::fs::read_dir(folder.path()).expect("a folder");
        let left = left.map(|file| file.expect("a file").file_name().into_string());
        let made = left.filter(|name| {
            name.as_ref()
                .is_ok_and(|name| name.starts_with("chinwag.db"))
        });
        assert_eq!(made.count(), 0, "{why}");
    }
}

#[tokio::test]
async fn what_is_called_like_an_unfinished_copy_is_let_be() {
    let app = TestApp::new().await;
    let mine = app.folder().join("mine");
    std::fs::write(&mine, "not to be touched").expect("a file");
    let made = mode(&mine);
    std::fs::write(app.folder().join("one.db.part"), "mine, too").expect("a file");
    symlink(&mine, app.folder().join("other.db.part")).expect("a link");

    for copy in ["one.db", "other.db"] {
        let backup = runs_errand(app.folder(), &["backup", copy], &[], "");
        assert_eq!(backup.code, Some(0), "{}", backup.err);
    }

    let read = |name: &str| std::fs::read_to_string(app.folder().join(name)).expect("it is there");
    assert_eq!(read("mine"), "not to be touched");
    assert_eq!(read("one.db.part"), "mine, too");
    assert_eq!(mode(&mine), made, "its mode as well");
}

/// Where those bytes stand.
fn find(bytes: &[u8], what: &[u8]) -> Vec<usize> {
    let windows = bytes.windows(what.len()).enumerate();
    windows
        .filter(|(_, window)| *window == what)
        .map(|(at, _)| at)
        .collect()
}

/// With one entry of an index that is not its row's any more.
fn flipped(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let places = find(&bytes, b"general");
    // In the table its title and the key of it, and then the key in the index.
    bytes[*places.last().expect("the room that is always there")] ^= 1;
    bytes
}
