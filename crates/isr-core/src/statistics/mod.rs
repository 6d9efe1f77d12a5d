//! Statistics: what is counted of a server, how it is summed up, and when that is told.
//!
//! Owns the facts that events leave behind ([`Fact`]), sums over a stretch of time ([`Summary`]), and recaps
//! ([`Schedule`], [`RecapText`]). Must not know files, the store or a clock. Cannot fail.
//!
//! Chat is counted, its words never are: a fact has no place for them.

mod fact;
mod recap;
mod schedule;
mod summary;
mod words;

pub use fact::{DETAIL_CHARACTERS, Fact, PLAYER_CHARACTERS, Step};
pub use recap::{RecapText, lasted};
pub use schedule::{Period, Schedule, Span};
pub use summary::{Count, Peak, PlayerSum, Session, Summary};
pub use words::{CardWords, RecapWords};
