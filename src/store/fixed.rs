//! Statements whose text never changes.
//!
//! diesel prepares an `UPDATE` or a `sql_query` anew each time it runs, because their text may differ
//! from call to call. For what runs with every message that costs several times as much as the
//! statement itself. A [`Fixed`] is prepared once per connection.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Nullable, Text, Untyped};

/// One statement: its text, with a `?` for each of its binds.
#[derive(Clone, Copy, Debug)]
pub struct Fixed<'a, B = i64> {
    text: &'static str,
    binds: &'a [B],
}

/// A bind of a statement that takes more than 64-bit integers.
#[derive(Clone, Copy, Debug)]
pub enum Bind<'a> {
    /// `BIGINT`.
    Integer(i64),
    /// `TEXT`.
    Text(&'a str),
    /// `BLOB`.
    Bytes(&'a [u8]),
    /// Nothing, where a number could be.
    Null,
}

impl<'a, B> Fixed<'a, B> {
    /// A statement. Its text holds as many `?` as there are binds, and no other.
    #[must_use]
    pub fn new(text: &'static str, binds: &'a [B]) -> Self {
        debug_assert_eq!(text.matches('?').count(), binds.len(), "{text}");
        Self { text, binds }
    }
}

/// What can be bound.
pub trait Bound<DB: Backend> {
    /// Binds it at the place that `out` has come to.
    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB> Bound<DB> for i64
where
    DB: Backend + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
{
    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_bind_param::<BigInt, _>(self)
    }
}

impl<DB> Bound<DB> for Bind<'_>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text> + HasSqlType<Binary>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
    [u8]: ToSql<Binary, DB>,
{
    fn bind<'b>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self {
            Self::Integer(number) => out.push_bind_param::<BigInt, _>(number),
            Self::Text(text) => out.push_bind_param::<Text, _>(*text),
            Self::Bytes(bytes) => out.push_bind_param::<Binary, _>(*bytes),
            Self::Null => out.push_bind_param::<Nullable<BigInt>, _>(&None::<i64>),
        }
    }
}

impl<DB: Backend, B: Bound<DB>> QueryFragment<DB> for Fixed<'_, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let mut binds = self.binds.iter();
        for (n, part) in self.text.split('?').enumerate() {
            if n > 0
                && let Some(bind) = binds.next()
            {
                bind.bind(&mut out)?;
            }
            out.push_sql(part);
        }
        Ok(())
    }
}

/// Known by its text.
impl<B> QueryId for Fixed<'_, B> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// Rows are read by the names of their columns.
impl<B> Query for Fixed<'_, B> {
    type SqlType = Untyped;
}

impl<C: Connection, B> diesel::RunQueryDsl<C> for Fixed<'_, B> {}
