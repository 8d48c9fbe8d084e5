//! What administrators do to rooms is another context's business; here it is written down.

use super::audit::{Act, Entry};
use super::{Admin, Moderation};
use crate::error::Result;
use crate::store::Tx;

/// What a job has done to a room.
pub(crate) struct RoomWork<T> {
    /// What comes of it.
    pub(crate) outcome: T,
    /// What the room was called.
    pub(crate) room: String,
    /// What else the log is to say.
    pub(crate) detail: String,
}

impl Moderation {
    /// Does to a room what the job does, with its line in the log: both or neither.
    ///
    /// # Errors
    /// `NotFound` for who is no administrator any more; those of the job.
    pub(crate) async fn act_on_room<T, J>(&self, admin: &Admin, act: Act, job: J) -> Result<T>
    where
        T: Send + 'static,
        J: Fn(&mut Tx<'_>) -> Result<RoomWork<T>> + Send + 'static,
    {
        self.act(admin, move |tx| {
            let work = job(tx)?;
            let subject = format!("room {}", work.room);
            Ok((work.outcome, Entry::new(act, subject, work.detail)))
        })
        .await
    }
}
