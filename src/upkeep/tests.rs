//! What is held about people, column by column: told by the export, or not and why; taken by the erasure, or left and
//! why. A new column that is in neither list is a failure here.

use super::erase::{FORGET, RENAME, REWRITE, RUN_OUT};
use super::export::PARTS;
use crate::store::{Conn, Store};
use diesel::prelude::*;
use diesel::sql_types::Text;
use std::collections::BTreeSet;

/// A table, its columns, and the part of the export that tells them.
const TOLD: &[(&str, &str, &str)] = &[
    (
        "users",
        "id kind name username phone theme suspended_until last_seen_at created_at match_rules_at email \
         password_set_at is_admin is_listed notice suspension_reason erased_at",
        "account",
    ),
    (
        "sessions",
        "user_agent created_at last_used_at expires_at",
        "sessions",
    ),
    (
        "api_tokens",
        "kind label created_at last_used_at expires_at",
        "tokens",
    ),
    ("password_resets", "expires_at", "password_resets"),
    ("contacts", "person_id label created_at", "contacts"),
    ("contact_lookups", "asked_at", "contact_lookups"),
    ("blocks", "blocked_id created_at", "blocked"),
    ("match_blocks", "created_at", "blocked_strangers"),
    (
        "memberships",
        "conversation_id read_seq delivered_seq muted joined_at is_passing mentioned_seq",
        "conversations",
    ),
    ("conversations", "id title topic created_at", "rooms_made"),
    ("conversations", "kind low_id high_id", "conversations"),
    (
        "messages",
        "id conversation_id seq client_id body sent_at edited_at deleted",
        "messages",
    ),
    (
        "match_people",
        "conversation_id seat alias address asked_to_keep_at keep_name ended_at",
        "matches",
    ),
    (
        "matches",
        "conversation_id common_interests end_reason",
        "matches",
    ),
    ("match_bans", "address reason created_at expires_at", "bans"),
    (
        "reports",
        "reason note created_at outcome place",
        "reports_made",
    ),
    ("reports", "handled_at", "reports_handled"),
    (
        "report_evidence",
        "sender body sent_at is_subject",
        "kept_as_evidence",
    ),
    (
        "sms_sends",
        "country address network verified sent_at",
        "sms",
    ),
    (
        "phone_challenges",
        "failures next_try_at sends sent_at expires_at used_at",
        "codes_under_way",
    ),
    ("code_failures", "address failed_at", "wrong_codes"),
    ("audit_log", "act detail done_at", "administrators_log"),
    ("audit_log", "subject", "done_as_administrator"),
];

/// A table, its columns, and why they are not told.
const NOT_TOLD: &[(&str, &str, &str)] = &[
    ("users", "username_key email_key", "made from what is told"),
    ("users", "password", "a hash of a secret"),
    ("sessions", "id user_id", "its place, and whose it is"),
    ("sessions", "key data", "secrets of a browser"),
    (
        "api_tokens",
        "id user_id parent_id",
        "its place, and whose it is",
    ),
    ("api_tokens", "key", "a hash of a secret"),
    (
        "password_resets",
        "id user_id",
        "its place, and whose it is",
    ),
    ("password_resets", "key", "a hash of a secret"),
    ("contacts", "id owner_id", "its place, and whose it is"),
    (
        "contact_lookups",
        "id owner_id",
        "its place, and whose it is",
    ),
    ("blocks", "blocker_id", "whose it is"),
    ("match_blocks", "blocker_id", "whose it is"),
    ("match_blocks", "blocked_id", "a stranger stays one"),
    ("memberships", "user_id", "whose it is"),
    ("conversations", "created_by", "whose it is"),
    (
        "conversations",
        "counter last_seq changed_at name_key ended_at",
        "of everybody in there",
    ),
    ("messages", "sender_id", "whose it is"),
    ("messages", "rev digest", "made from what is told"),
    ("match_people", "user_id", "whose it is"),
    ("matches", "sealed", "whether somebody reported it"),
    ("match_bans", "id user_id", "its place, and whose it is"),
    ("reports", "id conversation_id message_id", "its place"),
    (
        "reports",
        "reporter_id reported_id handled_by",
        "whose it is, and of others",
    ),
    (
        "report_evidence",
        "report_id seq sender_id",
        "its place, and whose it is",
    ),
    (
        "sms_sends",
        "id user_id phone",
        "its place, and whose it is",
    ),
    ("sms_sends", "prefix", "the beginning of the number"),
    ("phone_challenges", "id phone", "its place, and whose it is"),
    (
        "phone_challenges",
        "key code_mac signup_key",
        "hashes of secrets",
    ),
    ("code_failures", "id phone", "its place, and whose it is"),
    (
        "audit_log",
        "id subject_id admin_id admin",
        "its place, whose it is, and who did it",
    ),
];

/// What refers to somebody and is left when they are erased, and why.
const LEFT: &[(&str, &str)] = &[
    ("conversations.low_id", "the other one's talk"),
    ("conversations.high_id", "the other one's talk"),
    (
        "messages.sender_id",
        "its place; the words are taken in portions",
    ),
    ("reports.reporter_id", "until the report is deleted"),
    ("reports.reported_id", "until the report is deleted"),
    ("reports.handled_by", "they were an administrator"),
];

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    place: String,
}

async fn columns(sql: &'static str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::in_folder(folder.path());
    let read = move |conn: &mut Conn| Ok(diesel::sql_query(sql).load::<Column>(conn)?);
    let found = store.read(read).await.unwrap();
    found.into_iter().map(|column| column.place).collect()
}

/// Every column of a table that knows people: by their id, or by their number.
const ABOUT_PEOPLE: &str = "
    SELECT t.name || '.' || c.name AS place FROM pragma_table_list t JOIN pragma_table_info(t.name) c
     WHERE t.type = 'table' AND (t.name IN ('users', 'matches')
        OR EXISTS (SELECT 1 FROM pragma_foreign_key_list(t.name) f WHERE f.\"table\" = 'users')
        OR EXISTS (SELECT 1 FROM pragma_table_info(t.name) p WHERE p.name IN ('phone', 'address', 'user_id', 'sender_id')))";

const REFERENCES: &str = "
    SELECT t.name || '.' || f.\"from\" AS place FROM pragma_table_list t JOIN pragma_foreign_key_list(t.name) f
     WHERE t.type = 'table' AND f.\"table\" = 'users'";

fn places(lists: &[(&str, &str, &str)]) -> Vec<String> {
    let place = |table: &str, columns: &str| {
        let columns = columns.split_whitespace();
        columns
            .map(|column| format!("{table}.{column}"))
            .collect::<Vec<_>>()
    };
    lists
        .iter()
        .flat_map(|(table, columns, _)| place(table, columns))
        .collect()
}

fn says(text: &str, word: &str) -> bool {
    let is_other = |c: char| !c.is_alphanumeric() && c != '_';
    text.split(is_other).any(|one| one == word)
}

#[tokio::test]
async fn each_column_about_people_is_told_or_has_a_word_why_not() {
    let held = columns(ABOUT_PEOPLE).await;
    assert!(held.len() > 100, "the premise: {}", held.len());

    let listed = [places(TOLD), places(NOT_TOLD)].concat();

    assert_eq!(listed.iter().cloned().collect::<BTreeSet<_>>(), held);
    assert_eq!(listed.len(), held.len(), "each once");
}

#[test]
fn what_is_said_to_be_told_is_in_its_part() {
    for (table, columns, name) in TOLD {
        let part = PARTS.iter().find(|part| part.name == *name);
        let part = part.unwrap_or_else(|| panic!("there is no part {name}"));
        let told = format!("{} {}", part.tells.join(" "), part.from);
        assert!(says(part.from, table), "{name} is not of {table}");
        for column in columns.split_whitespace() {
            assert!(says(&told, column), "{name} does not tell {column}");
        }
    }
    for part in PARTS {
        assert!(
            TOLD.iter().any(|(_, _, name)| *name == part.name) || part.name == "reports_of_them"
        );
    }
}

#[tokio::test]
async fn whatever_refers_to_somebody_is_taken_or_has_a_word_why_it_is_left() {
    let statements = [FORGET, RUN_OUT, RENAME, REWRITE].concat();
    let is_taken = |place: &str| {
        let (table, column) = place.split_once('.').unwrap();
        let of_table = statements.iter().filter(|sql| says(sql, table));
        of_table.into_iter().any(|sql| says(sql, column))
    };
    let all = columns(REFERENCES).await;
    assert!(all.len() > 20, "the premise: {}", all.len());
    for place in &all {
        let is_left = LEFT.iter().any(|(left, _)| left == place);
        assert!(
            is_taken(place) != is_left,
            "{place}: taken or left, and one of them"
        );
    }
}
