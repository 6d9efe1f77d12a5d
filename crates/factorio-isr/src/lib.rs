//! factorio-isr: relays Factorio servers to Discord.
//!
//! This crate is the program: configuration, command line, supervisor, the reader, the lanes, the HTTP endpoint. It
//! owns the order in which things start and stop. What a line means, what Discord accepts, how a file is followed and
//! what survives a crash live in the crates below it. It is a library only so that the binary stays one page and tests
//! can reach the parts.

pub mod bot;
pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod container;
pub mod demo_server;
pub mod game;
pub mod http;
pub mod logging;
pub mod metrics;
pub mod picture;
pub mod posts;
pub mod recap;
pub mod relay;
pub mod reload;
pub mod rounds;
pub mod status;
pub mod supervisor;
pub mod when;
