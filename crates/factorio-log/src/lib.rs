#![doc = include_str!("../README.md")]
//!
//! # The modules
//!
//! This crate owns the meaning of one log line. It must not know files, clocks, sockets, Discord or configuration.
//! Nothing here fails: a line that is not understood is `None`, whatever bytes it holds. No line costs an allocation.

mod ansi;
mod console;
mod context;
mod dialect;
mod engine;
mod entry;
mod fact;
mod fields;
mod grammar;
mod kind;
mod layout;
mod line;
mod name;
mod prefix;
mod promised;
pub mod rich_text;
mod scan;
mod stamp;

pub use ansi::strip_ansi;
pub use context::Context;
pub use dialect::{Dialect, Dialects};
pub use entry::{Entry, Shape};
pub use fact::{Fact, Tick};
pub use fields::Value;
pub use grammar::{Grammar, PromisedForms};
pub use kind::{Kind, UnknownKind};
pub use line::{Line, Part};
pub use name::{Who, is_account_name};
pub use prefix::Prefix;
pub use stamp::{Stamp, Uptime};
