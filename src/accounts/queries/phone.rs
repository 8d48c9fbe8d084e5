//! Challenges by phone, and the record of sends and failures that the limits count.

use crate::accounts::phone_login::SendCode;
use crate::accounts::secrets::HashedAddress;
use crate::accounts::sms_limits::{DAY, HOUR};
use crate::error::{Error, Result};
use crate::model::{Phone, Timestamp};
use crate::schema::{code_failures, phone_challenges, sms_sends};
use crate::store::{Conn, on_backend};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;

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

pub(in crate::accounts) fn record_send(
    conn: &mut Conn,
    phone: &Phone,
    from: &HashedAddress,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(sms_sends::table)
        .values((
            sms_sends::phone.eq(phone.as_str()),
            sms_sends::prefix.eq(phone.prefix()),
            sms_sends::country.eq(phone.country().code()),
            sms_sends::address.eq(&from.single),
            sms_sends::network.eq(&from.network),
            sms_sends::sent_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// What was sent lately, by everything that is limited.
pub(in crate::accounts) struct SendCounts {
    pub(in crate::accounts) last_to_number: Option<Timestamp>,
    pub(in crate::accounts) number_hour: i64,
    pub(in crate::accounts) number_day: i64,
    pub(in crate::accounts) number_has_account: bool,
    pub(in crate::accounts) address_hour: i64,
    pub(in crate::accounts) address_day: i64,
    pub(in crate::accounts) network_hour: i64,
    pub(in crate::accounts) prefix_hour: i64,
    pub(in crate::accounts) prefix_verified_hour: i64,
    pub(in crate::accounts) country_hour: i64,
    pub(in crate::accounts) country_verified_hour: i64,
    pub(in crate::accounts) hour: i64,
    pub(in crate::accounts) day: i64,
}

pub(in crate::accounts) fn send_counts(
    conn: &mut Conn,
    phone: &Phone,
    from: &HashedAddress,
    now: Timestamp,
) -> Result<SendCounts> {
    use sms_sends as s;
    let (hour, day) = (now.before(HOUR), now.before(DAY));
    let country = phone.country().code();
    let (last_to_number, number_hour) = sends_to(conn, phone, hour)?;
    let mut count = |filter: SendFilter<'_>, since| count_sends(conn, filter, since);
    Ok(SendCounts {
        last_to_number,
        number_hour,
        number_day: count(Box::new(s::phone.eq(phone.as_str())), day)?,
        address_hour: count(Box::new(s::address.eq(&from.single)), hour)?,
        address_day: count(Box::new(s::address.eq(&from.single)), day)?,
        network_hour: count(Box::new(s::network.eq(&from.network)), hour)?,
        prefix_hour: count(Box::new(s::prefix.eq(phone.prefix())), hour)?,
        prefix_verified_hour: count(
            Box::new(s::prefix.eq(phone.prefix()).and(s::verified)),
            hour,
        )?,
        country_hour: count(Box::new(s::country.eq(&country)), hour)?,
        country_verified_hour: count(Box::new(s::country.eq(&country).and(s::verified)), hour)?,
        hour: count(Box::new(s::id.gt(0)), hour)?,
        day: count(Box::new(s::id.gt(0)), day)?,
        number_has_account: super::users::by_phone(conn, phone)?.is_some(),
    })
}

type SendFilter<'a> = Box<
    dyn BoxableExpression<
            sms_sends::table,
            crate::store::Backend,
            SqlType = diesel::sql_types::Bool,
        > + 'a,
>;

fn count_sends(conn: &mut Conn, filter: SendFilter<'_>, since: Timestamp) -> Result<i64> {
    Ok(sms_sends::table
        .filter(filter)
        .filter(sms_sends::sent_at.gt(since))
        .select(count_star())
        .get_result(conn)?)
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

pub(in crate::accounts) fn failures_of_number(
    conn: &mut Conn,
    phone: &Phone,
    since: Timestamp,
) -> Result<i64> {
    Ok(code_failures::table
        .filter(code_failures::phone.eq(phone.as_str()))
        .filter(code_failures::failed_at.gt(since))
        .select(count_star())
        .get_result(conn)?)
}

pub(in crate::accounts) fn failures_of_address(
    conn: &mut Conn,
    address: &str,
    since: Timestamp,
) -> Result<i64> {
    Ok(code_failures::table
        .filter(code_failures::address.eq(address))
        .filter(code_failures::failed_at.gt(since))
        .select(count_star())
        .get_result(conn)?)
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
