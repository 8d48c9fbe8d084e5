//! Somebody, erased: the account in one job, then what there may be much of, talks with strangers and words, in
//! portions, so that a running server gets its turn at the database in between.
//!
//! What stays is their place, under a name that says nothing: conversations belong to others as well, and their
//! numbering must hold. A server that runs hears nothing of it, since events reach only who is in its process: it
//! knows their credentials no more from the next request on, and its next sweep closes the connections that are
//! still open, because their sessions and tokens have run out. Until then they come into no conversation any more,
//! like somebody suspended.

use super::FOR_EVER;
use crate::error::{Error, Result};
use crate::model::{Timestamp, UserId, Username};
use crate::schema::users;
use crate::store::{Conn, Store, fixed, on_backend};
use diesel::connection::SimpleConnection;
use diesel::dsl::{exists, select};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use std::time::{Duration, Instant};

/// What somebody is called who is no more.
const NAMELESS: &str = "Deleted account";
/// Messages in a job.
const MESSAGES: usize = 200;
/// Talks in a job, with what was said there.
const TALKS: usize = 10;
/// A sweep finds what ran out since the one before. One that was under way when this began has to miss it, and
/// nobody waits for the database longer than that.
const RUNS_OUT_IN: Duration = Duration::from_secs(6);

/// Gone, with the account. The bind is the person; numbers are found through the account, so it comes last.
pub(super) const FORGET: &[&str] = &[
    "DELETE FROM contacts WHERE owner_id = ?1 OR person_id = ?1",
    "DELETE FROM contact_lookups WHERE owner_id = ?1",
    "DELETE FROM blocks WHERE blocker_id = ?1 OR blocked_id = ?1",
    "DELETE FROM match_blocks WHERE blocker_id = ?1 OR blocked_id = ?1",
    "DELETE FROM password_resets WHERE user_id = ?1",
    "DELETE FROM phone_challenges WHERE phone = (SELECT phone FROM users WHERE id = ?1)",
    "DELETE FROM code_failures WHERE phone = (SELECT phone FROM users WHERE id = ?1)",
    // What was spent was spent, for the limits of everybody; to whom and from where is forgotten.
    "UPDATE sms_sends SET phone = '', address = '', network = '', user_id = NULL
      WHERE user_id = ?1 OR phone = (SELECT phone FROM users WHERE id = ?1)",
    "DELETE FROM memberships WHERE user_id = ?1",
    "UPDATE conversations SET created_by = NULL WHERE created_by = ?1",
    "UPDATE matches SET end_reason = 'left' WHERE end_reason IS NULL
        AND conversation_id IN (SELECT conversation_id FROM match_people WHERE user_id = ?1 AND ended_at IS NULL)",
    // An address may be somebody else's as well.
    "UPDATE match_bans SET user_id = NULL WHERE user_id = ?1 AND address IS NOT NULL",
    "DELETE FROM match_bans WHERE user_id = ?1",
    // Of before there was a `subject_id`.
    "UPDATE audit_log SET subject_id = ?1
      WHERE subject_id IS NULL AND subject = (SELECT '@' || username FROM users WHERE id = ?1)",
];

/// The same, with the moment.
const END: &[&str] = &[
    "UPDATE conversations SET ended_at = ?2
      WHERE id IN (SELECT conversation_id FROM match_people WHERE user_id = ?1 AND ended_at IS NULL)",
    "UPDATE match_people SET ended_at = ?2 WHERE ended_at IS NULL
        AND conversation_id IN (SELECT conversation_id FROM match_people WHERE user_id = ?1 AND ended_at IS NULL)",
];

/// The same, with the moment when credentials run out.
pub(super) const RUN_OUT: &[&str] = &[
    "UPDATE sessions SET data = '{}', user_agent = '', expires_at = min(expires_at, ?2) WHERE user_id = ?1",
    "UPDATE api_tokens SET label = '', expires_at = min(expires_at, ?2) WHERE user_id = ?1",
];

/// The same, with the name of the nameless.
pub(super) const RENAME: &[&str] = &[
    "UPDATE match_people SET address = '', alias = iif(alias IS NULL, NULL, ?2), keep_name = NULL WHERE user_id = ?1",
    "UPDATE report_evidence SET sender = ?2 WHERE sender_id = ?1",
    "UPDATE users SET name = ?2, phone = NULL, theme = 'system', last_seen_at = NULL, match_rules_at = NULL,
        email = NULL, email_key = NULL, password = NULL, password_set_at = NULL, is_listed = FALSE, notice = NULL,
        suspension_reason = NULL
      WHERE id = ?1",
];

/// The same, with their username from now on. What is done to somebody by way of a report begins its detail with
/// their name.
pub(super) const REWRITE: &[&str] = &[
    "UPDATE audit_log SET admin = ?2 WHERE admin_id = ?1",
    "UPDATE audit_log SET subject = '@' || ?2 WHERE subject_id = ?1 AND subject LIKE '@%'",
    "UPDATE audit_log SET detail = '@' || ?2 || substr(detail, instr(detail || ' ', ' '))
      WHERE subject_id = ?1 AND subject LIKE 'report %' AND detail LIKE '@%'",
];

/// Talks with strangers that are over and that nobody reported.
const OVER: &str = "SELECT c.id FROM match_people p
       JOIN conversations c ON c.id = p.conversation_id JOIN matches x ON x.conversation_id = c.id
      WHERE p.user_id = ? AND c.ended_at IS NOT NULL AND NOT x.sealed ORDER BY c.id";

/// What they said, everywhere but in a match that was reported: that is its report's evidence.
const SAID: &str = "SELECT m.id FROM messages m LEFT JOIN matches x ON x.conversation_id = m.conversation_id
      WHERE m.sender_id = ? AND length(m.digest) > 0 AND NOT coalesce(x.sealed, FALSE) ORDER BY m.id";

/// Somebody on their way out.
pub struct Erasure {
    store: Store,
    user: UserId,
}

/// What there is left to do, and what is left of them.
#[derive(Clone, Debug)]
pub struct Erased {
    /// What they are called from now on.
    pub username: String,
    /// The talks with strangers that were over before.
    pub talks: Vec<i64>,
    /// Reports by or of them, which stay with their evidence until somebody deletes them.
    pub reports: i64,
}

impl Erasure {
    /// Of one person, in a store that was opened beside a server.
    #[must_use]
    pub fn new(store: Store, user: UserId) -> Self {
        Self { store, user }
    }

    /// Takes the account away: nobody signs in by it any more, and nobody finds anything of it. Doing it again
    /// changes nothing.
    ///
    /// # Errors
    /// `Forbidden` for an administrator; those of the store.
    pub async fn take_account(&self) -> Result<Erased> {
        let user = self.user;
        let talks = self.store.read(move |conn| ids(conn, OVER, user)).await?;
        self.store
            .write(move |tx| {
                let now = tx.now();
                require_no_admin(tx.reads(), user)?;
                let conn = tx.writes();
                // What is deleted is overwritten in the file, too.
                conn.batch_execute("PRAGMA secure_delete = ON")?;
                for sql in FORGET {
                    diesel::sql_query(*sql)
                        .bind::<BigInt, _>(user)
                        .execute(conn)?;
                }
                let moments = [(END, now), (RUN_OUT, now.after(RUNS_OUT_IN))];
                for (statements, moment) in moments {
                    for sql in statements {
                        run_with_moment(conn, sql, user, moment)?;
                    }
                }
                let username = call_nameless(conn, user, now)?;
                for (statements, name) in [(RENAME, NAMELESS), (REWRITE, &*username)] {
                    for sql in statements {
                        let statement = diesel::sql_query(*sql).bind::<BigInt, _>(user);
                        statement.bind::<Text, _>(name).execute(conn)?;
                    }
                }
                note(conn, user, now)?;
                Ok(Erased {
                    username,
                    talks: talks.clone(),
                    reports: reports(conn, user)?,
                })
            })
            .await
    }

    /// Deletes those talks, then overwrites what they said elsewhere, a portion at a time; `told` hears how much is
    /// done, of how much. How many messages were overwritten; others see that there was something, once they look
    /// again.
    ///
    /// # Errors
    /// Those of the store. What was done until then stays done, and doing it again does the rest.
    pub async fn take_words(
        &self,
        talks: &[i64],
        mut told: impl FnMut(usize, usize),
    ) -> Result<usize> {
        let user = self.user;
        let mut step = |done| told(done, talks.len());
        self.in_portions(talks, TALKS, delete_talk, &mut step)
            .await?;
        let said = self.store.read(move |conn| ids(conn, SAID, user)).await?;
        let mut step = |done| told(talks.len() + done, talks.len() + said.len());
        self.in_portions(&said, MESSAGES, bury, &mut step).await?;
        Ok(said.len())
    }

    async fn in_portions(
        &self,
        all: &[i64],
        size: usize,
        take: fn(&mut Conn, i64) -> Result<()>,
        step: &mut impl FnMut(usize),
    ) -> Result<()> {
        for (n, portion) in all.chunks(size).enumerate() {
            let began = Instant::now();
            let ids = portion.to_vec();
            self.store
                .write(move |tx| {
                    let conn = tx.writes();
                    conn.batch_execute("PRAGMA secure_delete = ON")?;
                    ids.iter().try_for_each(|id| take(conn, *id))
                })
                .await?;
            step(n * size + portion.len());
            // As long as it took, the database is somebody else's.
            tokio::time::sleep(began.elapsed()).await;
        }
        Ok(())
    }
}

fn require_no_admin(conn: &mut Conn, user: UserId) -> Result<()> {
    let is_admin: bool = users::table
        .find(user)
        .select(users::is_admin)
        .get_result(conn)
        .optional()?
        .ok_or(Error::NotFound)?;
    if is_admin {
        return Err(Error::Forbidden(
            "This is an administrator: what they did would be nobody's. Take the right away first.",
        ));
    }
    Ok(())
}

fn run_with_moment(conn: &mut Conn, sql: &str, user: UserId, moment: Timestamp) -> Result<()> {
    diesel::sql_query(sql)
        .bind::<BigInt, _>(user)
        .bind::<BigInt, _>(moment)
        .execute(conn)?;
    Ok(())
}

/// A username that nobody has, and no way to sign in by it.
fn call_nameless(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<String> {
    let mut username = format!("deleted-{user}");
    while select(exists(
        users::table
            .filter(users::username_key.eq(Username::key_of(&username)))
            .filter(users::id.ne(user)),
    ))
    .get_result(conn)?
    {
        username.push_str("-x");
    }
    diesel::update(users::table.find(user))
        .set((
            users::username.eq(&username),
            users::username_key.eq(Username::key_of(&username)),
            users::suspended_until.eq(FOR_EVER),
            users::erased_at.eq(now),
        ))
        .execute(conn)?;
    Ok(username)
}

fn note(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    run_with_moment(
        conn,
        "INSERT INTO audit_log (admin, act, subject, subject_id, detail, done_at)
         SELECT 'the command line', 'erased', '@' || username, id, '', ?2 FROM users WHERE id = ?1",
        user,
        now,
    )
}

/// Unless it was reported meanwhile.
fn delete_talk(conn: &mut Conn, id: i64) -> Result<()> {
    let binds = [id];
    let statement = fixed!(
        "DELETE FROM conversations
          WHERE id IN (SELECT conversation_id FROM matches WHERE conversation_id = ? AND NOT sealed)",
        &binds,
    );
    on_backend!(conn, |c| statement.execute(c))?;
    Ok(())
}

/// As deleting does, and without what is kept there to know a retry by.
fn bury(conn: &mut Conn, id: i64) -> Result<()> {
    let binds = [id];
    let count = fixed!(
        "UPDATE conversations SET counter = counter + 1 WHERE id = (SELECT conversation_id FROM messages WHERE id = ?)",
        &binds
    );
    on_backend!(conn, |c| count.execute(c))?;
    let bury = fixed!(
        "UPDATE messages SET rev = (SELECT counter FROM conversations c WHERE c.id = messages.conversation_id),
            body = '', digest = x'', deleted = TRUE, client_id = 'erased-' || id WHERE id = ?",
        &binds
    );
    on_backend!(conn, |c| bury.execute(c))?;
    Ok(())
}

fn ids(conn: &mut Conn, sql: &str, user: UserId) -> Result<Vec<i64>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let rows: Vec<Row> = diesel::sql_query(sql).bind::<BigInt, _>(user).load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn reports(conn: &mut Conn, user: UserId) -> Result<i64> {
    use crate::schema::reports;
    let theirs = reports::reporter_id
        .eq(user)
        .or(reports::reported_id.eq(user));
    Ok(reports::table.filter(theirs).count().get_result(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Tx;

    /// Somebody who has met many, and what was said.
    const MANY: &str = "
        INSERT INTO users (id, kind, name, username, username_key, created_at)
            VALUES (1, 'guest', 'One', 'one', 'one', 0), (2, 'guest', 'Two', 'two', 'two', 0);
        INSERT INTO conversations (id, kind, counter, last_seq, created_at, ended_at)
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25)
            SELECT 100 + i, 'match', 1, 1, 0, 1 FROM n;
        INSERT INTO matches (conversation_id, common_interests) SELECT id, '[]' FROM conversations WHERE id > 100;
        INSERT INTO match_people (user_id, conversation_id, seat, alias, address, ended_at)
            SELECT u.id, c.id, u.id, 'Stranger', '', 1 FROM conversations c JOIN users u WHERE c.id > 100;
        INSERT INTO messages (conversation_id, seq, rev, sender_id, client_id, digest, body, sent_at)
            SELECT id, 1, 1, 1, 'c' || id, x'01', 'hello', 0 FROM conversations WHERE id > 100;";

    async fn count(store: &Store, what: &'static str) -> usize {
        let count = move |conn: &mut Conn| ids(conn, what, UserId(1));
        store.read(count).await.unwrap().len()
    }

    #[tokio::test]
    async fn what_grows_with_the_years_is_taken_in_portions_and_not_with_the_account() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::in_folder(folder.path());
        let many = |tx: &mut Tx<'_>| Ok(tx.writes().batch_execute(MANY)?);
        store.write(many).await.unwrap();
        let erasure = Erasure::new(store.clone(), UserId(1));

        let erased = erasure.take_account().await.unwrap();
        let left = count(&store, OVER).await;
        let mut steps = Vec::new();
        let words = erasure.take_words(&erased.talks, |done, all| steps.push((done, all)));

        assert_eq!(words.await.unwrap(), 0, "all of them were in those talks");
        assert_eq!(left, 25, "the account's own job has none of them");
        assert_eq!(steps, [(10, 25), (20, 25), (25, 25)]);
        assert_eq!(count(&store, OVER).await, 0);
        assert_eq!(count(&store, SAID).await, 0);
    }
}
