//! Who is found by name.

use super::users::profile_from;
use crate::error::Result;
use crate::model::{Profile, Timestamp, UserId, UserKind};
use crate::schema::{blocks, users};
use crate::store::{Backend, Conn, folded};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;

type Condition<'a> = Box<dyn BoxableExpression<users::table, Backend, SqlType = Bool> + 'a>;

/// Whom `searcher` may find.
macro_rules! findable {
    ($searcher:expr, $now:expr) => {
        users::table
            .filter(users::is_listed)
            .filter(users::kind.ne(UserKind::Guest.as_str()))
            .filter(users::id.ne($searcher))
            .filter(
                users::suspended_until
                    .is_null()
                    .or(users::suspended_until.assume_not_null().le($now)),
            )
            .filter(not(exists(
                blocks::table.filter(
                    blocks::blocker_id
                        .eq($searcher)
                        .and(blocks::blocked_id.eq(users::id))
                        .or(blocks::blocker_id
                            .eq(users::id)
                            .and(blocks::blocked_id.eq($searcher))),
                ),
            )))
            .select((users::id, users::username, users::name))
    };
}

/// Those with one of the words, in lower case, in their names; by username, which has an index, so that the
/// first ones are found without a look at all.
pub(in crate::accounts) fn search(
    conn: &mut Conn,
    searcher: UserId,
    words: &[String],
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Profile>> {
    let one_of = words.iter().map(|word| -> Condition<'_> {
        let pattern = like_pattern(word);
        let in_name = folded(users::name).like(pattern.clone()).escape('\\');
        let in_username = users::username_key.like(pattern).escape('\\');
        Box::new(in_name.or(in_username))
    });
    let one_of = one_of.reduce(|all, word| Box::new(all.or(word)));
    let Some(one_of) = one_of else {
        return Ok(Vec::new());
    };
    let rows: Vec<(UserId, String, String)> = findable!(searcher, now)
        .filter(one_of)
        .order(users::username_key)
        .limit(limit)
        .load(conn)?;
    Ok(rows.into_iter().map(profile_from).collect())
}

/// One of them, by id.
pub(in crate::accounts) fn found(
    conn: &mut Conn,
    searcher: UserId,
    user: UserId,
    now: Timestamp,
) -> Result<Option<Profile>> {
    let row = findable!(searcher, now)
        .filter(users::id.eq(user))
        .get_result(conn)
        .optional()?;
    Ok(row.map(profile_from))
}

pub(in crate::accounts) fn set_listed(
    conn: &mut Conn,
    user: UserId,
    is_listed: bool,
) -> Result<()> {
    diesel::update(users::table.find(user))
        .set(users::is_listed.eq(is_listed))
        .execute(conn)?;
    Ok(())
}

/// A pattern for `LIKE` that finds `part` anywhere, by itself and nothing else.
fn like_pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}
