//! Moments as a page without script says them: in UTC, short.
//!
//! The script puts them into the reader's own zone and words; the moment itself stands in `datetime`.

use crate::model::Timestamp;
use time::{Date, OffsetDateTime, Weekday};

/// `14:05`
pub(super) fn clock_label(at: Timestamp) -> String {
    let at = at.to_utc();
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `Today`, `Yesterday`, `Monday`, `3 May`, `3 May 2025`
pub(super) fn day_label(at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (at.to_utc(), now.to_utc());
    match (now.date() - at.date()).whole_days() {
        0 => "Today".into(),
        1 => "Yesterday".into(),
        2..=6 => weekday(at.weekday()).into(),
        _ => date_label(at, now),
    }
}

/// What a list has room for: the time today, the day before that.
pub(super) fn short_label(at: Timestamp, now: Timestamp) -> String {
    if day(at) == day(now) {
        clock_label(at)
    } else {
        day_label(at, now)
    }
}

/// `today 14:05`, `3 May 14:05`
pub(super) fn long_label(at: Timestamp, now: Timestamp) -> String {
    let label = day_label(at, now);
    let label = match label.as_str() {
        "Today" | "Yesterday" => label.to_lowercase(),
        _ => label,
    };
    format!("{label} {}", clock_label(at))
}

/// The day that a moment lies in.
pub(super) fn day(at: Timestamp) -> Date {
    at.to_utc().date()
}

fn date_label(at: OffsetDateTime, now: OffsetDateTime) -> String {
    let day = format!("{} {}", at.day(), at.month());
    if at.year() == now.year() {
        day
    } else {
        format!("{day} {}", at.year())
    }
}

fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp(1_795_197_845_123); // Friday, 2026-11-20T18:04:05Z

    fn days_ago(days: u64) -> Timestamp {
        NOW.before(Duration::from_secs(days * 24 * 60 * 60))
    }

    #[test]
    fn days_are_named_as_people_name_them() {
        let labels = [0, 1, 3, 10, 400].map(|days| day_label(days_ago(days), NOW));
        assert_eq!(
            labels,
            [
                "Today",
                "Yesterday",
                "Tuesday",
                "10 November",
                "16 October 2025"
            ]
        );
    }

    #[test]
    fn a_list_says_the_time_today_and_the_day_before_that() {
        assert_eq!(short_label(NOW, NOW), "18:04");
        assert_eq!(short_label(days_ago(1), NOW), "Yesterday");
        assert_eq!(long_label(days_ago(1), NOW), "yesterday 18:04");
    }
}
