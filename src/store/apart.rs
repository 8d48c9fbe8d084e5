//! Who is never to meet whom: the one question that two contexts ask.

use super::{Conn, fixed, on_backend};
use crate::error::Result;
use crate::model::UserId;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// Whether one of the two has blocked or reported the other.
pub(crate) fn are_apart(conn: &mut Conn, one: UserId, other: UserId) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        apart: bool,
    }
    let binds = [one.0, other.0];
    let apart = fixed!(
        "SELECT EXISTS (SELECT 1 FROM apart WHERE one_id = ? AND other_id = ?) AS apart",
        &binds,
    );
    let row: Row = on_backend!(conn, |c| apart.get_result(c))?;
    Ok(row.apart)
}
