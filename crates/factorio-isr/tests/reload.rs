//! Scenario P04: the configuration changes while the program runs. The real binary follows its files and SIGHUP.

mod stage;

#[path = "reload/destinations.rs"]
mod destinations;
#[path = "reload/handover.rs"]
mod handover;
#[path = "reload/load.rs"]
mod load;
#[path = "reload/refusals.rs"]
mod refusals;
#[path = "reload/servers.rs"]
mod servers;
