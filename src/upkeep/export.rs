//! All that is held about somebody, as JSON. Of what others said or think of them only what is theirs to know:
//! no other's message, number or address, not who listed, blocked or reported them.

use crate::error::{Error, Result};
use crate::model::UserId;
use crate::store::Conn;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::{Map, Value};

/// A moment in words; an expression in milliseconds goes in.
macro_rules! moment {
    ($column:literal) => {
        concat!(
            "strftime('%Y-%m-%dT%H:%M:%fZ', ",
            $column,
            " / 1000.0, 'unixepoch')"
        )
    };
}

/// Each part, and the one row that holds it as JSON. The bind is the person.
const PARTS: &[(&str, &str)] = &[
    (
        "account",
        concat!(
            "SELECT json_object('id', id, 'kind', kind, 'name', name, 'username', username, 'phone', phone, 'email', email,
                'has_password', json(iif(password IS NULL, 'false', 'true')), 'theme', theme,
                'is_listed', json(iif(is_listed, 'true', 'false')), 'is_administrator', json(iif(is_admin, 'true', 'false')),
                'notice', notice, 'created_at', ", moment!("created_at"), ", 'last_seen_at', ", moment!("last_seen_at"),
            ", 'agreed_to_match_rules_at', ", moment!("match_rules_at"), ", 'suspended_until', ", moment!("suspended_until"),
            ", 'suspension_reason', suspension_reason) AS json FROM users WHERE id = ?1"
        ),
    ),
    (
        "sessions",
        concat!(
            "SELECT json_group_array(json_object('browser', user_agent, 'created_at', ", moment!("created_at"),
            ", 'last_used_at', ", moment!("last_used_at"), ", 'expires_at', ", moment!("expires_at"),
            ")) AS json FROM sessions WHERE user_id = ?1"
        ),
    ),
    (
        "tokens",
        concat!(
            "SELECT json_group_array(json_object('kind', kind, 'label', label, 'created_at', ", moment!("created_at"),
            ", 'last_used_at', ", moment!("last_used_at"), ", 'expires_at', ", moment!("expires_at"),
            ")) AS json FROM api_tokens WHERE user_id = ?1"
        ),
    ),
    (
        "contacts",
        concat!(
            "SELECT json_group_array(json_object('username', u.username, 'label', k.label, 'created_at', ", moment!("k.created_at"),
            ")) AS json FROM contacts k JOIN users u ON u.id = k.person_id WHERE k.owner_id = ?1"
        ),
    ),
    (
        "blocked",
        concat!(
            "SELECT json_group_array(json_object('username', u.username, 'created_at', ", moment!("b.created_at"),
            ")) AS json FROM blocks b JOIN users u ON u.id = b.blocked_id WHERE b.blocker_id = ?1"
        ),
    ),
    (
        "conversations",
        concat!(
            "SELECT json_group_array(json_object('id', c.id, 'kind', c.kind, 'title', c.title, 'with', u.username,
                'muted', json(iif(m.muted, 'true', 'false')), 'read_up_to', m.read_seq, 'joined_at', ", moment!("m.joined_at"),
            ")) AS json FROM memberships m JOIN conversations c ON c.id = m.conversation_id
                LEFT JOIN users u ON u.id IN (c.low_id, c.high_id) AND u.id <> m.user_id WHERE m.user_id = ?1"
        ),
    ),
    (
        "messages",
        concat!(
            "SELECT json_group_array(json_object('id', id, 'conversation_id', conversation_id, 'place', seq, 'body', body,
                'deleted', json(iif(deleted, 'true', 'false')), 'sent_at', ", moment!("sent_at"), ", 'edited_at', ", moment!("edited_at"),
            ")) AS json FROM (SELECT * FROM messages WHERE sender_id = ?1 ORDER BY id)"
        ),
    ),
    (
        "matches",
        concat!(
            "SELECT json_group_array(json_object('conversation_id', conversation_id, 'called', coalesce(keep_name, alias),
                'asked_to_keep_at', ", moment!("asked_to_keep_at"), ", 'ended_at', ", moment!("ended_at"),
            ")) AS json FROM match_people WHERE user_id = ?1"
        ),
    ),
    (
        "bans",
        concat!(
            "SELECT json_group_array(json_object('reason', reason, 'created_at', ", moment!("created_at"),
            ", 'expires_at', ", moment!("expires_at"), ")) AS json FROM match_bans WHERE user_id = ?1"
        ),
    ),
    (
        "reports_made",
        concat!(
            "SELECT json_group_array(json_object('reason', reason, 'note', note, 'outcome', outcome, 'created_at', ", moment!("created_at"),
            ")) AS json FROM reports WHERE reporter_id = ?1"
        ),
    ),
    (
        "reports_of_them",
        concat!(
            "SELECT json_group_array(json_object('reason', reason, 'outcome', outcome, 'created_at', ", moment!("created_at"),
            ")) AS json FROM reports WHERE reported_id = ?1"
        ),
    ),
    (
        "sms",
        concat!(
            "SELECT json_group_array(json_object('country', country, 'sent_at', ", moment!("sent_at"),
            ")) AS json FROM sms_sends WHERE user_id = ?1 OR phone = (SELECT phone FROM users WHERE id = ?1)"
        ),
    ),
    (
        "administrators_log",
        concat!(
            "SELECT json_group_array(json_object('act', act, 'detail', detail, 'done_at', ", moment!("done_at"),
            ")) AS json FROM audit_log WHERE subject_id = ?1
                OR (subject_id IS NULL AND subject = (SELECT '@' || username FROM users WHERE id = ?1))"
        ),
    ),
];

/// Everything, on one snapshot.
///
/// # Errors
/// The database's.
pub fn export(conn: &mut Conn, user: UserId) -> Result<Value> {
    #[derive(QueryableByName)]
    struct Part {
        #[diesel(sql_type = Text)]
        json: String,
    }
    conn.transaction(|conn| {
        let mut held = Map::new();
        for (name, sql) in PARTS {
            let part: Part = diesel::sql_query(*sql)
                .bind::<BigInt, _>(user)
                .get_result(conn)?;
            let part = serde_json::from_str(&part.json);
            held.insert(
                (*name).into(),
                part.map_err(|error| Error::Internal(error.into()))?,
            );
        }
        Ok(Value::Object(held))
    })
}
