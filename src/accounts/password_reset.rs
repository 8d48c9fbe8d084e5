//! A forgotten password: a mail with a token, which sets another one, once, within half an hour.
//!
//! The token is of a table of its own: it signs nobody in, and no other token resets a password. Its use
//! ends everything that was handed out before it, other such tokens included.

use super::failures::Count;
use super::password_login::replace_password;
use super::passwords::Password;
use super::queries::passwords;
use super::{Accounts, Requester, Token};
use crate::error::{Error, Result};
use crate::mail::{Letter, NO_MAIL};
use crate::model::{Email, Profile, UserId};
use std::time::Duration;

/// How long the token is good.
const VALID_FOR: Duration = Duration::from_secs(30 * 60);

/// How the token travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ResetBy {
    /// As the address of a page.
    Link,
    /// By itself, for a program.
    Token,
}

/// What such a token is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetCheck {
    /// To give this person another password.
    Live(Profile),
    /// For nothing any more: its time is over. For a day this is told from the next.
    Expired,
    /// For nothing: it was never made, was used, or another one was.
    Unknown,
}

impl Accounts {
    /// Whether passwords can be reset by mail here.
    #[must_use]
    pub fn sends_mail(&self) -> bool {
        self.mail.is_on()
    }

    /// Sends a mail with a token to whoever has that address; says whether anybody has.
    ///
    /// # Errors
    /// `RateLimited` when too many were asked for lately; `Unavailable` without mail; `Overloaded`.
    pub async fn send_reset_token(&self, email: &Email, from: Requester) -> Result<bool> {
        self.admit_reset(email, from)?;
        self.send_reset(email, ResetBy::Token).await
    }

    /// Sends a mail with a link, and does not say whether anybody has that address: neither by words nor by
    /// the time that it takes, nor by a failure, as everything is done after the answer.
    ///
    /// # Errors
    /// `RateLimited` when too many were asked for lately; `Unavailable` without mail.
    pub fn send_reset_link(&self, email: &Email, from: Requester) -> Result<()> {
        self.admit_reset(email, from)?;
        let (this, email) = (self.clone(), email.clone());
        tokio::spawn(async move {
            if let Err(error) = this.send_reset(&email, ResetBy::Link).await {
                tracing::warn!(%error, "a mail about a forgotten password was not sent");
            }
        });
        Ok(())
    }

    fn admit_reset(&self, email: &Email, from: Requester) -> Result<()> {
        if !self.sends_mail() {
            return Err(NO_MAIL);
        }
        let counts = self.mail_counts(email, from);
        self.mails_asked.count(&counts, self.clock.now())
    }

    async fn send_reset(&self, email: &Email, by: ResetBy) -> Result<bool> {
        let token = Token::random("");
        let (key, wanted) = (token.key(), email.clone());
        let owner = self
            .store
            .write(move |tx| {
                let Some(owner) = passwords::by_email(tx.reads(), &wanted)? else {
                    return Ok(None);
                };
                let expires_at = tx.now().after(VALID_FOR);
                passwords::insert_reset(tx.writes(), owner.0, &key, expires_at)?;
                Ok(Some(owner.1))
            })
            .await?;
        match owner {
            Some(address) => {
                // To the address as its owner gave it, not as it was typed now.
                let to = Email::parse(&address)?;
                self.mail.post(self.reset_letter(to, &token, by))?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// What a token from such a mail is good for.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn check_reset(&self, token: &Token) -> Result<ResetCheck> {
        let key = token.key();
        let now = self.clock.now();
        self.store
            .read(move |conn| {
                Ok(match passwords::reset(conn, &key)? {
                    Some((_, expires_at)) if expires_at <= now => ResetCheck::Expired,
                    Some((owner, _)) => ResetCheck::Live(owner),
                    None => ResetCheck::Unknown,
                })
            })
            .await
    }

    /// Sets another password by such a token: whose it is, and their address.
    ///
    /// # Errors
    /// `Gone` unless the token is good; `Overloaded`.
    pub async fn reset_password(
        &self,
        token: &Token,
        new: &Password,
    ) -> Result<(UserId, Option<String>)> {
        const STALE: Error = Error::Gone("This link is no longer valid. Please ask for a new one.");
        if !matches!(self.check_reset(token).await?, ResetCheck::Live(_)) {
            return Err(STALE);
        }
        let key = token.key();
        let hash = self.hasher.turn(&[&key]).await?.hash(new).await?;
        self.store
            .write(move |tx| {
                let now = tx.now();
                let found = passwords::reset(tx.reads(), &key)?;
                let (owner, _) = found
                    .filter(|(_, expires_at)| now < *expires_at)
                    .ok_or(STALE)?;
                replace_password(tx, owner.id, &hash, None)?;
                Ok((owner.id, passwords::email_of(tx.reads(), owner.id)?))
            })
            .await
    }

    fn reset_letter(&self, to: Email, token: &Token, by: ResetBy) -> Letter {
        let server = &self.settings.server_name;
        let intro = format!(
            "Somebody, perhaps you, asked for a new password for your account at {server}."
        );
        let body = match by {
            // Nobody's name or words: a mail of ours must not carry what a stranger wrote.
            ResetBy::Link => format!(
                "{intro}\nTo choose one, open this link within 30 minutes:\n\n{}reset/{}\n\n",
                self.settings.public_url,
                token.reveal()
            ),
            ResetBy::Token => format!(
                "{intro}\nTo set one, give this token to your program within 30 minutes:\n\n\"{}\"\n\n",
                token.reveal()
            ),
        };
        Letter {
            to,
            subject: format!("{server} reset password"),
            body: format!(
                "{body}If it was not you, there is nothing to do: your password stays as it is.\n"
            ),
        }
    }

    fn mail_counts(&self, email: &Email, from: Requester) -> Vec<Count> {
        const WORDS: &str = "Too many mails were asked for.";
        if !self.settings.limits_enforced {
            return Vec::new();
        }
        vec![
            Count {
                key: self.secrets.mac("mail to", &[email.key()]),
                limit: self.settings.resets_per_email_hour,
                words: WORDS,
            },
            Count {
                key: self.secrets.address(from.address).single,
                limit: self.settings.resets_per_address_hour,
                words: WORDS,
            },
        ]
    }
}
