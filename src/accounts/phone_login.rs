//! Signing in by phone: send a code, check it, and only then know or make the person.
//!
//! The challenge is an opaque token that the browser session or the program holds; the code's keyed
//! hash covers it, so a code is worth nothing without the session that asked for it. Answers are the
//! same whether or not the number has an account, until the code is proved.

use super::queries::phone::{self, Challenge};
use super::secrets::{random_code, same};
use super::sms_limits::{DAY, HOUR, resend_at, wait};
use super::{Accounts, Token, queries, username_is_busy};
use crate::error::{Error, Result};
use crate::model::{DisplayName, Phone, Profile, Timestamp, UserId, Username};
use crate::store::Tx;
use std::net::IpAddr;
use std::time::Duration;

/// How long a code, and then the proof of a number, is good.
const VALID_FOR: Duration = Duration::from_secs(10 * 60);
/// The pause before the first, second, … check of one code: guessing gets slow, a slip does not.
const CHECK_DELAYS: [u64; 5] = [0, 0, 30, 60, 120];

const STALE: Error = Error::Gone("This code is no longer valid. Please ask for a new one.");

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

/// A number that was proved.
#[derive(Clone, Debug)]
pub enum Proof {
    /// It belongs to this person.
    Known(UserId),
    /// It belongs to nobody yet: the token makes the account, once, within ten minutes.
    New(Token),
}

/// What a check in the writer came to. A wrong code is no error there: it must be committed.
enum Checked {
    Right(Option<UserId>),
    Wrong {
        tries_left: i64,
        next_try_at: Timestamp,
    },
}

impl Accounts {
    /// Sends a code to `phone`, to be given back together with `challenge`.
    ///
    /// The same challenge for the same number within the resend clock is the same request made twice
    /// (a double click): it is answered, and nothing more is sent. `previous` is the session's last
    /// challenge, whose sends count on.
    ///
    /// # Errors
    /// `Invalid` for a country that is not open or a number that the provider refuses; `RateLimited`;
    /// `ProviderFailed`.
    pub async fn start_phone_login(
        &self,
        phone: Phone,
        from: Requester,
        challenge: Token,
        previous: Option<Token>,
    ) -> Result<PendingCode> {
        if !self.settings.sms_countries.contains(&phone.country()) {
            return Err(Error::invalid(
                "phone",
                format!(
                    "This server does not send SMS to {}.",
                    phone.country().name()
                ),
            ));
        }
        let previous = previous.filter(|previous| *previous != challenge);
        self.send_code(phone, from, challenge, previous).await
    }

    /// Sends a new code for a challenge; the one before is dead.
    ///
    /// # Errors
    /// `Gone` when there is nothing to resend; otherwise as [`Accounts::start_phone_login`].
    pub async fn resend_code(&self, challenge: Token, from: Requester) -> Result<PendingCode> {
        let phone = self.pending_code(&challenge).await?.ok_or(STALE)?.phone;
        self.send_code(phone, from, challenge.clone(), Some(challenge))
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

    async fn send_code(
        &self,
        phone: Phone,
        from: Requester,
        challenge: Token,
        previous: Option<Token>,
    ) -> Result<PendingCode> {
        let code = random_code();
        let text = self.sms_text(&code);
        let send = SendCode {
            key: challenge.key(),
            code_mac: self.code_mac(&challenge, &code),
            previous_key: previous.map(|token| token.key()),
            phone: phone.clone(),
        };
        let this = self.clone();
        let address = self.secrets.address(from.address);
        let (pending, fresh) = self
            .store
            .write(move |tx| {
                let now = tx.now();
                let old = phone::challenge(tx.reads(), &send.key)?;
                if let Some(old) = old.filter(|old| old.repeats(&send, now)) {
                    let pending = old.pending(tx.reads(), this.settings.code_tries, now)?;
                    if now < pending.resend_at {
                        return Ok((pending, false));
                    }
                }
                let sends = this.admit_send(tx, &send, &address)?;
                phone::put_challenge(tx.writes(), &send, sends, now, now.after(VALID_FOR))?;
                phone::record_send(tx.writes(), &send.phone, &address, now)?;
                let kept = phone::challenge(tx.reads(), &send.key)?.ok_or(STALE)?;
                Ok((
                    kept.pending(tx.reads(), this.settings.code_tries, now)?,
                    true,
                ))
            })
            .await?;
        if fresh {
            self.sms.send(&phone, &text).await?;
        }
        Ok(pending)
    }

    /// How many were sent in this session, the coming one included.
    fn admit_send(
        &self,
        tx: &mut Tx<'_>,
        send: &SendCode,
        from: &super::secrets::HashedAddress,
    ) -> Result<i64> {
        let now = tx.now();
        let mut sent = 0;
        for key in std::iter::once(&send.key).chain(&send.previous_key) {
            let earlier =
                phone::challenge(tx.reads(), key)?.filter(|c| now < c.sent_at.after(HOUR));
            sent = sent.max(earlier.map_or(0, |c| c.sends));
        }
        if self.settings.limits_enforced {
            if sent >= self.settings.sms.session {
                return Err(wait(HOUR, "You have asked for too many codes."));
            }
            self.settings
                .sms
                .admit(tx.reads(), &send.phone, from, now)?;
        }
        Ok(sent + 1)
    }

    /// Checks a code against its challenge. Right or wrong, a check counts and is remembered.
    ///
    /// # Errors
    /// `Invalid` for a wrong code, with the tries left; `TooManyTries` when they are used up; `Gone`
    /// when the code was used or is too old; `RateLimited` before the next check is due or past the limits of failures; `Suspended`.
    pub async fn check_code(
        &self,
        challenge: &Token,
        code: &str,
        from: Requester,
    ) -> Result<Proof> {
        let digits: String = code.chars().filter(char::is_ascii_digit).collect();
        let key = challenge.key();
        let code_mac = self.code_mac(challenge, &digits);
        let address = self.secrets.address(from.address).single;
        let signup = Token::random("");
        let signup_key = signup.key();
        let this = self.clone();
        let checked = self
            .store
            .write(move |tx| {
                let found = phone::challenge(tx.reads(), &key)?.ok_or(STALE)?;
                this.admit_check(tx, &found, &address)?;
                if same(&found.code_mac, &code_mac) {
                    this.accept(tx, &found, &signup_key)
                } else {
                    this.count_failure(tx, &found, &address)
                }
            })
            .await?;
        match checked {
            Checked::Right(Some(user)) => Ok(Proof::Known(user)),
            Checked::Right(None) => Ok(Proof::New(signup)),
            Checked::Wrong { tries_left: 0, .. } => Err(Error::TooManyTries),
            Checked::Wrong {
                tries_left,
                next_try_at,
            } => Err(self.wrong_code(tries_left, next_try_at)),
        }
    }

    fn admit_check(&self, tx: &mut Tx<'_>, found: &Challenge, address: &str) -> Result<()> {
        let now = tx.now();
        if found.failures >= self.settings.code_tries {
            return Err(Error::TooManyTries);
        }
        if !found.is_live(now, self.settings.code_tries) {
            return Err(STALE);
        }
        if !self.settings.limits_enforced {
            return Ok(());
        }
        if now < found.next_try_at {
            return Err(wait(
                found.next_try_at.remaining(now),
                "Please take a moment before the next try.",
            ));
        }
        let of_number = phone::failures_of_number(tx.reads(), &found.phone, now.before(DAY))?;
        let of_address = phone::failures_of_address(tx.reads(), address, now.before(HOUR))?;
        if of_number >= self.settings.failures_per_number_day {
            return Err(wait(DAY, "Too many wrong codes for this number."));
        }
        if of_address >= self.settings.failures_per_address_hour {
            return Err(wait(HOUR, "Too many wrong codes from here."));
        }
        Ok(())
    }

    fn accept(&self, tx: &mut Tx<'_>, found: &Challenge, signup_key: &str) -> Result<Checked> {
        let now = tx.now();
        let user = queries::users::by_phone(tx.reads(), &found.phone)?;
        if let Some(user) = user {
            // A suspended person learns it here, after the proof, and nobody else does.
            queries::users::account(tx.reads(), user, now)?.ok_or(Error::Suspended)?;
        }
        let signup = user.is_none().then_some(signup_key);
        phone::use_challenge(tx.writes(), found.id, signup, now, now.after(VALID_FOR))?;
        phone::mark_verified(tx.writes(), &found.phone)?;
        Ok(Checked::Right(user))
    }

    fn count_failure(&self, tx: &mut Tx<'_>, found: &Challenge, address: &str) -> Result<Checked> {
        let now = tx.now();
        let failures = found.failures + 1;
        let step = usize::try_from(failures)
            .unwrap_or(0)
            .min(CHECK_DELAYS.len() - 1);
        let next_try_at = now.after(Duration::from_secs(CHECK_DELAYS[step]));
        phone::count_failure(tx.writes(), found, address, next_try_at, now)?;
        Ok(Checked::Wrong {
            tries_left: self.settings.code_tries - failures,
            next_try_at,
        })
    }

    fn wrong_code(&self, tries_left: i64, next_try_at: Timestamp) -> Error {
        let tries = if tries_left == 1 {
            "1 try".into()
        } else {
            format!("{tries_left} tries")
        };
        let pause = next_try_at.remaining(self.clock.now()).as_secs();
        let pause = if pause > 0 && self.settings.limits_enforced {
            format!(" The next one in {pause} seconds.")
        } else {
            String::new()
        };
        Error::invalid("code", format!("That's not the code. {tries} left.{pause}"))
    }

    /// Whether `signup` may still make an account.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn can_sign_up(&self, signup: &Token) -> Result<bool> {
        let key = signup.key();
        let now = self.clock.now();
        self.store
            .read(move |conn| Ok(phone::proved_phone(conn, &key, now)?.is_some()))
            .await
    }

    /// Makes the account of a proved number. Without a username, one is made from the name.
    ///
    /// # Errors
    /// `Gone` when the proof was used or is too old; `Conflict` when the username is taken.
    pub async fn finish_signup(
        &self,
        signup: &Token,
        name: DisplayName,
        username: Option<Username>,
    ) -> Result<Profile> {
        let key = signup.key();
        self.store
            .write(move |tx| {
                let now = tx.now();
                let phone = phone::proved_phone(tx.reads(), &key, now)?.ok_or(STALE)?;
                let username = match &username {
                    Some(chosen) if queries::users::username_taken(tx.reads(), chosen, None)? => {
                        return Err(username_is_busy(chosen));
                    }
                    Some(chosen) => chosen.clone(),
                    None => queries::users::free_username(tx.reads(), &name)?,
                };
                phone::forget_signup(tx.writes(), &key)?;
                queries::users::insert_person(tx.writes(), &name, &username, &phone, now)
            })
            .await
    }

    fn code_mac(&self, challenge: &Token, code: &str) -> String {
        self.secrets.mac("phone code", &[challenge.reveal(), code])
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

/// A code about to be sent, as the database is going to know it.
pub(super) struct SendCode {
    pub(super) key: String,
    pub(super) code_mac: String,
    pub(super) previous_key: Option<String>,
    pub(super) phone: Phone,
}

impl Challenge {
    fn is_live(&self, now: Timestamp, tries: i64) -> bool {
        self.used_at.is_none() && now < self.expires_at && self.failures < tries
    }

    /// Whether `send` is the request that made this challenge, made once more.
    fn repeats(&self, send: &SendCode, now: Timestamp) -> bool {
        self.phone == send.phone
            && send.previous_key.as_ref() != Some(&send.key)
            && self.used_at.is_none()
            && now < self.expires_at
    }

    fn pending(
        &self,
        conn: &mut crate::store::Conn,
        tries: i64,
        now: Timestamp,
    ) -> Result<PendingCode> {
        let (last, sent) = phone::sends_to(conn, &self.phone, now.before(HOUR))?;
        Ok(PendingCode {
            phone: self.phone.clone(),
            resend_at: resend_at(last, sent).unwrap_or(now),
            expires_at: self.expires_at,
            tries_left: tries - self.failures,
            next_try_at: self.next_try_at,
        })
    }
}
