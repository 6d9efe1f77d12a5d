//! The bot against the fake Discord: its gateway session, its messages, its answers; over real sockets, on a clock that the test moves.

#![expect(clippy::unwrap_used, reason = "the stage of a test may fail it")]

mod faults;
mod handover;
mod interactions;
mod life;
mod messages;
mod stage;
mod storm;
