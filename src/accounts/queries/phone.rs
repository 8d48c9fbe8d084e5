//! Challenges by phone, and the wrong codes that the limits count. What was sent is in `sms.rs`.

use crate::accounts::code_sending::SendCode;
use crate::accounts::limits::Lately;
use crate::error::{Error, Result};
use crate::model::{Phone, Timestamp};
use crate::schema::{code_failures, phone_challenges, sms_sends};
use crate::store::{Conn, on_backend};
use diesel::dsl::{count_star, min};
use diesel::prelude::*;
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
