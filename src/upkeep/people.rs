//! Who is meant by what an operator types.

use crate::error::Result;
use crate::model::{Phone, UserId, Username};
use crate::schema::{messages, users};
use crate::store::Conn;
use diesel::prelude::*;

/// Somebody whom an errand is about.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Who.
    pub id: UserId,
    /// Their username.
    pub username: String,
    /// As they call themselves.
    pub name: String,
    /// How much they said, what was deleted included.
    pub messages: i64,
    /// Whether they look after this server.
    pub is_admin: bool,
}

/// The person or guest of that username, whole number or e-mail address.
///
/// # Errors
/// The database's.
pub fn find(conn: &mut Conn, who: &str) -> Result<Option<Subject>> {
    let key = Username::key_of(who.trim_start_matches('@'));
    let phone = Phone::from_e164(who).map(|phone| phone.as_str().to_owned());
    // Nobody's username is another one's address.
    let row: Option<(UserId, String, String, bool)> = users::table
        .filter(
            users::username_key
                .eq(&key)
                .or(users::email_key.eq(&key))
                .or(users::phone.eq(phone)),
        )
        .select((users::id, users::username, users::name, users::is_admin))
        .get_result(conn)
        .optional()?;
    let Some((id, username, name, is_admin)) = row else {
        return Ok(None);
    };
    let messages = messages::table
        .filter(messages::sender_id.eq(id))
        .count()
        .get_result(conn)?;
    Ok(Some(Subject {
        id,
        username,
        name,
        messages,
        is_admin,
    }))
}
