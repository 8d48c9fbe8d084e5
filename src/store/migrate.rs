//! The migrations, compiled in and run at start.

use super::Conn;
use crate::error::{Error, Result};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Brings the database to the schema of this program.
///
/// # Errors
/// `Internal` when a migration fails, or when the database was written by a newer program: running
/// on it could lose what the newer one knows.
pub(super) fn migrate(conn: &mut Conn) -> Result<()> {
    refuse_newer(conn)?;
    let Conn::Sqlite(sqlite) = conn;
    let known = sqlite.pending_migrations(SQLITE).map_err(fault)?;
    if !known.is_empty() {
        sqlite.run_pending_migrations(SQLITE).map_err(fault)?;
    }
    Ok(())
}

/// Refuses a database that a newer program wrote.
pub(super) fn refuse_newer(conn: &mut Conn) -> Result<()> {
    let Conn::Sqlite(sqlite) = conn;
    let applied = sqlite.applied_migrations().map_err(fault)?;
    let ours = diesel::migration::MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE)
        .map_err(fault)?;
    let strange = applied
        .iter()
        .find(|version| !ours.iter().any(|m| &m.name().version() == *version));
    if let Some(version) = strange {
        return Err(Error::Internal(anyhow::anyhow!(
            "the database has a newer schema ({version}) than this program knows; run the newer program"
        )));
    }
    Ok(())
}

/// Refuses a database whose schema is not the one of this program, which a running server uses.
pub(super) fn require_current(conn: &mut Conn) -> anyhow::Result<()> {
    let Conn::Sqlite(sqlite) = conn;
    let pending = sqlite.pending_migrations(SQLITE);
    let pending = pending.map_err(|error| anyhow::anyhow!(error))?;
    anyhow::ensure!(
        pending.is_empty(),
        "the server that uses it is older than this program; stop it first"
    );
    Ok(())
}

fn fault(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Internal(anyhow::anyhow!(error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreUrl;
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sql_types::BigInt;
    use tempfile::TempDir;

    /// A report of a message, after which another message was sent and deleted.
    const BEFORE: &str = "
        INSERT INTO users (id, kind, name, username, username_key, created_at)
            VALUES (1, 'guest', 'One', 'one', 'one', 0), (2, 'guest', 'Two', 'two', 'two', 0);
        INSERT INTO conversations (id, kind, counter, last_seq, created_at) VALUES (5, 'match', 1, 1, 0);
        INSERT INTO messages (id, conversation_id, seq, rev, sender_id, client_id, digest, body, sent_at)
            VALUES (7, 5, 1, 1, 1, 'c', x'01', 'hello', 0), (9, 5, 2, 2, 1, 'd', x'01', 'gone', 0);
        DELETE FROM messages WHERE id = 9;
        INSERT INTO reports (conversation_id, message_id, reporter_id, reported_id, reason, note, created_at)
            VALUES (5, 7, 2, 1, 'spam', '', 0);";

    /// What is kept of messages that are gone.
    const GONE: &str = "SELECT coalesce((SELECT CAST(value AS INTEGER) FROM server_facts
                                          WHERE name = 'newest_message_gone'), 0) AS n";

    fn empty_database() -> (TempDir, Conn) {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::Sqlite(folder.path().join("test.db"));
        drop(url.claim().unwrap());
        let conn = Conn::open(&url).unwrap();
        (folder, conn)
    }

    fn number(conn: &mut Conn, sql: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            n: i64,
        }
        let row: Row = diesel::sql_query(sql).get_result(conn).unwrap();
        row.n
    }

    #[test]
    fn making_the_messages_anew_loses_nothing_that_points_at_them() {
        let (_folder, mut conn) = empty_database();
        let Conn::Sqlite(sqlite) = &mut conn;
        sqlite.run_pending_migrations(SQLITE).unwrap();
        while !sqlite
            .revert_last_migration(SQLITE)
            .unwrap()
            .to_string()
            .contains("000007")
        {}
        conn.batch_execute(BEFORE).unwrap();

        migrate(&mut conn).unwrap();

        let said = "SELECT id AS n FROM messages WHERE client_id = 'c' AND sender_id = 1 AND body = 'hello'";
        assert_eq!(number(&mut conn, said), 7);
        assert_eq!(number(&mut conn, "SELECT message_id AS n FROM reports"), 7);
        assert_eq!(
            number(
                &mut conn,
                "SELECT count(*) AS n FROM pragma_foreign_key_check"
            ),
            0
        );
        assert_eq!(
            number(
                &mut conn,
                "SELECT foreign_keys AS n FROM pragma_foreign_keys"
            ),
            1
        );
        assert_eq!(number(&mut conn, GONE), 9, "no id is given twice");
    }

    #[test]
    fn the_newest_message_that_is_gone_is_remembered() {
        let (_folder, mut conn) = empty_database();
        migrate(&mut conn).unwrap();
        assert_eq!(number(&mut conn, GONE), 0);

        conn.batch_execute(BEFORE).unwrap();
        assert_eq!(number(&mut conn, GONE), 9);
        conn.batch_execute("DELETE FROM messages").unwrap();
        assert_eq!(number(&mut conn, GONE), 9, "an older one changes nothing");
        conn.batch_execute(
            "INSERT INTO messages (id, conversation_id, seq, rev, sender_id, client_id, digest, body, sent_at)
                VALUES (10, 5, 3, 3, 1, 'e', x'01', 'next', 0), (11, 5, 4, 4, 1, 'f', x'01', 'last', 0);
             DELETE FROM conversations WHERE id = 5",
        )
        .unwrap();
        assert_eq!(
            number(&mut conn, GONE),
            11,
            "and what a conversation takes along counts"
        );
    }
}
