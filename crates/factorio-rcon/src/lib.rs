#![doc = include_str!("../README.md")]
//!
//! # The modules
//!
//! From pure to impure; only [`session`] opens sockets and reads clocks:
//!
//! - [`codec`]: bytes to packets and back.
//! - [`gate`]: what may become a line of the console, and what never may.
//! - [`command`]: the commands that are known by type.
//! - [`reply`]: replies as values.
//! - [`session`]: one connection per server, kept up for ever.

mod address;
pub mod codec;
pub mod command;
pub mod gate;
mod password;
pub mod reply;
pub mod session;

pub use address::{Address, AddressError};
pub use password::{Password, PasswordError};
pub use session::{Driver, Failure, Options, Priority, Reply, Session};
