//! Phone numbers in E.164, and the countries that they belong to.

use crate::error::{Error, Result};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType, Region};
use std::fmt;

const FIELD: &str = "phone";
/// The most digits of a number, that of its country included.
const E164_DIGITS_MAX: usize = 15;

/// A country by its ISO 3166-1 code, one that numbers can belong to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(Region);

impl Country {
    /// The country of a two-letter code such as `PT`; nothing if numbers have no such country.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let region = Region::try_from(code.trim().to_ascii_uppercase().as_str()).ok()?;
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(region)
            .map(|_| Self(region))
    }

    /// Every country that a number can belong to, by code.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let mut all: Vec<_> = PHONE_NUMBER_UTIL
            .get_supported_regions()
            .filter(|region| *region != Region::World)
            .map(Self)
            .collect();
        all.sort_by_key(|country| country.code());
        all
    }

    /// The ISO code, such as `PT`.
    #[must_use]
    pub fn code(self) -> String {
        self.0.as_region_str().to_string()
    }

    /// The English name as people write it, `United States of America`, or the code where there is none.
    #[must_use]
    pub fn name(self) -> String {
        let Ok(country) = celes::Country::from_alpha2(self.code()) else {
            return self.code();
        };
        let name = country.long_name;
        name.strip_prefix("The ")
            .unwrap_or(name)
            .replace(" Of ", " of ")
            .replace(" And ", " and ")
    }

    /// The digits dialled before the national number, such as 351.
    #[must_use]
    pub fn calling_code(self) -> i32 {
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(self.0)
            .unwrap_or_default()
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code())
    }
}

/// How strict to be about numbers that the numbering plan does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhoneRule {
    /// The number must lie in a range that is in use: what a server that pays for SMS asks.
    Assigned,
    /// A made-up number of the right length will do: what the development inbox allows.
    Possible,
}

/// A phone number that can receive an SMS, in E.164 (`+351912345678`).
///
/// `Debug` hides all but the last two digits, so that a number cannot reach a log by accident.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    e164: String,
    country: Country,
}

impl Phone {
    /// Reads what a person typed, as dialled in `default` unless it begins with `+`.
    ///
    /// # Errors
    /// `Invalid` when this is no possible number, or one of a kind that cannot receive SMS: fixed
    /// lines, premium-rate, toll-free and the like.
    pub fn parse(text: &str, default: Country, rule: PhoneRule) -> Result<Self> {
        let impossible = || Error::invalid(FIELD, "That is not a possible phone number.");
        // The parser accepts letters (1-800-FLOWERS) and extensions; a number for SMS has neither.
        if text.len() > 40 || text.chars().any(char::is_alphabetic) {
            return Err(impossible());
        }
        let number = PhoneNumber::parse(text, Some(default.0)).map_err(|_| impossible())?;
        let complete = number.is_possible_with_reason();
        if complete != Ok(rlibphonenumber::NumberLengthType::IsPossible)
            || number.extension.is_some()
        {
            return Err(impossible());
        }
        if number.is_valid() {
            refuse_kinds_without_sms(number.get_type())?;
        } else if rule == PhoneRule::Assigned {
            return Err(impossible());
        }
        let e164 = number.format_as(PhoneNumberFormat::E164).into_owned();
        // Some plans allow more within the country than the world has digits for.
        if e164.len() > 1 + E164_DIGITS_MAX {
            return Err(impossible());
        }
        // Zeros in front are dropped by whoever reads it next, and it would be another number.
        let again = PhoneNumber::parse(&e164, None).map_err(|_| impossible())?;
        if again.format_as(PhoneNumberFormat::E164) != e164 {
            return Err(impossible());
        }
        Ok(Self {
            country: country_of(&number, default).ok_or_else(impossible)?,
            e164,
        })
    }

    /// Takes back what [`Phone::as_str`] once gave; nothing if it was something else.
    #[must_use]
    pub fn from_e164(text: &str) -> Option<Self> {
        let number = PhoneNumber::parse(text, None).ok()?;
        let country = country_of(&number, Country(Region::World))?;
        Some(Self {
            e164: text.to_owned(),
            country,
        })
    }

    /// The number in E.164.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.e164
    }

    /// The country that the number belongs to.
    #[must_use]
    pub fn country(&self) -> Country {
        self.country
    }

    /// The number without its last four digits: fraud buys numbers by the range.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.e164[..self.e164.len().saturating_sub(4)]
    }

    /// The number as its owner may see it on a screen that others may see too: `+351 ••• ••23`.
    #[must_use]
    pub fn masked(&self) -> String {
        format!(
            "+{} ••• ••{}",
            self.country.calling_code(),
            &self.e164[self.e164.len().saturating_sub(2)..]
        )
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn country_of(number: &PhoneNumber, default: Country) -> Option<Country> {
    if let Some(region) = number.get_region_code() {
        return Some(Country(region));
    }
    if default.0 != Region::World && default.calling_code() == number.country_code {
        return Some(default);
    }
    PHONE_NUMBER_UTIL
        .get_region_for_country_code(number.country_code)
        .map(Country)
}

fn refuse_kinds_without_sms(kind: PhoneNumberType) -> Result<()> {
    use PhoneNumberType::{FixedLineOrMobile, Mobile, Unknown, VoIP};
    match kind {
        Mobile | FixedLineOrMobile | VoIP | Unknown => Ok(()),
        _ => Err(Error::invalid(
            FIELD,
            "This kind of number can't receive SMS. Please use a mobile number.",
        )),
    }
}

/// What somebody has sent by SMS: 1 to 480 characters, which are at most three SMS on the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmsText(String);

impl SmsText {
    /// The longest text, in characters.
    pub const MAX: usize = 480;

    /// Trims and measures. Nothing is cut.
    ///
    /// # Errors
    /// `Invalid` when nothing is left, when it is too long, or holds characters other than visible ones and line ends.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let max = Self::MAX;
        let wrong = if text.is_empty() {
            "An empty SMS cannot be sent.".to_owned()
        } else if text.chars().count() > max {
            format!("An SMS has at most {max} characters.")
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            "The text holds a character that cannot be sent.".to_owned()
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(Error::invalid("body", wrong))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What holds of any text: asked of random ones below, and of worse ones by `fuzz/`.
#[cfg(any(test, fuzzing))]
pub(crate) fn promises(text: &str) {
    let countries = [
        Country(Region::US),
        Country(Region::PT),
        Country(Region::DE),
    ];
    for country in countries {
        for rule in [PhoneRule::Assigned, PhoneRule::Possible] {
            let Ok(phone) = Phone::parse(text, country, rule) else {
                continue;
            };
            let digits = phone.as_str().strip_prefix('+').expect("it is E.164");
            assert!((5..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
            assert_eq!(Phone::from_e164(phone.as_str()).as_ref(), Some(&phone));
            assert_eq!(
                Phone::parse(phone.as_str(), country, rule).as_ref().ok(),
                Some(&phone)
            );
            assert!(!format!("{phone:?}").contains(&digits[digits.len() - 4..]));
        }
    }
    if let Ok(sms) = SmsText::parse(text) {
        assert!((1..=SmsText::MAX).contains(&sms.as_str().chars().count()));
        assert!(!sms.as_str().contains(|c: char| c.is_control() && c != '\n'));
        assert_eq!(SmsText::parse(sms.as_str()).as_ref().ok(), Some(&sms));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str, country: &str) -> Result<Phone> {
        Phone::parse(text, Country::parse(country).unwrap(), PhoneRule::Assigned)
    }

    #[test]
    fn a_number_that_would_be_read_as_another_one_is_none() {
        let germany = Country::parse("DE").unwrap();
        let zeros = "(000)352";
        assert!(Phone::parse(zeros, germany, PhoneRule::Possible).is_err());
        promises(zeros);
    }

    #[test]
    fn a_national_number_is_completed_by_the_chosen_country() {
        assert_eq!(
            parse("912 345 678", "PT").unwrap().as_str(),
            "+351912345678"
        );
        assert_eq!(
            parse("(201) 555-0123", "US").unwrap().as_str(),
            "+12015550123"
        );
    }

    #[test]
    fn an_international_number_overrules_the_chosen_country() {
        let phone = parse("+351 912 345 678", "US").unwrap();
        assert_eq!(phone.as_str(), "+351912345678");
        assert_eq!(phone.country().code(), "PT");
    }

    #[test]
    fn numbers_that_cannot_receive_an_sms_are_refused_before_anything_is_sent() {
        for (text, country) in [
            ("0900 1234567", "DE"),  // premium rate
            ("800 555 0199", "US"),  // toll free
            ("020 7946 0958", "GB"), // a fixed line
            ("12", "US"),
            ("", "US"),
            ("call me", "US"),
            ("1-800-FLOWERS", "US"),
            ("2015550123;ext=7", "US"),
        ] {
            assert!(
                matches!(
                    parse(text, country),
                    Err(Error::Invalid { field: "phone", .. })
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn a_made_up_number_will_do_for_the_development_inbox_only() {
        let us = Country::parse("US").unwrap();
        assert!(Phone::parse("+1 555 123 4567", us, PhoneRule::Possible).is_ok());
        assert!(Phone::parse("+1 555 123 4567", us, PhoneRule::Assigned).is_err());
    }

    #[test]
    fn a_number_never_shows_itself_in_a_log() {
        let phone = parse("912345678", "PT").unwrap();
        assert_eq!(format!("{phone:?}"), "+351 ••• ••78");
        assert_eq!(phone.prefix(), "+35191234");
    }

    #[test]
    fn a_number_has_fifteen_digits_at_most_with_its_country() {
        let germany = Country::parse("DE").unwrap();
        assert!(Phone::parse("195501219550123", germany, PhoneRule::Possible).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_refused_or_comes_out_as_e164(text in "\\PC{0,45}") {
            promises(&text);
        }

        #[test]
        fn so_is_what_looks_like_a_number(text in "\\+?[0-9() .;/-]{3,25}") {
            promises(&text);
        }
    }
}
