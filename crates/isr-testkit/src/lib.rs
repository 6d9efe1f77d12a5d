//! Test kit of factorio-isr: fakes that speak the real protocols over real sockets, and judges of what came out.
//!
//! Owns everything that a black-box test needs on both sides of the program: [`log`] writes what the game would write,
//! [`discord`] answers as Discord would (limits, refusals and faults included), [`rcon`] as the game's RCON port would, [`proxy`] breaks the connection between
//! them, [`process`] runs and kills the real binary, [`oracle`] counts what was lost, doubled, spoilt or reordered, and
//! [`secrets`] looks for what must never be shown. Must not know the product: it shares no type with any of its crates,
//! so a mistake there cannot hide itself here.
//!
//! Two rules hold everywhere. Whoever waits names a predicate and a deadline, and gets a [`Late`] that tells what was
//! seen instead. Whoever rolls dice has a seed ([`rng::Rng`]) and can print it.

mod calendar;
#[cfg(feature = "clock")]
pub mod clock;
pub mod discord;
pub mod http;
pub mod log;
pub mod oracle;
mod port;
pub mod process;
pub mod proxy;
pub mod rcon;
pub mod rng;
pub mod secrets;
mod watched;

pub use watched::Late;
