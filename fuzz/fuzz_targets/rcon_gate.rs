//! Feeds arbitrary text to the achievement gate: it becomes one line of chat, one vanilla command, or nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[expect(dead_code, reason = "each target uses one of them")]
#[path = "../../crates/factorio-rcon/tests/invariants/mod.rs"]
mod invariants;

fuzz_target!(|text: &str| invariants::typed(text));
