//! How the server is doing, as far as the database knows.

use super::queries::{messages, reports, sms};
use super::{Admin, Moderation};
use crate::error::Result;
use crate::model::Timestamp;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How the server is doing.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// Messages of the last hour.
    pub messages_hour: i64,
    /// SMS of the last day.
    pub sms_day: i64,
    /// Whether none are sent at present.
    pub sms_paused: bool,
    /// Reports that wait for somebody, counted up to a hundred.
    pub open_reports: i64,
    /// Since when the oldest of them does.
    pub oldest_report: Option<Timestamp>,
    /// What the database takes on the disk, in bytes.
    pub database_bytes: u64,
    /// What is free beside it, in bytes.
    pub free_bytes: u64,
}

impl Moderation {
    /// How the server is doing.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more; `Internal` when the disk cannot be asked.
    pub async fn vitals(&self, admin: &Admin) -> Result<Vitals> {
        let now = self.clock.now();
        let space = self.store.space()?;
        self.look(admin, move |conn| {
            let (open_reports, oldest_report) = reports::waiting(conn)?;
            Ok(Vitals {
                messages_hour: messages::count_since(conn, now.before(HOUR))?,
                sms_day: sms::count(conn, now.before(DAY))?,
                sms_paused: sms::is_paused(conn)?,
                open_reports,
                oldest_report,
                database_bytes: space.used,
                free_bytes: space.free,
            })
        })
        .await
    }

    /// How many reports wait for somebody, counted up to a hundred.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more.
    pub async fn open_reports(&self, admin: &Admin) -> Result<i64> {
        self.look(admin, |conn| Ok(reports::waiting(conn)?.0)).await
    }
}
