//! Those who misbehave: reports, which seal what was said, and what keeps somebody out; and what is forgotten
//! when. What is done about them is decided in [`moderation`](crate::moderation).

use super::Matching;
use super::ending::{end, part};
use super::queries::{matches, people, reports};
use crate::error::{Error, Result};
use crate::model::{
    Actor, Complaint, ConversationId, MatchEnd, MessageId, ReportId, Timestamp, UserId, Via,
    in_words, until_words,
};
use crate::store::{Conn, Reported, admit_report, insert_report, refuse_suspended};
use std::time::Duration;

/// For so long nobody is matched who was reported a moment ago.
const COOL_DOWN: Duration = Duration::from_secs(30);

impl Matching {
    /// Reports the stranger of a match: it ends if it has not ended, what was said is kept for those who
    /// look after this server, and the two never meet again. Reporting twice is one report.
    ///
    /// # Errors
    /// `NotFound` unless one is in the match, and for a message that is not of it; `RateLimited` past
    /// the reports of a day.
    pub async fn report(
        &self,
        actor: Actor,
        id: ConversationId,
        message: Option<MessageId>,
        complaint: Complaint,
    ) -> Result<ReportId> {
        let per_day = self.settings.reports_per_day;
        self.write_end(move |tx| {
            let user = actor.user;
            let found = matches::match_of(tx.reads(), user, id)?.ok_or(Error::NotFound)?;
            if let Some(known) = reports::by(tx.reads(), user, id)? {
                return Ok((known, None));
            }
            admit_report(tx, user, per_day)?;
            if let Some(message) = message
                && !reports::is_in(tx.reads(), message, id)?
            {
                return Err(Error::NotFound);
            }
            let reported = Reported {
                person: found.other,
                reporter: user,
                conversation: id,
                message,
                place: None,
            };
            let report = insert_report(tx, &reported, &complaint)?;
            reports::seal(tx.writes(), id)?;
            Ok((report, end(tx, id, MatchEnd::Reported, Some(user))?))
        })
        .await
    }

    /// Takes somebody out of the line and out of their match, because those who look after this server say
    /// so. What keeps them out from then on is stored already.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn dismiss(&self, user: UserId) -> Result<()> {
        self.write_end(move |tx| Ok(((), part(tx, user, MatchEnd::Moderator)?)))
            .await?;
        // Now that it is stored: whoever is being matched meanwhile is found out by that.
        self.stop_waiting(user);
        Ok(())
    }

    /// # Errors
    /// `Forbidden` in a browser where nobody has said that they are of age and follow the rules: a program
    /// answers for its person; `Suspended`; `Banned` while somebody may not be matched; `RateLimited` a
    /// moment after they were reported.
    pub(super) fn admit(
        &self,
        conn: &mut Conn,
        actor: Actor,
        address: &str,
        now: Timestamp,
    ) -> Result<()> {
        let user = actor.user;
        refuse_suspended(conn, user, now)?;
        if matches!(actor.via, Via::Session(_)) && !people::follows_rules(conn, user)? {
            return Err(Error::Forbidden("Please accept the rules first."));
        }
        if let Some(words) = ban_words(conn, user, address, now)? {
            return Err(Error::Banned(words));
        }
        let reported = reports::last_against(conn, user)?;
        let wait = reported.map_or(Duration::ZERO, |at| at.after(COOL_DOWN).remaining(now));
        if self.settings.limits_enforced && !wait.is_zero() {
            return Err(Error::RateLimited {
                retry_after: wait,
                message: format!("Please take a break. Try again in {}.", in_words(wait)),
            });
        }
        Ok(())
    }

    /// Until when and why somebody may not be matched, in words for them; nothing while they may.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn ban(&self, actor: Actor, address: String) -> Result<Option<String>> {
        let now = self.clock.now();
        self.store
            .read(move |conn| ban_words(conn, actor.user, &address, now))
            .await
    }

    /// Forgets matches that ended long enough ago, except for the evidence of reports, and bans that are
    /// over.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn sweep(&self) -> Result<()> {
        let kept_for = self.settings.kept_for;
        loop {
            let forgotten = self
                .store
                .write(move |tx| {
                    let now = tx.now();
                    reports::forget_bans(tx.writes(), now)?;
                    matches::forget_ended(tx.writes(), now.before(kept_for))
                })
                .await?;
            if forgotten == 0 {
                return Ok(());
            }
        }
    }

    /// Ends every match: nobody could report, block or leave in it any more. Before the server lets anybody
    /// in.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn end_all(&self) -> Result<()> {
        self.store
            .write(|tx| {
                for (id, _, _) in matches::all_open(tx.reads())? {
                    end(tx, id, MatchEnd::Moderator, None)?;
                }
                Ok(())
            })
            .await
    }

    /// Goes on with the matches of before the server was started: both have as long to come back as after
    /// a lost connection.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn resume(&self) -> Result<()> {
        let open = self.store.read(matches::all_open).await?;
        let now = self.clock.elapsed();
        for (conversation, pair, kept) in open {
            self.cluster.resume(conversation, pair, kept, now);
        }
        Ok(())
    }
}

/// Until when and why somebody may not be matched, in words for them.
fn ban_words(
    conn: &mut Conn,
    user: UserId,
    address: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    let ban = reports::ban_of(conn, user, address, now)?;
    Ok(ban.map(|(until, reason)| {
        let until = until_words(until, now);
        let reason = reason.trim_end_matches('.');
        format!(
            "You cannot be matched {until}. The reason: {reason}. To appeal, write to whoever runs this server."
        )
    }))
}
