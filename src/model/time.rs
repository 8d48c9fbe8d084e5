//! Moments, as the database and the wire know them.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use std::fmt;
use std::time::Duration;
use time::OffsetDateTime;

/// The beginning of the year 0 and the end of the year 9999: what four digits can say.
const FIRST: i64 = -62_167_219_200_000;
const LAST: i64 = 253_402_300_799_999;

/// A moment in UTC, in milliseconds since 1970. Shown as RFC 3339 with milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment, `duration` later.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(millis(duration)))
    }

    /// This moment, `duration` earlier.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(millis(duration)))
    }

    /// The time from `now` until this moment; nothing if it has passed.
    #[must_use]
    pub fn remaining(self, now: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - now.0).unwrap_or(0))
    }

    /// The calendar's view of this moment; the ends of the years 0 to 9999 where it lies beyond them.
    #[must_use]
    pub fn to_utc(self) -> OffsetDateTime {
        let at = self.0.clamp(FIRST, LAST);
        let ms = u16::try_from(at.rem_euclid(1_000)).unwrap_or(0);
        OffsetDateTime::from_unix_timestamp(at.div_euclid(1_000))
            .and_then(|second| second.replace_millisecond(ms))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// `30 seconds`, `5 minutes`, `2 hours`: rounded up, so that it is never too soon.
#[must_use]
pub fn in_words(wait: Duration) -> String {
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    let (count, unit) = match seconds {
        0..=90 => (seconds, "second"),
        91..=5_400 => (seconds.div_ceil(60), "minute"),
        _ => (seconds.div_ceil(3_600), "hour"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// What is to end later than this ends when somebody says so.
const FOR_EVER: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// `until 3 May 2026, 14:05 UTC`, rounded up; `until further notice` where that is beyond ten years.
#[must_use]
pub fn until_words(until: Timestamp, now: Timestamp) -> String {
    if until.remaining(now) > FOR_EVER {
        return "until further notice".into();
    }
    let t = until.after(Duration::from_millis(59_999)).to_utc();
    let (day, month, year) = (t.day(), t.month(), t.year());
    let (hour, minute) = (t.hour(), t.minute());
    format!("until {day} {month} {year}, {hour:02}:{minute:02} UTC")
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Written by hand, digit by digit, because every message on the wire carries one: a format description
/// costs many times as much, and `write!` several times.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.to_utc();
        let mut text = *b"0000-00-00T00:00:00.000Z";
        put(&mut text[..4], u16::try_from(t.year()).unwrap_or(0));
        put(&mut text[5..7], u8::from(t.month()).into());
        put(&mut text[8..10], t.day().into());
        put(&mut text[11..13], t.hour().into());
        put(&mut text[14..16], t.minute().into());
        put(&mut text[17..19], t.second().into());
        put(&mut text[20..23], t.millisecond());
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// Writes the last digits of a number, as many as there is room for.
fn put(digits: &mut [u8], mut number: u16) {
    for digit in digits.iter_mut().rev() {
        *digit = b"0123456789"[usize::from(number % 10)];
        number /= 10;
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Timestamp
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Timestamp
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_rfc_3339_with_milliseconds() {
        assert_eq!(
            Timestamp(1_795_197_845_123).to_string(),
            "2026-11-20T18:04:05.123Z"
        );
    }

    #[test]
    fn the_ends_of_a_field_are_written_in_full() {
        let moments = [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (i64::MIN, "0000-01-01T00:00:00.000Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
            (i64::MAX, "9999-12-31T23:59:59.999Z"),
        ];
        for (ms, text) in moments {
            assert_eq!(Timestamp(ms).to_string(), text);
        }
    }

    #[test]
    fn waiting_is_told_in_round_words_and_never_too_short() {
        let words = [0, 1, 30, 91, 3_600, 5_401, 86_400].map(|s| in_words(Duration::from_secs(s)));
        assert_eq!(
            words,
            [
                "1 second",
                "1 second",
                "30 seconds",
                "2 minutes",
                "60 minutes",
                "2 hours",
                "24 hours"
            ]
        );
        assert_eq!(in_words(Duration::from_millis(29_001)), "30 seconds");
    }

    #[test]
    fn an_end_is_told_to_the_minute_unless_it_is_out_of_sight() {
        let now = Timestamp(1_795_197_845_123); // Friday, 2026-11-20T18:04:05Z
        let hour = Duration::from_secs(3_600);
        let words = until_words(now.after(hour), now);
        assert_eq!(words, "until 20 November 2026, 19:05 UTC");
        assert_eq!(
            until_words(now.after(hour * 24 * 36_500), now),
            "until further notice"
        );
    }

    #[test]
    fn what_has_passed_remains_for_no_time() {
        let now = Timestamp(1_000);
        assert_eq!(
            now.before(Duration::from_secs(1)).remaining(now),
            Duration::ZERO
        );
        assert_eq!(
            now.after(Duration::from_secs(2)).remaining(now),
            Duration::from_secs(2)
        );
    }
}
