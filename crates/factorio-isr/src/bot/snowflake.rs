//! Discord's ids, as far as they tell a time.
//!
//! Owns the arithmetic of Discord's documents ("Snowflakes"). Pure. Cannot fail.

use std::time::Duration;

/// Ids count milliseconds from here, in Unix milliseconds.
const EPOCH_MS: i64 = 1_420_070_400_000;
/// The bits below the time.
const BELOW: u32 = 22;

/// When something was made, by its id, in Unix milliseconds.
pub(super) fn written_ms(id: u64) -> i64 {
    i64::try_from(id >> BELOW).unwrap_or(i64::MAX - EPOCH_MS) + EPOCH_MS
}

/// An id before all that are made from this moment on (Unix milliseconds).
pub(super) fn first_at(ms: i64) -> u64 {
    u64::try_from(ms.saturating_sub(EPOCH_MS)).unwrap_or(0) << BELOW
}

/// The id of something made so much earlier.
pub(super) fn earlier(id: u64, by: Duration) -> u64 {
    let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
    id.saturating_sub(by.saturating_mul(1 << BELOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_time() {
        // The example of Discord's documents.
        assert_eq!(written_ms(175_928_847_299_117_063), 1_462_015_105_796);
        assert_eq!(written_ms(first_at(1_462_015_105_796)), 1_462_015_105_796);
        assert_eq!((first_at(5), earlier(7, Duration::from_secs(1))), (0, 0));
        let id = first_at(1_462_015_105_796) + 9;
        assert_eq!(written_ms(earlier(id, Duration::from_secs(5))), 1_462_015_100_796);
    }
}
