//! How many SMS may be sent: each costs the operator money, and fraud buys numbers by the range.
//!
//! The counts come from the database, inside the writer, so that neither a restart nor two requests
//! at once get past them. `docs/OPERATIONS.md` lists them for the operator.

use super::Accounts;
use super::limits::{HOUR, wait};
use super::queries::sms::{self, SendCounts};
use super::secrets::HashedAddress;
use crate::error::{Error, Result};
use crate::model::{Phone, Timestamp};
use crate::store::Conn;
use std::time::Duration;

/// The waits after the first, second, … SMS to one number within the hour; the last one stays.
const RESEND_STEPS: [Duration; 4] = [
    Duration::from_secs(30),
    Duration::from_secs(60),
    Duration::from_secs(120),
    Duration::from_secs(300),
];

/// A country or range with this many sends in an hour …
const GUARD_SENDS: i64 = 30;
/// … of which less than this share, in percent, was verified, gets no more.
const GUARD_VERIFIED_PERCENT: i64 = 20;
/// The share of the global limits, in percent, that only numbers with an account may use: sign-ins
/// survive an attack by sign-ups.
const RESERVED_PERCENT: i64 = 20;

/// # Errors
/// `Unavailable` when an administrator has stopped all SMS. It is no limit: it holds where limits are lifted, too.
pub(super) fn refuse_while_paused(conn: &mut Conn) -> Result<()> {
    if sms::is_paused(conn)? {
        return Err(Error::Unavailable(
            "This server sends no SMS at present. Please try again later, or ask whoever runs it.",
        ));
    }
    Ok(())
}

/// Sends at most.
#[derive(Clone, Copy, Debug)]
pub struct SmsLimits {
    /// Per number and hour.
    pub number_hour: i64,
    /// Per number and day.
    pub number_day: i64,
    /// Per browser session or challenge.
    pub session: i64,
    /// Per address and hour (IPv6: per /64).
    pub address_hour: i64,
    /// Per address and day.
    pub address_day: i64,
    /// Per network and hour (/24, IPv6: /48).
    pub network_hour: i64,
    /// Per number without its last four digits, and hour.
    pub prefix_hour: i64,
    /// Altogether, per hour.
    pub hour: i64,
    /// Altogether, per day.
    pub day: i64,
    /// SMS of their own that somebody may send, per day.
    pub user_day: i64,
}

impl SmsLimits {
    /// Whether one more SMS may go to `phone` at the wish of `from`.
    ///
    /// # Errors
    /// `RateLimited` with the time after which it is worth asking again.
    pub(super) fn admit(
        &self,
        conn: &mut Conn,
        phone: &Phone,
        from: &HashedAddress,
        now: Timestamp,
    ) -> Result<()> {
        let counts = sms::send_counts(conn, phone, from, now)?;
        if let Some(at) = resend_at(counts.last_to_number, counts.number_hour.count, now)
            && now < at
        {
            return Err(wait(at.remaining(now), "A code was just sent."));
        }
        self.admit_number(&counts, now)?;
        self.admit_requester(&counts, now)?;
        self.admit_range(&counts, now)?;
        self.admit_all(&counts, now)
    }

    fn admit_number(&self, counts: &SendCounts, now: Timestamp) -> Result<()> {
        let words = "Too many codes were sent to this number.";
        counts.number_hour.at_most(self.number_hour, now, words)?;
        counts.number_day.at_most(self.number_day, now, words)
    }

    fn admit_requester(&self, counts: &SendCounts, now: Timestamp) -> Result<()> {
        let words = "Too many codes were asked for from here.";
        counts.address_hour.at_most(self.address_hour, now, words)?;
        counts.address_day.at_most(self.address_day, now, words)?;
        counts.network_hour.at_most(self.network_hour, now, words)
    }

    fn admit_range(&self, counts: &SendCounts, now: Timestamp) -> Result<()> {
        let words = "Too many codes were sent to numbers like this one.";
        counts.prefix_hour.at_most(self.prefix_hour, now, words)?;
        if counts.number_has_account {
            // The guard is against sign-ups. A stranger's must not keep anybody from signing in, and
            // a number that was proved is not one of a range bought for fraud.
            return Ok(());
        }
        for (sent, verified) in [
            (counts.prefix_codes_hour, counts.prefix_verified_hour),
            (counts.country_codes_hour, counts.country_verified_hour),
        ] {
            if looks_like_fraud(sent.count, verified.count) {
                tracing::warn!(
                    sent = sent.count,
                    verified = verified.count,
                    "SMS to a range or country look like fraud; holding back"
                );
                return Err(sent.refusal(now, words));
            }
        }
        Ok(())
    }

    fn admit_all(&self, counts: &SendCounts, now: Timestamp) -> Result<()> {
        let words = "This server has sent all the SMS it may send for now.";
        for (limit, sent) in [(self.hour, counts.hour), (self.day, counts.day)] {
            let free_to_all = free_to_all(limit);
            if sent.count >= free_to_all {
                tracing::warn!(sent = sent.count, limit, "most of the SMS budget is used");
            }
            let limit = if counts.number_has_account {
                limit
            } else {
                free_to_all
            };
            sent.at_most(limit, now, words)?;
        }
        Ok(())
    }
}

/// What numbers without an account get of a limit that holds altogether.
fn free_to_all(limit: i64) -> i64 {
    limit - limit * RESERVED_PERCENT / 100
}

fn looks_like_fraud(sent: i64, verified: i64) -> bool {
    sent >= GUARD_SENDS && verified * 100 < sent * GUARD_VERIFIED_PERCENT
}

/// How sign-ups are held back at present, for whoever watches over the server.
#[derive(Clone, Debug, Default)]
pub struct HeldBack {
    /// Countries whose new numbers get no code, by their codes of two letters.
    pub countries: Vec<String>,
    /// Of all SMS of an hour, those that new numbers may have.
    pub hour: i64,
    /// Of all SMS of a day.
    pub day: i64,
}

impl Accounts {
    /// How far the limits hold sign-ups back at present; who has an account signs in all the same.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn held_back(&self) -> Result<HeldBack> {
        let (limits, now) = (self.settings.sms, self.clock.now());
        if !self.settings.limits_enforced {
            return Ok(HeldBack {
                countries: Vec::new(),
                hour: limits.hour,
                day: limits.day,
            });
        }
        let codes = self
            .store
            .read(move |conn| sms::codes_by_country(conn, now.before(HOUR)))
            .await?;
        let held = codes
            .into_iter()
            .filter(|(_, sent, verified)| looks_like_fraud(*sent, *verified));
        Ok(HeldBack {
            countries: held.map(|(country, ..)| country).collect(),
            hour: free_to_all(limits.hour),
            day: free_to_all(limits.day),
        })
    }
}

/// When the next SMS may go to a number that got `sent` within the hour, the last at `last`. What was sent in
/// the future, as it seems once the clock was put back, was sent now.
pub(super) fn resend_at(last: Option<Timestamp>, sent: i64, now: Timestamp) -> Option<Timestamp> {
    let step = usize::try_from(sent.max(1) - 1)
        .unwrap_or(0)
        .min(RESEND_STEPS.len() - 1);
    last.map(|at| at.min(now).after(RESEND_STEPS[step]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resend_waits_longer_than_the_one_before() {
        let sent_at = Timestamp(0);
        let waits: Vec<_> = (1..=6)
            .map(|n| resend_at(Some(sent_at), n, sent_at).unwrap().0 / 1000)
            .collect();
        assert_eq!(waits, [30, 60, 120, 300, 300, 300]);
        assert_eq!(resend_at(None, 0, sent_at), None);
    }

    #[test]
    fn a_clock_that_was_put_back_makes_nobody_wait_longer() {
        let (now, sent_at) = (Timestamp(1_000), Timestamp(3_600_000));
        assert_eq!(resend_at(Some(sent_at), 1, now), Some(Timestamp(31_000)));
    }
}
