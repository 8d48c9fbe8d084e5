//! What a database says of the machine that it is on.

use crate::error::Result;
use crate::model::Timestamp;
use crate::schema::{messages, users};
use crate::store::Conn;
use diesel::dsl::max;
use diesel::prelude::*;

/// When somebody was last here or something was last said, and how many administrators there are.
///
/// # Errors
/// The database's.
pub fn vital_signs(conn: &mut Conn) -> Result<(Option<Timestamp>, i64)> {
    let made: Option<Timestamp> = users::table
        .select(max(users::created_at))
        .get_result(conn)?;
    // The last message there is: by their number they are in order of time.
    let said: Option<Timestamp> = messages::table
        .order(messages::id.desc())
        .select(messages::sent_at)
        .limit(1)
        .get_result(conn)
        .optional()?;
    let admins = users::table
        .filter(users::is_admin)
        .count()
        .get_result(conn)?;
    Ok((made.max(said), admins))
}
