//! Opening the store: from a folder that may hold anything to a checked connection.
//!
//! Owns the order of the checks and the answer to damage. Fails with [`StoreError`] where a person must act; damage is
//! not such a case: it is moved aside, what can be read is saved, and the report says so.
//!
//! Replacing a damaged database survives a kill at every step: the new one is put together beside it, then the damaged
//! files are moved aside, then the new one is renamed into place. A start that finds no database but a finished
//! replacement takes it.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;

use crate::error::{StoreError, is_damage};
use crate::faults::{FailPoint, Faults};
use crate::folder::{InstanceLock, StateFolder};
use crate::inspection::{Finding, inspect};
use crate::ledger::Ledger;
use crate::options::StoreOptions;
use crate::schema::{self, Unusable};
use crate::{MIN_SQLITE, claims, positions, salvage};

/// What the store knows about earlier runs: it decides where a log without a position is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreHistory {
    /// No position was ever committed in this folder: the configured start policy holds.
    FirstEver,
    /// Positions of earlier runs are here. A log without one is looked at for the first time: the start policy holds.
    Resumed,
    /// Positions were committed here and are gone, all or some. Logs without one are read from their beginning, bounded
    /// by `max_event_age`; never from their end.
    Lost,
}

/// What was done about damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DamageReport {
    /// What was found.
    pub found: String,
    /// Where the damaged files are now. Empty when the database was missing.
    pub kept: Vec<PathBuf>,
    /// Positions that could be saved.
    pub salvaged_checkpoints: u64,
    /// Deliveries that could be saved: waiting ones, and dead letters.
    pub salvaged_deliveries: u64,
}

impl std::fmt::Display for DamageReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the store was damaged ({})", self.found)?;
        if let Some(kept) = self.kept.first() {
            write!(f, " and was moved to {}", kept.display())?;
        }
        write!(
            f,
            "; {} positions and {} deliveries were saved; logs without a position are read again from their \
             beginning, and lines older than max_event_age are not posted again",
            self.salvaged_checkpoints, self.salvaged_deliveries
        )
    }
}

/// What opening found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReport {
    /// What the store knows about earlier runs.
    pub history: StoreHistory,
    /// Damage that was moved aside.
    pub damage: Option<DamageReport>,
    /// Deliveries that were in flight when the last process ended: each may be posted a second time.
    pub uncertain_claims: u64,
    /// Bytes of a write-ahead log that was discarded because its header was broken. The lines of those commits are
    /// read again; messages that had gone out may be posted twice.
    pub discarded_wal_bytes: u64,
}

/// The store, ready for its writer.
pub(crate) struct OpenStore {
    pub(crate) conn: Connection,
    pub(crate) ledger: Ledger,
    pub(crate) folder: StateFolder,
    pub(crate) lock: InstanceLock,
    pub(crate) report: OpenReport,
    pub(crate) identity: u64,
}

/// Why a database cannot be used as it is.
enum Obstacle {
    Damage(String),
    Fatal(StoreError),
}

/// Opens the store of a folder.
pub(crate) fn open(options: &StoreOptions) -> Result<OpenStore, StoreError> {
    let faults = &options.faults;
    let linked = faults.sqlite_version();
    if linked < MIN_SQLITE {
        return Err(StoreError::OldSqlite { found: linked });
    }
    let folder = StateFolder::prepare(&options.state_dir, faults.file_system())?;
    let lock = folder.lock()?;
    let (loaded, damage, discarded_wal_bytes) = load_or_replace(&folder, faults)?;
    let Loaded {
        conn,
        ledger,
        uncertain_claims,
        has_positions,
        identity,
    } = loaded;
    let initialised = folder.is_initialised();
    if has_positions && !initialised {
        let path = folder.database();
        folder
            .mark_initialised()
            .map_err(|source| folder.failed("write beside", &path, source))?;
    }
    let history = match (damage.is_some() || (initialised && !has_positions), has_positions) {
        (true, _) => StoreHistory::Lost,
        (false, true) => StoreHistory::Resumed,
        (false, false) => StoreHistory::FirstEver,
    };
    let report = OpenReport {
        history,
        damage,
        uncertain_claims,
        discarded_wal_bytes,
    };
    Ok(OpenStore {
        conn,
        ledger,
        folder,
        lock,
        report,
        identity,
    })
}

fn load_or_replace(
    folder: &StateFolder,
    faults: &Faults,
) -> Result<(Loaded, Option<DamageReport>, u64), StoreError> {
    let (found, discarded) = match (folder.noted_damage(), inspect(folder)?) {
        (None, Finding::Sound { discarded_wal_bytes }) => match load(folder, &folder.database(), faults) {
            Ok(loaded) => return Ok((loaded, None, discarded_wal_bytes)),
            Err(Obstacle::Fatal(error)) => return Err(error),
            Err(Obstacle::Damage(found)) => (found, discarded_wal_bytes),
        },
        (_, Finding::Absent) => {
            return start_anew(folder, faults).map(|(loaded, damage)| (loaded, damage, 0));
        }
        (_, Finding::Damaged(found)) => (found, 0),
        (Some(noted), Finding::Sound { .. }) => (noted, 0),
    };
    let (loaded, damage) = replace(folder, found, faults)?;
    Ok((loaded, Some(damage), discarded))
}

/// No database, or an empty file: the first start, a replacement to be finished, or a loss.
fn start_anew(folder: &StateFolder, faults: &Faults) -> Result<(Loaded, Option<DamageReport>), StoreError> {
    let lost = folder.is_initialised();
    let leftovers = if lost || folder.wal().exists() {
        folder.move_aside(unix_seconds())?
    } else {
        Vec::new()
    };
    let adopted = folder.has_finished_replacement();
    if adopted {
        folder.adopt_replacement()?;
    } else {
        folder.touch_private(&folder.database())?;
        folder.forget_damage()?;
    }
    let loaded = load(folder, &folder.database(), faults).map_err(|obstacle| obstacle.into_error(folder))?;
    let found = match (adopted, leftovers.is_empty()) {
        (true, _) => "its replacement was interrupted",
        (false, true) => "it was missing",
        (false, false) => "it was empty",
    };
    let damage = (lost || adopted).then(|| DamageReport {
        found: found.to_owned(),
        kept: leftovers,
        salvaged_checkpoints: 0,
        salvaged_deliveries: loaded.ledger.waiting().0,
    });
    Ok((loaded, damage))
}

fn replace(
    folder: &StateFolder,
    found: String,
    faults: &Faults,
) -> Result<(Loaded, DamageReport), StoreError> {
    let failed = |source: rusqlite::Error| StoreError::Sqlite {
        path: folder.replacement(),
        source: source.into(),
    };
    folder.discard_replacement()?;
    folder.touch_private(&folder.replacement())?;
    let mut conn = schema::connect_writer(&folder.replacement(), faults)
        .map_err(|error| Obstacle::from_unusable(error, &folder.replacement()).into_error(folder))?;
    let saved = salvage::salvage(&folder.database(), &mut conn).map_err(failed)?;
    // Everything into the one file: it is moved without companions.
    let busy: i64 = conn
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        .map_err(failed)?;
    debug_assert_eq!(busy, 0, "nobody else knows this file");
    schema::trust(&conn).map_err(failed)?;
    conn.close().map_err(|(_, error)| failed(error))?;
    faults.pass(FailPoint::BeforeReplace).map_err(failed)?;
    let kept = folder.move_aside(unix_seconds())?;
    faults.pass(FailPoint::MidReplace).map_err(failed)?;
    folder.adopt_replacement()?;
    folder.prune_aside();
    let loaded = load(folder, &folder.database(), faults).map_err(|obstacle| obstacle.into_error(folder))?;
    let damage = DamageReport {
        found,
        kept,
        salvaged_checkpoints: saved.checkpoints,
        salvaged_deliveries: saved.deliveries,
    };
    Ok((loaded, damage))
}

struct Loaded {
    conn: Connection,
    ledger: Ledger,
    uncertain_claims: u64,
    has_positions: bool,
    identity: u64,
}

fn load(folder: &StateFolder, path: &Path, faults: &Faults) -> Result<Loaded, Obstacle> {
    folder.touch_private(path).map_err(Obstacle::Fatal)?;
    let conn = schema::connect_writer(path, faults).map_err(|error| Obstacle::from_unusable(error, path))?;
    read_state(conn).map_err(|error| Obstacle::from_unusable(error.into(), path))
}

/// Reads everything that the writer relies on, and takes back the claims of the last process.
fn read_state(conn: Connection) -> rusqlite::Result<Loaded> {
    positions::remembered(&conn)?;
    let has_positions = positions::any(&conn)?;
    let ledger = Ledger::load(&conn, 1)?;
    let identity: i64 = conn.query_row("SELECT mark FROM identity", [], |row| row.get(0))?;
    let mut uncertain_claims = 0;
    let step = conn.unchecked_transaction()?;
    for lane in ledger.lanes() {
        uncertain_claims += claims::release_lane(&step, lane.number)?;
    }
    step.commit()?;
    schema::trust(&conn)?;
    Ok(Loaded {
        conn,
        ledger,
        uncertain_claims,
        has_positions,
        identity: identity.cast_unsigned(),
    })
}

impl Obstacle {
    fn from_unusable(error: Unusable, path: &Path) -> Self {
        match error {
            Unusable::NoWriteAheadLog => Self::Fatal(StoreError::NoWriteAheadLog {
                path: path.to_owned(),
            }),
            Unusable::Incomplete => Self::Damage("parts of the schema are missing".to_owned()),
            Unusable::Sqlite(error) if is_damage(&error) => Self::Damage(error.to_string()),
            Unusable::Sqlite(error) => Self::Fatal(StoreError::Sqlite {
                path: path.to_owned(),
                source: error.into(),
            }),
        }
    }

    /// A database that was only just made cannot be damaged, unless the disk lies.
    fn into_error(self, folder: &StateFolder) -> StoreError {
        match self {
            Self::Fatal(error) => error,
            Self::Damage(found) => StoreError::Io {
                operation: "make a new store at",
                path: folder.database(),
                source: std::io::Error::other(found),
            },
        }
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
