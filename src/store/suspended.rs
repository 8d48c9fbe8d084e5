//! Who may not be here at present: asked where somebody comes to be among others. The credentials of who is
//! suspended are refused, and a server that did it ends their sockets; who was suspended from the command line has
//! theirs for a moment more, like who was erased, who counts as suspended here.

use super::{Conn, on_backend};
use crate::error::{Error, Result};
use crate::model::{Timestamp, UserId};
use crate::schema::users;
use diesel::dsl::{exists, select};
use diesel::prelude::*;

/// # Errors
/// `Suspended`.
pub(crate) fn refuse_suspended(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    let suspended = users::table
        .filter(users::id.eq(user))
        .filter(users::suspended_until.gt(now));
    let is_suspended: bool = on_backend!(conn, |c| select(exists(suspended)).get_result(c))?;
    if is_suspended {
        return Err(Error::Suspended("This account is suspended.".into()));
    }
    Ok(())
}
