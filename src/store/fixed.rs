//! Statements whose text never changes.
//!
//! diesel prepares an `UPDATE` or a `sql_query` anew each time it runs, because their text may differ
//! from call to call. For what runs with every message that costs several times as much as the
//! statement itself. A [`Fixed`] is prepared once per connection, and known by its type from then on: its
//! text is not even written out to find it.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType, Text, Untyped};
use std::marker::PhantomData;

/// A text that is known when the program is compiled.
pub trait Statement: 'static {
    /// The text, parted at each `?` that is a bind. `?3` is none: it means what was bound third.
    const PARTS: &'static [&'static str];
}

/// A [`Fixed`] of this text, with a `?` for each of its binds. What is meant once more is named by its place, as `?3`:
/// so SQLite counts, see <https://sqlite.org/lang_expr.html#varparam>.
macro_rules! fixed {
    ($text:expr, $binds:expr $(,)?) => {{
        const TEXT: &str = $text;
        enum Text {}
        impl $crate::store::Statement for Text {
            const PARTS: &'static [&'static str] =
                &$crate::store::parts::<{ $crate::store::count_parts(TEXT) }>(TEXT);
        }
        $crate::store::Fixed::<Text, _>::new($binds)
    }};
}
pub(crate) use fixed;

/// For a statement that takes none.
pub(crate) const NO_BINDS: &[i64; 0] = &[];

/// How many parts [`parts`] finds.
pub(crate) const fn count_parts(text: &str) -> usize {
    let (bytes, mut count, mut at) = (text.as_bytes(), 1, 0);
    while at < bytes.len() {
        if is_bind(bytes, at) {
            count += 1;
        }
        at += 1;
    }
    count
}

const fn is_bind(text: &[u8], at: usize) -> bool {
    text[at] == b'?' && !(at + 1 < text.len() && text[at + 1].is_ascii_digit())
}

/// Whether whatever is meant once more was bound before: SQLite would count on from a place that is named early.
pub(crate) const fn names_earlier_binds(parts: &[&str]) -> bool {
    let mut binds = 0;
    while binds < parts.len() {
        let (text, mut at) = (parts[binds].as_bytes(), 0);
        while at < text.len() {
            // A place has one digit: nothing here has ten binds.
            if text[at] == b'?' {
                let place = (text[at + 1] - b'0') as usize;
                let is_longer = at + 2 < text.len() && text[at + 2].is_ascii_digit();
                if place == 0 || place > binds || is_longer {
                    return false;
                }
            }
            at += 1;
        }
        binds += 1;
    }
    true
}

/// What stands before, between and after the binds of a text.
pub(crate) const fn parts<const N: usize>(text: &'static str) -> [&'static str; N] {
    let mut parts = [""; N];
    let (mut rest, mut part, mut at) = (text, 0, 0);
    while at < rest.len() {
        if is_bind(rest.as_bytes(), at) {
            let (before, after) = rest.split_at(at);
            parts[part] = before;
            (_, rest) = after.split_at(1);
            part += 1;
            at = 0;
        } else {
            at += 1;
        }
    }
    parts[part] = rest;
    parts
}

/// One statement, made by `fixed!`.
#[derive(Debug)]
pub struct Fixed<'a, S, B = i64> {
    binds: &'a [B],
    text: PhantomData<S>,
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
}

impl<S, B> Clone for Fixed<'_, S, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S, B> Copy for Fixed<'_, S, B> {}

impl<'a, S: Statement, B> Fixed<'a, S, B> {
    /// A statement. Its text holds a `?` for each of the binds, and names no bind that does not come before.
    #[must_use]
    pub fn new<const N: usize>(binds: &'a [B; N]) -> Self {
        const {
            assert!(S::PARTS.len() == N + 1, "a bind for each `?`");
            assert!(names_earlier_binds(S::PARTS), "`?3` after the third `?`");
        }
        Self {
            binds,
            text: PhantomData,
        }
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
        }
    }
}

impl<DB: Backend, S: Statement, B: Bound<DB>> QueryFragment<DB> for Fixed<'_, S, B> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let (first, rest) = S::PARTS.split_first().unwrap_or((&"", &[]));
        out.push_sql(first);
        for (bind, part) in self.binds.iter().zip(rest) {
            bind.bind(&mut out)?;
            out.push_sql(part);
        }
        Ok(())
    }
}

/// Known by its text, of which there is one to a type.
impl<S: Statement, B> QueryId for Fixed<'_, S, B> {
    type QueryId = S;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// Rows are read by the names of their columns.
impl<S, B> Query for Fixed<'_, S, B> {
    type SqlType = Untyped;
}

impl<C: Connection, S, B> diesel::RunQueryDsl<C> for Fixed<'_, S, B> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Store;

    #[test]
    fn a_text_is_parted_at_its_places_for_binds() {
        const TEXT: &str = "a = ? AND b = ?";
        assert_eq!(
            parts::<{ count_parts(TEXT) }>(TEXT),
            ["a = ", " AND b = ", ""]
        );
        assert_eq!(parts::<{ count_parts("") }>(""), [""]);
        assert_eq!(parts::<{ count_parts("??") }>("??"), ["", "", ""]);
        const AGAIN: &str = "? + ?1 + ?";
        assert_eq!(parts::<{ count_parts(AGAIN) }>(AGAIN), ["", " + ?1 + ", ""]);
        assert!(names_earlier_binds(&["", " + ?1 + ", "?2"]));
        for parts in [["?1", ""], ["", "?2"], ["", "?0"], ["", "?11"]] {
            assert!(!names_earlier_binds(&parts), "{parts:?}");
        }
    }

    #[tokio::test]
    async fn statements_with_the_same_binds_are_told_apart() {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let ask = |conn: &mut crate::store::Conn| {
            let binds = [7, 3];
            let mut told = Vec::new();
            // Twice, so that the second time both are known already.
            for _ in 0..2 {
                let sum = fixed!("SELECT ? + ? AS n", &binds);
                let difference = fixed!("SELECT ? - ? AS n", &binds);
                let sum: Row = sum.get_result(conn)?;
                let difference: Row = difference.get_result(conn)?;
                told.extend([sum.n, difference.n]);
            }
            Ok(told)
        };
        assert_eq!(store.read(ask).await.unwrap(), [10, 4, 10, 4]);
    }
}
