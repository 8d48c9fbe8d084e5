//! Who is found by name.

use super::users::profile_from;
use crate::error::Result;
use crate::model::{Profile, Timestamp, UserId, UserKind, like_pattern};
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

/// Those with one of the words in their names, by username: an index holds all that is asked of them in that
/// order, so the first ones are found without a look at all, and none without a look at their rows.
pub(in crate::accounts) fn search(
    conn: &mut Conn,
    searcher: UserId,
    words: &[String],
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Profile>> {
    let patterns = words.iter().filter_map(|word| like_pattern(word));
    let one_of = patterns.map(|pattern| -> Condition<'_> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::plan::plan_of;

    #[tokio::test]
    async fn people_are_looked_for_in_an_index_alone() {
        let words = ["ana".to_owned(), "kevin".to_owned()];
        let plan = plan_of(move |conn| {
            search(conn, UserId(1), &words, 50, Timestamp(0))?;
            Ok(())
        });
        let plan = plan.await;
        let walk = "SCAN users USING COVERING INDEX people_by_username; ";
        assert!(plan.starts_with(walk), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
    }
}
