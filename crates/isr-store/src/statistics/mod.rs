//! Statistics in the store: facts that come with the reader's batches, posts of a series that are made once each, and what is read
//! back.
//!
//! Owns the tables of the statistics. Facts are written in the transaction of their lines' position and deliveries, and
//! a line that the committed position has passed is not counted again. Must not know how a summary looks. Fails when
//! SQLite fails.

mod forget;
mod names;
mod read;
mod record;
mod series;
mod sweep;

pub use forget::Forgotten;
pub use read::{Attendance, HourRange, StatisticsReader};
pub use series::{Series, SeriesMark, SeriesPosted};

pub(crate) use forget::forget;
pub(crate) use names::Names;
pub(crate) use record::record;
pub(crate) use series::post as post_of_series;
pub(crate) use sweep::{Removed, remove_counts, remove_players, remove_sessions};

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;
/// Hours of a day.
const DAY_HOURS: i64 = 24;
/// Counts are kept by hour for five weeks: recaps need no more. Their days stay.
const HOURS_KEPT: i64 = 35 * DAY_HOURS;
/// The number of nobody.
const NOBODY: i64 = 0;

/// The hour of a moment. Moments before 1970, which a broken stamp may give, are its beginning.
fn hour_of(at_ms: i64) -> i64 {
    at_ms.max(0) / HOUR_MS
}
