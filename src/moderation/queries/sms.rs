//! What was sent by SMS, and whether anything is.

use crate::error::Result;
use crate::model::Timestamp;
use crate::moderation::sms::CountrySms;
use crate::schema::{server_facts, sms_sends};
use crate::store::{Conn, on_backend};
use diesel::dsl::{count_star, exists, select};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

/// The fact whose presence stops all SMS; `accounts` looks for it, too.
const PAUSED: &str = "sms_paused";
/// In place of the number in the row of an SMS that certainly was not sent.
const NOBODY: &str = "";

/// Sent and given back, by country, the most sent first.
pub(in crate::moderation) fn by_country(
    conn: &mut Conn,
    since: Timestamp,
) -> Result<Vec<CountrySms>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        country: String,
        #[diesel(sql_type = BigInt)]
        sent: i64,
        #[diesel(sql_type = BigInt)]
        verified: i64,
        #[diesel(sql_type = BigInt)]
        written: i64,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT country, count(*) - count(user_id) AS sent, sum(verified) AS verified,
                count(user_id) AS written
           FROM sms_sends
          WHERE sent_at > ? AND phone <> ?
          GROUP BY country ORDER BY count(*) DESC, country",
    )
    .bind::<BigInt, _>(since)
    .bind::<Text, _>(NOBODY)
    .load(conn)?;
    let country = |row: Row| CountrySms {
        country: row.country,
        sent: row.sent,
        verified: row.verified,
        written: row.written,
    };
    Ok(rows.into_iter().map(country).collect())
}

/// How many were sent since then.
pub(in crate::moderation) fn count(conn: &mut Conn, since: Timestamp) -> Result<i64> {
    Ok(sms_sends::table
        .filter(sms_sends::sent_at.gt(since))
        .filter(sms_sends::phone.ne(NOBODY))
        .select(count_star())
        .get_result(conn)?)
}

pub(in crate::moderation) fn is_paused(conn: &mut Conn) -> Result<bool> {
    Ok(select(exists(server_facts::table.find(PAUSED))).get_result(conn)?)
}

pub(in crate::moderation) fn set_paused(conn: &mut Conn, paused: bool) -> Result<()> {
    if !paused {
        diesel::delete(server_facts::table.find(PAUSED)).execute(conn)?;
        return Ok(());
    }
    let values = (server_facts::name.eq(PAUSED), server_facts::value.eq("1"));
    on_backend!(conn, |c| diesel::insert_into(server_facts::table)
        .values(values)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(())
}
