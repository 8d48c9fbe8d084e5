//! Who can be found, as whoever looks sees it.

use crate::error::Result;
use crate::model::{
    Condition, Direction, Filter, Part, Person, PersonAttribute, Profile, Timestamp, UserId,
    UserKind, Username, Value, like_pattern,
};
use crate::schema::{contacts, conversations, memberships, users};
use crate::store::{Backend, Conn, folded};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use std::time::Duration;

type Row = (UserId, String, String, Timestamp);
type People<'a> = users::BoxedQuery<'a, Backend>;

fn person_from((id, username, name, joined_at): Row) -> Person {
    Person {
        profile: Profile { id, username, name },
        joined_at,
    }
}

pub(in crate::accounts) fn is_listed(conn: &mut Conn, user: UserId) -> Result<bool> {
    Ok(users::table
        .find(user)
        .select(users::is_listed)
        .get_result(conn)?)
}

/// The list as `viewer` sees it, who is in it anyway or is not.
pub(in crate::accounts) fn list(
    conn: &mut Conn,
    viewer: UserId,
    viewer_is_listed: bool,
    filter: &Filter<PersonAttribute>,
) -> Result<Part<Person>> {
    // Said as simply as it can be: then an index holds just those, in the order of their ids.
    let found = if viewer_is_listed {
        users::table.filter(users::is_listed).into_boxed()
    } else {
        users::table
            .filter(users::is_listed.or(users::id.eq(viewer)))
            .into_boxed()
    };
    let found = found.filter(users::kind.ne(UserKind::Guest.as_str()));
    let found = filter.conditions.iter().fold(found, narrowed);
    // With one more, which says that there is more.
    let found: Vec<Row> = ordered(found, filter)
        .select((users::id, users::username, users::name, users::created_at))
        .limit(filter.limit + 1)
        .offset(filter.offset)
        .load(conn)?;
    let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    Ok(Part {
        more: found.len() > limit,
        rows: found.into_iter().take(limit).map(person_from).collect(),
    })
}

fn narrowed<'a>(found: People<'a>, condition: &'a Condition<PersonAttribute>) -> People<'a> {
    use Condition::{Holds, Is};
    use PersonAttribute::{Id, JoinedAt, Name, Username as Known};
    match condition {
        Is(Id, Value::Number(id)) => found.filter(users::id.eq(*id)),
        // By the key as well, which has an index.
        Is(Known, Value::Text(text)) => found
            .filter(users::username_key.eq(Username::key_of(text)))
            .filter(users::username.eq(text)),
        Is(Name, Value::Text(text)) => found.filter(users::name.eq(text)),
        Is(JoinedAt, Value::Second(at)) => found
            .filter(users::created_at.ge(*at))
            .filter(users::created_at.lt(at.after(Duration::from_secs(1)))),
        Is(Id | Known | Name | JoinedAt, _) => nothing_of(found),
        Holds(attribute, part) => match (attribute, like_pattern(part)) {
            (Known, Some(pattern)) => {
                found.filter(folded(users::username).like(pattern).escape('\\'))
            }
            (Name, Some(pattern)) => found.filter(folded(users::name).like(pattern).escape('\\')),
            (Id | JoinedAt, _) | (_, None) => nothing_of(found),
        },
    }
}

fn nothing_of(found: People<'_>) -> People<'_> {
    found.filter(false.into_sql::<Bool>())
}

fn ordered<'a>(found: People<'a>, filter: &Filter<PersonAttribute>) -> People<'a> {
    use Direction::{Ascending, Descending};
    use PersonAttribute::{Id, JoinedAt, Name, Username};
    let by = |found: People<'a>, by: &(PersonAttribute, Direction)| match by {
        (Id, Ascending) => found.then_order_by(users::id.asc()),
        (Id, Descending) => found.then_order_by(users::id.desc()),
        (Username, Ascending) => found.then_order_by(users::username.asc()),
        (Username, Descending) => found.then_order_by(users::username.desc()),
        (Name, Ascending) => found.then_order_by(users::name.asc()),
        (Name, Descending) => found.then_order_by(users::name.desc()),
        (JoinedAt, Ascending) => found.then_order_by(users::created_at.asc()),
        (JoinedAt, Descending) => found.then_order_by(users::created_at.desc()),
    };
    let found = filter.order.iter().fold(found, by);
    by(found, &(Id, filter.last_direction()))
}

/// One of the list, or somebody whom `viewer` has as a contact or a direct conversation with.
pub(in crate::accounts) fn one(
    conn: &mut Conn,
    viewer: UserId,
    id: UserId,
) -> Result<Option<Person>> {
    let (low, high) = (viewer.min(id), viewer.max(id));
    let contact = contacts::table
        .filter(contacts::owner_id.eq(viewer))
        .filter(contacts::person_id.eq(id));
    let talk = memberships::table
        .inner_join(conversations::table)
        .filter(memberships::user_id.eq(viewer))
        .filter(conversations::low_id.eq(low))
        .filter(conversations::high_id.eq(high));
    let row: Option<Row> = users::table
        .filter(users::id.eq(id))
        .filter(users::kind.ne(UserKind::Guest.as_str()))
        .filter(
            users::is_listed
                .or(users::id.eq(viewer))
                .or(exists(contact))
                .or(exists(talk)),
        )
        .select((users::id, users::username, users::name, users::created_at))
        .get_result(conn)
        .optional()?;
    Ok(row.map(person_from))
}
