//! Challenges by phone, and the record of sends and failures that the limits count.

use crate::accounts::code_sending::SendCode;
use crate::accounts::limits::{DAY, HOUR, Lately};
use crate::accounts::secrets::HashedAddress;
use crate::error::{Error, Result};
use crate::model::{Phone, Timestamp, UserId};
use crate::schema::{code_failures, phone_challenges, server_facts, sms_sends};
use crate::store::{Conn, on_backend};
use diesel::dsl::{count_star, exists, max, min, select};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::time::Duration;

/// A row of `phone_challenges`.
pub(in crate::accounts) struct Challenge {
    pub(in crate::accounts) id: i64,
    pub(in crate::accounts) phone: Phone,
    pub(in crate::accounts) code_mac: String,
    pub(in crate::accounts) failures: i64,
    pub(in crate::accounts) next_try_at: Timestamp,
    pub(in crate::accounts) sends: i64,
    pub(in crate::accounts) sent_at: Timestamp,
    pub(in crate::accounts) expires_at: Timestamp,
    pub(in crate::accounts) used_at: Option<Timestamp>,
}

pub(in crate::accounts) fn challenge(conn: &mut Conn, key: &str) -> Result<Option<Challenge>> {
    use phone_challenges as c;
    type Row = (
        i64,
        String,
        String,
        i64,
        Timestamp,
        i64,
        Timestamp,
        Timestamp,
        Option<Timestamp>,
    );
    let row: Option<Row> = c::table
        .filter(c::key.eq(key))
        .select((
            c::id,
            c::phone,
            c::code_mac,
            c::failures,
            c::next_try_at,
            c::sends,
            c::sent_at,
            c::expires_at,
            c::used_at,
        ))
        .get_result(conn)
        .optional()?;
    row.map(
        |(id, phone, code_mac, failures, next_try_at, sends, sent_at, expires_at, used_at)| {
            Ok(Challenge {
                id,
                phone: stored_phone(&phone)?,
                code_mac,
                failures,
                next_try_at,
                sends,
                sent_at,
                expires_at,
                used_at,
            })
        },
    )
    .transpose()
}

/// Makes the challenge, or gives it another code: the one before is dead, and so are its failures.
pub(in crate::accounts) fn put_challenge(
    conn: &mut Conn,
    send: &SendCode,
    sends: i64,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    use phone_challenges as c;
    let values = || {
        (
            c::phone.eq(send.phone.as_str()),
            c::code_mac.eq(&send.code_mac),
            c::failures.eq(0),
            c::next_try_at.eq(now),
            c::sends.eq(sends),
            c::sent_at.eq(now),
            c::expires_at.eq(expires_at),
            c::signup_key.eq(None::<String>),
            c::used_at.eq(None::<Timestamp>),
        )
    };
    on_backend!(conn, |c| diesel::insert_into(c::table)
        .values((c::key.eq(&send.key), values()))
        .on_conflict(c::key)
        .do_update()
        .set(values())
        .execute(c))?;
    Ok(())
}

/// Undoes [`put_challenge`]: what the challenge was before, or nothing. A code that was put there
/// since, or given back, stays.
pub(in crate::accounts) fn take_back_challenge(
    conn: &mut Conn,
    send: &SendCode,
    former: Option<&Challenge>,
) -> Result<()> {
    use phone_challenges as c;
    let ours = c::table
        .filter(c::key.eq(&send.key))
        .filter(c::code_mac.eq(&send.code_mac))
        .filter(c::used_at.is_null());
    match former {
        Some(former) => diesel::update(ours)
            .set((
                c::phone.eq(former.phone.as_str()),
                c::code_mac.eq(&former.code_mac),
                c::failures.eq(former.failures),
                c::next_try_at.eq(former.next_try_at),
                c::sends.eq(former.sends),
                c::sent_at.eq(former.sent_at),
                c::expires_at.eq(former.expires_at),
                c::used_at.eq(former.used_at),
            ))
            .execute(conn)?,
        None => diesel::delete(ours).execute(conn)?,
    };
    Ok(())
}

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

/// The wrong codes for a number within `span`.
pub(in crate::accounts) fn failures_of_number(
    conn: &mut Conn,
    phone: &Phone,
    span: Duration,
    now: Timestamp,
) -> Result<Lately> {
    let found = code_failures::table
        .filter(code_failures::phone.eq(phone.as_str()))
        .filter(code_failures::failed_at.gt(now.before(span)))
        .select((count_star(), min(code_failures::failed_at)))
        .get_result(conn)?;
    Ok(Lately::new(found, span, now))
}

/// The wrong codes from an address within `span`.
pub(in crate::accounts) fn failures_of_address(
    conn: &mut Conn,
    address: &str,
    span: Duration,
    now: Timestamp,
) -> Result<Lately> {
    let found = code_failures::table
        .filter(code_failures::address.eq(address))
        .filter(code_failures::failed_at.gt(now.before(span)))
        .select((count_star(), min(code_failures::failed_at)))
        .get_result(conn)?;
    Ok(Lately::new(found, span, now))
}

pub(in crate::accounts) fn count_failure(
    conn: &mut Conn,
    challenge: &Challenge,
    address: &str,
    next_try_at: Timestamp,
    now: Timestamp,
) -> Result<()> {
    use phone_challenges as c;
    diesel::update(c::table.find(challenge.id))
        .set((
            c::failures.eq(c::failures + 1),
            c::next_try_at.eq(next_try_at),
        ))
        .execute(conn)?;
    diesel::insert_into(code_failures::table)
        .values((
            code_failures::phone.eq(challenge.phone.as_str()),
            code_failures::address.eq(address),
            code_failures::failed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// The code is spent; for a new person the proof of the number lives on under `signup_key`.
pub(in crate::accounts) fn use_challenge(
    conn: &mut Conn,
    id: i64,
    signup_key: Option<&str>,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<()> {
    use phone_challenges as c;
    diesel::update(c::table.find(id))
        .set((
            c::used_at.eq(now),
            c::signup_key.eq(signup_key),
            c::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The number that `signup_key` proves, while it does.
pub(in crate::accounts) fn proved_phone(
    conn: &mut Conn,
    signup_key: &str,
    now: Timestamp,
) -> Result<Option<Phone>> {
    use phone_challenges as c;
    let phone: Option<String> = c::table
        .filter(c::signup_key.eq(signup_key))
        .filter(c::expires_at.gt(now))
        .select(c::phone)
        .get_result(conn)
        .optional()?;
    phone.as_deref().map(stored_phone).transpose()
}

pub(in crate::accounts) fn forget_signup(conn: &mut Conn, signup_key: &str) -> Result<()> {
    use phone_challenges as c;
    diesel::update(c::table.filter(c::signup_key.eq(signup_key)))
        .set(c::signup_key.eq(None::<String>))
        .execute(conn)?;
    Ok(())
}

pub(in crate::accounts) fn forget_before(conn: &mut Conn, moment: Timestamp) -> Result<()> {
    diesel::delete(sms_sends::table.filter(sms_sends::sent_at.lt(moment))).execute(conn)?;
    diesel::delete(code_failures::table.filter(code_failures::failed_at.lt(moment)))
        .execute(conn)?;
    diesel::delete(phone_challenges::table.filter(phone_challenges::expires_at.lt(moment)))
        .execute(conn)?;
    Ok(())
}

fn stored_phone(text: &str) -> Result<Phone> {
    Phone::from_e164(text)
        .ok_or_else(|| Error::Internal(anyhow::anyhow!("a stored number is no longer understood")))
}
