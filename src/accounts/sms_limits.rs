//! How many SMS may be sent: each costs the operator money, and fraud buys numbers by the range.
//!
//! The counts come from the database, inside the writer, so that neither a restart nor two requests
//! at once get past them. `docs/OPERATIONS.md` lists them for the operator.

use super::queries::phone::{self, SendCounts};
use super::secrets::HashedAddress;
use crate::error::{Error, Result};
use crate::model::{Phone, Timestamp, in_words};
use crate::store::Conn;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The waits after the first, second, … SMS to one number within the hour; the last one stays.
const RESEND_STEPS: [Duration; 4] = [
    Duration::from_secs(30),
    MINUTE,
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
        let counts = phone::send_counts(conn, phone, from, now)?;
        if let Some(at) = resend_at(counts.last_to_number, counts.number_hour)
            && now < at
        {
            return Err(wait(at.remaining(now), "A code was just sent."));
        }
        self.admit_number(&counts)?;
        self.admit_requester(&counts)?;
        self.admit_range(&counts)?;
        self.admit_all(&counts)
    }

    fn admit_number(&self, counts: &SendCounts) -> Result<()> {
        let words = "Too many codes were sent to this number.";
        at_most(self.number_hour, counts.number_hour, HOUR, words)?;
        at_most(self.number_day, counts.number_day, DAY, words)
    }

    fn admit_requester(&self, counts: &SendCounts) -> Result<()> {
        let words = "Too many codes were asked for from here.";
        at_most(self.address_hour, counts.address_hour, HOUR, words)?;
        at_most(self.address_day, counts.address_day, DAY, words)?;
        at_most(self.network_hour, counts.network_hour, HOUR, words)
    }

    fn admit_range(&self, counts: &SendCounts) -> Result<()> {
        let words = "Too many codes were sent to numbers like this one.";
        at_most(self.prefix_hour, counts.prefix_hour, HOUR, words)?;
        for (sent, verified) in [
            (counts.prefix_hour, counts.prefix_verified_hour),
            (counts.country_hour, counts.country_verified_hour),
        ] {
            if sent >= GUARD_SENDS && verified * 100 < sent * GUARD_VERIFIED_PERCENT {
                tracing::warn!(
                    sent,
                    verified,
                    "SMS to a range or country look like fraud; holding back"
                );
                return Err(wait(HOUR, words));
            }
        }
        Ok(())
    }

    fn admit_all(&self, counts: &SendCounts) -> Result<()> {
        for (limit, sent, span) in [(self.hour, counts.hour, HOUR), (self.day, counts.day, DAY)] {
            let free_to_all = limit - limit * RESERVED_PERCENT / 100;
            if sent >= free_to_all {
                tracing::warn!(sent, limit, "most of the SMS budget is used");
            }
            let limit = if counts.number_has_account {
                limit
            } else {
                free_to_all
            };
            at_most(
                limit,
                sent,
                span,
                "This server has sent all the SMS it may send for now.",
            )?;
        }
        Ok(())
    }
}

/// When the next SMS may go to a number that got `sent` within the hour, the last at `last`.
pub(super) fn resend_at(last: Option<Timestamp>, sent: i64) -> Option<Timestamp> {
    let step = usize::try_from(sent.max(1) - 1)
        .unwrap_or(0)
        .min(RESEND_STEPS.len() - 1);
    last.map(|at| at.after(RESEND_STEPS[step]))
}

fn at_most(limit: i64, sent: i64, span: Duration, words: &str) -> Result<()> {
    if sent < limit {
        Ok(())
    } else {
        Err(wait(span, words))
    }
}

pub(super) fn wait(retry_after: Duration, words: &str) -> Error {
    Error::RateLimited {
        retry_after,
        message: format!("{words} Try again in {}.", in_words(retry_after)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_resend_waits_longer_than_the_one_before() {
        let sent_at = Timestamp(0);
        let waits: Vec<_> = (1..=6)
            .map(|n| resend_at(Some(sent_at), n).unwrap().0 / 1000)
            .collect();
        assert_eq!(waits, [30, 60, 120, 300, 300, 300]);
        assert_eq!(resend_at(None, 0), None);
    }
}
