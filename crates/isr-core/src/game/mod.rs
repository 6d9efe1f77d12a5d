//! What is known of a running game, and what is made of it.
//!
//! Owns the way from the answers of a server to what people see: one round of probes ([`Sample`]), the reducer that
//! gathers them and the signs of the log ([`Watch`]), the picture of a server at one moment ([`Snapshot`]), the pace
//! of the game ([`ups`]), and when somebody should look ([`alert`]). Must not know RCON, sockets, files or a clock: answers
//! and times enter as values. Cannot fail; what could not be read is a value of its own and never a guess.

pub mod alert;
pub(crate) mod card;
mod day;
mod mono;
pub mod presence;
pub mod restarts;
mod sample;
mod snapshot;
pub mod topic;
pub mod ups;
mod watch;

pub use card::CardContext;
pub use day::DayWords;
pub use mono::{Asked, Mono, Now};
pub use sample::{
    Exact, Matter, Pausing, Platform, Platforms, Production, Read, Sample, Setting, Surface, Technology,
    TimeAnswer, Unread,
};
pub use snapshot::{
    End, GameState, GameTime, LastSave, Link, LinkDown, Online, Players, Since, Snapshot, WhyDown,
};
pub use watch::{LinkChange, LogSign, Watch, WatchOptions};
