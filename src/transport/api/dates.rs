//! Dates as mail writes them: what this dialect shows and is asked for.

use crate::model::Timestamp;
use time::{Date, Month, Time, UtcDateTime};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `Thu, 20 May 2021 11:52:17 -0000`
pub(super) fn written(at: Timestamp) -> String {
    let t = at.to_utc();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} -0000",
        DAYS[usize::from(t.weekday().number_days_from_monday())],
        t.day(),
        MONTHS[usize::from(u8::from(t.month())) - 1],
        t.year(),
        t.hour(),
        t.minute(),
        t.second()
    )
}

/// The second that is written so; nothing for any other text.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let mut words = text.split([' ', ':']).skip(1);
    let day = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let year = words.next()?.parse().ok()?;
    let mut part = || words.next()?.parse().ok();
    let time = Time::from_hms(part()?, part()?, part()?).ok()?;
    let date = Date::from_calendar_date(year, month, day).ok()?;
    let at = Timestamp(UtcDateTime::new(date, time).unix_timestamp() * 1_000);
    // Whatever is not written as we write it is no date: there is one way to ask for each second.
    (written(at) == text).then_some(at)
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    if let Some(at) = read(text) {
        assert_eq!(written(at), text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_written_as_in_mail_and_read_back() {
        let at = Timestamp(1_621_511_537_999);
        assert_eq!(written(at), "Thu, 20 May 2021 11:52:17 -0000");
        assert_eq!(read(&written(at)), Some(Timestamp(1_621_511_537_000)));
    }

    #[test]
    fn nothing_else_is_a_date() {
        for text in [
            "",
            "2021-05-20",
            "Fri, 20 May 2021 11:52:17 -0000",
            "Thu, 20 May 2021 11:52:17 +0000",
            "Thu, 20 May 2021 11:52:17 -0000 ",
            "Thu, 32 May 2021 11:52:17 -0000",
            "Thu, 20 May 99999999999 11:52:17 -0000",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_second_is_read_back(second in 0..4_102_444_800_i64) {
            let at = Timestamp(second * 1_000);
            prop_assert_eq!(read(&written(at)), Some(at));
        }

        #[test]
        fn no_text_is_too_odd(text in "\\PC{0,60}") {
            promises(&text);
        }
    }
}
