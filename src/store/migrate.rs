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
