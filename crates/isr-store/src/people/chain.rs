//! The audit log as a chain: each row holds the hash of the former one and of itself.
//!
//! Owns what is hashed and how a chain is checked. Whoever changes, removes or inserts a row in the middle would have to write
//! all later ones anew; the last hash, kept elsewhere, shows even that. That age removed the first rows is a row itself, so
//! that nobody cuts the beginning off without a word. Must not know what other rows are about. Fails when SQLite fails; a
//! chain that is broken is a finding, not a failure.

use ring::digest::{Context, SHA256};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, params};

/// The kind of the row that tells what age removed.
pub(crate) const REMOVED: &str = "removed";
/// The size of a hash.
const SIZE: usize = 32;
/// Everything in a row but its hash.
pub(crate) const COLUMNS: &str =
    "seq, at_ms, kind, of, person, name, guild, channel, server, command, line, outcome, answer";

/// The hash of a row: SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ChainHash([u8; SIZE]);

impl ChainHash {
    /// What stands in the place of a former row where there is none.
    const START: Self = Self([0; SIZE]);

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Display for ChainHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// What the check of a chain found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainReport {
    /// Rows that were written before there was a chain: nothing is known of them.
    pub uncovered: u64,
    /// Rows of the chain that are sound, up to the first fault.
    pub sound: u64,
    /// The last sound row and its hash, to be kept elsewhere.
    pub head: Option<(i64, ChainHash)>,
    /// What age removed, as the last row says that tells of it.
    pub removed: Option<Removal>,
    /// The oldest row that is left: its number and when it was written, Unix milliseconds.
    pub oldest: Option<(i64, i64)>,
    /// The first fault.
    pub broken: Option<Break>,
}

/// Rows that age removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// The last of them.
    pub upto: i64,
    /// The row that says so.
    pub seq: i64,
    /// When, Unix milliseconds.
    pub at_ms: i64,
}

/// Where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Break {
    /// The number of the row.
    pub seq: i64,
    /// What is wrong there.
    pub fault: Fault,
}

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It was changed, or the one before it was.
    Changed,
    /// It is not there.
    Missing,
    /// It has no hash although the chain had begun.
    Unhashed,
    /// It is gone with all before it, and no row says that age removed them.
    CutOff,
}

/// The number and the link of a row that is to be added.
pub(crate) struct Next {
    pub(crate) seq: i64,
    former: ChainHash,
}

/// Where the chain goes on.
pub(crate) fn next(conn: &Connection) -> rusqlite::Result<Next> {
    let last = conn
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
        })
        .optional()?;
    let given: Option<i64> = conn
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'audit'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let former = match last {
        Some((_, hash)) => hash.as_deref().and_then(ChainHash::read),
        None => removed(conn)?.map(|(_, hash)| hash),
    };
    Ok(Next {
        seq: given.unwrap_or(0) + 1,
        former: former.unwrap_or(ChainHash::START),
    })
}

/// The newest row that age removed.
fn removed(conn: &Connection) -> rusqlite::Result<Option<(i64, ChainHash)>> {
    conn.prepare_cached("SELECT seq, hash FROM audit_removed")?
        .query_row([], |row| {
            let hash: Vec<u8> = row.get(1)?;
            Ok((row.get(0)?, ChainHash::read(&hash).unwrap_or(ChainHash::START)))
        })
        .optional()
}

/// Notes the newest of the rows that are about to be removed, and gives its number.
pub(crate) fn note_removed(conn: &Connection, before: i64) -> rusqlite::Result<Option<i64>> {
    let newest = conn
        .prepare_cached("SELECT seq, hash FROM audit WHERE seq < ?1 ORDER BY seq DESC LIMIT 1")?
        .query_row([before], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<Vec<u8>>>(1)?))
        })
        .optional()?;
    let Some((seq, hash)) = newest else {
        return Ok(None);
    };
    conn.prepare_cached(
        "INSERT INTO audit_removed (one, seq, hash) VALUES (1, ?1, ?2)
         ON CONFLICT DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
    )?
    .execute(params![seq, hash.unwrap_or_else(|| ChainHash::START.0.to_vec())])?;
    Ok(Some(seq))
}

/// The values of a row, in the order of [`COLUMNS`].
pub(crate) type Fields = [Value; 13];

impl Next {
    /// The hash of the row that is added here.
    pub(crate) fn hash(&self, fields: &Fields) -> ChainHash {
        link(self.former, fields.iter().map(ValueRef::from))
    }
}

/// Hash of the former row and of this one. Every field is told apart from its neighbours, and nothing from something.
fn link<'v>(former: ChainHash, fields: impl Iterator<Item = ValueRef<'v>>) -> ChainHash {
    let mut context = Context::new(&SHA256);
    context.update(former.bytes());
    for field in fields {
        match field {
            ValueRef::Null => context.update(&[0]),
            ValueRef::Integer(number) => {
                context.update(&[1]);
                context.update(&number.to_be_bytes());
            }
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                context.update(&[2]);
                context.update(&(bytes.len() as u64).to_be_bytes());
                context.update(bytes);
            }
            ValueRef::Real(number) => {
                context.update(&[3]);
                context.update(&number.to_be_bytes());
            }
        }
    }
    let mut hash = ChainHash::START;
    hash.0.copy_from_slice(context.finish().as_ref());
    hash
}

/// The numbers at which the log and its chain begin.
struct Beginning {
    /// The oldest row when the chain began.
    oldest: i64,
    /// The first row of the chain.
    first: i64,
}

impl Beginning {
    fn read(conn: &Connection) -> rusqlite::Result<Self> {
        let noted = conn
            .query_row("SELECT oldest, first FROM audit_chain", [], |row| {
                Ok(Self {
                    oldest: row.get(0)?,
                    first: row.get(1)?,
                })
            })
            .optional()?;
        // Nothing makes it vanish but somebody's hand: then every row has to be a link.
        Ok(noted.unwrap_or(Self { oldest: 1, first: 1 }))
    }
}

/// Checks all rows. Inside a transaction: what is compared has to be of one moment.
pub(crate) fn check(conn: &Connection) -> rusqlite::Result<ChainReport> {
    let mut report = ChainReport {
        uncovered: 0,
        sound: 0,
        head: None,
        removed: None,
        oldest: None,
        broken: None,
    };
    let beginning = Beginning::read(conn)?;
    let cut = removed(conn)?;
    let (mut last, mut former) = cut.unwrap_or((beginning.oldest - 1, ChainHash::START));
    let mut statement = conn.prepare(&format!("SELECT {COLUMNS}, hash FROM audit ORDER BY seq"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let seq: i64 = row.get(0)?;
        let fields: Vec<ValueRef<'_>> = (0..13).map(|at| row.get_ref(at)).collect::<Result<_, _>>()?;
        let kept = row.get_ref(13)?;
        report.oldest = report.oldest.or(Some((seq, row.get(1)?)));
        let is_link = seq >= beginning.first;
        let fault = match kept.as_blob_or_null()? {
            _ if seq != last + 1 => Some((last + 1, Fault::Missing)),
            None if is_link => Some((seq, Fault::Unhashed)),
            None => None,
            Some(kept) => {
                former = link(former, fields.iter().copied());
                (!is_link || kept != former.bytes()).then_some((seq, Fault::Changed))
            }
        };
        if let Some((seq, fault)) = fault {
            report.broken = Some(Break { seq, fault });
            return Ok(report);
        }
        last = seq;
        if !is_link {
            report.uncovered += 1;
            continue;
        }
        report.sound += 1;
        report.head = Some((seq, former));
        if fields[2].as_str()? == REMOVED {
            report.removed = Some(Removal {
                upto: row.get(3)?,
                seq,
                at_ms: row.get(1)?,
            });
        }
    }
    // The numbers that were given are known apart from the rows.
    let given: i64 = conn.query_row(
        "SELECT max(ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0),
                    ifnull((SELECT max(seq) FROM audit_posted), 0))",
        [],
        |row| row.get(0),
    )?;
    let told = report.removed.map(|removal| removal.upto);
    report.broken = match cut {
        _ if given > last => Some((last + 1, Fault::Missing)),
        Some((upto, _)) if told != Some(upto) => Some((upto, Fault::CutOff)),
        _ => None,
    }
    .map(|(seq, fault)| Break { seq, fault });
    Ok(report)
}
