//! Whether a database agrees with itself.

use super::checks::CHECKS;
use crate::error::{Error, Result};
use crate::model::{Body, Username};
use crate::store::{Backend, Conn, damage, require_current};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};

/// Findings of one kind that are told; a table that is gone would have millions.
const TOLD: usize = 100;
/// Rows that are read at a time.
const PAGE: i64 = 5_000;

/// Looks for whatever cannot be, on one snapshot: a server may run. Each finding is a line, with ids and no
/// words of anybody's. `step` is told what comes next, and how many steps are left.
///
/// # Errors
/// `Internal` when this is no database of this program's version.
pub fn verify(conn: &mut Conn, step: &mut dyn FnMut(&str, usize)) -> Result<Vec<String>> {
    require_current(conn)?;
    conn.transaction(|conn| {
        let mut found = Vec::new();
        let mut left = CHECKS.len() + 3;
        let mut look = |about: &str, look: &mut dyn FnMut() -> Result<Vec<String>>| {
            step(about, left);
            left -= 1;
            note(&mut found, about, look());
        };
        look("the file", &mut || damage(conn));
        for check in CHECKS {
            look(check.about, &mut || lines(conn, check.sql));
        }
        look("names", &mut || names(conn));
        look("texts", &mut || texts(conn));
        Ok(found)
    })
}

/// A database that is damaged cannot answer every question, which is a finding as well.
fn note(found: &mut Vec<String>, about: &str, lines: Result<Vec<String>>) {
    let mut lines = lines.unwrap_or_else(|error| {
        let why = match error {
            Error::Database(cause) => cause.to_string(),
            error => error.to_string(),
        };
        vec![format!("{about} cannot be looked at: {why}")]
    });
    if lines.len() > TOLD {
        lines.truncate(TOLD);
        lines.push(format!("{about}: and more of that kind"));
    }
    found.append(&mut lines);
}

fn lines(conn: &mut Conn, sql: &str) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        line: String,
    }
    let some = format!("SELECT line FROM ({sql}) LIMIT {}", TOLD + 1);
    let rows: Vec<Row> = diesel::sql_query(some).load(conn)?;
    Ok(rows.into_iter().map(|row| row.line).collect())
}

/// Every row that `sql` finds behind an id, read a page at a time.
fn each_row<R>(
    conn: &mut Conn,
    sql: &str,
    id: fn(&R) -> i64,
    mut look: impl FnMut(&R),
) -> Result<()>
where
    R: QueryableByName<Backend> + 'static,
{
    let mut last = 0;
    loop {
        let page = diesel::sql_query(sql)
            .bind::<BigInt, _>(last)
            .bind::<BigInt, _>(PAGE);
        let rows: Vec<R> = page.load(conn)?;
        let Some(end) = rows.last() else {
            return Ok(());
        };
        last = id(end);
        rows.iter().for_each(&mut look);
    }
}

/// What people are found by is made from what they call themselves.
fn names(conn: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = Text)]
        username: String,
        #[diesel(sql_type = Text)]
        username_key: String,
        #[diesel(sql_type = Nullable<Text>)]
        email: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        email_key: Option<String>,
    }
    let people = "SELECT id, username, username_key, email, email_key FROM users WHERE id > ?1 ORDER BY id LIMIT ?2";
    let mut found = Vec::new();
    each_row(
        conn,
        people,
        |row: &Row| row.id,
        |row| {
            let mut differs = |what| {
                found.push(format!(
                    "user {}: is compared by another {what} than their own",
                    row.id
                ));
            };
            if Username::key_of(&row.username) != row.username_key {
                differs("username");
            }
            if row.email.as_deref().map(Username::key_of) != row.email_key {
                differs("address");
            }
        },
    )?;
    Ok(found)
}

/// A message that was never changed still has the digest of what was sent.
fn texts(conn: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
        #[diesel(sql_type = BigInt)]
        conversation_id: i64,
        // Not as text: a damaged one may be none.
        #[diesel(sql_type = Binary)]
        body: Vec<u8>,
        #[diesel(sql_type = Binary)]
        digest: Vec<u8>,
    }
    let unchanged = "SELECT id, conversation_id, CAST(body AS BLOB) AS body, digest FROM messages
        WHERE id > ?1 AND edited_at IS NULL AND NOT deleted ORDER BY id LIMIT ?2";
    let mut found = Vec::new();
    each_row(
        conn,
        unchanged,
        |row: &Row| row.id,
        |row| {
            if row.digest != Body::digest_of(&row.body) {
                let (id, conversation) = (row.id, row.conversation_id);
                found.push(format!(
                "message {id} of conversation {conversation}: its text is not the one that was sent"
            ));
            }
        },
    )?;
    Ok(found)
}
