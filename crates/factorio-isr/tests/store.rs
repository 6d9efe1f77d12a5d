//! Scenarios S01 to S10, seen from outside: the real binary and what can happen to its state folder.

#![expect(clippy::unwrap_used, reason = "scenery that cannot be built ends the test")]

mod stage;

#[path = "store/damage.rs"]
mod damage;
#[path = "store/disk.rs"]
mod disk;
#[path = "store/folder.rs"]
mod folder;
#[path = "store/outbox.rs"]
mod outbox;
#[path = "store/restart.rs"]
mod restart;
#[path = "store/syncs.rs"]
mod syncs;
