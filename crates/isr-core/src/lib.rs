//! The domain of factorio-isr, free of input and output.
//!
//! This crate owns what an event is, how it reads on Discord, what Discord accepts, and the rules that decide
//! what is posted. It knows no socket, no file, no database and no clock: time enters as a value. Nothing here
//! can fail for an outside reason.

pub mod abuse;
pub mod ageing;
pub mod chat;
pub mod command;
pub mod context;
pub mod coverage;
pub mod delivery;
pub mod digest;
pub mod drift;
pub mod event;
pub mod filter;
pub mod fold;
pub mod game;
pub mod hours;
pub mod interpreter;
pub mod linking;
pub mod masks;
pub mod mention;
pub mod pattern;
pub mod quiet;
pub mod quiet_hours;
pub mod rate;
pub mod redact;
pub mod route;
pub mod server_state;
pub mod session;
pub mod source;
pub mod spelling;
pub mod statistics;
pub mod suppressed;
pub mod template;
pub mod text;
pub mod voice;
pub mod watching;
pub mod zone;
