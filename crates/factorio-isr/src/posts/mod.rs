//! What is posted of running games: the live card, alerts, status posts, the picture of the day.
//!
//! Owns the way from what is known of a server ([`Snapshot`](isr_core::game::Snapshot)s) to the outbox, and to the one
//! message that a card changes in place. Must not know how anything is read from a game, nor how a text reads. Cannot
//! fail: what cannot be posted now is posted later, or is out of date by then.

pub mod day;

use isr_core::source::GenerationId;

/// The same number for the same words for ever (FNV-1a): what is posted again has the identity that it had.
fn identity(words: &[&str]) -> GenerationId {
    let words = words.join(" ");
    let hash = words.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    GenerationId(hash.cast_signed() & i64::MAX)
}
