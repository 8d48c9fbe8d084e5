//! The record of SMS, which the limits count, and whether any are sent.

use crate::accounts::limits::{DAY, HOUR, Lately};
use crate::accounts::secrets::HashedAddress;
use crate::error::Result;
use crate::model::{Phone, Timestamp, UserId};
use crate::schema::{server_facts, sms_sends};
use crate::store::Conn;
use diesel::dsl::{count_star, exists, max, min, select};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::time::Duration;

/// Whether an administrator has stopped all SMS.
pub(in crate::accounts) fn is_paused(conn: &mut Conn) -> Result<bool> {
    Ok(select(exists(server_facts::table.find("sms_paused"))).get_result(conn)?)
}

/// In place of the number, of its range and of its country in a row of `sms_sends` that reached none.
const NOBODY: &str = "";

/// Counts an SMS; says which row it is. With `sender` it is one of their own, without a code.
pub(in crate::accounts) fn record_send(
    conn: &mut Conn,
    phone: &Phone,
    from: &HashedAddress,
    sender: Option<UserId>,
    now: Timestamp,
) -> Result<i64> {
    Ok(diesel::insert_into(sms_sends::table)
        .values((
            sms_sends::phone.eq(phone.as_str()),
            sms_sends::prefix.eq(phone.prefix()),
            sms_sends::country.eq(phone.country().code()),
            sms_sends::address.eq(&from.single),
            sms_sends::network.eq(&from.network),
            sms_sends::user_id.eq(sender),
            sms_sends::sent_at.eq(now),
        ))
        .returning(sms_sends::id)
        .get_result(conn)?)
}

/// The SMS of that row was not sent: it counts no longer for the number, its range or the budget. It
/// still counts for the address that asked, or one could have the provider called without end.
pub(in crate::accounts) fn take_back_send(conn: &mut Conn, id: i64) -> Result<()> {
    diesel::update(sms_sends::table.find(id))
        .set((
            sms_sends::phone.eq(NOBODY),
            sms_sends::prefix.eq(NOBODY),
            sms_sends::country.eq(NOBODY),
        ))
        .execute(conn)?;
    Ok(())
}

/// What was sent lately, by everything that is limited.
pub(in crate::accounts) struct SendCounts {
    pub(in crate::accounts) last_to_number: Option<Timestamp>,
    pub(in crate::accounts) number_hour: Lately,
    pub(in crate::accounts) number_day: Lately,
    pub(in crate::accounts) number_has_account: bool,
    pub(in crate::accounts) address_hour: Lately,
    pub(in crate::accounts) address_day: Lately,
    pub(in crate::accounts) network_hour: Lately,
    pub(in crate::accounts) prefix_hour: Lately,
    /// Of these, codes: what people send each other is never verified.
    pub(in crate::accounts) prefix_codes_hour: Lately,
    pub(in crate::accounts) prefix_verified_hour: Lately,
    pub(in crate::accounts) country_codes_hour: Lately,
    pub(in crate::accounts) country_verified_hour: Lately,
    pub(in crate::accounts) hour: Lately,
    pub(in crate::accounts) day: Lately,
}

pub(in crate::accounts) fn send_counts(
    conn: &mut Conn,
    phone: &Phone,
    from: &HashedAddress,
    now: Timestamp,
) -> Result<SendCounts> {
    use sms_sends as s;
    let (last_to_number, _) = sends_to(conn, phone, now.before(HOUR))?;
    let number_has_account = super::users::by_phone(conn, phone)?.is_some();
    let mut count = |filter: SendFilter<'_>, span| count_sends(conn, filter, span, now);
    let number = || Box::new(s::phone.eq(phone.as_str()));
    let address = || Box::new(s::address.eq(&from.single));
    let prefix = || s::prefix.eq(phone.prefix());
    let country = || s::country.eq(phone.country().code());
    let sent = || Box::new(s::phone.ne(NOBODY));
    Ok(SendCounts {
        last_to_number,
        number_has_account,
        number_hour: count(number(), HOUR)?,
        number_day: count(number(), DAY)?,
        address_hour: count(address(), HOUR)?,
        address_day: count(address(), DAY)?,
        network_hour: count(Box::new(s::network.eq(&from.network)), HOUR)?,
        prefix_hour: count(Box::new(prefix()), HOUR)?,
        prefix_codes_hour: count(Box::new(prefix().and(s::user_id.is_null())), HOUR)?,
        prefix_verified_hour: count(Box::new(prefix().and(s::verified)), HOUR)?,
        country_codes_hour: count(Box::new(country().and(s::user_id.is_null())), HOUR)?,
        country_verified_hour: count(Box::new(country().and(s::verified)), HOUR)?,
        hour: count(sent(), HOUR)?,
        day: count(sent(), DAY)?,
    })
}

type SendFilter<'a> = Box<
    dyn BoxableExpression<
            sms_sends::table,
            crate::store::Backend,
            SqlType = diesel::sql_types::Bool,
        > + 'a,
>;

fn count_sends(
    conn: &mut Conn,
    filter: SendFilter<'_>,
    span: Duration,
    now: Timestamp,
) -> Result<Lately> {
    let found = sms_sends::table
        .filter(filter)
        .filter(sms_sends::sent_at.gt(now.before(span)))
        .select((count_star(), min(sms_sends::sent_at)))
        .get_result(conn)?;
    Ok(Lately::new(found, span, now))
}

/// Codes sent since then and given back, by country.
pub(in crate::accounts) fn codes_by_country(
    conn: &mut Conn,
    since: Timestamp,
) -> Result<Vec<(String, i64, i64)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        country: String,
        #[diesel(sql_type = BigInt)]
        sent: i64,
        #[diesel(sql_type = BigInt)]
        verified: i64,
    }
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT country, count(*) AS sent, sum(verified) AS verified
           FROM sms_sends
          WHERE sent_at > ? AND country <> ? AND user_id IS NULL
          GROUP BY country ORDER BY country",
    )
    .bind::<BigInt, _>(since)
    .bind::<Text, _>(NOBODY)
    .load(conn)?;
    let codes = |row: Row| (row.country, row.sent, row.verified);
    Ok(rows.into_iter().map(codes).collect())
}

/// The SMS of their own that somebody had sent within `span`.
pub(in crate::accounts) fn sends_of(
    conn: &mut Conn,
    sender: UserId,
    span: Duration,
    now: Timestamp,
) -> Result<Lately> {
    count_sends(
        conn,
        Box::new(sms_sends::user_id.eq(sender).assume_not_null()),
        span,
        now,
    )
}

/// When the last SMS went to `phone`, and how many did since.
pub(in crate::accounts) fn sends_to(
    conn: &mut Conn,
    phone: &Phone,
    since: Timestamp,
) -> Result<(Option<Timestamp>, i64)> {
    let to_phone = sms_sends::table
        .filter(sms_sends::phone.eq(phone.as_str()))
        .filter(sms_sends::sent_at.gt(since));
    let last = to_phone.select(max(sms_sends::sent_at)).get_result(conn)?;
    let count = to_phone.select(count_star()).get_result(conn)?;
    Ok((last, count))
}

pub(in crate::accounts) fn mark_verified(conn: &mut Conn, phone: &Phone) -> Result<()> {
    diesel::update(sms_sends::table.filter(sms_sends::phone.eq(phone.as_str())))
        .set(sms_sends::verified.eq(true))
        .execute(conn)?;
    Ok(())
}
