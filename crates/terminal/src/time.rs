//! Times, as a person beside a clock on the wall reads them.

use chrono::{DateTime, Local, NaiveDateTime, Utc};

/// From the time of the server to that of the wall. A value, so that tests live in a zone of their own.
pub(crate) type Zone = fn(DateTime<Utc>) -> NaiveDateTime;

/// The zone of this machine.
pub(crate) fn here(time: DateTime<Utc>) -> NaiveDateTime {
    time.with_timezone(&Local).naive_local()
}

/// What the clock on the wall shows.
pub(crate) fn now() -> NaiveDateTime {
    Local::now().naive_local()
}

/// A time on the wire. One that is not understood is taken for the beginning of time, which everybody sees is wrong.
pub(crate) fn read(written: &str, zone: Zone) -> NaiveDateTime {
    let time = DateTime::parse_from_rfc3339(written).map(|time| time.to_utc());
    zone(time.unwrap_or_default())
}

/// `HH:MM`.
pub(crate) fn minute(time: NaiveDateTime) -> String {
    time.format("%H:%M").to_string()
}

/// `Friday, 20 November 2026`.
pub(crate) fn day(time: NaiveDateTime) -> String {
    time.format("%A, %-d %B %Y").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_the_wire_is_read_in_the_zone_of_the_person() {
        let tokyo: Zone = |time| (time + chrono::TimeDelta::hours(9)).naive_utc();
        let time = read("2026-11-20T18:04:05.123Z", tokyo);
        assert_eq!(
            (minute(time).as_str(), day(time).as_str()),
            ("03:04", "Saturday, 21 November 2026")
        );
        assert_eq!(
            day(read("yesterday", |time| time.naive_utc())),
            "Thursday, 1 January 1970"
        );
    }
}
