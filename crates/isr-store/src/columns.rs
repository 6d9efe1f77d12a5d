//! Between Rust's unsigned numbers and SQLite's signed 64-bit columns.
//!
//! Owns the two ways a `u64` is stored: as a quantity (checked, never negative) and as a bit pattern (hashes, device
//! and inode numbers). Fails for quantities beyond `i64::MAX`, which no file offset reaches.

use rusqlite::Row;

/// A quantity as a column; beyond the range it stays at the largest value.
pub(crate) fn quantity(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count of things in memory as a column.
pub(crate) fn count(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Reads a quantity. A negative one is damage.
pub(crate) fn read_quantity(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(column)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, value))
}

/// Reads a bit pattern.
pub(crate) fn read_bits(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.cast_unsigned())
}

/// The error for a stored text or number that cannot mean anything to us.
pub(crate) fn meaningless(column: usize, what: &'static str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, what.into())
}
