//! The shape of the database: connections, pragmas, migrations.
//!
//! Owns every pragma. Must not know what the rows mean. A migration is one transaction together with its version
//! number, so a kill in the middle leaves the old schema and the next start runs it again (S09).

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior, config::DbConfig};

use crate::faults::{FailPoint, Faults};

/// The migrations in order; the schema version is how many of them were run.
const MIGRATIONS: &[&str] = &[
    include_str!("schema/001_outbox.sql"),
    include_str!("schema/002_forms.sql"),
    include_str!("schema/003_unknown_lines.sql"),
    include_str!("schema/004_held.sql"),
    include_str!("schema/005_statistics.sql"),
    include_str!("schema/006_game.sql"),
    include_str!("schema/007_commands.sql"),
    include_str!("schema/008_attempts.sql"),
    include_str!("schema/009_people.sql"),
    include_str!("schema/010_direct.sql"),
];

/// How long a statement waits for another process (the `outbox` command) to end its transaction.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// When the write-ahead log is started over, its file is cut to this size: enough not to grow again under load.
const WAL_KEPT_BYTES: i64 = 12 * 1024 * 1024;

/// A page and its frame header in the write-ahead log.
pub(crate) const WAL_FRAME_BYTES: u64 = 4096 + 24;

/// The writer's page cache in KiB. A batch larger than that spills into the write-ahead log and stays correct.
const CACHE_KIB: i64 = 1024;

const OBJECTS: &[&str] = &[
    "source",
    "generation",
    "checkpoint",
    "lane",
    "delivery",
    "tally",
    "delivery_id",
    "delivery_open",
    "delivery_in_flight",
    "delivery_settled",
    "unknown_lines",
    "held",
    "stat_server",
    "stat_player",
    "stat_word",
    "session",
    "session_open",
    "session_ended",
    "hour_count",
    "day_count",
    "recap",
    "sample",
    "delivery_changes",
    "alert",
    "alert_post",
    "card",
    "maintenance",
    "audit",
    "audit_at",
    "audit_is_never_changed",
    "command_use",
    "command_use_at",
    "chosen_server",
    "identity",
    "audit_chain",
    "audit_removed",
    "audit_posted",
    "watch",
    "linked_player",
    "linked_player_once",
];

/// The newest schema that this program knows.
pub(crate) fn newest() -> i32 {
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

/// Why a writer's connection cannot be set up.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// WAL mode was refused.
    NoWriteAheadLog,
    /// The schema lacks parts that its version has.
    Incomplete,
    /// SQLite failed.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Unusable {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

/// Opens the one connection that writes, brings the schema up to date and checks that it is whole. Until [`trust`] is
/// called, closing it leaves the file as it is.
pub(crate) fn connect_writer(path: &Path, faults: &Faults) -> Result<Connection, Unusable> {
    let mut conn = open_existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Until everything is checked, closing must not write into a database that may be damaged.
    distrust(&conn)?;
    let pages: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages == 0 {
        // Possible in an empty database only; in another one it would still write.
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    let mode: String = conn.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if !mode.eq_ignore_ascii_case("wal") {
        return Err(Unusable::NoWriteAheadLog);
    }
    conn.pragma_update(None, "synchronous", "FULL")?;
    // Folding back is our own step: SQLite would swallow a failed sync inside an automatic one.
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "journal_size_limit", WAL_KEPT_BYTES)?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.set_prepared_statement_cache_capacity(64);
    migrate(&mut conn, MIGRATIONS, faults)?;
    check_objects(&conn)?;
    Ok(conn)
}

/// Lets closing the connection fold the write-ahead log back and remove it: the database was found sound.
pub(crate) fn trust(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)
        .map(drop)
}

/// Keeps closing the connection from writing: the database is damaged.
pub(crate) fn distrust(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
        .map(drop)
}

/// Opens a connection that only reads. The database and its write-ahead log keep their bytes.
pub(crate) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let conn = open_existing(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    conn.pragma_update(None, "cache_size", -512)?;
    Ok(conn)
}

/// Opens a connection for an operator's small changes beside a running writer. Folding back stays with the writer.
pub(crate) fn connect_operator(path: &Path) -> rusqlite::Result<Connection> {
    let conn = open_existing(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    conn.pragma_update(None, "synchronous", "FULL")?;
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    conn.pragma_update(None, "cache_size", -1024)?;
    Ok(conn)
}

fn open_existing(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_WAIT)?;
    conn.pragma_update(None, "foreign_keys", "OFF")?;
    conn.pragma_update(None, "trusted_schema", "OFF")?;
    conn.pragma_update(None, "cell_size_check", "ON")?;
    conn.pragma_update(None, "mmap_size", 0)?;
    Ok(conn)
}

/// Runs `attempt` without waiting for other connections.
pub(crate) fn without_waiting<T>(
    conn: &Connection,
    attempt: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    conn.busy_timeout(Duration::ZERO)?;
    let outcome = attempt(conn);
    conn.busy_timeout(BUSY_WAIT)?;
    outcome
}

/// How many migrations the database has seen.
pub(crate) fn version(conn: &Connection) -> rusqlite::Result<i32> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn migrate(conn: &mut Connection, migrations: &[&str], faults: &Faults) -> rusqlite::Result<()> {
    let done = usize::try_from(version(conn)?).unwrap_or(0);
    for (index, migration) in migrations.iter().enumerate().skip(done) {
        let step = Transaction::new(conn, TransactionBehavior::Immediate)?;
        step.execute_batch(migration)?;
        faults.pass(FailPoint::MidMigration)?;
        step.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
        step.commit()?;
    }
    Ok(())
}

fn check_objects(conn: &Connection) -> Result<(), Unusable> {
    let mut find = conn.prepare("SELECT 1 FROM sqlite_schema WHERE name = ?1")?;
    for name in OBJECTS {
        if !find.exists([name])? {
            return Err(Unusable::Incomplete);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::FaultAction;

    const STEPS: &[&str] = &[
        "CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);",
        "CREATE TABLE b (y INTEGER) STRICT; INSERT INTO b SELECT x + 1 FROM a; DROP TABLE a;",
    ];

    #[test]
    fn s09_a_migration_that_breaks_off_leaves_the_old_schema_and_runs_again() {
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn, &STEPS[..1], &Faults::default()).unwrap();
        let faults = Faults::armable();
        faults.arm(
            FailPoint::MidMigration,
            0,
            FaultAction::Fail(rusqlite::ffi::SQLITE_FULL),
        );
        migrate(&mut conn, STEPS, &faults).unwrap_err();
        assert_eq!(version(&conn).unwrap(), 1);
        assert_eq!(conn.query_row("SELECT x FROM a", [], |row| row.get(0)), Ok(1));

        migrate(&mut conn, STEPS, &faults).unwrap();
        assert_eq!(version(&conn).unwrap(), 2);
        assert_eq!(conn.query_row("SELECT y FROM b", [], |row| row.get(0)), Ok(2));
        migrate(&mut conn, STEPS, &faults).unwrap();
        assert_eq!(
            conn.query_row("SELECT count(*) FROM b", [], |row| row.get(0)),
            Ok(1)
        );
    }

    #[test]
    fn a_schema_that_lacks_a_part_is_incomplete() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        std::fs::write(&path, "").unwrap();
        drop(connect_writer(&path, &Faults::default()).unwrap());
        Connection::open(&path)
            .unwrap()
            .execute_batch("DROP INDEX delivery_open")
            .unwrap();
        assert!(matches!(
            connect_writer(&path, &Faults::default()),
            Err(Unusable::Incomplete)
        ));
    }

    #[test]
    fn a_log_from_before_the_chain_is_told_apart_from_the_chain() {
        const FORMER: &[&str] = &[
            "",
            "INSERT INTO audit (at_ms, kind, name, command, outcome) VALUES (1, 'sent', 'a', 'b', 'c'), (2, 'sent', 'a', 'b', 'c'),
                                                                            (3, 'sent', 'a', 'b', 'c');
             DELETE FROM audit WHERE seq = 1;",
            "INSERT INTO audit (at_ms, kind, name, command, outcome) VALUES (1, 'sent', 'a', 'b', 'c'); DELETE FROM audit;",
        ];
        for (former, begins) in FORMER.iter().zip([(1, 1), (2, 4), (2, 2)]) {
            let mut conn = Connection::open_in_memory().unwrap();
            migrate(&mut conn, &MIGRATIONS[..8], &Faults::default()).unwrap();
            conn.execute_batch(former).unwrap();
            migrate(&mut conn, MIGRATIONS, &Faults::default()).unwrap();
            let noted = conn.query_row("SELECT oldest, first FROM audit_chain", [], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
            });
            assert_eq!(noted, Ok(begins), "{former}");
        }
    }

    #[test]
    fn s03_the_writer_syncs_every_commit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        std::fs::write(&path, "").unwrap();
        let conn = connect_writer(&path, &Faults::default()).unwrap();
        let full: i64 = conn
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        let automatic: i64 = conn
            .pragma_query_value(None, "wal_autocheckpoint", |row| row.get(0))
            .unwrap();
        assert_eq!((full, automatic), (2, 0));
    }
}
