//! Scenarios D01 to D11: what Discord does to us, seen from outside. The real binary, real logs, a fake Discord.
//!
//! A module a kind of trouble. What can only be shown on a paused clock (long pauses, drifting limits) is shown in
//! `isr-discord`; here is shown that the whole program keeps what its parts promise.

mod stage;

#[path = "discord/content.rs"]
mod content;
#[path = "discord/health.rs"]
mod health;
#[path = "discord/limits.rs"]
mod limits;
#[path = "discord/outages.rs"]
mod outages;
#[path = "discord/quiet.rs"]
mod quiet;
#[path = "discord/refusals.rs"]
mod refusals;
#[path = "discord/uncertain.rs"]
mod uncertain;
#[path = "discord/voices.rs"]
mod voices;
