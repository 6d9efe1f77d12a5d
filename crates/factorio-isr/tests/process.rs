//! Scenarios P01, P03, P06 and P07: the process and its host. The real binary, signals, limits, rude clients, secrets.
//!
//! Not here: P02 (a task that panics: unit tests of the supervisor; nothing outside can make one panic)
//! and P05 (clock steps need privileges: tests of `isr-core` and of the limiter step the clock instead).

mod stage;

#[path = "process/bounds.rs"]
mod bounds;
#[path = "process/clients.rs"]
mod clients;
#[path = "process/secrets.rs"]
mod secrets;
#[path = "process/stop.rs"]
mod stop;
