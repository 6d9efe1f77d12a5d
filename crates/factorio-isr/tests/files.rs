//! Scenarios F01 to F21, seen from outside: the real binary, real files, a fake Discord. What a log can do to us.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

mod stage;

#[path = "files/content.rs"]
mod content;
#[path = "files/kill.rs"]
mod kill;
#[path = "files/neighbours.rs"]
mod neighbours;
#[path = "files/paths.rs"]
mod paths;
#[path = "files/rotation.rs"]
mod rotation;
#[path = "files/streams.rs"]
mod streams;
#[path = "files/truncation.rs"]
mod truncation;
