//! `LIMITS` and the `LIMIT_…` variables.

use super::Mode;
use super::reader::{ConfigError, Reader};
use crate::accounts::SmsLimits;
use std::num::NonZeroU32;

/// How much of everything one may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// `LIMITS`: whether limits of rate hold. Sizes and the tries per code always do.
    pub enforced: bool,
    /// SMS, which cost money.
    pub sms: SmsLimits,
    /// `LIMIT_CODE_TRIES`: wrong codes per code.
    pub code_tries: i64,
    /// `LIMIT_SIGNIN_FAILURES_PER_NUMBER_DAY`.
    pub failures_per_number_day: i64,
    /// `LIMIT_SIGNIN_FAILURES_PER_ADDRESS_HOUR`.
    pub failures_per_address_hour: i64,
    /// `LIMIT_PASSWORD_FAILURES_PER_ACCOUNT_HOUR`: from everywhere.
    pub password_failures_per_account_hour: i64,
    /// `LIMIT_PASSWORD_FAILURES_PER_ACCOUNT_NETWORK_HOUR`: from one network (/24, IPv6: /48).
    pub password_failures_per_account_network_hour: i64,
    /// `LIMIT_PASSWORD_FAILURES_PER_ADDRESS_HOUR`.
    pub password_failures_per_address_hour: i64,
    /// `LIMIT_RESETS_PER_EMAIL_HOUR`: mails about a forgotten password.
    pub resets_per_email_hour: i64,
    /// `LIMIT_RESETS_PER_ADDRESS_HOUR`.
    pub resets_per_address_hour: i64,
    /// `LIMIT_SIGNUPS_PER_ADDRESS_HOUR`: new accounts with a password.
    pub signups_per_address_hour: NonZeroU32,
    /// `LIMIT_CONTACT_LOOKUPS_DAY`: people asked for by number or username, per person.
    pub contact_lookups_per_day: i64,
    /// `LIMIT_SOCKETS_PER_USER`.
    pub sockets_per_user: usize,
    /// `LIMIT_SOCKETS_PER_ADDRESS`.
    pub sockets_per_address: usize,
    /// `LIMIT_CONNECTIONS_PER_ADDRESS_10S`: new ones.
    pub connections_per_address_10s: NonZeroU32,
    /// `LIMIT_CONNECTIONS`: open ones, altogether. Fewer if the system allows fewer open files.
    pub connections: usize,
    /// `LIMIT_CONNECTIONS_PER_ADDRESS`: open ones, from an address that is no trusted proxy.
    pub connections_per_address: usize,
    /// `LIMIT_MESSAGES_PER_SECOND`, per person.
    pub messages_per_second: NonZeroU32,
    /// `LIMIT_MESSAGES_BURST`, per person.
    pub messages_burst: NonZeroU32,
    /// `LIMIT_EVENTS_PER_SECOND`, per socket.
    pub events_per_second: NonZeroU32,
    /// `LIMIT_EVENTS_BURST`, per socket.
    pub events_burst: NonZeroU32,
    /// `LIMIT_JOINS_PER_MINUTE`: rooms made or joined, per person.
    pub joins_per_minute: NonZeroU32,
    /// `LIMIT_JOINS_BURST`, per person.
    pub joins_burst: NonZeroU32,
    /// `LIMIT_SEARCHES_PER_SECOND`: people and messages looked for by a text, per person.
    pub searches_per_second: NonZeroU32,
    /// `LIMIT_SEARCHES_BURST`, per person.
    pub searches_burst: NonZeroU32,
    /// `LIMIT_GUESTS_PER_ADDRESS_HOUR`: new ones.
    pub guests_per_address_hour: NonZeroU32,
    /// `LIMIT_MATCHES_PER_MINUTE`: how often one may look for a stranger.
    pub matches_per_minute: NonZeroU32,
    /// `LIMIT_MATCHES_PER_HOUR`.
    pub matches_per_hour: NonZeroU32,
    /// `LIMIT_REPORTS_DAY`, by one person.
    pub reports_per_day: i64,
}

impl Limits {
    pub(super) fn read(env: &Reader<'_>, mode: Mode) -> Result<Self, ConfigError> {
        let enforced = match env.or("LIMITS", "on").as_str() {
            "on" => true,
            "off" if mode == Mode::Development => false,
            "off" => {
                return Err(env.wrong("LIMITS", "on: they can be lifted in MODE=development only"));
            }
            _ => return Err(env.wrong("LIMITS", "on or off")),
        };
        let count = |name, default| {
            env.parsed::<u32>(name, default, "a whole number")
                .map(i64::from)
        };
        let size = |name, default| env.parsed::<usize>(name, default, "a whole number");
        let rate =
            |name, default| env.parsed::<NonZeroU32>(name, default, "a whole number above 0");
        Ok(Self {
            enforced,
            sms: SmsLimits {
                number_hour: count("LIMIT_SMS_PER_NUMBER_HOUR", "5")?,
                number_day: count("LIMIT_SMS_PER_NUMBER_DAY", "10")?,
                session: count("LIMIT_SMS_PER_SESSION", "5")?,
                address_hour: count("LIMIT_SMS_PER_ADDRESS_HOUR", "10")?,
                address_day: count("LIMIT_SMS_PER_ADDRESS_DAY", "30")?,
                network_hour: count("LIMIT_SMS_PER_NETWORK_HOUR", "50")?,
                prefix_hour: count("LIMIT_SMS_PER_PREFIX_HOUR", "10")?,
                hour: count("LIMIT_SMS_HOUR", "100")?,
                day: count("LIMIT_SMS_DAY", "500")?,
                user_day: count("LIMIT_USER_SMS_DAY", "5")?,
            },
            code_tries: i64::from(rate("LIMIT_CODE_TRIES", "5")?.get()),
            failures_per_number_day: count("LIMIT_SIGNIN_FAILURES_PER_NUMBER_DAY", "15")?,
            failures_per_address_hour: count("LIMIT_SIGNIN_FAILURES_PER_ADDRESS_HOUR", "20")?,
            password_failures_per_account_hour: count(
                "LIMIT_PASSWORD_FAILURES_PER_ACCOUNT_HOUR",
                "100",
            )?,
            password_failures_per_account_network_hour: count(
                "LIMIT_PASSWORD_FAILURES_PER_ACCOUNT_NETWORK_HOUR",
                "10",
            )?,
            password_failures_per_address_hour: count(
                "LIMIT_PASSWORD_FAILURES_PER_ADDRESS_HOUR",
                "20",
            )?,
            resets_per_email_hour: count("LIMIT_RESETS_PER_EMAIL_HOUR", "5")?,
            resets_per_address_hour: count("LIMIT_RESETS_PER_ADDRESS_HOUR", "20")?,
            signups_per_address_hour: rate("LIMIT_SIGNUPS_PER_ADDRESS_HOUR", "20")?,
            contact_lookups_per_day: count("LIMIT_CONTACT_LOOKUPS_DAY", "50")?,
            sockets_per_user: size("LIMIT_SOCKETS_PER_USER", "10")?,
            sockets_per_address: size("LIMIT_SOCKETS_PER_ADDRESS", "50")?,
            connections_per_address_10s: rate("LIMIT_CONNECTIONS_PER_ADDRESS_10S", "30")?,
            connections: size("LIMIT_CONNECTIONS", "20000")?,
            connections_per_address: size("LIMIT_CONNECTIONS_PER_ADDRESS", "200")?,
            messages_per_second: rate("LIMIT_MESSAGES_PER_SECOND", "5")?,
            messages_burst: rate("LIMIT_MESSAGES_BURST", "30")?,
            events_per_second: rate("LIMIT_EVENTS_PER_SECOND", "10")?,
            events_burst: rate("LIMIT_EVENTS_BURST", "60")?,
            joins_per_minute: rate("LIMIT_JOINS_PER_MINUTE", "30")?,
            joins_burst: rate("LIMIT_JOINS_BURST", "10")?,
            searches_per_second: rate("LIMIT_SEARCHES_PER_SECOND", "1")?,
            searches_burst: rate("LIMIT_SEARCHES_BURST", "60")?,
            guests_per_address_hour: rate("LIMIT_GUESTS_PER_ADDRESS_HOUR", "30")?,
            matches_per_minute: rate("LIMIT_MATCHES_PER_MINUTE", "10")?,
            matches_per_hour: rate("LIMIT_MATCHES_PER_HOUR", "60")?,
            reports_per_day: count("LIMIT_REPORTS_DAY", "20")?,
        })
    }
}
