//! Feeds arbitrary text to every reply parser of `factorio-rcon`: read or unreadable, and numbers are sane.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[expect(dead_code, reason = "each target uses one of them")]
#[path = "../../crates/factorio-rcon/tests/invariants/mod.rs"]
mod invariants;

fuzz_target!(|text: &str| invariants::reply(text));
