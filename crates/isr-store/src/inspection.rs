//! A first look at the database file, before anything may write to it.
//!
//! Owns the judgement "absent, sound so far, damaged, or newer than we are". Must not change a byte: files are read, and
//! the schema version, which may still be in the write-ahead log, is asked for over a read-only connection (S09).

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::{StoreError, is_damage};
use crate::folder::StateFolder;
use crate::schema;

/// The first bytes of every SQLite database.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
const WAL_HEADER_BYTES: u64 = 32;
/// The two magic numbers of a write-ahead log, for the two byte orders of its checksums.
const WAL_MAGICS: [[u8; 4]; 2] = [[0x37, 0x7f, 0x06, 0x82], [0x37, 0x7f, 0x06, 0x83]];

/// What the first look found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// No database, or an empty file.
    Absent,
    /// Nothing wrong so far.
    Sound {
        /// Bytes of a write-ahead log that SQLite will discard, because its header is broken.
        discarded_wal_bytes: u64,
    },
    /// Certainly damaged.
    Damaged(String),
}

/// Looks at the database of a folder.
pub(crate) fn inspect(folder: &StateFolder) -> Result<Finding, StoreError> {
    let path = folder.database();
    let failed = |source| folder.failed("read", &path, source);
    let Some(header) = read_header(&path).map_err(failed)? else {
        return Ok(Finding::Absent);
    };
    if let Err(found) = check_header(&header) {
        return Ok(Finding::Damaged(found.to_owned()));
    }
    match schema::connect_reader(&path).and_then(|conn| schema::version(&conn)) {
        Ok(found) if found > schema::newest() => Err(StoreError::NewerSchema {
            path,
            found,
            known: schema::newest(),
        }),
        Ok(found) if found < 0 => Ok(Finding::Damaged(format!("schema version {found}"))),
        Ok(_) => Ok(Finding::Sound {
            discarded_wal_bytes: broken_wal(&folder.wal()),
        }),
        // Killed while the file was made, before it had a write-ahead log: whoever may write takes that back.
        Err(error) if is_unfinished(&error) => Ok(Finding::Sound {
            discarded_wal_bytes: 0,
        }),
        Err(error) if is_damage(&error) => Ok(Finding::Damaged(error.to_string())),
        Err(error) => Err(StoreError::Sqlite {
            path,
            source: error.into(),
        }),
    }
}

fn is_unfinished(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    code == Some(rusqlite::ffi::SQLITE_READONLY_ROLLBACK)
}

/// The first bytes of the file; `None` when it is absent or empty.
fn read_header(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut header = Vec::with_capacity(HEADER_BYTES);
    file.take(HEADER_BYTES as u64).read_to_end(&mut header)?;
    Ok(Some(header).filter(|header| !header.is_empty()))
}

/// The fixed fields of the database header (sqlite.org/fileformat2.html, section 1.3).
fn check_header(header: &[u8]) -> Result<(), &'static str> {
    if header.iter().all(|byte| *byte == 0) {
        return Err("the file holds only zeros");
    }
    if header.len() < HEADER_BYTES {
        return Err("the file is shorter than its header");
    }
    if !header.starts_with(MAGIC) {
        return Err("the file is not a database");
    }
    if header.get(21..24) != Some(&[64, 32, 32]) {
        return Err("the header of the file is broken");
    }
    Ok(())
}

fn broken_wal(path: &Path) -> u64 {
    let Ok(found) = fs::metadata(path) else { return 0 };
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    if found.len() <= WAL_HEADER_BYTES || (read.is_ok() && WAL_MAGICS.contains(&magic)) {
        0
    } else {
        found.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s06_headers_tell_damage() {
        let mut sound = [0; HEADER_BYTES];
        sound[..16].copy_from_slice(MAGIC);
        sound[21..24].copy_from_slice(&[64, 32, 32]);
        assert_eq!(check_header(&sound), Ok(()));
        assert!(check_header(&[0; HEADER_BYTES]).is_err());
        assert!(check_header(&sound[..60]).is_err());
        sound[22] = 7;
        assert!(check_header(&sound).is_err());
        assert!(check_header(&[b'x'; HEADER_BYTES]).is_err());
    }
}
