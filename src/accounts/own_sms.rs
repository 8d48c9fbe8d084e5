//! SMS that people send by program. Each costs the operator money, so only who has proved a number of their own
//! may, a few a day, within all limits that hold for codes.

use super::code_sending::{ended, going_on};
use super::limits::DAY;
use super::queries::{sms, users};
use super::sms_limits::refuse_while_paused;
use super::{Accounts, Requester};
use crate::error::{Error, Result};
use crate::model::{Actor, Phone, SmsText};

impl Accounts {
    /// Sends `text` to `to`, and waits until it is out. From the moment it is counted that goes on whether or
    /// not anybody waits.
    ///
    /// # Errors
    /// `Forbidden` for who has no number; `Invalid` for a country that is not open, or a number that the provider
    /// refuses; `RateLimited`; `Unavailable` while no SMS are sent; `ProviderFailed`.
    pub async fn send_sms(
        &self,
        actor: Actor,
        to: Phone,
        text: SmsText,
        from: Requester,
    ) -> Result<()> {
        actor.require_account()?;
        self.admit_country(&to, "to")?;
        let counted = self.count_sms(actor, to.clone(), from).await?;
        let this = self.clone();
        ended(going_on(async move {
            let outcome = this.sms.send(&to, text.as_str()).await;
            if outcome.is_err_and(|unsent| unsent.is_certain()) {
                this.store
                    .write(move |tx| sms::take_back_send(tx.writes(), counted))
                    .await?;
            }
            Ok(outcome?)
        }))
        .await
    }

    async fn count_sms(&self, actor: Actor, to: Phone, from: Requester) -> Result<i64> {
        let from = self.secrets.address(from.address);
        let this = self.clone();
        self.store
            .write(move |tx| {
                refuse_while_paused(tx.reads())?;
                let now = tx.now();
                let account = users::account(tx.reads(), actor.user, now)?;
                if account.is_none_or(|account| account.phone.is_none()) {
                    return Err(Error::Forbidden(
                        "Sign in with your phone once before you send SMS.",
                    ));
                }
                if this.settings.limits_enforced {
                    let limits = &this.settings.sms;
                    sms::sends_of(tx.reads(), actor.user, DAY, now)?.at_most(
                        limits.user_day,
                        now,
                        "You have sent all the SMS that you may send today.",
                    )?;
                    limits.admit(tx.reads(), &to, &from, now)?;
                }
                sms::record_send(tx.writes(), &to, &from, Some(actor.user), now)
            })
            .await
    }
}
