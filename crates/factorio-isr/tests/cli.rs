//! The command line of the real program, as a person types it: what it prints, where, and with which exit code.
//!
//! Owns no product knowledge beyond what the README and the issue promise. Each test has folders and ports of its own.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what cannot be set up is a failed test"
)]

#[path = "cli/checking.rs"]
mod checking;
#[path = "cli/doctoring.rs"]
mod doctoring;
#[path = "cli/helping.rs"]
mod helping;
#[path = "cli/maintenance.rs"]
mod maintenance;
#[path = "cli/outbox.rs"]
mod outbox;
#[path = "cli/parsing.rs"]
mod parsing;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/rcon.rs"]
mod rcon;
#[path = "cli/replaying.rs"]
mod replaying;
#[path = "cli/running.rs"]
mod running;
#[path = "cli/stats.rs"]
mod stats;
