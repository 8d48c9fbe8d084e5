//! All that is held about somebody, as JSON. Of what others said or think of them only what is theirs to know:
//! no other's message, number or address, not who listed, blocked or reported them.
//!
//! Not told: hashes by which secrets are known (of passwords, cookies, tokens, codes), and what only orders rows.
//! `tests.rs` walks the tables and wants each column to be in one of the two lists.

use crate::error::{Error, Result};
use crate::model::UserId;
use crate::store::Conn;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::{Map, Value};

/// Rows of one kind. The bind is the person.
pub(super) struct Part {
    pub(super) name: &'static str,
    /// What is told of each row: a column, or `name: expression`. What is called `…_at`, `…_until` is a moment in
    /// words, and what is called `is_…`, `has_…` true or false.
    pub(super) tells: &'static [&'static str],
    pub(super) from: &'static str,
}

const fn part(name: &'static str, tells: &'static [&'static str], from: &'static str) -> Part {
    Part { name, tells, from }
}

/// The one part that is a row and no list of rows.
const ACCOUNT: &str = "account";

#[rustfmt::skip]
pub(super) const PARTS: &[Part] = &[
    part(ACCOUNT, &[
        "id", "kind", "name", "username", "phone", "email", "has_password: password IS NOT NULL", "password_set_at", "theme",
        "is_listed", "is_admin", "notice", "created_at", "last_seen_at", "match_rules_at", "suspended_until",
        "suspension_reason", "erased_at",
    ], "users WHERE id = ?1"),
    part("sessions", &["browser: user_agent", "created_at", "last_used_at", "expires_at"], "sessions WHERE user_id = ?1"),
    part("tokens", &["kind", "label", "created_at", "last_used_at", "expires_at"], "api_tokens WHERE user_id = ?1"),
    part("password_resets", &["expires_at"], "password_resets WHERE user_id = ?1"),
    part("contacts", &["username: u.username", "label: k.label", "created_at: k.created_at"],
        "contacts k JOIN users u ON u.id = k.person_id WHERE k.owner_id = ?1"),
    part("contact_lookups", &["asked_at"], "contact_lookups WHERE owner_id = ?1"),
    part("blocked", &["username: u.username", "created_at: b.created_at"],
        "blocks b JOIN users u ON u.id = b.blocked_id WHERE b.blocker_id = ?1"),
    // Whom is not told: a stranger has no name.
    part("blocked_strangers", &["created_at"], "match_blocks WHERE blocker_id = ?1"),
    part("conversations", &[
        "id: c.id", "kind: c.kind", "title: c.title", "with: u.username", "is_muted: m.muted", "is_passing: m.is_passing",
        "read_up_to: m.read_seq", "received_up_to: m.delivered_seq", "mentioned_in: m.mentioned_seq", "joined_at: m.joined_at",
    ], "memberships m JOIN conversations c ON c.id = m.conversation_id
        LEFT JOIN users u ON u.id IN (c.low_id, c.high_id) AND u.id <> m.user_id WHERE m.user_id = ?1"),
    part("rooms_made", &["id", "title", "topic", "created_at"], "conversations WHERE created_by = ?1"),
    part("messages", &[
        "id", "conversation_id", "place: seq", "client_id", "body", "is_deleted: deleted", "sent_at", "edited_at",
    ], "(SELECT * FROM messages WHERE sender_id = ?1 ORDER BY id)"),
    part("matches", &[
        "conversation_id: p.conversation_id", "called: coalesce(p.keep_name, p.alias)", "seat: p.seat",
        "address_hash: p.address", "common_interests: x.common_interests", "end_reason: x.end_reason",
        "asked_to_keep_at: p.asked_to_keep_at", "ended_at: p.ended_at",
    ], "match_people p LEFT JOIN matches x ON x.conversation_id = p.conversation_id WHERE p.user_id = ?1"),
    part("bans", &["reason", "address_hash: address", "created_at", "expires_at"], "match_bans WHERE user_id = ?1"),
    part("reports_made", &["reason", "note", "place", "outcome", "created_at", "handled_at"], "reports WHERE reporter_id = ?1"),
    part("reports_of_them", &["reason", "outcome", "created_at", "handled_at"], "reports WHERE reported_id = ?1"),
    part("kept_as_evidence", &["called: sender", "body", "is_subject", "sent_at"], "report_evidence WHERE sender_id = ?1"),
    part("sms", &[
        "country", "address_hash: address", "network_hash: network", "is_verified: verified", "sent_at",
    ], "sms_sends WHERE user_id = ?1 OR phone = (SELECT phone FROM users WHERE id = ?1)"),
    part("codes_under_way", &["sends", "failures", "sent_at", "next_try_at", "expires_at", "used_at"],
        "phone_challenges WHERE phone = (SELECT phone FROM users WHERE id = ?1)"),
    part("wrong_codes", &["address_hash: address", "failed_at"],
        "code_failures WHERE phone = (SELECT phone FROM users WHERE id = ?1)"),
    // Lines of before there was a `subject_id` are known by the name that they have now.
    part("administrators_log", &["act", "detail", "done_at"],
        "audit_log WHERE subject_id = ?1
            OR (subject_id IS NULL AND subject = (SELECT '@' || username FROM users WHERE id = ?1))"),
    part("done_as_administrator", &["act", "subject", "detail", "done_at"], "audit_log WHERE admin_id = ?1"),
    part("reports_handled", &["outcome", "handled_at"], "reports WHERE handled_by = ?1"),
];

impl Part {
    /// The one row that holds it, as a JSON list of objects.
    fn sql(&self) -> String {
        let fields = self.tells.iter().map(|told| {
            let (name, value) = told.split_once(": ").unwrap_or((told, told));
            format!("'{name}', {}", in_json(name, value))
        });
        let fields = fields.collect::<Vec<_>>().join(", ");
        let from = self.from;
        format!("SELECT json_group_array(json_object({fields})) AS json FROM {from}")
    }

    fn rows(&self, conn: &mut Conn, user: UserId) -> Result<Vec<Value>> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            json: String,
        }
        let list: Row = diesel::sql_query(self.sql())
            .bind::<BigInt, _>(user)
            .get_result(conn)?;
        serde_json::from_str(&list.json).map_err(|error| Error::Internal(error.into()))
    }
}

fn in_json(name: &str, value: &str) -> String {
    if name.ends_with("_at") || name.ends_with("_until") {
        format!("strftime('%Y-%m-%dT%H:%M:%fZ', {value} / 1000.0, 'unixepoch')")
    } else if name.starts_with("is_") || name.starts_with("has_") {
        format!("json(iif({value}, 'true', 'false'))")
    } else {
        value.to_owned()
    }
}

/// Everything, on one snapshot.
///
/// # Errors
/// The database's.
pub fn export(conn: &mut Conn, user: UserId) -> Result<Value> {
    conn.transaction(|conn| {
        let mut held = Map::new();
        for part in PARTS {
            let mut rows = part.rows(conn, user)?;
            let told = if part.name == ACCOUNT {
                rows.pop().ok_or(Error::NotFound)?
            } else {
                rows.into()
            };
            held.insert(part.name.into(), told);
        }
        Ok(Value::Object(held))
    })
}
