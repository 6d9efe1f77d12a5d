//! Codec, gate and replies: everything that needs no socket.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod codec;
mod exact;
mod gate;
#[path = "../invariants/mod.rs"]
mod invariants;
mod reply;
