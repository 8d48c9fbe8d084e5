//! Statements whose text never changes.
//!
//! diesel prepares an `UPDATE` or a `sql_query` anew each time it runs, because their text may differ
//! from call to call. For what runs with every message that costs several times as much as the
//! statement itself. A [`Fixed`] is prepared once per connection.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Untyped};

/// One statement: its text, with a `?` for each of its binds, all of them 64-bit integers.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'a> {
    text: &'static str,
    binds: &'a [i64],
}

impl<'a> Fixed<'a> {
    /// A statement. Its text holds as many `?` as there are binds, and no other.
    #[must_use]
    pub fn new(text: &'static str, binds: &'a [i64]) -> Self {
        debug_assert_eq!(text.matches('?').count(), binds.len(), "{text}");
        Self { text, binds }
    }
}

impl<DB> QueryFragment<DB> for Fixed<'_>
where
    DB: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut binds = self.binds.iter();
        for (n, part) in self.text.split('?').enumerate() {
            if n > 0
                && let Some(bind) = binds.next()
            {
                out.push_bind_param::<BigInt, _>(bind)?;
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

/// Known by its text.
impl QueryId for Fixed<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Rows are read by the names of their columns.
impl Query for Fixed<'_> {
    type SqlType = Untyped;
}

impl<C: Connection> diesel::RunQueryDsl<C> for Fixed<'_> {}
