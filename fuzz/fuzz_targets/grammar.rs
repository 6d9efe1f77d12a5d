//! Feeds arbitrary bytes, line by line, to every parser of `factorio-log` and checks the invariants that its property
//! tests check too, and reads the input as one stream with one context.

#![no_main]

use factorio_log::{Context, Grammar, Shape, strip_ansi};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/factorio-log/tests/invariants/mod.rs"]
mod invariants;

fuzz_target!(|input: &[u8]| {
    let (grammar, mut context, mut scratch) = (Grammar::new(), Context::new(), Vec::new());
    for line in input.split(|byte| *byte == b'\n') {
        invariants::check(line);
        let line = strip_ansi(line, &mut scratch);
        let continued = context.continues();
        if let Some(entry) = grammar.parse(&mut context, line) {
            assert!(
                !(continued && entry.shape == Shape::Bare),
                "a continuation became an event"
            );
        }
    }
});
