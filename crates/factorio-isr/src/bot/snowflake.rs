//! Discord's ids, as far as they tell a time.
//!
//! Owns the arithmetic of Discord's documents ("Snowflakes"). Pure. Cannot fail.

/// Ids count milliseconds from here, in Unix milliseconds.
const EPOCH_MS: i64 = 1_420_070_400_000;
/// The bits below the time.
const BELOW: u32 = 22;

/// When something was made, by its id, in Unix milliseconds.
pub(super) fn written_ms(id: u64) -> i64 {
    i64::try_from(id >> BELOW).unwrap_or(i64::MAX - EPOCH_MS) + EPOCH_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_its_time() {
        // The example of Discord's documents.
        assert_eq!(written_ms(175_928_847_299_117_063), 1_462_015_105_796);
    }
}
