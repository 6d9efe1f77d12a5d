//! R01 to R04 and R06 over real sockets: a session against a fake game with all its quirks.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

mod console;
mod hostile;
mod lost;
mod lua;
mod order;
mod reconnect;
mod saving;
mod scene;
mod vanilla;
