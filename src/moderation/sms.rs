//! What SMS cost, and the lever that stops them.

use super::audit::{Act, Entry};
use super::queries::sms;
use super::{Admin, Moderation, Note};
use crate::error::Result;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// SMS of the last day.
#[derive(Clone, Debug)]
pub struct SmsFigures {
    /// By country, the most sent first.
    pub countries: Vec<CountrySms>,
    /// Sent within the last hour.
    pub hour: i64,
    /// Sent within the last day.
    pub day: i64,
    /// Of those, codes.
    pub codes: i64,
    /// Of the codes, given back.
    pub verified: i64,
    /// Whether none are sent at present.
    pub paused: bool,
}

/// SMS to one country.
#[derive(Clone, Debug)]
pub struct CountrySms {
    /// Its code of two letters.
    pub country: String,
    /// Codes sent.
    pub sent: i64,
    /// Codes given back.
    pub verified: i64,
    /// What people wrote, by program.
    pub written: i64,
}

impl Moderation {
    /// What was sent, and what came of it.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more.
    pub async fn sms_figures(&self, admin: &Admin) -> Result<SmsFigures> {
        let now = self.clock.now();
        self.look(admin, move |conn| {
            let countries = sms::by_country(conn, now.before(DAY))?;
            Ok(SmsFigures {
                hour: sms::count(conn, now.before(HOUR))?,
                day: sms::count(conn, now.before(DAY))?,
                codes: countries.iter().map(|country| country.sent).sum(),
                verified: countries.iter().map(|country| country.verified).sum(),
                paused: sms::is_paused(conn)?,
                countries,
            })
        })
        .await
    }

    /// Sends no code to anybody, or does again: for everybody from the next request on, also after a
    /// restart.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more.
    pub async fn pause_sms(&self, admin: &Admin, pause: bool, note: Note) -> Result<()> {
        self.act(admin, move |tx| {
            sms::set_paused(tx.writes(), pause)?;
            let act = if pause {
                Act::PausedSms
            } else {
                Act::ResumedSms
            };
            Ok(((), Entry::new(act, "SMS", note.as_str())))
        })
        .await
    }
}
