//! Sending a code by SMS.
//!
//! A code is first stored and counted, then sent. From the moment it is asked for that runs to its
//! end, whether or not anybody waits: a second click or a closed tab drops the request, and a code
//! that was counted must not stay unsent. What certainly did not go out is taken back.

use super::limits::{HOUR, wait};
use super::phone_login::{STALE, VALID_FOR};
use super::queries::phone::{self, Challenge};
use super::queries::sms;
use super::secrets::{HashedAddress, random_code};
use super::sms_limits::{refuse_while_paused, resend_at};
use super::{Accounts, Token};
use crate::error::{Error, Result};
use crate::model::{Phone, Timestamp};
use crate::store::{Conn, Tx};
use std::net::IpAddr;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
pub struct Requester {
    /// The client's address, as the trusted proxies tell it.
    pub address: IpAddr,
}

/// A code that was sent and not yet given back.
#[derive(Clone, Debug)]
pub struct PendingCode {
    /// Where it was sent.
    pub phone: Phone,
    /// When another may be asked for.
    pub resend_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// How many checks are left.
    pub tries_left: i64,
    /// When the next check may be made.
    pub next_try_at: Timestamp,
}

/// A code on its way: good already, and going out whether or not this is kept.
#[derive(Debug)]
pub struct Sending {
    pending: PendingCode,
    /// Nothing where the code went out with an earlier request.
    delivery: Option<JoinHandle<Result<()>>>,
}

impl Sending {
    /// Waits until the SMS is out.
    ///
    /// # Errors
    /// `Invalid` for a number that the provider refuses; `ProviderFailed`. What certainly did not go
    /// out is no longer pending then.
    pub async fn sent(self) -> Result<PendingCode> {
        if let Some(delivery) = self.delivery {
            ended(delivery).await?;
        }
        Ok(self.pending)
    }
}

/// A code about to be sent, as the database is going to know it.
#[derive(Clone)]
pub(super) struct SendCode {
    pub(super) key: String,
    pub(super) code_mac: String,
    pub(super) previous_key: Option<String>,
    pub(super) phone: Phone,
}

/// What is undone when the SMS did not go out.
struct Stored {
    send: SendCode,
    /// The challenge as it was before.
    former: Option<Challenge>,
    /// The row that counts the SMS.
    counted: i64,
}

impl Accounts {
    /// Sends a code to `phone`, to be given back together with `challenge`. The caller has time to
    /// remember the challenge before the SMS is out.
    ///
    /// The same challenge for the same number within the resend clock is the same request made twice
    /// (a double click): it is answered, and nothing more is sent. `previous` is the session's last
    /// challenge, whose sends count on.
    ///
    /// # Errors
    /// `Invalid` for a country that is not open; `RateLimited`; `Unavailable` while no SMS are sent. Those of the
    /// provider come with
    /// [`Sending::sent`].
    pub async fn start_phone_login(
        &self,
        phone: Phone,
        from: Requester,
        challenge: Token,
        previous: Option<Token>,
    ) -> Result<Sending> {
        self.admit_country(&phone, "phone")?;
        let previous = previous.filter(|previous| *previous != challenge);
        self.send_code(phone, from, challenge, previous).await
    }

    /// Sends a new code for a challenge; the one before is dead, unless the new one certainly did not
    /// go out.
    ///
    /// # Errors
    /// `Gone` when there is nothing to resend; otherwise as [`Accounts::start_phone_login`] and
    /// [`Sending::sent`].
    pub async fn resend_code(&self, challenge: Token, from: Requester) -> Result<PendingCode> {
        let phone = self.pending_code(&challenge).await?.ok_or(STALE)?.phone;
        self.send_code(phone, from, challenge.clone(), Some(challenge))
            .await?
            .sent()
            .await
    }

    /// The state of a challenge; nothing if there is no code to give back.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn pending_code(&self, challenge: &Token) -> Result<Option<PendingCode>> {
        let key = challenge.key();
        let tries = self.settings.code_tries;
        let now = self.clock.now();
        self.store
            .read(move |conn| {
                let found = phone::challenge(conn, &key)?.filter(|c| c.is_live(now, tries));
                found.map(|c| c.pending(conn, tries, now)).transpose()
            })
            .await
    }

    /// # Errors
    /// `Invalid`, about `field`, when no SMS are sent to the country of that number.
    pub(super) fn admit_country(&self, phone: &Phone, field: &'static str) -> Result<()> {
        if self.settings.sms_countries.contains(&phone.country()) {
            return Ok(());
        }
        let country = phone.country().name();
        Err(Error::invalid(
            field,
            format!("This server does not send SMS to {country}."),
        ))
    }

    async fn send_code(
        &self,
        phone: Phone,
        from: Requester,
        challenge: Token,
        previous: Option<Token>,
    ) -> Result<Sending> {
        let code = random_code();
        let text = self.sms_text(&code);
        let send = SendCode {
            key: challenge.key(),
            code_mac: self.code_mac(&challenge, &code),
            previous_key: previous.map(|token| token.key()),
            phone,
        };
        let address = self.secrets.address(from.address);
        let this = self.clone();
        // Once stored it is delivered, also if the request is dropped in between.
        let started = going_on(async move {
            let (pending, stored) = this.store_code(send, address).await?;
            let delivery = stored.map(|stored| going_on(this.deliver(stored, text)));
            Ok(Sending { pending, delivery })
        });
        ended(started).await
    }

    /// Stores and counts a code. Where it repeats a request, nothing is stored.
    async fn store_code(
        &self,
        send: SendCode,
        from: HashedAddress,
    ) -> Result<(PendingCode, Option<Stored>)> {
        let this = self.clone();
        self.store
            .write(move |tx| {
                let now = tx.now();
                let tries = this.settings.code_tries;
                let former = phone::challenge(tx.reads(), &send.key)?;
                if let Some(former) = former.as_ref().filter(|c| c.repeats(&send, now)) {
                    let pending = former.pending(tx.reads(), tries, now)?;
                    if now < pending.resend_at {
                        return Ok((pending, None));
                    }
                }
                let sends = this.admit_send(tx, &send, &from)?;
                phone::put_challenge(tx.writes(), &send, sends, now, now.after(VALID_FOR))?;
                let counted = sms::record_send(tx.writes(), &send.phone, &from, None, now)?;
                let kept = phone::challenge(tx.reads(), &send.key)?.ok_or(STALE)?;
                let stored = Stored {
                    send: send.clone(),
                    former,
                    counted,
                };
                Ok((kept.pending(tx.reads(), tries, now)?, Some(stored)))
            })
            .await
    }

    async fn deliver(self, stored: Stored, text: String) -> Result<()> {
        let outcome = self.sms.send(&stored.send.phone, &text).await;
        if outcome.is_err_and(|unsent| unsent.is_certain()) {
            self.take_back(stored).await;
        }
        Ok(outcome?)
    }

    /// Undoes [`Accounts::store_code`]. If that fails, the code counts as sent: the safer error.
    async fn take_back(&self, stored: Stored) {
        let undone = self
            .store
            .write(move |tx| {
                sms::take_back_send(tx.writes(), stored.counted)?;
                phone::take_back_challenge(tx.writes(), &stored.send, stored.former.as_ref())
            })
            .await;
        if let Err(error) = undone {
            tracing::warn!(%error, "a code that was not sent stays counted");
        }
    }

    /// How many were sent in this session, the coming one included.
    fn admit_send(&self, tx: &mut Tx<'_>, send: &SendCode, from: &HashedAddress) -> Result<i64> {
        refuse_while_paused(tx.reads())?;
        let now = tx.now();
        let (mut sent, mut forgotten_at) = (0, now);
        for key in std::iter::once(&send.key).chain(&send.previous_key) {
            // The count of a session is forgotten as a whole, an hour after its last SMS.
            let earlier = phone::challenge(tx.reads(), key)?
                .filter(|c| now < c.sent_at.after(HOUR) && c.sends > sent);
            if let Some(earlier) = earlier {
                (sent, forgotten_at) = (earlier.sends, earlier.sent_at.after(HOUR));
            }
        }
        if self.settings.limits_enforced {
            if sent >= self.settings.sms.session {
                let left = forgotten_at.remaining(now);
                return Err(wait(left, "You have asked for too many codes."));
            }
            self.settings
                .sms
                .admit(tx.reads(), &send.phone, from, now)?;
        }
        Ok(sent + 1)
    }

    /// A fixed text: nothing that anybody typed is ever sent. The last line lets phones offer the
    /// code on our host only.
    fn sms_text(&self, code: &str) -> String {
        format!(
            "Your Chinwag verification code is {code}. Do not share it with anyone.\n\n@{} #{code}",
            self.settings.sms_host
        )
    }
}

impl Challenge {
    /// Whether `send` is the request that made this challenge, made once more.
    fn repeats(&self, send: &SendCode, now: Timestamp) -> bool {
        self.phone == send.phone
            && send.previous_key.as_ref() != Some(&send.key)
            && self.used_at.is_none()
            && now < self.expires_at
    }

    fn pending(&self, conn: &mut Conn, tries: i64, now: Timestamp) -> Result<PendingCode> {
        let (last, sent) = sms::sends_to(conn, &self.phone, now.before(HOUR))?;
        Ok(PendingCode {
            phone: self.phone.clone(),
            resend_at: resend_at(last, sent, now).unwrap_or(now),
            expires_at: self.expires_at,
            tries_left: tries - self.failures,
            next_try_at: self.next_try_at(now),
        })
    }
}

/// Runs to its end even when nobody waits for it any more, under the request's name in the log.
pub(super) fn going_on<T: Send + 'static>(
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> JoinHandle<Result<T>> {
    tokio::spawn(work.in_current_span())
}

pub(super) async fn ended<T>(work: JoinHandle<Result<T>>) -> Result<T> {
    work.await.map_err(|error| Error::Internal(error.into()))?
}
