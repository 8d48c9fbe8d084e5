//! `chinwag verify`: nothing to say of what people did, and a line for each damage that was put in by hand.

use crate::support::{Errand, TestApp, runs_errand};

/// What stands in a message, to be found again in the file.
const WORDS: &str = "the quick brown fox";

/// Two people who talk, change and delete what they said, and know a room and a stranger.
async fn lived_in() -> TestApp {
    let app = TestApp::new().await;
    let (mut kevin, mut jz, chat) = app.two_people().await;
    let first = kevin.tells(chat, "first").await;
    jz.tells(chat, "second").await;
    kevin.edits(&first, "the first").await;
    let last = jz.tells(chat, "third").await;
    jz.deletes(&last).await;
    jz.marks("read", chat, 1).await;
    let mut ana = app.program("ana").await;
    let plain = ana.opens("kevin").await;
    for body in ["one", WORDS, "three", "four"] {
        ana.tells(plain, body).await;
    }
    let room = kevin.makes_room("garden").await;
    jz.enters("garden").await;
    jz.tells(room, "hello").await;
    let topic = kevin.commands(room, "topic", "roses").await;
    assert_eq!(topic["ok"], true, "{topic}");
    kevin.tells(room, "hello yourself").await;
    let (mut one, other, talk) = app.two_strangers().await;
    one.tells(talk, "who are you?").await;
    let mut caller = app.guest().await;
    caller.meets(&mut ana).await;
    drop(other);
    app
}

fn verified(app: &TestApp) -> Errand {
    runs_errand(app.folder(), &["verify"], &[], "")
}

#[tokio::test]
async fn nothing_is_wrong_with_what_people_did() {
    let app = lived_in().await;
    assert!(app.count("messages WHERE deleted OR edited_at IS NOT NULL") > 1);

    let running = verified(&app);
    let backup = runs_errand(app.folder(), &["backup", "copy.db"], &[], "");
    let copy = runs_errand(app.folder(), &["verify", "copy.db"], &[], "");

    assert_eq!(
        running.out, "chinwag.db: nothing wrong was found\n",
        "{}",
        running.err
    );
    assert_eq!(running.code, Some(0));
    assert_eq!(backup.code, Some(0));
    assert_eq!(
        copy.out, "copy.db: nothing wrong was found\n",
        "{}",
        copy.err
    );
}

/// What was done by hand, and what is said about it.
const DAMAGES: [(&str, &str); 18] = [
    (
        "DELETE FROM messages WHERE body = 'the quick brown fox'",
        "a message is missing between 1 and 3",
    ),
    (
        "DELETE FROM messages WHERE body = 'one'",
        "a message is missing between 0 and 2",
    ),
    (
        "DELETE FROM messages WHERE body = 'four'",
        "last_seq is 4, counter 4; its messages end at 3",
    ),
    (
        "UPDATE conversations SET counter = counter + 1 WHERE last_seq = 4",
        "last_seq is 4, counter 5",
    ),
    (
        "UPDATE conversations SET last_seq = 9, counter = 9 WHERE last_seq = 4",
        "last_seq is 9, counter 9",
    ),
    (
        "UPDATE memberships SET read_seq = 99, delivered_seq = 99 WHERE user_id = (SELECT id FROM users WHERE username = 'ana')",
        "has read up to 99",
    ),
    (
        "UPDATE memberships SET mentioned_seq = 9 WHERE user_id = (SELECT id FROM users WHERE username = 'ana')",
        "was named in 9 of 4",
    ),
    (
        "UPDATE messages SET rev = 4 WHERE body = 'one'",
        "4 is the place of message",
    ),
    (
        "UPDATE messages SET body = 'something else' WHERE body = 'one'",
        "its text is not the one that was sent",
    ),
    (
        "UPDATE messages SET body = 'kept' WHERE deleted",
        "was deleted, and has a text",
    ),
    (
        "UPDATE messages SET sender_id = (SELECT id FROM users WHERE username = 'jz') WHERE body = 'one'",
        "its sender is not in there",
    ),
    (
        "DELETE FROM memberships WHERE user_id = (SELECT id FROM users WHERE username = 'ana')",
        "is one of its two people and not in it",
    ),
    (
        "PRAGMA foreign_keys = OFF; DELETE FROM users WHERE username = 'ana'",
        "its sender is nobody",
    ),
    (
        "PRAGMA foreign_keys = OFF; DELETE FROM conversations WHERE last_seq = 4",
        "refers to a row of conversations that is not there",
    ),
    (
        "DELETE FROM match_people WHERE seat = 2",
        "it has not two people",
    ),
    (
        "UPDATE users SET username_key = 'kevin2' WHERE username = 'kevin'",
        "is compared by another username than their own",
    ),
    (
        "DELETE FROM server_facts WHERE name = 'epoch'",
        "the database has no epoch",
    ),
    (
        "PRAGMA ignore_check_constraints = ON; UPDATE users SET kind = 'ghost' WHERE username = 'kevin'",
        "CHECK constraint failed in users",
    ),
];

#[tokio::test]
async fn each_damage_that_was_put_in_by_hand_is_a_line() {
    let app = lived_in().await;
    for (n, (damage, said)) in DAMAGES.into_iter().enumerate() {
        let copy = format!("copy-{n}.db");
        runs_errand(app.folder(), &["backup", &copy], &[], "");
        app.changes_copy(&copy, damage);

        let found = runs_errand(app.folder(), &["verify", &copy], &[], "");

        assert!(
            found.out.contains(said),
            "{damage}: {}{}",
            found.out,
            found.err
        );
        assert_eq!(found.code, Some(1), "{damage}");
        for words in ["kevin", "quick", "+1201"] {
            assert!(!found.out.contains(words), "{damage}: {}", found.out);
        }
    }
}

#[tokio::test]
async fn a_flipped_byte_is_found_in_a_text_and_in_an_index() {
    let app = lived_in().await;
    runs_errand(app.folder(), &["backup", "copy.db"], &[], "");
    let copy = app.folder().join("copy.db");
    let whole = std::fs::read(&copy).expect("a copy");
    for (words, from_the_end, said) in [
        (WORDS, false, "its text is not the one that was sent"),
        ("garden", true, "index room_names_are_unique"),
    ] {
        let mut bytes = whole.clone();
        let mut places = bytes.windows(words.len()).enumerate();
        let is_there = |(_, window): &(usize, &[u8])| *window == words.as_bytes();
        let place = if from_the_end {
            places.rfind(is_there)
        } else {
            places.find(is_there)
        };
        let at = place.expect("it stands in the file").0;
        bytes[at] ^= 0x80;
        std::fs::write(&copy, bytes).expect("a file");

        let found = runs_errand(app.folder(), &["verify", "copy.db"], &[], "");

        assert_eq!(found.code, Some(1), "{words}: {}{}", found.out, found.err);
        assert!(found.out.contains(said), "{words}: {}", found.out);
    }
}

#[tokio::test]
async fn what_is_none_of_our_databases_is_one_line() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("junk.db"), "no database").expect("a file");
    for path in ["junk.db", "missing.db"] {
        let refused = runs_errand(folder.path(), &["verify", path], &[], "");

        assert_eq!(refused.code, Some(1), "{path}");
        assert!(
            refused.err.starts_with(&format!("chinwag: {path}: ")),
            "{}",
            refused.err
        );
        assert_eq!(refused.err.lines().count(), 1, "{}", refused.err);
        assert!(!folder.path().join("missing.db").exists());
    }
}

#[tokio::test]
async fn the_database_of_the_settings_is_not_made_by_looking_at_it() {
    let folder = tempfile::tempdir().expect("a folder");

    let refused = runs_errand(folder.path(), &["verify"], &[], "");

    assert_eq!(refused.code, Some(1));
    assert!(!folder.path().join("chinwag.db").exists());
}
