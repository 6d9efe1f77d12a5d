//! Feeds arbitrary bytes in arbitrary pieces to the RCON codec: packets or one typed error, nothing lost, memory bounded.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[expect(dead_code, reason = "each target uses one of them")]
#[path = "../../crates/factorio-rcon/tests/invariants/mod.rs"]
mod invariants;

fuzz_target!(|input: &[u8]| {
    let Some(([cap, sizes @ ..], stream)) = input.split_first_chunk::<4>() else {
        return;
    };
    let sizes: Vec<_> = sizes.iter().map(|size| usize::from(*size) + 1).collect();
    let cap = usize::from(*cap) * 8;
    let seen = invariants::stream(stream, cap, &sizes);
    assert_eq!(invariants::stream(stream, cap, &[]), seen, "the pieces matter");
});
