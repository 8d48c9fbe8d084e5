//! Signing in by phone: check the code that was sent, and only then know or make the person.
//!
//! The challenge is an opaque token that the browser session or the program holds; the code's keyed
//! hash covers it, so a code is worth nothing without the session that asked for it. Answers are the
//! same whether or not the number has an account, until the code is proved.

use super::code_sending::Requester;
use super::limits::{DAY, HOUR, wait};
use super::queries::phone::{self, Challenge};
use super::queries::sms;
use super::secrets::same;
use super::sessions::require_live;
use super::{Accounts, Token, queries, username_is_busy};
use crate::error::{Error, Result};
use crate::metrics::metrics;
use crate::model::{Actor, DisplayName, Profile, Timestamp, UserId, Username};
use crate::store::Tx;
use std::time::Duration;

/// How long a code, and then the proof of a number, is good.
pub(super) const VALID_FOR: Duration = Duration::from_secs(10 * 60);
/// The pause before the first, second, … check of one code: guessing gets slow, a slip does not.
const CHECK_DELAYS: [u64; 5] = [0, 0, 30, 60, 120];

pub(super) const STALE: Error =
    Error::Gone("This code is no longer valid. Please ask for a new one.");

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

/// What has to pass before the next check, after that many wrong ones.
fn delay_after(failures: i64) -> Duration {
    let step = usize::try_from(failures)
        .unwrap_or(0)
        .min(CHECK_DELAYS.len() - 1);
    Duration::from_secs(CHECK_DELAYS[step])
}

impl Challenge {
    /// When the next check may be made. Never later than the delay that it stands for, also when the clock
    /// was put back meanwhile.
    pub(super) fn next_try_at(&self, now: Timestamp) -> Timestamp {
        self.next_try_at.min(now.after(delay_after(self.failures)))
    }
}

impl Accounts {
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
            Checked::Right(_) => metrics().sms_verified.inc(),
            Checked::Wrong { .. } => metrics().codes_wrong.inc(),
        };
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
        let next_try_at = found.next_try_at(now);
        if now < next_try_at {
            return Err(wait(
                next_try_at.remaining(now),
                "Please take a moment before the next try.",
            ));
        }
        phone::failures_of_number(tx.reads(), &found.phone, DAY, now)?.at_most(
            self.settings.failures_per_number_day,
            now,
            "Too many wrong codes for this number.",
        )?;
        phone::failures_of_address(tx.reads(), address, HOUR, now)?.at_most(
            self.settings.failures_per_address_hour,
            now,
            "Too many wrong codes from here.",
        )
    }

    fn accept(&self, tx: &mut Tx<'_>, found: &Challenge, signup_key: &str) -> Result<Checked> {
        let now = tx.now();
        let user = queries::users::by_phone(tx.reads(), &found.phone)?;
        if let Some(user) = user {
            // A suspended person learns it here, after the proof, and nobody else does.
            queries::users::account(tx.reads(), user, now)?.ok_or(Error::NotFound)?;
        }
        let signup = user.is_none().then_some(signup_key);
        phone::use_challenge(tx.writes(), found.id, signup, now, now.after(VALID_FOR))?;
        sms::mark_verified(tx.writes(), &found.phone)?;
        Ok(Checked::Right(user))
    }

    fn count_failure(&self, tx: &mut Tx<'_>, found: &Challenge, address: &str) -> Result<Checked> {
        let now = tx.now();
        let failures = found.failures + 1;
        let next_try_at = now.after(delay_after(failures));
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
    /// Whoever proved the number twice, in two browsers say, and finished in the other one has an
    /// account by now: it is theirs, and stays as it is.
    ///
    /// # Errors
    /// `Gone` when the proof was used or is too old; `Conflict` when the username is taken;
    /// `Suspended`.
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
                if let Some(user) = queries::users::by_phone(tx.reads(), &phone)? {
                    let account = queries::users::account(tx.reads(), user, now)?.ok_or(STALE)?;
                    phone::forget_signup(tx.writes(), &key)?;
                    return Ok(account.profile);
                }
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

    /// Gives oneself another number, that was proved as for signing in.
    ///
    /// # Errors
    /// `Gone` when the proof was used or is too old; `Conflict` when the number is somebody else's by now.
    pub async fn set_phone(&self, actor: Actor, signup: &Token) -> Result<()> {
        actor.require_account()?;
        let key = signup.key();
        self.store
            .write(move |tx| {
                let now = tx.now();
                require_live(tx.reads(), actor, now)?;
                let phone = phone::proved_phone(tx.reads(), &key, now)?.ok_or(STALE)?;
                if queries::users::by_phone(tx.reads(), &phone)?.is_some() {
                    return Err(number_is_taken());
                }
                phone::forget_signup(tx.writes(), &key)?;
                queries::users::set_phone(tx.writes(), actor.user, &phone)
            })
            .await
    }

    pub(super) fn code_mac(&self, challenge: &Token, code: &str) -> String {
        self.secrets.mac("phone code", &[challenge.reveal(), code])
    }
}

/// Only who has proved a number learns that it is somebody else's.
#[must_use]
pub fn number_is_taken() -> Error {
    let words = "Another account signs in with this number. Sign in with it to use that one.";
    Error::conflict("phone", words)
}

impl Challenge {
    pub(super) fn is_live(&self, now: Timestamp, tries: i64) -> bool {
        self.used_at.is_none() && now < self.expires_at && self.failures < tries
    }
}
