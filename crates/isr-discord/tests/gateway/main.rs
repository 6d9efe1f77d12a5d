//! The gateway session against the fake Discord, over real sockets, on a clock that the test moves.

#![expect(clippy::unwrap_used, reason = "the stage of a test may fail it")]

mod clock;
mod faults;
mod handover;
mod life;
mod stage;
mod storm;
